"""The clockwork: jobs that go on whatever they raise and wherever the wall clock jumps."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from monitor.schedule import Clockwork, Loop


def until(done: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)


class Wall:
    """A wall clock that somebody sets."""

    def __init__(self) -> None:
        self.moved = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.moved


def test_a_job_runs_at_once_and_again() -> None:
    """And not before its time when it is to wait."""
    ran: list[str] = []
    clock = Clockwork(lambda: datetime.now(UTC))
    clock.every(timedelta(milliseconds=50), "often", lambda: ran.append("often"))
    clock.every(timedelta(hours=1), "late", lambda: ran.append("late"), after=timedelta(hours=1))
    clock.start()
    until(lambda: ran.count("often") > 2)
    clock.stop()

    assert "late" not in ran


def test_a_job_that_raises_runs_again() -> None:
    """One bad round is logged, not the end."""
    ran: list[int] = []

    def job() -> None:
        ran.append(1)
        raise RuntimeError("oops")

    clock = Clockwork(lambda: datetime.now(UTC))
    clock.every(timedelta(milliseconds=50), "bad", job)
    with capture_logs() as logs:
        clock.start()
        until(lambda: len(ran) > 2)
        clock.stop()

    assert {("job failed", "bad")} == {(e["event"], e["job"]) for e in logs}


def test_a_slow_job_never_runs_beside_itself() -> None:
    """A tick that takes longer than its interval is not started a second time."""
    inside, most = 0, 0

    def job() -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.15)
        inside -= 1

    clock = Clockwork(lambda: datetime.now(UTC))
    clock.every(timedelta(milliseconds=50), "slow", job)
    clock.start()
    time.sleep(0.6)
    clock.stop()

    assert 1 == most


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(hours=1)])
def test_a_wall_clock_that_jumps_stops_nothing(jump: timedelta) -> None:
    """
    Set back by an hour, a job of one second ran 0 times in that hour; here it goes on.

    The clock that APScheduler reads is not ours to set, so the test moves what the watch
    reads: it must notice, say so, and make every job due.
    """
    wall = Wall()
    told: list[timedelta] = []
    ran: list[int] = []
    clock = Clockwork(wall, on_jump=told.append)
    clock.every(timedelta(hours=9), "rare", lambda: ran.append(1))
    with capture_logs() as logs:
        clock.start()
        until(lambda: len(ran) == 1)
        wall.moved = jump
        until(lambda: told)
        wall.moved = timedelta(0)
        until(lambda: len(told) > 1 and len(ran) > 1)
        clock.stop()

    assert round(jump.total_seconds()) == next(
        e["by_seconds"] for e in logs if e["event"] == "clock jumped"
    )


def test_a_jump_that_cannot_be_handled_stops_nothing() -> None:
    """The jobs are due all the same."""
    wall = Wall()
    ran: list[int] = []

    def broken(_by: timedelta) -> None:
        raise RuntimeError("oops")

    clock = Clockwork(wall, on_jump=broken)
    clock.every(timedelta(hours=9), "rare", lambda: ran.append(1))
    with capture_logs() as logs:
        clock.start()
        until(lambda: len(ran) == 1)
        wall.moved = timedelta(days=-1)
        until(lambda: any(e["event"] == "clock jump not handled" for e in logs))
        clock.stop()


# ── the loop ────────────────────────────────────────────────────────────────────


def test_a_loop_works_when_kicked() -> None:
    """Rounds follow each other while there is more, then it waits for the next kick."""
    rounds: list[int] = []

    def work() -> bool:
        rounds.append(1)
        return len(rounds) % 3 != 0

    loop = Loop("test", work)
    loop.start()
    loop.kick()
    until(lambda: len(rounds) == 3)
    time.sleep(0.05)
    assert 3 == len(rounds)
    loop.kick()
    until(lambda: len(rounds) == 6)

    assert loop.stop(1.0)


def test_a_loop_outlives_its_errors() -> None:
    """A daemon whose delivery loop died looks alive and tells nothing."""
    rounds: list[int] = []

    def work() -> bool:
        rounds.append(1)
        raise RuntimeError("oops")

    loop = Loop("test", work)
    with capture_logs() as logs:
        loop.start()
        loop.kick()
        until(lambda: len(rounds) == 1)
        loop.kick()
        until(lambda: len(rounds) == 2)
        assert loop.stop(1.0)

    assert [("round failed", "test")] * 2 == [(e["event"], e["loop"]) for e in logs]


def test_a_loop_that_hangs_is_said_to() -> None:
    """stop() waits no longer than it is told."""
    let_go = threading.Event()
    loop = Loop("test", lambda: let_go.wait(5) and False)
    loop.start()
    loop.kick()
    time.sleep(0.05)

    assert not loop.stop(0.05)
    let_go.set()
    assert loop.stop(1.0)


def test_a_loop_that_never_began_is_stopped() -> None:
    """Stopping twice, or before the start, is no error."""
    assert Loop("test", lambda: False).stop(0.1)
