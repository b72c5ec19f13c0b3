"""Any store: deliveries are taken once, in order, and every attempt is kept."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.model import Alert, Delivery, Verdict
from monitor.ports import Store
from tests.contract import making as m
from tests.samples import NOW, alert

RETRY = Verdict.RETRY


def _alerts(*stories: str, revision: int = 1) -> list[Alert]:
    return [alert(id=f"al-{s}", story=s, revision=revision) for s in stories]


def _queue(store: Store, *deliveries: Delivery) -> None:
    assert len(deliveries) == store.add_deliveries(deliveries)


def _ids(deliveries: Sequence[Delivery]) -> list[str]:
    return [d.id.removeprefix("dl-al-") for d in deliveries]


def test_oldest_due_first_and_nothing_before_its_time(store: Store) -> None:
    """The backlog of an outage is told in order."""
    a, b, c = _alerts("a", "b", "c")
    _queue(
        store, m.delivery(a, due=NOW + m.MINUTE / 2), m.delivery(b, due=NOW + m.MINUTE),
        m.delivery(c),
    )  # fmt: skip

    assert ["c-1-desk"] == _ids(m.send(store))
    assert ["a-1-desk", "b-1-desk"] == _ids(m.send(store, now=NOW + m.MINUTE))


def test_a_taken_delivery_is_nobody_elses_until_its_lease_ends(store: Store) -> None:
    """Two nodes never send one thing at once; a dead node's is sent after all."""
    _queue(store, *map(m.delivery, _alerts("a")))
    [first] = m.send(store)

    assert [] == m.send(store, now=NOW + m.LEASE - timedelta(seconds=1))
    [again] = m.send(store, now=NOW + m.LEASE)
    assert (1, 2, first.id) == (first.fence, again.fence, again.id)


def test_done_again_or_dead(store: Store) -> None:
    """After an attempt a delivery is over, due later, or a dead letter."""
    _queue(store, *map(m.delivery, _alerts("a", "b", "c")))
    done, later, dead = m.send(store)

    assert store.record(done, m.attempt(done), None)
    assert store.record(later, m.attempt(later, RETRY, reason="503"), NOW + m.HOUR)
    assert store.record(dead, m.attempt(dead, Verdict.REFUSED, reason="401"), None)
    assert [] == m.send(store, now=NOW + m.HOUR - timedelta(seconds=1))
    [again] = m.send(store, now=NOW + m.HOUR)
    assert (later.id, 1) == (again.id, again.attempt)
    assert {"done": "", "due": "503", "dead": "401"} == {
        row["state"]: row["reason"] for row in store.deliveries()
    }


def test_a_lost_fence_keeps_the_attempt_and_leaves_the_state(store: Store) -> None:
    """The receiver did get it: the record must say so, whoever owns the delivery by now."""
    _queue(store, *map(m.delivery, _alerts("a")))
    [old] = m.send(store)
    [new] = m.send(store, now=NOW + m.LEASE)

    assert not store.record(old, m.attempt(old), None)
    assert ["due"] == [row["state"] for row in store.deliveries()]
    assert store.record(new, m.attempt(new, RETRY, reason="503"), NOW + m.HOUR)
    assert ["delivered", "retry"] == [row["verdict"] for row in store.attempts(old.id)]


def test_an_attempt_recorded_twice_is_one(store: Store) -> None:
    """A replay after a crash changes nothing."""
    _queue(store, *map(m.delivery, _alerts("a")))
    [one] = m.send(store)
    found = [store.record(one, m.attempt(one, RETRY), NOW + m.HOUR) for _ in range(2)]

    assert [True, False] == found
    assert 1 == len(store.attempts(one.id))
    assert [1] == [row["attempt"] for row in store.deliveries()]


def test_an_attempt_is_kept_whole(store: Store) -> None:
    """What a person needs to find out why a receiver says no."""
    _queue(store, *map(m.delivery, _alerts("a")))
    [one] = m.send(store)
    answer = {"reason": "429", "status": 429, "answer": "slow — down", "milliseconds": 12}
    store.record(one, m.attempt(one, RETRY, retry_after=m.MINUTE, **answer), NOW)
    [row] = store.attempts(one.id)

    assert {"number": 1, "at": NOW, "verdict": "retry", "retry_after": 60.0, **answer} == {
        key: row[key] for key in ("number", "at", "verdict", "retry_after", *answer)
    }


def test_a_later_revision_waits_for_an_earlier_one(store: Store) -> None:
    """An update never arrives before what it updates, at the same sink."""
    first, second = *_alerts("a"), *_alerts("a", revision=2)
    _queue(store, m.delivery(second, due=NOW - m.HOUR), m.delivery(first))
    _queue(store, m.delivery(second, "other"))
    taken = {d.sink: d for d in m.send(store)}

    assert {"desk": 1, "other": 2} == {sink: d.alert.revision for sink, d in taken.items()}
    assert [] == m.send(store)
    store.record(taken["other"], m.attempt(taken["other"]), None)
    store.record(taken["desk"], m.attempt(taken["desk"], RETRY), NOW + m.HOUR)
    assert [] == m.send(store)
    [again] = m.send(store, now=NOW + m.HOUR)
    store.record(again, m.attempt(again), None)
    assert ["a-2-desk"] == _ids(m.send(store, now=NOW + m.HOUR))


def test_a_dead_revision_holds_up_no_later_one(store: Store) -> None:
    """What is refused for good must not silence the story."""
    first, second = *_alerts("a"), *_alerts("a", revision=2)
    _queue(store, m.delivery(first), m.delivery(second))
    [one] = m.send(store)
    store.record(one, m.attempt(one, Verdict.REFUSED), None)

    assert ["a-2-desk"] == _ids(m.send(store))


def test_a_resent_one_goes_alone(store: Store) -> None:
    """Never two of one alert to one sink at once, in whatever order they were queued."""
    first, second = *_alerts("a"), *_alerts("a", revision=2)
    _queue(store, m.delivery(second))
    [flying] = m.send(store)
    _queue(store, m.delivery(first, id="dl-again"))

    assert [] == m.send(store)
    store.record(flying, m.attempt(flying), None)
    assert ["dl-again"] == [d.id for d in m.send(store)]


def test_a_limit_and_room_are_obeyed(store: Store) -> None:
    """One slow sink takes no place from the others."""
    for name in "abcd":
        [one] = _alerts(name)
        _queue(store, m.delivery(one, "slow"), m.delivery(one, "fast", due=NOW + m.MINUTE))
    now = NOW + m.MINUTE

    assert [] == m.send(store, 0, now=now)
    assert ["a-1-slow", "a-1-fast", "b-1-fast"] == _ids(m.send(store, 3, now=now, room={"slow": 1}))
    assert ["c-1-fast", "d-1-fast"] == _ids(m.send(store, now=now, room={"slow": 0}))
    assert ["b-1-slow"] == _ids(m.send(store, 1, now=now, room={"slow": 9, "none": 3}))


def test_a_disabled_sink_gets_nothing_until_enabled(store: Store) -> None:
    """What is queued meanwhile is not lost."""
    _queue(store, *map(m.delivery, _alerts("a")))
    store.enable_sink("desk", enabled=False, why="answered 410 Gone", now=NOW)
    [row] = store.sinks()

    assert [] == m.send(store)
    assert ("desk", "disabled", "answered 410 Gone", 1) == (
        row["sink"], row["state"], row["why"], row["queued"],
    )  # fmt: skip
    store.enable_sink("desk", enabled=True, why="asked for", now=NOW)
    assert 1 == len(m.send(store))


def test_retry_makes_dead_and_waiting_ones_due(store: Store) -> None:
    """A dead one starts its schedule anew; what is under way or delivered is left alone."""
    _queue(store, *map(m.delivery, _alerts("a", "b", "c", "d")))
    dead, waiting, done, flying = m.send(store)
    store.record(dead, m.attempt(replace(dead, attempt=9), Verdict.REFUSED), None)
    store.record(waiting, m.attempt(replace(waiting, attempt=4), RETRY), NOW + m.HOUR)
    store.record(done, m.attempt(done), None)

    assert 2 == store.retry([dead.id, waiting.id, done.id, flying.id, "dl-nobody"], NOW)
    assert {dead.id: 0, waiting.id: 5} == {d.id: d.attempt for d in m.send(store)}


def test_adding_again_adds_nothing(store: Store) -> None:
    """An id is queued once, and the first payload of a revision stays."""
    [one] = _alerts("a")
    _queue(store, m.delivery(one))

    assert 0 == store.add_deliveries([m.delivery(replace(one, title="changed"))])
    assert 1 == store.add_deliveries([m.delivery(one), m.delivery(one, id="dl-more")])
    assert {one.title} == {d.alert.title for d in store.alert(one.id)}


def test_a_sink_remembers_what_it_wanted_remembered(store: Store) -> None:
    """The thread an alert was posted to, for the update that belongs there."""
    first, second = *_alerts("a"), *_alerts("a", revision=2)
    _queue(store, m.delivery(first), m.delivery(second), m.delivery(first, "other"))
    one, other = m.send(store)
    assert {} == one.state
    store.record(one, m.attempt(one, RETRY, state={"ts": "1", "x": "1"}), NOW)
    [again] = m.send(store)
    assert {"ts": "1", "x": "1"} == again.state
    store.record(again, m.attempt(again, state={"ts": "2"}), None)
    store.record(other, m.attempt(other, state={"ts": "9"}), None)

    assert [{"ts": "2", "x": "1"}] == [d.state for d in m.send(store)]


def test_sinks_are_summed_up(store: Store) -> None:
    """How each one fares, at a glance."""
    _queue(store, *map(m.delivery, _alerts("a", "b", "c", "d")))
    done, dead, *_ = m.send(store)
    store.record(done, m.attempt(done), None)
    store.record(dead, m.attempt(dead, Verdict.REFUSED, reason="401"), None)
    [row] = store.sinks()

    assert ("desk", "enabled", 2, 1, 1, NOW, NOW, "401") == (
        row["sink"], row["state"], row["queued"], row["delivered"], row["dead"],
        row["last_success"], row["last_failure"], row["failure"],
    )  # fmt: skip
    assert (2, 1) == (store.counts()["queued"], store.counts()["dead"])


@pytest.mark.parametrize(("asked", "count"), [({}, 3), ({"state": "dead"}, 1), ({"sink": "x"}, 0),
                                              ({"sink": "desk", "limit": 2}, 2), ({"alert": "al-b"}, 1)])  # fmt: skip
def test_deliveries_are_listed_newest_first(
    store: Store, asked: dict[str, str], count: int
) -> None:
    """By state and sink, as `monitor deliveries list` asks."""
    _queue(store, *map(m.delivery, _alerts("a", "b", "c")))
    one, *_ = m.send(store)
    store.record(one, m.attempt(one, Verdict.REFUSED), None)
    rows = store.deliveries(**asked)  # type: ignore[arg-type]

    assert count == len(rows)
    assert sorted((row["alert"] for row in rows), reverse=True) == [row["alert"] for row in rows]  # type: ignore[type-var]


def test_alerts_are_listed_newest_first(store: Store) -> None:
    """Every revision is a row; topic and moment choose."""
    for minute, (story, topic, revision) in enumerate(
        [("a", "arms-transfers", 1), ("b", "arms-embargoes", 1), ("a", "arms-transfers", 2)]
    ):
        at = NOW + minute * m.MINUTE
        one = alert(id=f"al-{story}", story=story, topic=topic, revision=revision, at=at)
        _queue(store, m.delivery(one))

    def listed(**asked: object) -> list[tuple[object, object]]:
        return [(r["alert"], r["revision"]) for r in store.alerts(**asked)]  # type: ignore[arg-type]

    assert [("al-a", 2), ("al-b", 1), ("al-a", 1)] == listed()
    assert [("al-a", 2)] == listed(limit=1)
    assert [("al-b", 1)] == listed(topic="arms-embargoes")
    assert [("al-a", 2), ("al-b", 1)] == listed(since=NOW + m.MINUTE)
