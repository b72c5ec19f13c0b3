"""Any store: several nodes at one moment, each with a connection of its own."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest

from monitor.model import Claim, Delivery
from monitor.ports import Store
from tests.contract import making as m
from tests.contract.nodes import Open
from tests.samples import NOW, alert

T = TypeVar("T")
_NODES = 4


def _at_once(nodes: Sequence[Store], work: Callable[[Store], T]) -> list[T]:
    """What each node makes of it when all begin at the same moment."""
    start = threading.Barrier(len(nodes))

    def run(node: Store) -> T:
        start.wait(30)
        return work(node)

    with ThreadPoolExecutor(len(nodes)) as pool:
        return list(pool.map(run, nodes))


@pytest.fixture
def nodes(another: Open) -> Sequence[Store]:
    return [another() for _ in range(_NODES)]


def test_each_feed_is_claimed_by_one_node(nodes: Sequence[Store]) -> None:
    """Two nodes asking at once never get the same feed."""
    nodes[0].sync([m.feed(f"f{i:02}") for i in range(40)], NOW)

    def claim(node: Store) -> list[Claim]:
        return [c for _ in range(10) for c in m.take(node, 3)]

    found = Counter(c.feed.id for claims in _at_once(nodes, claim) for c in claims)
    assert {f"f{i:02}": 1 for i in range(40)} == found


def test_each_delivery_is_taken_by_one_node(nodes: Sequence[Store]) -> None:
    """Two nodes never send one delivery at the same time."""
    raised = [alert(id=f"al-{i}", story=f"s-{i}") for i in range(40)]
    nodes[0].add_deliveries([m.delivery(one) for one in raised])

    def send(node: Store) -> list[Delivery]:
        return [d for _ in range(10) for d in m.send(node, 3)]

    found = Counter(d.alert.id for taken in _at_once(nodes, send) for d in taken)
    assert {f"al-{i}": 1 for i in range(40)} == found


def test_one_story_from_many_feeds_is_told_once(nodes: Sequence[Store]) -> None:
    """Who comes second sees what the first has written: without the lock 12 of 20 told twice."""
    nodes[0].sync([m.feed(f"f{i}") for i in range(10 * _NODES)], NOW)
    claims = iter(m.take(nodes[0]))
    mine = {id(node): [next(claims) for _ in range(10)] for node in nodes}

    def poll(node: Store) -> int:
        return sum(_tell(node, claim, i) for i, claim in enumerate(mine[id(node)]))

    told = _at_once(nodes, poll)
    assert 10 == sum(told)
    assert 10 == nodes[0].counts()["alerts"]
    assert 10 * _NODES == nodes[0].counts()["members"]


def _tell(node: Store, claim: Claim, event: int) -> bool:
    """Poll this feed, which reports this event; whether it was told."""
    name = claim.feed.id
    entry = m.entry(f"{event}", feed_id=name)
    with node.writing():
        known = node.candidates([f"event:{event}"], NOW)
        story = known[0].id if known else f"s-{name}"
        told = m.told(entry, story, f"event:{event}")
        raised = () if known else (alert(id=f"al-{story}", story=story),)
        assert node.commit(m.changes(claim, entries=(entry,), told=(told,), alerts=raised))
    return bool(raised)


def test_many_threads_on_one_node_never_find_it_locked(another: Open) -> None:
    """Readers and writers of one process get along: no "database is locked", none lost."""
    store = another()
    store.sync([m.feed(f"f{i}") for i in range(60)], NOW)
    claims = list(m.take(store))

    def poll(claim: Claim) -> bool:
        entry = m.entry(claim.feed.id, feed_id=claim.feed.id)
        assert [entry] == list(store.unseen(claim.feed.id, [entry]))
        kept = m.commit(store, m.changes(claim, entries=(entry,)))
        assert 1 == len(store.search(claim.feed.id))
        assert store.counts()["entries"] > 0
        return kept

    with ThreadPoolExecutor(16) as pool:
        assert [True] * 60 == list(pool.map(poll, claims))
    assert 60 == store.counts()["entries"]
