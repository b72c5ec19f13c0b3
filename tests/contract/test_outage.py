"""An outage of our own network counts against nobody, once it is known for one."""

import pytest

from monitor.model import Claim, Failed, FailureReason, Outage, Pace
from monitor.ports import Store
from tests.contract import making as m
from tests.samples import NOW

WEIGHTS = {"dns": 0.25, "connect": 0.5, "timeout": 0.5}


def offline(since: int) -> Failed:
    return Failed(
        reason=FailureReason.OFFLINE, detail="no host", at=NOW, since=NOW + m.MINUTE * since
    )


def claimed(store: Store, name: str, minute: int) -> Claim:
    claims = m.take(store, now=NOW + m.MINUTE * minute)
    store.release([c for c in claims if c.feed.id != name])
    return next(c for c in claims if c.feed.id == name)


def failing(store: Store, name: str, minute: int, reason: FailureReason, count: float) -> None:
    """A poll of that feed fails at that minute; its failures come to `count`."""
    claim = claimed(store, name, minute)
    found = m.failed(reason)
    at = NOW + m.MINUTE * minute
    pace = Pace(next_due=at + m.HOUR, interval=15 * m.MINUTE, why=reason.value)
    m.commit(store, m.changes(claim, at=at, outcome=found, failures=count, pace=pace))


@pytest.fixture
def polled(store: Store) -> Store:
    store.sync([m.feed(name) for name in "abcde"], NOW)
    return store


def learned(store: Store, minute: int, since: int, name: str = "e", count: float = 0.0) -> None:
    """The poll of this feed finds out that we have been offline since then."""
    at = NOW + m.MINUTE * minute
    claim = claimed(store, name, minute)
    outcome = offline(since)
    outage = Outage(since=NOW + m.MINUTE * since, weights=WEIGHTS)
    pace = Pace(next_due=at + 5 * m.MINUTE, interval=15 * m.MINUTE, why="our own network is down")
    m.commit(
        store, m.changes(claim, at=at, outcome=outcome, outage=outage, pace=pace, failures=count)
    )


def test_what_was_counted_before_it_was_known_is_taken_back(polled: Store) -> None:
    """Failures, events and waits of the first hosts go; what failed before, or otherwise, stays."""
    failing(polled, "d", 1, FailureReason.DNS, 0.25)
    failing(polled, "a", 5, FailureReason.DNS, 2.25)
    failing(polled, "b", 5, FailureReason.TIMEOUT, 0.5)
    failing(polled, "c", 5, FailureReason.NOT_FOUND, 0.5)
    learned(polled, 6, since=5)

    rows = {str(r["id"]): r for r in polled.feeds()}
    assert [2.0, 0.0, 0.5, 0.25, 0.0] == [rows[n]["failures"] for n in "abcde"]
    assert ["offline", "offline", "not-found", "dns", "offline"] == [
        rows[n]["failure"] for n in "abcde"
    ]
    assert [0, 0, 1, 1, 1] == [rows[n]["failed"] for n in "abcde"]
    assert NOW + 11 * m.MINUTE == rows["a"]["next_due"] == rows["b"]["next_due"]
    assert NOW + 65 * m.MINUTE == rows["c"]["next_due"]
    assert {"c", "d"} == {e["feed"] for e in polled.events() if e["kind"] in ("failing", "gone")}


def test_it_is_taken_back_once(polled: Store) -> None:
    """Every poll of an outage says since when; that changes nothing any more."""
    failing(polled, "a", 5, FailureReason.DNS, 2.25)
    learned(polled, 6, since=5)
    before = [{**r, "fence": 0} for r in polled.feeds() if r["id"] == "a"]
    learned(polled, 11, since=5)

    assert before == [{**r, "fence": 0} for r in polled.feeds() if r["id"] == "a"]


def test_no_count_falls_below_nothing(polled: Store) -> None:
    """Whatever was counted with which weight."""
    failing(polled, "a", 5, FailureReason.TIMEOUT, 0.25)
    learned(polled, 6, since=5)

    assert 0.0 == next(r["failures"] for r in polled.feeds() if r["id"] == "a")


def test_a_feed_forgives_itself(polled: Store) -> None:
    """The first host that failed may be the next one that is asked."""
    failing(polled, "a", 5, FailureReason.DNS, 2.25)
    learned(polled, 66, since=5, name="a", count=2.25)

    assert 2.0 == next(r["failures"] for r in polled.feeds() if r["id"] == "a")
