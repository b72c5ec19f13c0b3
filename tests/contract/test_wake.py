"""Any store: a hub's word makes a feed due, within bounds."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from monitor.model import Failed, FailureReason, Pace, Unchanged, Validators
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


def row(store: Store) -> Mapping[str, object]:
    [found] = store.feeds()
    return found


def test_a_word_during_a_poll_is_heeded_after_it(store: Store) -> None:
    """What is published while the answer is under way is not in it: asked again in a minute."""
    polled(store)
    later = NOW + HOUR
    [claim] = m.take(store, now=later)
    assert store.wake(m.feed().id, later + timedelta(seconds=2), apart=MINUTE)
    outcome = Unchanged(at=later, validators=Validators())
    planned = Pace(next_due=later + HOUR, interval=HOUR)
    at = later + timedelta(seconds=5)
    m.commit(store, replace(m.changes(claim), at=at, outcome=outcome, pace=planned))

    assert [] == m.take(store, now=at + timedelta(seconds=59))
    assert 1 == len(m.take(store, now=at + MINUTE))


def test_what_hubs_said_comes_with_the_claim(store: Store) -> None:
    """Until when one has promised to tell, and when it last did; a denial ends the promise."""
    store.sync([m.feed()], NOW)
    [fresh] = m.take(store)
    m.commit(store, m.changes(fresh))
    store.subscribed(m.feed().id, NOW + 9 * HOUR)
    store.wake(m.feed().id, NOW + HOUR, apart=MINUTE)
    [told] = m.take(store, now=NOW + 2 * HOUR)
    m.commit(store, m.changes(told))
    store.subscribed(m.feed().id, None)
    [denied] = m.take(store, now=NOW + 9 * HOUR)

    assert (None, None) == (fresh.push_until, fresh.pushed_at)
    assert (NOW + 9 * HOUR, NOW + HOUR) == (told.push_until, told.pushed_at)
    assert (None, NOW + HOUR) == (denied.push_until, denied.pushed_at)


def test_another_address_has_no_hub_yet(store: Store) -> None:
    """What was promised for one address is nothing at another."""
    store.sync([m.feed()], NOW)
    store.subscribed(m.feed().id, NOW + HOUR)
    store.wake(m.feed().id, NOW, apart=MINUTE)
    store.sync([replace(m.feed(), url="https://elsewhere.example/feed")], NOW)
    [claim] = m.take(store)

    assert (None, None) == (claim.push_until, claim.pushed_at)


def test_a_broken_push_is_an_event_while_it_is(store: Store) -> None:
    """Told with when it began, and gone when the hub can be relied on again."""
    polled(store, unpushed_at=NOW)
    broken = [(e["kind"], e["feed"], e["at"]) for e in store.events()]
    since = row(store)["unpushed_at"]
    [claim] = m.take(store, now=NOW + HOUR)
    m.commit(store, m.changes(claim))

    assert [("push-broken", m.feed().id, NOW)] == broken
    assert NOW == since
    assert [] == [e for e in store.events(feed_id=m.feed().id) if e["kind"] == "push-broken"]
    assert row(store)["unpushed_at"] is None
