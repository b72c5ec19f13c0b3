"""Circuits and token buckets of every store: a sick receiver rests, a slow one is not hurried."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Attempt, Circuit, Delivery, Outcome, Rate, Verdict
from monitor.ports import Store
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
