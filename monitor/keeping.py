"""
Polls that told nothing, committed together when they end at about the same moment.

A commit of its own costs a poll with nothing new 0.3 ms and a wait for the disk; in company it
costs a tenth of that. Nobody waits for it: whoever polled goes on with the next feed, and what
has to be done once the disk has it is done here.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

from monitor.model import Said

_GATHER: Final = 0.05  # seconds; nothing that anybody waits for is committed here
_MOST: Final = 256  # that may wait; who brings more waits, too, and so does the memory

Part = TypeVar("Part")


class Keeper(Generic[Part]):
    """Thread-safe; a thread of its own commits."""

    def __init__(
        self,
        keep: Callable[[Sequence[Part]], Sequence[Said]],
        done: Callable[[Part, Said], None],
    ) -> None:
        """
        `keep` writes them all and says what came of each; then `done`, which raises nothing, is
        called for each.
        """
        self._keep, self._done = keep, done
        self._lock = threading.Lock()
        self._change = threading.Condition(self._lock)
        self._waiting: list[Part] = []
        self._thread: threading.Thread | None = None  # None: there was nothing to keep yet
        self._over = False

    def take(self, part: Part) -> None:
        """Keep it, in a moment."""
        with self._lock:
            self._change.wait_for(lambda: len(self._waiting) < _MOST or self._over)
            if not self._over:
                self._waiting.append(part)
                self._begin()
                return
        self._settle([part])

    def close(self) -> None:
        """What is brought from now on is kept at once, in the thread that brings it."""
        with self._lock:
            self._over = True
            self._change.notify_all()

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._live, name="keep", daemon=True)
            self._thread.start()
        elif len(self._waiting) == 1:
            self._change.notify_all()

    def _live(self) -> None:
        while self._somebody():
            time.sleep(_GATHER)
            with self._lock:
                taken, self._waiting = self._waiting, []
                self._change.notify_all()
            self._settle(taken)

    def _somebody(self) -> bool:
        """Wait for the first of the next ones; False: we are closed and nobody is left."""
        with self._lock:
            self._change.wait_for(lambda: self._waiting or self._over)
            return bool(self._waiting)

    def _settle(self, parts: Sequence[Part]) -> None:
        try:
            each = self._keep(parts)
        except Exception as e:
            each = [e] * len(parts)
        for part, said in zip(parts, each, strict=True):
            self._done(part, said)
