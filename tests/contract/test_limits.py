"""Circuits and token buckets of every store: a sick receiver rests, a slow one is not hurried."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Attempt, Circuit, Delivery, Outcome, Rate, Verdict
from monitor.ports import Store
from tests.contract import making
from tests.contract.making import HOUR, MINUTE
from tests.samples import ALERT, NOW

SECOND = timedelta(seconds=1)
FAILED = Outcome(verdict=Verdict.RETRY, reason="500")
TAKEN = Outcome(verdict=Verdict.DELIVERED)


def queue(store: Store, number: int, sink: str = "desk") -> None:
    for n in range(number):
        one = replace(ALERT, id=f"al-{sink}-{n}")
        store.add_deliveries([Delivery(id=f"dl-{sink}-{n}", alert=one, sink=sink, due=NOW)])


def due(store: Store, now: datetime, **more: object) -> list[Delivery]:
    return list(store.due_deliveries(now, 100, owner="o", lease=24 * HOUR, **more))  # type: ignore[arg-type]


def attempted(store: Store, one: Delivery, outcome: Outcome, now: datetime) -> None:
    attempt = Attempt(delivery_id=one.id, number=one.attempt + 1, at=now, outcome=outcome)
    assert store.record(one, attempt, None if outcome is TAKEN else now)


def test_a_dead_receiver_gets_one_probe_at_a_time(store: Store) -> None:
    """After five failures in a row it rests 30 s, then 60 s; one that arrives opens the way."""
    queue(store, 8)
    queue(store, 1, "room")
    batch = due(store, NOW)
    for one in batch[:5]:
        attempted(store, one, FAILED, NOW)
    for one in batch[5:]:
        attempted(store, one, TAKEN if one.sink == "room" else FAILED, NOW)

    held = store.circuit("desk")
    assert (8, True) == (held.failures, held.open)
    assert Circuit() == store.circuit("room") == store.circuit("never heard of")
    assert [] == due(store, NOW + 239 * SECOND)
    [probe] = due(store, NOW + 240 * SECOND)
    assert [] == due(store, NOW + 300 * SECOND)
    attempted(store, probe, FAILED, NOW + 300 * SECOND)
    assert [] == due(store, NOW + 300 * SECOND + 8 * MINUTE - SECOND)
    [again] = due(store, NOW + 300 * SECOND + 8 * MINUTE)
    attempted(store, again, TAKEN, NOW + HOUR)
    assert 7 == len(due(store, NOW + HOUR))


def test_a_receiver_that_names_a_time_is_left_alone(store: Store) -> None:
    """Retry-After holds everything for that destination, and nothing for the others."""
    queue(store, 3)
    first, *_ = due(store, NOW, room={"desk": 1})
    queue(store, 1, "room")
    busy = Outcome(verdict=Verdict.RETRY, reason="429", retry_after=10 * MINUTE)
    attempted(store, first, busy, NOW)

    assert ["room"] == [one.sink for one in due(store, NOW + 9 * MINUTE)]
    assert 1 == len(due(store, NOW + 10 * MINUTE))


def test_switching_a_sink_on_forgets_its_failures(store: Store) -> None:
    """Whoever mends a receiver need not wait for the next probe."""
    queue(store, 6)
    for one in due(store, NOW):
        attempted(store, one, FAILED, NOW)
    store.enable_sink("desk", enabled=True, why="mended", now=NOW)

    assert Circuit() == store.circuit("desk")
    assert 6 == len(due(store, NOW))


def test_a_bucket_is_shared_by_all_who_send(store: Store) -> None:
    """Three at once, then one a second, whichever node asks; a clock set back empties nothing."""
    queue(store, 9)
    rates = {"desk": Rate(per_second=1, burst=3)}

    assert 3 == len(due(store, NOW, rates=rates))
    assert [] == due(store, NOW, rates=rates)
    assert 1 == len(due(store, NOW + SECOND, rates=rates))
    assert [] == due(store, NOW - HOUR + SECOND, rates=rates)
    assert 3 == len(due(store, NOW + HOUR, rates=rates))
    assert 2 == len(due(store, NOW + HOUR, rates={}))


@given(
    st.lists(
        st.tuples(st.sampled_from(list(Verdict)), st.none() | st.integers(1, 90_000)), max_size=30
    )
)
def test_a_circuit_holds_at_most_as_long_as_asked(told: list[tuple[Verdict, int | None]]) -> None:
    """Only a run of retries opens it; any other answer closes it; 15 minutes, or what was asked."""
    circuit, run = Circuit(), 0
    for verdict, asked in told:
        patience = timedelta(seconds=asked) if asked else None
        circuit = circuit.after(Outcome(verdict=verdict, retry_after=patience), NOW)
        run = run + 1 if verdict is Verdict.RETRY else 0

        assert run == circuit.failures
        assert circuit.open is (run >= 5)
        longest = max(15 * MINUTE, patience or timedelta(0))
        assert circuit.held_until is None or NOW < circuit.held_until <= NOW + longest
        assert (circuit.held_until is None) is (run == 0 or (run < 5 and not asked))


# ── the clock set back ──────────────────────────────────────────────────────────


def attempts_of(store: Store, moment: datetime, outcome: Outcome, again: datetime) -> None:
    """Send the one delivery there is, at this moment; it is due again at that."""
    [one] = due(store, moment)
    attempt = Attempt(delivery_id=one.id, number=one.attempt + 1, at=moment, outcome=outcome)
    store.record(one, attempt, again)


@pytest.mark.parametrize("back", [2 * MINUTE, HOUR, timedelta(days=400)])
def test_a_retry_waits_no_longer_when_the_clock_is_set_back(store: Store, back: timedelta) -> None:
    """Five minutes are five minutes, counted from when the clock was found to be wrong."""
    queue(store, 1)
    attempts_of(store, NOW, FAILED, NOW + 5 * MINUTE)

    assert [] == due(store, NOW - back)
    assert [] == due(store, NOW - back + 5 * MINUTE - SECOND)
    assert 1 == len(due(store, NOW - back + 5 * MINUTE))


def test_what_was_to_go_at_once_goes_at_once(store: Store) -> None:
    """Queued by a clock an hour ahead: due by the clock that is right, without waiting."""
    queue(store, 2)

    assert 2 == len(due(store, NOW - HOUR))


def appointed(store: Store, wait: timedelta) -> None:
    """One that waits so long for the end of the quiet hours, one in a digest an hour later."""
    held, claim = replace(ALERT, id="al-held"), making.take_one(store)
    waiting = (
        Delivery(id="dl-quiet", alert=held, sink="desk", due=NOW + wait),
        Delivery(id="dl-part", alert=held, sink="room", due=NOW + wait + HOUR, digest="morning"),
    )
    making.commit(store, making.changes(claim, alerts=(held,), deliveries=waiting))


def test_an_hour_of_the_day_stays_one(store: Store) -> None:
    """What waits for the end of the quiet hours, or for a digest, keeps its appointment."""
    appointed(store, 7 * HOUR)
    for early in (NOW - HOUR, NOW, NOW + 7 * HOUR - SECOND):
        assert ([], []) == (due(store, early), list(store.digests(early)))

    assert ["dl-quiet"] == [one.id for one in due(store, NOW + 7 * HOUR)]
    assert 1 == len(store.digests(NOW + 8 * HOUR))


def test_nothing_is_put_off_for_a_year(store: Store) -> None:
    """A clock a year ahead made appointments there; by the right one they are over."""
    appointed(store, timedelta(days=365))

    assert ["dl-quiet"] == [one.id for one in due(store, NOW)]
    assert [["dl-part"]] == [[one.id for one in parts] for parts in store.digests(NOW)]


def test_a_circuit_rests_as_long_as_it_was_to(store: Store) -> None:
    """What held a destination, Retry-After or circuit, holds it for its length, not longer."""
    queue(store, 2)
    busy = Outcome(verdict=Verdict.RETRY, reason="429", retry_after=10 * MINUTE)
    [first] = due(store, NOW, room={"desk": 1})
    store.record(first, Attempt(delivery_id=first.id, number=1, at=NOW, outcome=busy), NOW)
    back = NOW - HOUR

    assert [] == due(store, back)
    assert back + 10 * MINUTE == store.circuit("desk").held_until
    assert [] == due(store, back + 10 * MINUTE - SECOND)
    assert 1 == len(due(store, back + 10 * MINUTE))


def test_a_bucket_fills_by_the_clock_as_it_is(store: Store) -> None:
    """One a second goes on being one a second an hour earlier."""
    queue(store, 9)
    rates = {"desk": Rate(per_second=1, burst=3)}
    assert 3 == len(due(store, NOW, rates=rates))
    back = NOW - HOUR

    assert [] == due(store, back, rates=rates)
    assert 2 == len(due(store, back + 2 * SECOND, rates=rates))


def test_a_lease_lasts_no_longer(store: Store) -> None:
    """Whoever held it may have died with it: after one lease another takes it, not before."""
    queue(store, 1)
    lease = 2 * MINUTE
    [held] = store.due_deliveries(NOW, 9, owner="a", lease=lease)
    queue(store, 1, "room")
    back = NOW - HOUR

    assert ["room"] == [one.sink for one in store.due_deliveries(back, 9, owner="b", lease=lease)]
    assert () == tuple(store.due_deliveries(back + lease - SECOND, 9, owner="b", lease=lease))
    again = store.due_deliveries(back + lease, 9, owner="b", lease=lease)
    assert {held.id} <= {one.id for one in again}
    attempt = Attempt(delivery_id=held.id, number=1, at=NOW, outcome=TAKEN)
    assert not store.record(held, attempt, None)


def test_a_clock_set_forward_sends_early_and_once(store: Store) -> None:
    """What waited is due; nothing is due twice, and no lease that goes on is taken for over."""
    queue(store, 1)
    attempts_of(store, NOW, FAILED, NOW + 5 * MINUTE)
    [one] = due(store, NOW + HOUR)

    assert (1, []) == (one.attempt, due(store, NOW + HOUR + MINUTE))
