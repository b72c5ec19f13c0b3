"""One turnstile before each host for all nodes, in the database they share."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from monitor.errors import StoreError
from monitor.fetch.hosts import Hosts
from monitor.fetch.shared import SharedHosts
from monitor.ports import Store
from monitor.sharing import Turnstile
from monitor.stores import postgres
from tests.postgres import Server, server
from tests.samples import NOW

SECOND, ZERO = timedelta(seconds=1), timedelta(0)
SPACING = 5 * SECOND
URL = "https://news.example.com/feed"


@pytest.fixture
def here() -> Server:
    return server()


@pytest.fixture
def store(here: Server) -> Iterator[Store]:
    opened = postgres.open(here.emptied("hosts"))
    yield opened
    opened.close()


def _node(
    store: Store, owner: str, connections: int = 2, spacing: timedelta = SPACING
) -> SharedHosts:
    shared = store.turnstile(owner, connections, spacing)
    assert shared is not None
    return SharedHosts(Hosts(connections, spacing), shared)


def test_two_nodes_keep_one_spacing(store: Store) -> None:
    """Another page of the same domain waits, too; another domain does not."""
    one, two = _node(store, "one"), _node(store, "two")
    assert ZERO == one.enter(URL, NOW)
    assert 4 * SECOND == two.enter("https://www.example.com/other", NOW + SECOND)
    assert ZERO == two.enter("https://example.org/", NOW + SECOND)
    assert ZERO == two.enter(URL, NOW + SPACING)


def test_two_nodes_keep_one_number_of_connections(store: Store) -> None:
    """Who leaves lets in another, wherever that one is."""
    one, two = _node(store, "one"), _node(store, "two")
    assert ZERO == one.enter(URL, NOW)
    assert ZERO == two.enter(URL, NOW + SPACING)
    assert two.enter(URL, NOW + 9 * SPACING) > ZERO
    assert one.enter(URL, NOW + 9 * SPACING) > ZERO
    one.leave(URL)
    assert ZERO == two.enter(URL, NOW + 9 * SPACING)


def test_retry_after_is_for_all(store: Store) -> None:
    """What a host asked of one node, the others keep; also one that was never asked before."""
    one, two = _node(store, "one"), _node(store, "two")
    for url in (URL, "https://fresh.example.net/"):
        one.close(url, NOW + 60 * SECOND)
        assert 60 * SECOND == two.enter(url, NOW)
        one.close(url, NOW + 30 * SECOND)
        assert ZERO == two.enter(url, NOW + 60 * SECOND)


def test_those_who_come_at_once_see_each_other(store: Store) -> None:
    """Without spacing, too: never more inside than there are places."""
    nodes = [_node(store, f"n{i}", connections=3, spacing=ZERO) for i in range(8)]
    with ThreadPoolExecutor(8) as pool:
        entered = list(pool.map(lambda node: node.enter(URL, NOW), nodes))
    assert 3 == entered.count(ZERO)


def test_a_file_is_nobodys_host(store: Store) -> None:
    """And nothing is owed for it."""
    node = _node(store, "one", connections=1)
    for _ in range(3):
        assert ZERO == node.enter("file:///feeds/a.xml", NOW)
    node.leave("file:///feeds/a.xml")


def test_the_places_of_the_dead_are_free(here: Server, store: Store) -> None:
    """A node that was killed in the middle of a request does not shut the host for good."""
    assert ZERO == _node(store, "killed", connections=1).enter(URL, NOW)
    with store.hold("alive", NOW):
        assert ZERO == _node(store, "alive", connections=1).enter(URL, NOW + SPACING)
        assert [(["alive"],)] == here.run("select inside from hosts.hosts")


class _Broken:
    """A turnstile whose database is away."""

    def __init__(self) -> None:
        self.away, self.left = True, list[str]()

    def enter(self, host: str, now: datetime) -> timedelta:
        self._ask()
        return ZERO

    def leave(self, host: str) -> None:
        self._ask()
        self.left.append(host)

    def close(self, host: str, until: datetime) -> None:
        self._ask()

    def _ask(self) -> None:
        if self.away:
            raise StoreError("away")


def test_while_nobody_can_be_asked_nobody_is_disturbed() -> None:
    """It waits; what is owed is paid when the database is back; Retry-After is kept meanwhile."""
    broken = _Broken()
    shared: Turnstile = broken
    node = SharedHosts(Hosts(2, ZERO), shared)
    assert SECOND == node.enter(URL, NOW)
    broken.away = False
    assert SECOND / 2 == node.enter("https://other.example.org/", NOW + SECOND / 2)
    now = NOW + SECOND
    assert ZERO == node.enter(URL, now)
    broken.away = True
    node.leave(URL)
    node.close(URL, now + SPACING)
    assert [] == broken.left
    broken.away = False

    assert SPACING == node.enter(URL, now)
    assert ZERO == node.enter(URL, now + SPACING)
    assert ["example.com"] == broken.left


def test_a_place_that_another_thread_took_is_given_back() -> None:
    """Asked and let in by all, but our own turnstile has just let somebody else through."""
    broken, own = _Broken(), Hosts(1, ZERO)
    broken.away = False

    class Slow(_Broken):
        def enter(self, host: str, now: datetime) -> timedelta:
            own.enter(URL, now)  # as a thread of ours does in between
            return ZERO

    slow = Slow()
    slow.away = False
    node = SharedHosts(own, slow)
    assert node.enter(URL, NOW) > ZERO
    node.leave(URL)
    assert ["example.com", "example.com"] == slow.left
