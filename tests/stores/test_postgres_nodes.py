"""Several nodes on one PostgreSQL: who lives, who is dead, and what becomes of his work."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from monitor.errors import UsageError
from monitor.model import Delivery
from monitor.sharing import Presence
from monitor.stores import postgres
from monitor.stores._pg_clock import Clock
from monitor.stores._pg_connection import connect
from monitor.stores._pg_nodes import Card, Place
from tests.contract import making as m
from tests.postgres import Server
from tests.samples import NOW, alert

Node = postgres.PostgresStore
OpenNode = Callable[[], Node]


def _until(look: Callable[[], object], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def test_several_nodes_hold_one_store_and_are_named(node: OpenNode) -> None:
    """Who works, since when, on what; one that leaves is no longer among them."""
    one, two = node(), node()
    one.sync([m.feed("a"), m.feed("b")], NOW)
    with one.hold("first", NOW):
        m.take(one, 1, owner="first")
        with two.hold("second", NOW + m.MINUTE):
            found = [(r["owner"], r["state"], r["feeds"], r["pid"]) for r in two.nodes()]
        assert [("first", "alive", 1, os.getpid()), ("second", "alive", 0, os.getpid())] == found
        assert ["first"] == [r["owner"] for r in one.nodes()]
    assert [] == list(one.nodes())


_NODE = """
import sys, time
from datetime import UTC, datetime, timedelta
from monitor.stores import postgres
store = postgres.open(sys.argv[1])
now = datetime(2026, 8, 1, 12, tzinfo=UTC)
with store.hold("victim", now):
    [claim] = store.claim(now, 1, owner="victim", lease=timedelta(minutes=10))
    print("held", flush=True)
    time.sleep(60)
"""


@contextmanager
def _victim(url: str) -> Iterator[subprocess.Popen[str]]:
    """A node of its own process that holds one feed; killed at the end, also when it sleeps."""
    command = [sys.executable, "-c", _NODE, url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout is not None
            assert "held" == other.stdout.readline().strip()
            yield other
        finally:
            other.kill()


def _wait_until_noticed(store: Node, owner: str) -> None:
    """The server ends a connection a moment after its process has died."""
    for _ in range(1_000):
        if {"dead"} == {r["state"] for r in store.nodes() if r["owner"] == owner}:
            return
        time.sleep(0.01)


def test_what_a_killed_node_held_is_free_when_the_next_begins(url: str, node: OpenNode) -> None:
    """Nobody waits ten minutes for a dead node's lease, and nobody takes a living one's."""
    store = node()
    store.sync([m.feed("a"), m.feed("b")], NOW)
    with _victim(url) as other:
        with store.hold("me", NOW):
            assert ["b"] == [c.feed.id for c in m.take(store, owner="me")]
        os.kill(other.pid, signal.SIGKILL)
        other.wait()

    _wait_until_noticed(store, "victim")
    with node().hold("next", NOW):
        assert {"a", "b"} == {c.feed.id for c in m.take(store, owner="next")}


@contextmanager
def _watching(url: str, owner: str = "me", **more: Any) -> Iterator[Place]:
    """A node that looks for the dead ten times a second."""
    place = Place(url, Card(owner=owner, since=NOW), Clock(), beat=0.1, **more)
    place.enter()
    try:
        yield place
    finally:
        place.leave()


def _long_silent(here: Server, owner: str, seconds: int) -> None:
    here.run(
        f"update own.nodes set heard_at = heard_at - interval '{seconds} seconds'"
        f" where owner = '{owner}'"
    )


def test_those_who_work_on_take_over_from_the_dead(here: Server, url: str, node: OpenNode) -> None:
    """A dead connection that has not been heard of for a beat is enough, not a mere cut."""
    store = node()
    store.sync([m.feed("a")], NOW)
    with _watching(url), _victim(url) as other:
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
        _wait_until_noticed(store, "victim")
        time.sleep(0.3)
        assert [] == list(m.take(store, owner="me"))
        _long_silent(here, "victim", 6)

        _until(lambda: m.take(store, owner="me"))
        assert ["me"] == [r["owner"] for r in store.nodes()]


def test_a_node_that_sleeps_loses_what_it_holds(here: Server, url: str, node: OpenNode) -> None:
    """It holds its connection, and says nothing for twenty seconds: its feeds and deliveries are
    another's, its late writes are refused, and when it wakes up it is a node as before."""
    store = node()
    store.sync([m.feed("a"), m.feed("b")], NOW)
    store.add_deliveries([m.delivery(alert())])
    with _watching(url), _victim(url) as other:
        [claim], [sent] = m.take(store, owner="victim"), _sending(store, "victim")
        os.kill(other.pid, signal.SIGSTOP)
        time.sleep(0.3)
        assert [] == list(m.take(store, owner="me"))
        _long_silent(here, "victim", 21)
        # Nobody is dead in the first twenty seconds of a server, which may be this test's.
        _until(lambda: ["me"] == [r["owner"] for r in store.nodes()], 30)

        assert not m.commit(store, m.changes(claim))
        assert not store.record(sent, m.attempt(sent), None)
        assert {"a", "b"} == {c.feed.id for c in m.take(store, owner="me")}
        assert [sent.id] == [d.id for d in _sending(store, "me")]
        os.kill(other.pid, signal.SIGCONT)
        _until(lambda: {"me", "victim"} == {r["owner"] for r in store.nodes()})


def test_what_a_sleeper_was_writing_is_taken_over_as_soon_as_it_may(
    here: Server, url: str, node: OpenNode
) -> None:
    """Its feed is locked when it is buried, and passed over; not until the next great sweep."""
    store = node()
    store.sync([m.feed("a")], NOW)
    with _watching(url), _victim(url) as other, closing(connect(url)) as writing:
        os.kill(other.pid, signal.SIGSTOP)
        with writing.transaction():
            writing.rows("select 1 from feeds where id = 'a' for no key update")
            _long_silent(here, "victim", 21)
            _until(lambda: ["me"] == [r["owner"] for r in store.nodes()], 30)
            assert [("victim",)] == here.run("select owner from own.feeds")

        _until(lambda: [("",)] == here.run("select owner from own.feeds"), 5)
        assert ["a"] == [c.feed.id for c in m.take(store, owner="me")]


def _sending(store: Node, owner: str) -> list[Delivery]:
    return list(store.due_deliveries(NOW, 9, owner=owner, lease=m.LEASE))


def test_leases_that_nobody_has_are_ended(here: Server, url: str, node: OpenNode) -> None:
    """Whoever claimed in the moment between his death and his waking up is swept up after: a
    feed, a delivery, an article."""
    store = node()
    store.add_deliveries([m.delivery(alert())])
    m.commit(store, m.changes(m.take_one(store), entries=(m.entry(),)))
    store.claim(NOW, 9, owner="nobody", lease=m.LEASE, everything=True)
    _sending(store, "nobody")
    here.run(
        "insert into own.articles (entry, url, host, state, wanted_at, due, owner,"
        " lease_until) select seq, '', '', 'wanted', '', '', 'nobody', '9' from own.entries"
    )
    held = [f"select owner from own.{t}" for t in ("feeds", "deliveries", "articles")]
    assert [("nobody",)] * 3 == [row for each in held for row in here.run(each)]
    with _watching(url):
        assert [("",)] * 3 == [row for each in held for row in here.run(each)]


def test_a_replaced_configuration_is_refused_and_can_be_brought_back(node: OpenNode) -> None:
    """At start and at a reload; the same one again is no news; one that says nothing is let in."""
    one, two = node(), node()
    with one.hold("one", NOW, Presence(configuration="aaa")):
        with two.hold("two", NOW, Presence(configuration="bbb")):
            assert ["aaa", "bbb"] == [r["configuration"] for r in one.nodes()]
            with pytest.raises(UsageError, match=r"aaa was replaced by bbb of two at 20.*--adopt"):
                two.work_by("aaa")
            assert ["aaa", "bbb"] == [r["configuration"] for r in one.nodes()]
            two.work_by("ccc")
            assert ["aaa", "ccc"] == [r["configuration"] for r in one.nodes()]
            two.work_by("ccc")
        with pytest.raises(UsageError, match="bbb was replaced by ccc of two"):
            two.hold("two", NOW, Presence(configuration="bbb")).__enter__()
        two.adopt("aaa", "a person")
        one.work_by("aaa")
        with two.hold("two", NOW):
            assert ["one", "two"] == [r["owner"] for r in one.nodes()]
    two.work_by("zzz")  # it holds nothing: nobody asks it


def test_who_is_out_of_step_is_told(url: str, node: OpenNode) -> None:
    """Again with every sign of life, until it has the same files."""
    store, said = node(), list[str]()
    place = Place(
        url, Card(owner="me", since=NOW, configuration="aaa"), Clock(), beat=0.1, told=said.append
    )
    place.enter()
    try:
        _until(lambda: said)
        assert "" == said[-1]
        store.adopt("bbb", "a person")
        _until(lambda: said[-1])
        assert "aaa was replaced by bbb of a person at " in said[-1]
        store.adopt("aaa", "a person")
        _until(lambda: not said[-1])
    finally:
        place.leave()


def test_the_watch_outlives_its_failures(here: Server, url: str, node: OpenNode) -> None:
    """Tables that are missing, a server that restarts: it goes on, and is a node again."""
    store, said = node(), list[str]()
    with _watching(url, told=said.append):
        here.run("alter table own.nodes rename to gone")
        time.sleep(0.3)
        here.run("alter table own.gone rename to nodes")
        _until(lambda: ["alive"] == [r["state"] for r in store.nodes()])
        _until(lambda: said[-1] == "")
        here.stop()
        time.sleep(0.3)
        assert said[-1].startswith("cut off from the others (")
        assert 2 == len([one for one in said if one])
        here.start()
        _until(lambda: ["alive"] == [r["state"] for r in store.nodes()])
        _until(lambda: said[-1] == "")


def test_who_queues_a_delivery_wakes_all_nodes(url: str, node: OpenNode) -> None:
    """At once, not at the next look: a poll, a command, a retry."""
    store, woken = node(), threading.Event()
    other = node()
    with other.hold("sender", NOW, Presence(role="deliver", woken=woken.set)):
        claim = m.take_one(store)
        queues: list[Callable[[], object]] = [
            lambda: m.commit(store, m.alerting(claim, m.entry())),
            lambda: store.add_deliveries([m.delivery(alert(id="al-2"))]),
            lambda: store.retry(["dl-al-2-1-desk"], NOW),
        ]
        for queue in queues:
            queue()
            assert woken.wait(5)
            woken.clear()
        assert ["deliver"] == [r["role"] for r in store.nodes()]


# ── one clock ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("wrong", [timedelta(minutes=-1), timedelta(minutes=1)])
def test_time_is_the_servers(here: Server, node: OpenNode, wrong: timedelta) -> None:
    """Whatever a node's own clock says."""
    [[now]] = here.run("select clock_timestamp()")
    assert isinstance(now, datetime)

    assert abs(node().time(now + wrong) - now) < timedelta(seconds=5)


def test_time_goes_on_by_a_clock_that_nobody_sets() -> None:
    """And follows the server when that one is set; its own noise is no reason to jump."""
    passed = 100.0
    clock = Clock(lambda: passed)
    assert NOW == clock.now(NOW)
    clock.ask(lambda: NOW)
    passed = 160.0
    assert NOW + m.MINUTE == clock.now(NOW - m.HOUR)
    clock.ask(lambda: NOW + m.MINUTE + timedelta(milliseconds=20))
    assert NOW + m.MINUTE == clock.now(NOW)
    clock.ask(lambda: NOW + m.HOUR)
    assert NOW + m.HOUR == clock.now(NOW)


def test_an_answer_that_took_long_says_too_little() -> None:
    """A question that waited for a minute does not set the clock, unless it is the first."""
    ticks = iter([0.0, 4.0, 4.0, 4.0, 10.0, 64.0, 64.0])
    clock = Clock(lambda: next(ticks))
    clock.ask(lambda: NOW + timedelta(seconds=2))
    assert NOW + timedelta(seconds=4) == clock.now(NOW)
    clock.ask(lambda: NOW + m.HOUR)
    assert NOW + timedelta(seconds=64) == clock.now(NOW)


def test_after_a_restart_nobody_is_dead_at_once(here: Server, node: OpenNode) -> None:
    """All were cut off, and who comes back first must not send what another is sending."""
    one, two = node(), node()
    one.add_deliveries([m.delivery(alert())])
    with one.hold("first", NOW), two.hold("second", NOW):
        sent = _sending(one, "first")
        here.stop()
        here.start()
        with node().hold("third", NOW):
            assert [] == _sending(two, "second")
            _until(lambda: ["alive"] * 3 == [r["state"] for r in two.nodes()])
            assert [] == _sending(two, "second")

        assert one.record(sent[0], m.attempt(sent[0]), None)


def test_a_poll_that_tells_nothing_waits_for_nobody(node: OpenNode) -> None:
    """Most polls: while one node tells a story, the others keep theirs; upkeep is alone."""
    one, two = node(), node()
    one.sync([m.feed("a"), m.feed("b")], NOW)
    first, second = m.take(one)
    with one.writing():
        assert one.commit(m.alerting(first, m.entry()))
        last = m.changes(second, entries=(m.entry("2", feed_id="b"),))
        assert [True] == two.keep_all([last])
        assert [False] == two.keep_all([m.changes(second)])
    assert 2 == two.counts()["entries"]
