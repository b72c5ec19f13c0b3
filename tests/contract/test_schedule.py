"""Any store: which feeds are due, and who may poll them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.model import Failed, FailureReason, Validators
from monitor.ports import Store
from tests.contract import making as m
from tests.samples import NOW


def _ids(claims: object) -> list[str]:
    return [c.feed.id for c in claims]  # type: ignore[attr-defined]


def test_new_feeds_are_due_at_once_in_the_order_given(store: Store) -> None:
    """The first pass goes through the configuration from top to bottom."""
    store.sync([m.feed(name) for name in "cab"], NOW)

    assert ["c", "a"] == _ids(m.take(store, 2))
    assert ["b"] == _ids(m.take(store, 2))


def test_a_claim_carries_the_whole_feed(store: Store) -> None:
    """Nothing of the configuration is lost on its way through the store."""
    whole = m.feed(
        title="Ä title", pack="world", interval=timedelta(minutes=7), full_text="near",
        last_known_live="2026-07-01",
    )  # fmt: skip
    store.sync([whole], NOW)
    [claim] = m.take(store)

    assert whole == claim.feed
    assert (1, True, None, None, Validators(), {}) == (
        claim.fence, claim.first, claim.polled_at, claim.interval, claim.validators, claim.known,
    )  # fmt: skip


def test_a_leased_feed_is_nobody_elses_until_the_lease_ends(store: Store) -> None:
    """Two nodes never poll one feed at once, and a dead node's feed is taken over."""
    store.sync([m.feed()], NOW)
    m.take(store)

    assert [] == _ids(m.take(store, now=NOW + m.LEASE - timedelta(seconds=1)))
    [again] = m.take(store, now=NOW + m.LEASE)
    assert 2 == again.fence


def test_everything_ignores_due_times_but_no_lease(store: Store) -> None:
    """`once --all` polls what is not due, yet never beside somebody who is polling."""
    store.sync([m.feed("a"), m.feed("b")], NOW)
    a, _ = m.take(store)
    m.commit(store, m.changes(a))

    assert [] == _ids(m.take(store))
    assert ["a"] == _ids(store.claim(NOW, 9, owner="x", lease=m.LEASE, everything=True))


def test_oldest_due_first(store: Store) -> None:
    """A feed that waited longest is never starved by those due again sooner."""
    store.sync([m.feed(name) for name in "abc"], NOW)
    for minutes, claim in zip((3, 1, 2), m.take(store), strict=True):
        pace = replace(m.changes(claim).pace, next_due=NOW + minutes * m.MINUTE)
        m.commit(store, m.changes(claim, pace=pace))

    assert ["b", "c"] == _ids(m.take(store, now=NOW + 2 * m.MINUTE))
    assert ["a"] == _ids(m.take(store, now=NOW + 3 * m.MINUTE))


def test_released_feeds_are_due_as_before(store: Store) -> None:
    """What a stopping daemon gives back, the next one polls at once."""
    store.sync([m.feed()], NOW)
    [claim] = m.take(store)
    store.release([claim])

    assert not m.commit(store, m.changes(claim))
    assert [claim.fence + 1] == [c.fence for c in m.take(store)]


def test_releasing_with_an_old_fence_does_nothing(store: Store) -> None:
    """A process that wakes up late cannot give away what is not its own."""
    store.sync([m.feed()], NOW)
    [old] = m.take(store)
    m.take(store, now=NOW + m.LEASE)
    store.release([old])

    assert [] == _ids(m.take(store, now=NOW + m.LEASE))


def test_paused_and_removed_feeds_are_never_claimed(store: Store) -> None:
    """Pausing keeps the history; so does taking a feed out of the configuration."""
    store.sync([m.feed("a"), m.feed("b", paused=True), m.feed("c")], NOW)
    store.sync([m.feed("a"), m.feed("b", paused=True)], NOW)

    assert ["a"] == _ids(store.claim(NOW, 9, owner="x", lease=m.LEASE, everything=True))
    assert {"a": "new", "b": "paused", "c": "retired"} == {
        row["id"]: row["state"] for row in store.feeds()
    }


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        ([], "new"),
        ([m.failed()], "failing"),
        ([m.fetched()], "ok"),
        ([m.failed(), m.unchanged()], "ok"),
        ([m.fetched(), m.failed(FailureReason.GONE)], "gone"),
    ],
)
def test_a_feed_is_in_one_state(store: Store, outcomes: list[Failed], state: str) -> None:
    """What `feeds list` shows at a glance, with counts of how its polls went."""
    store.sync([m.feed()], NOW)
    for outcome in outcomes:
        m.commit(store, m.changes(m.take_one(store), outcome=outcome))
    [row] = store.feeds()

    assert state == row["state"]
    failures = sum(isinstance(one, Failed) for one in outcomes)
    assert (len(outcomes), failures) == (row["polls"], row["failed"])


def test_syncing_again_changes_nothing(store: Store) -> None:
    """A restart or a reload must not poll everything anew."""
    feeds = [m.feed("a"), m.feed("b")]
    store.sync(feeds, NOW)
    for claim in m.take(store):
        m.commit(store, m.changes(claim))
    store.sync(feeds, NOW + m.MINUTE)

    assert [] == _ids(m.take(store, now=NOW + m.MINUTE))
    assert ["a", "b"] == _ids(m.take(store, now=m.SOON))


def test_a_feed_that_comes_back_keeps_its_history(store: Store) -> None:
    """Taking a pack out for a day must not alert on everything in it."""
    claim = m.take_one(store)
    m.commit(store, m.changes(claim))
    store.sync([], NOW)
    store.sync([m.feed()], NOW)
    [again] = m.take(store, now=m.SOON)

    assert not again.first
    assert '"1"' == again.validators.etag


def test_a_new_address_is_asked_anew_and_at_once(store: Store) -> None:
    """What one address gave us is worth nothing at another: a baseline, without validators."""
    m.commit(store, m.changes(m.take_one(store), known={"client": "x"}, failures=2.0))
    store.sync([m.feed(url="https://new.example/")], NOW)
    [claim] = m.take(store)

    assert ("https://new.example/", True) == (claim.feed.url, claim.first)
    assert (Validators(), 0.0) == (claim.validators, claim.failures)


def test_feeds_added_by_command_stay(store: Store) -> None:
    """They stand in no file, so a sync must not take them out."""
    assert store.add_feed(m.feed("own"), NOW)
    store.sync([m.feed("a")], NOW)

    assert [m.feed("own")] == list(store.own_feeds())
    assert {"a", "own"} == set(_ids(m.take(store)))


@pytest.mark.parametrize("twin", [m.feed("a", url="https://b.example"), m.feed("b", url="u")])
def test_no_feed_is_added_twice(store: Store, twin: object) -> None:
    """Neither under its id nor under its address."""
    store.sync([m.feed("a", url="u")], NOW)

    assert not store.add_feed(twin, NOW)  # type: ignore[arg-type]


def test_only_added_feeds_are_removed_by_command(store: Store) -> None:
    """A configured one would be back at the next start: say so instead."""
    store.sync([m.feed("a")], NOW)
    store.add_feed(m.feed("own"), NOW)

    assert [True, False, False] == [store.remove_feed(name) for name in ("own", "own", "a")]
    assert ["a"] == _ids(m.take(store))


def pause(store: Store, name: str, *, paused: bool = True) -> bool:
    return store.pause_feed(name, NOW, paused=paused, author="kim")


def test_feeds_are_paused_by_command(store: Store) -> None:
    """Never claimed until let go, also through a sync, whatever its file says; by whom is kept."""
    store.add_feed(m.feed("own"), NOW)
    store.sync([m.feed("a"), m.feed("b", paused=True)], NOW)

    assert [True, True, False] == [pause(store, name) for name in ("own", "a", "none")]
    store.sync([m.feed("a", title="A"), m.feed("b", paused=True)], NOW)
    assert [] == _ids(m.take(store))
    assert {"kim"} == {r["paused_by"] for r in store.feeds() if r["id"] != "b"}
    assert pause(store, "own", paused=False)
    assert pause(store, "b", paused=False)
    store.sync([m.feed("a"), m.feed("b", paused=True)], NOW)
    assert {"own", "b"} == set(_ids(m.take(store)))


def test_a_paused_feed_added_again_is_polled(store: Store) -> None:
    """Whoever adds it wants it."""
    store.add_feed(m.feed("own"), NOW)
    assert pause(store, "own")
    assert store.remove_feed("own")
    assert store.add_feed(m.feed("own"), NOW)

    assert ["own"] == _ids(m.take(store))


def test_a_removed_feed_added_again_begins_with_a_baseline(store: Store) -> None:
    """What it published meanwhile is not news."""
    store.add_feed(m.feed("own"), NOW)
    [claim] = m.take(store)
    m.commit(store, m.changes(claim))
    store.remove_feed("own")

    assert store.add_feed(m.feed("own"), m.SOON)
    [again] = m.take(store, now=m.SOON)
    assert again.first


def test_what_a_poll_learned_is_there_for_the_next(store: Store) -> None:
    """Validators, failures, interval and stage memory go round."""
    claim = m.take_one(store)
    m.commit(store, m.changes(claim, known={"a": "1", "b": "2"}, failures=1.5))
    [second] = m.take(store, now=m.SOON)
    m.commit(store, m.changes(second, known={"b": "3"}, at=m.SOON, outcome=m.unchanged()))
    [third] = m.take(store, now=m.SOON)

    assert {"a": "1", "b": "2"} == second.known
    assert (1.5, NOW, 15 * m.MINUTE, '"1"') == (
        second.failures, second.polled_at, second.interval, second.validators.etag,
    )  # fmt: skip
    assert {"b": "3"} == third.known


def test_a_failure_keeps_what_success_taught(store: Store) -> None:
    """Validators and the last success survive an outage."""
    m.commit(store, m.changes(m.take_one(store)))
    [second] = m.take(store, now=m.SOON)
    m.commit(store, m.changes(second, outcome=m.failed(FailureReason.GONE), at=m.SOON))
    [row] = store.feeds()

    assert ("gone", "gone", NOW, m.SOON) == (
        row["state"], row["failure"], row["last_success"], row["last_failure"],
    )  # fmt: skip
    assert '"1"' == m.take_one(store, now=m.SOON).validators.etag


def test_a_clock_set_back_stops_no_feed(store: Store) -> None:
    """What was polled "in the future" is due now, not in an hour and a quarter."""
    ahead = NOW + m.HOUR
    claim = m.take_one(store, now=ahead)
    pace = replace(m.changes(claim).pace, next_due=ahead + 15 * m.MINUTE)
    m.commit(store, m.changes(claim, at=ahead, pace=pace))

    assert ["a"] == _ids(m.take(store))


def test_turns_in_the_life_of_a_feed_are_kept(store: Store) -> None:
    """Newest first: gap, move, failure, recovery; a failure that goes on is one turn."""
    outcomes = [
        m.changes(m.take_one(store), gap=True, outcome=m.fetched(moved_to="https://n.example")),
    ]
    m.commit(store, outcomes[0])
    offline = m.failed(FailureReason.OFFLINE)  # says nothing about the feed
    for outcome in (
        offline, m.unchanged(), m.failed(), m.failed(), m.failed(FailureReason.GONE), m.unchanged(),
    ):  # fmt: skip
        m.commit(store, m.changes(m.take_one(store), outcome=outcome))

    found = [row["kind"] for row in store.events(feed_id="a")]
    assert ["recovered", "gone", "failing", "gap", "moved"] == found
    assert 1 == len(store.events(limit=1))
    assert [] == list(store.events(feed_id="b"))


def test_a_feed_that_falls_silent_is_told_once(store: Store) -> None:
    """Thirty days without an entry are a turn; the thirty-first is not another."""
    m.commit(store, m.changes(m.take_one(store), entries=(m.entry(),), seen=("1",)))
    for day in (29, 30, 31):
        at = NOW + timedelta(days=day)
        outcome = m.unchanged(at=at)
        m.commit(store, m.changes(m.take_one(store, now=at), at=at, outcome=outcome))

    assert ["quiet"] == [row["kind"] for row in store.events()]
    assert ["quiet"] == [row["state"] for row in store.feeds()]
