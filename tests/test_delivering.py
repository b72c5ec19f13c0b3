"""deliver: at least once, in order, and somebody hears of a destination that is gone."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.deliver import Delivered, again, deliver, next_due
from monitor.model import Delivery, Outcome, Rate, Verdict
from monitor.ports import Sink, Store
from monitor.stores.sqlite import open as sqlite
from tests.samples import ALERT, NOW

HOUR = timedelta(hours=1)
FAILED = Outcome(verdict=Verdict.RETRY, reason="500")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = sqlite(f"sqlite:///{tmp_path / 'm.db'}")
    yield found
    found.close()


@dataclass
class Place:
    """A sink that answers as told and remembers what it got."""

    answer: Callable[[Delivery], Outcome] = lambda _d: Outcome(verdict=Verdict.DELIVERED)
    got: list[Delivery] = field(default_factory=list)

    def send(self, delivery: Delivery, now: datetime) -> Outcome:
        self.got.append(delivery)
        return self.answer(delivery)

    def close(self) -> None: ...


def queue(store: Store, number: int, sink: str = "desk", revision: int = 1) -> None:
    one = replace(ALERT, id=f"al-{number}", revision=revision)
    delivery = Delivery(id=f"dl-{number}-{sink}-{revision}", alert=one, sink=sink, due=NOW)
    store.add_deliveries([delivery])


def round_(
    store: Store, now: datetime = NOW, rates: dict[str, Rate] | None = None, **sinks: Sink
) -> Delivered:
    with ThreadPoolExecutor(4) as pool:
        return deliver(
            store, sinks, lambda: now, owner="o", lease=HOUR, limit=16, pool=pool, rates=rates
        )


def states(store: Store) -> dict[str, str]:
    return {str(r["id"]): str(r["state"]) for r in store.deliveries(limit=99)}


def test_revisions_arrive_in_order(store: Store) -> None:
    """An update is sent after what it updates, in one round, whatever was queued first."""
    for revision in (3, 1, 2):
        queue(store, 1, revision=revision)
    desk = Place()

    assert 3 == round_(store, desk=desk).attempted
    assert [1, 2, 3] == [d.alert.revision for d in desk.got]


def test_a_failing_destination_is_told_elsewhere_once(store: Store) -> None:
    """The fifth failure in a row is news for another desk; so is the recovery."""
    for number in range(7):
        queue(store, number)
    desk, room = Place(lambda _d: FAILED), Place()
    for minutes in range(0, 120, 5):
        round_(store, NOW + timedelta(minutes=minutes), desk=desk, room=room)
    told = [d.alert.title for d in room.got]
    assert ["sink desk: failed 5 times in a row; its alerts wait"] == told

    desk.answer = lambda _d: Outcome(verdict=Verdict.DELIVERED)
    for hours in range(3, 40):
        round_(store, NOW + timedelta(hours=hours), desk=desk, room=room)
    assert "sink desk: takes alerts again" == room.got[-1].alert.title
    assert {f"dl-{n}-desk-1": "done" for n in range(7)}.items() <= states(store).items()


def test_nobody_is_left_to_tell(store: Store) -> None:
    """With one sink, or with all of them failing, the alerts wait all the same."""
    for number in range(6):
        queue(store, number)
        queue(store, number, "room")
    both = Place(lambda _d: FAILED)
    for minutes in range(0, 60, 5):
        round_(store, NOW + timedelta(minutes=minutes), desk=both, room=both)

    assert {"due"} == set(states(store).values())


def test_gone_is_told_and_switched_off(store: Store) -> None:
    """410 ends all sending there and says so elsewhere."""
    queue(store, 1)
    queue(store, 2)
    desk, room = Place(lambda _d: Outcome(verdict=Verdict.GONE, reason="410")), Place()
    round_(store, rates={"desk": Rate(per_second=1)}, desk=desk, room=room)
    round_(store, NOW + HOUR, desk=desk, room=room)

    assert 1 == len(desk.got)
    assert ["sink desk: answered 410 Gone and is disabled"] == [d.alert.title for d in room.got]


def test_a_sink_that_breaks_or_is_not_there(store: Store) -> None:
    """A bug in a sink is a failure to be tried again; an unknown name is a dead letter."""

    def broken(_delivery: Delivery) -> Outcome:
        raise RuntimeError("secret in here")

    queue(store, 1)
    queue(store, 2, "gone-from-config")
    done = round_(store, desk=Place(broken))

    assert {("desk", "retry"): 1, ("gone-from-config", "refused"): 1} == dict(done.counts)
    assert 2 == done.failed
    [attempt] = store.attempts("dl-1-desk-1")
    assert ("sink-error", "RuntimeError") == (attempt["reason"], attempt["answer"])


@pytest.mark.parametrize("attempts", range(1, 12))
def test_the_schedule(attempts: int) -> None:
    """Five seconds to a day, a fifth of jitter, a floor that is asked for, and an end."""
    outcome = Outcome(verdict=Verdict.RETRY, retry_after=timedelta(hours=30))
    due = next_due(attempts, outcome, "dl-1", NOW)
    plain = next_due(attempts, FAILED, "dl-1", NOW)

    if attempts > 9:
        assert (None, None) == (due, plain)
        return
    assert due is not None
    assert plain is not None
    assert timedelta(hours=24) <= due - NOW <= timedelta(hours=28, minutes=48)
    assert timedelta(seconds=4) <= plain - NOW <= timedelta(hours=28, minutes=48)
    assert plain == next_due(attempts, FAILED, "dl-1", NOW)


def test_sent_again_is_a_delivery_of_its_own() -> None:
    """Resending is not a retry: the receiver must not take it for a duplicate."""
    one = Delivery(id="dl-1", alert=ALERT, sink="desk", due=NOW, attempt=4)
    copy = again(one, NOW)

    assert copy.id != one.id
    assert (0, NOW, ALERT) == (copy.attempt, copy.due, copy.alert)
