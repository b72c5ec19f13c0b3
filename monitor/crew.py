"""
Threads that work off what waits, as few at a time as get on with it.

A pool wakes a thread for every job. Thirty-two of them then push each other aside for one
interpreter: a poll with nothing new cost 0.4 ms by its work and as much again by that.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

_PATIENCE: Final = 0.002  # seconds without a job begun, until one more thread lends a hand

Job = TypeVar("Job")


class Crew(Generic[Job]):
    """
    Thread-safe. One thread works and another watches it: when nothing was begun for a moment
    though something waits, because a server is slow to answer, the watcher works too and the
    next one watches.
    """

    def __init__(self, most: int, name: str, do: Callable[[Job], None]) -> None:
        """At most so many threads, each made when it is first needed; `do` raises nothing."""
        self._most, self._name, self._do = most, name, do
        self._lock = threading.Lock()
        self._jobs: deque[Job] = deque()
        self._resting, self._watching = (threading.Condition(self._lock) for _ in range(2))
        self._threads = self._working = self._rests = self._begun = 0
        self._called = self._watched = self._over = False

    def put(self, job: Job) -> None:
        """Have it done, after what was put before."""
        with self._lock:
            self._jobs.append(job)
            if not self._working or not self._watched:
                self._call()

    def leave(self) -> Sequence[Job]:
        """Begin nothing more; what was not begun. Every thread ends with the job it is at."""
        with self._lock:
            self._over = True
            left = list(self._jobs)
            self._jobs.clear()
            self._resting.notify_all()
            self._watching.notify_all()
        return left

    def _call(self) -> None:
        """Have one more thread come and look, unless one is on its way."""
        if self._called:
            return
        if self._rests:
            self._called = True
            self._resting.notify()
        elif self._threads < self._most:
            self._called = True
            self._threads += 1
            name = f"{self._name}-{self._threads}"
            threading.Thread(target=self._live, name=name, daemon=True).start()

    def _live(self) -> None:
        with self._lock:
            self._called = False
        job = self._next(at_it=False)
        while job is not None:
            try:
                self._do(job)
            finally:
                with self._lock:
                    self._working -= 1
            job = self._next(at_it=True)

    def _next(self, *, at_it: bool) -> Job | None:
        """A job, when there is one for this thread; None: there will be none any more."""
        with self._lock:
            while not self._over:
                if self._jobs and (at_it or not self._working):
                    return self._taken()
                if self._jobs and not self._watched:
                    at_it = self._watch()
                else:
                    at_it = False
                    self._rest()
        return None

    def _taken(self) -> Job:
        self._working += 1
        self._begun += 1
        job = self._jobs.popleft()
        if self._jobs and not self._watched:
            self._call()
        return job

    def _watch(self) -> bool:
        """Whether a moment went by in which no job was begun."""
        begun, self._watched = self._begun, True
        self._watching.wait(_PATIENCE)
        self._watched = False
        return self._begun == begun

    def _rest(self) -> None:
        self._rests += 1
        self._resting.wait()
        self._rests -= 1
        self._called = False
