"""
What time it is for all nodes: the server's clock, carried on by a clock that nobody sets.

Leases and due times are compared by several machines, whose own clocks may be a minute apart.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

_SLOW: Final = 1.0  # seconds an answer may take before it says too little
_NOISE: Final = timedelta(milliseconds=50)  # less is the way to the server, not its clock


def steady() -> float:
    """Seconds that go on while the machine sleeps, where the system counts them; never set."""
    counted: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(counted)


class Clock:
    """Thread-safe: what is known is swapped whole."""

    def __init__(self, steady: Callable[[], float] = steady) -> None:
        self._steady = steady
        self._known: tuple[datetime, float] | None = None  # the server's time, ours; None: unasked

    @property
    def known(self) -> bool:
        return self._known is not None

    def now(self, own: datetime) -> datetime:
        """The server's time; `own` before it was ever asked."""
        known = self._known
        if known is None:
            return own
        at, since = known
        return at + timedelta(seconds=self._steady() - since)

    def ask(self, answer: Callable[[], datetime]) -> None:
        """
        Set by what the server answers now.

        Raises:
            StoreError: of `answer`; what was known holds.
        """
        began = self._steady()
        at = answer()
        took = self._steady() - began
        if took > _SLOW and self._known is not None:
            return
        middle = began + took / 2
        if self._known is None or abs(self.now(at) - timedelta(seconds=took / 2) - at) > _NOISE:
            self._known = (at, middle)
