"""
Whether each stage still makes progress: alive, polling, matching and delivering apart.

Times are monotonic seconds given by the caller, so that a wall clock set back an hour
changes nothing here.
"""

import threading
from collections.abc import Collection, Mapping
from enum import StrEnum


class Stage(StrEnum):
    POLLING = "polling"  # the tick claimed what was due
    MATCHING = "matching"  # a poll came through, or none was under way
    DELIVERING = "delivering"  # the outbox was looked through


# Seconds without progress before a stage counts as late. A poll may take its whole request
# and parse deadlines (60 s and 30 s), a delivery its 30 s, a tick only a moment.
PATIENCE: Mapping[Stage, float] = {
    Stage.POLLING: 30,
    Stage.MATCHING: 180,
    Stage.DELIVERING: 90,
}


_FIRST: Mapping[Stage, str] = {
    Stage.POLLING: "polling: the first tick has not run yet",
    Stage.MATCHING: "matching: no poll came through yet",
    Stage.DELIVERING: "delivering: the outbox was not looked through yet",
}


class Health:
    """Heartbeats, and faults that hold until they are cleared. Thread-safe."""

    def __init__(self, started: float, stages: Collection[Stage] = tuple(Stage)) -> None:
        """Of these stages: a machine that only sends has no polls that could be late."""
        self._lock = threading.Lock()
        self._started, self._stages = started, tuple(stages)
        self._beats: dict[Stage, float] = {}
        self._faults: dict[str, str] = {}

    def beat(self, stage: Stage, at: float) -> None:
        with self._lock:
            self._beats[stage] = at

    def fault(self, name: str, sentence: str) -> bool:
        """
        Say what is wrong, e.g. "disk": "only 12 MB free"; an empty sentence clears it.

        True when it was right before, or is again: the moment to tell somebody.
        """
        with self._lock:
            was = bool(self._faults.pop(name, ""))
            if sentence:
                self._faults[name] = sentence
            return was != bool(sentence)

    def ages(self, at: float) -> Mapping[str, float]:
        """Seconds since each stage last made progress; since the start before the first."""
        with self._lock:
            beats = {s: self._beats.get(s, self._started) for s in self._stages}
        return {s.value: max(0.0, at - beat) for s, beat in beats.items()}

    def late(self, at: float) -> tuple[str, ...]:
        """A sentence for each stage without progress for longer than its patience."""
        ages = self.ages(at)
        return tuple(
            f"{s.value}: no progress for {ages[s.value]:.0f} s"
            for s in self._stages
            if ages[s.value] > PATIENCE[s]
        )

    def reasons(self, at: float) -> tuple[str, ...]:
        """Why the daemon is not ready, one sentence each; empty when it is."""
        first = () if self.begun() else (_FIRST[self._stages[0]],)
        return (*first, *self.late(at), *self.faults())

    def begun(self) -> bool:
        """Whether the first of the stages, if any, has made its first step."""
        with self._lock:
            return not self._stages or self._stages[0] in self._beats

    def faults(self) -> tuple[str, ...]:
        """What was said to be wrong and is not cleared, e.g. "disk: only 12 MB free"."""
        with self._lock:
            return tuple(f"{name}: {text}" for name, text in sorted(self._faults.items()))
