"""Any store: a hub's word makes a feed due, within bounds."""

from dataclasses import replace
from datetime import timedelta

from monitor.model import Failed, FailureReason
from monitor.ports import Store
from tests.contract import making as m
from tests.samples import NOW

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def polled(store: Store, **changed: object) -> None:
    """A feed polled at NOW and due in an hour."""
    store.sync([m.feed()], NOW)
    [claim] = m.take(store)
    changes = m.changes(claim)
    planned = replace(changes.pace, next_due=NOW + HOUR)
    m.commit(store, replace(changes, at=NOW, pace=planned, **changed))  # type: ignore[arg-type]


def test_a_feed_is_woken_once_a_minute(store: Store) -> None:
    """Not within a minute of the last poll, at once after it, and again after the next."""
    polled(store)

    assert store.wake(m.feed().id, NOW + timedelta(seconds=10), apart=MINUTE)
    assert [] == m.take(store, now=NOW + timedelta(seconds=59))
    assert 1 == len(m.take(store, now=NOW + timedelta(seconds=60)))


def test_waking_never_delays(store: Store) -> None:
    """A feed that is due anyway stays due."""
    store.sync([m.feed()], NOW)

    assert store.wake(m.feed().id, NOW + HOUR, apart=MINUTE)
    assert 1 == len(m.take(store))


def test_a_failing_feed_sleeps_on(store: Store) -> None:
    """Whoever said Retry-After, or fails, is not asked sooner because a hub says so."""
    polled(store, outcome=Failed(reason=FailureReason.THROTTLED, detail="", at=NOW))

    assert store.wake(m.feed().id, NOW + timedelta(minutes=5), apart=MINUTE)
    assert [] == m.take(store, now=NOW + timedelta(minutes=50))


def test_nobody_wakes_what_is_not_there(store: Store) -> None:
    """An unknown feed, and one that is no longer configured, is not woken."""
    polled(store)
    store.sync([], NOW)

    assert not store.wake("nobody", NOW, apart=MINUTE)
    assert not store.wake(m.feed().id, NOW, apart=MINUTE)
