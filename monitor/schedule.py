"""
The daemon's clockwork: a handful of system jobs, and a watch over the clock itself.

APScheduler 3 keeps time for the jobs and only for them: one job per feed misses all of
100,000 due at once, and a feed's own rhythm is data (feeds.next_due_at). The only file
importing apscheduler.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic

from apscheduler.schedulers.background import BackgroundScheduler

from monitor import log

_JUMP = timedelta(seconds=5)  # wall clock against monotonic clock: more is a jump
_WATCH_SECONDS = 2.0
_log = log.get("schedule")


class Loop:
    """A thread that works when kicked, one round at a time, until nothing is left."""

    def __init__(self, name: str, work: Callable[[], bool]) -> None:
        """`work` does one round and says whether another should follow at once."""
        self._work, self._name = work, name
        self._kicked, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def kick(self) -> None:
        """There may be work; never waits."""
        self._kicked.set()

    def stop(self, patience: float) -> bool:
        """Take no more work; True when the round under way ended within `patience` seconds."""
        self._stopping.set()
        self._kicked.set()
        if self._thread.ident is not None:
            self._thread.join(patience)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._kicked.wait()
            self._kicked.clear()
            while not self._stopping.is_set() and self._once():
                pass

    def _once(self) -> bool:
        try:
            return self._work()
        except Exception:
            # A loop that dies is a daemon that looks alive and tells nothing: log, go on.
            _log.exception("round failed", loop=self._name)
            return False


class Clockwork:
    """APScheduler with the settings that measurements forced, re-armed when time jumps."""

    def __init__(
        self,
        now: Callable[[], datetime],
        *,
        steady: Callable[[], float] = monotonic,
        on_jump: Callable[[timedelta], object] = lambda _moved: None,
    ) -> None:
        """`on_jump` is told by how much the wall clock was set: forward, or back (negative)."""
        # grace None and coalesce: after a suspend a job runs once, at once, instead of being
        # "missed" (default grace is one second). UTC: DST runs a local 02:30 job twice.
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self._scheduler = BackgroundScheduler(timezone=UTC, job_defaults=defaults)
        self._now, self._steady, self._on_jump = now, steady, on_jump
        self._stopping = threading.Event()
        self._watch = threading.Thread(target=self._watching, name="clock watch", daemon=True)

    def every(
        self,
        length: timedelta,
        name: str,
        job: Callable[[], object],
        *,
        after: timedelta = timedelta(0),
    ) -> None:
        """Run job `after` the start and then every `length`; an error does not end that."""

        def guarded() -> None:
            try:
                job()
            except Exception:
                _log.exception("job failed", job=name)

        seconds = length.total_seconds()
        self._scheduler.add_job(
            guarded, "interval", seconds=seconds, id=name, next_run_time=self._now() + after
        )

    def start(self) -> None:
        self._scheduler.start()
        self._watch.start()

    def stop(self) -> None:
        """No job begins after this; harmless before the start and twice."""
        self._stopping.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def rearm(self) -> None:
        """Make every job due now."""
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=self._now())

    def _watching(self) -> None:
        # APScheduler waits for a wall-clock moment: set back by an hour, a job of one second
        # ran 0 times in that hour. Monotonic time does not jump, so it is the judge.
        wall, steady = self._now(), self._steady()
        while not self._stopping.wait(_WATCH_SECONDS):
            moved, passed = self._now() - wall, timedelta(seconds=self._steady() - steady)
            wall, steady = self._now(), self._steady()
            if abs(moved - passed) > _JUMP:
                self._jumped(moved - passed)

    def _jumped(self, by: timedelta) -> None:
        _log.warning("clock jumped", by_seconds=round(by.total_seconds()))
        try:
            self._on_jump(by)
        except Exception:
            _log.exception("clock jump not handled")
        self.rearm()
