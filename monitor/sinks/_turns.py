"""Who may send when: one after the other, spaced, and nobody before a moment asked for."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from time import monotonic, sleep
from typing import Final

from monitor.model import Outcome, Verdict

PATIENCE: Final = 20.0  # seconds a delivery may wait for its turn before it is put back


class Turns:
    """Who may go when: one after the other, spaced, and nobody before a moment asked for."""

    def __init__(self, spacing: timedelta, clock: Callable[[], float] = monotonic) -> None:
        self._spacing, self._clock = spacing.total_seconds(), clock
        self._lock = threading.Lock()
        self._free = clock()

    def take(self, patience: float) -> float:
        """Seconds until the turn just taken; beyond the patience none is taken."""
        with self._lock:
            now = self._clock()
            wait = max(0.0, self._free - now)
            if wait <= patience:
                self._free = now + wait + self._spacing
            return wait

    def hold(self, length: timedelta) -> None:
        """Nobody goes before that long from now."""
        with self._lock:
            self._free = max(self._free, self._clock() + length.total_seconds())


@cache
def turns_at(_place: str, spacing: timedelta) -> Turns:
    """
    The turns of a place, the same for every sink that leads there and after every reload.

    Slack counts by channel: two sinks of one channel would send two messages a second, and a
    reload would forget a 429.
    """
    return Turns(spacing)


def turned(turns: Turns) -> Outcome | None:
    """None once the turn has come; what became of the delivery when it would take too long."""
    wait = turns.take(PATIENCE)
    if wait > PATIENCE:
        # Going on after a 429 may get the app disabled, so nothing is sent before its time.
        return Outcome(
            verdict=Verdict.RETRY, reason="throttled", retry_after=timedelta(seconds=wait)
        )
    sleep(wait)
    return None
