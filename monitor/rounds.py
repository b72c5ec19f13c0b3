"""
Rounds of polling: claim what is due, wait for its host, poll it in a thread, say how it went.

A claim whose host is busy or was asked a moment ago waits in a line here, not in a thread, so
that a hundred feeds of one publisher never hold up the other hosts.
"""

import contextlib
import math
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Final

from monitor import log
from monitor.accounts import Accounts, Tally
from monitor.course import Course, Flight
from monitor.crew import Crew
from monitor.errors import StoreError
from monitor.fetch.domains import owner as host_of
from monitor.health import Health, Stage
from monitor.keeping import Keeper
from monitor.metrics import Metrics
from monitor.model import Claim, Said
from monitor.pipeline import Polled, poll, written
from monitor.ports import Store

_MOST_WAITING = 1_000  # claims in lines; beyond it nothing more is claimed
_LOOK: Final = 0.05  # seconds between two looks whether a line may move
_log = log.get("poll")


@dataclass(slots=True)
class _Line:
    """Claims of one host, first come first served."""

    claims: deque[tuple[Claim, float]] = field(default_factory=deque)  # with when to give it back
    opens: float = 0.0  # monotonic: not before this


class Polling:
    """Thread-safe; no more polls under way than two for every worker."""

    def __init__(
        self,
        store: Store,
        course: Course,
        *,
        owner: str,
        health: Health,
        metrics: Metrics,
        on_alert: Callable[[], None],
    ) -> None:
        """`on_alert` is called after a commit that put something into the outbox."""
        self.course, self._accounts = course, Accounts(metrics)
        self._store, self._owner = store, owner
        self._health, self._metrics, self._on_alert = health, metrics, on_alert
        self._lock = threading.Lock()
        self._landing = threading.Condition(self._lock)
        self._flying: set[Flight] = set()
        self._lines: dict[str, _Line] = {}
        self._dropped: list[tuple[Claim, float]] = []  # polls that the store did not take
        self._stopping = False
        self._crew = Crew(course.stages.poll.workers, "poll", self._poll)
        self._keeper = Keeper(self._keep, self._end)

    @property
    def tally(self) -> Tally:
        """What all polls so far came to."""
        return self._accounts.tally

    def round(self) -> int:
        """
        Start what waited for its host, then claim as many due feeds as there are places.

        Returns how many were claimed.

        Raises:
            StoreError: nothing was claimed.
        """
        self.tend()
        claimed = self._claim(self.places())
        self.take(claimed)
        self.beats()
        return len(claimed)

    def tend(self) -> None:
        """
        Start what waited for its host, and give back what the store could not take.

        Raises:
            StoreError: it still cannot.
        """
        self._move_lines()
        with self._lock:
            over = [claim for claim, until in self._dropped if until <= monotonic()]
        if not over:
            return
        self._store.release(over)
        with self._lock:
            self._dropped = [(c, until) for c, until in self._dropped if c not in over]

    def places(self) -> int:
        """How many more claims may be taken now."""
        with self._lock:
            waiting = sum(len(line.claims) for line in self._lines.values())
            places = 2 * self.course.stages.poll.workers - len(self._flying)
        return max(0, places) if waiting < _MOST_WAITING else 0

    def take(self, claims: Sequence[Claim]) -> None:
        """Poll these, each when its host lets it in."""
        # A lease must outlast the wait and the poll: past half of it, let it be claimed anew.
        until = monotonic() + self.course.stages.poll.lease.total_seconds() / 2
        self._line_up(claims, until)

    def sweep(self, *, everything: bool) -> int:
        """
        Claim all that is due, or `everything`, and start polling it; how many.

        For whoever is alone on the store: no lease is watched.

        Raises:
            StoreError: nothing was claimed.
        """
        claimed = self._claim(1_000_000, everything=everything)
        self._line_up(claimed, math.inf)
        return len(claimed)

    def follows(self, course: Course) -> bool:
        """Whether a poll under way goes by it."""
        with self._lock:
            return any(flight.course is course for flight in self._flying)

    def _claim(self, places: int, *, everything: bool = False) -> tuple[Claim, ...]:
        if not places:
            return ()
        stages = self.course.stages
        claims = self._store.claim(
            stages.now(), places, owner=self._owner, lease=stages.poll.lease, everything=everything
        )
        if claims:
            stages.checkpoint("after feed claim")
        return tuple(claims)

    def busy(self, claim: Claim) -> bool:
        """Whether it is being polled; not while it waits for its host."""
        with self._lock:
            return any(flight.claim is claim for flight in self._flying)

    def beats(self) -> None:
        """A round went by: polling makes progress."""
        self._health.beat(Stage.POLLING, monotonic())
        with self._lock:
            idle = not self._flying
        if idle:  # nothing to match is not the same as matching being stuck
            self._health.beat(Stage.MATCHING, monotonic())

    def _line_up(self, claims: Iterable[Claim], until: float) -> None:
        hosts: dict[str, None] = {}
        with self._lock:
            for claim in claims:
                host = host_of(claim.feed.url)
                self._lines.setdefault(host, _Line()).claims.append((claim, until))
                hosts[host] = None
        for host in hosts:
            self._move(host)

    def _move_lines(self) -> None:
        with self._lock:
            due = [host for host, line in self._lines.items() if line.opens <= monotonic()]
        for host in due:
            self._move(host)

    def _move(self, host: str) -> None:
        """Start as many of the line as its host lets in."""
        course = self.course
        while head := self._head(host):
            claim, until = head
            if monotonic() > until:
                self._give_back([claim])
                continue
            delay = course.enter(claim)
            if delay > timedelta(0):
                self._back(host, claim, until, delay)
                return
            if not self._fly(claim, course):
                course.leave(claim)
                self._give_back([claim])

    def _head(self, host: str) -> tuple[Claim, float] | None:
        """Take the first of the line; None when there is none or we are stopping."""
        with self._lock:
            line = self._lines.get(host)
            if line is None or self._stopping:
                return None
            if not line.claims:
                del self._lines[host]
                return None
            return line.claims.popleft()

    def _back(self, host: str, claim: Claim, until: float, delay: timedelta) -> None:
        """Put it at the head again, until its host opens."""
        with self._lock:
            stopping = self._stopping
            if not stopping:
                line = self._lines.setdefault(host, _Line())
                line.claims.appendleft((claim, until))
                line.opens = monotonic() + delay.total_seconds()
        if stopping:
            self._give_back([claim])

    def _fly(self, claim: Claim, course: Course) -> bool:
        """Have it polled by the crew; False when we are stopping."""
        flight = Flight(claim, course)
        with self._lock:  # so that stop() sees it either in a line or under way
            if self._stopping:
                return False
            self._flying.add(flight)
        self._crew.put(flight)
        return True

    def _land(self, flight: Flight) -> None:
        claim = flight.claim
        flight.course.leave(claim)
        with self._lock:
            self._flying.discard(flight)
            if not self._flying:
                self._landing.notify_all()
        self._move(host_of(claim.feed.url))

    def _give_back(self, claims: Iterable[Claim]) -> None:
        """Due again as before, for whoever claims next; a store that refuses lets leases run."""
        try:
            self._store.release(list(claims))
        except StoreError as e:
            _log.warning("claims not given back", why=str(e))

    def _poll(self, flight: Flight) -> None:
        flight.began = monotonic()
        try:
            flight.polled = poll(flight.claim, flight.course.stages)
        except Exception as e:
            self._end(flight, e)
            return
        if flight.polled.kept is None:
            self._keeper.take(flight)
        else:
            self._end(flight, flight.polled.kept)

    def _keep(self, flights: Sequence[Flight]) -> Sequence[Said]:
        return self._store.keep_all([f.polled.changes for f in flights if f.polled])

    def _end(self, flight: Flight, said: Said) -> None:
        """What is left of a poll once the store has spoken, or it broke before."""
        try:
            if isinstance(said, Exception):
                raise said
            assert flight.polled is not None
            self._note(flight, written(flight.polled, said, flight.course.stages))
        except Exception as e:
            with contextlib.suppress(Exception):  # when not even the log can be written
                self._broke(flight, e)
        finally:
            self._land(flight)

    def _note(self, flight: Flight, polled: Polled) -> None:
        self._health.fault("store", "")
        flight.course.heed(polled)
        self._accounts.note(polled, monotonic() - flight.began)
        self._health.beat(Stage.MATCHING, monotonic())
        if polled.changes.deliveries and polled.kept:
            self._on_alert()

    def _broke(self, flight: Flight, e: Exception) -> None:
        """One feed's surprise must not end the thread's others; the lease runs out."""
        feed, refused = flight.claim.feed.id, isinstance(e, StoreError)
        self._metrics.errors.labels("store" if refused else "poll").inc()
        if refused:
            self._health.fault("store", str(e))
            _log.error("poll not kept", feed=feed, why=str(e))
            self._drop(flight.claim, flight.course)
        else:
            _log.error("poll broke", feed=feed, exc_info=e)

    def _drop(self, claim: Claim, course: Course) -> None:
        """Its lease would outlast a short absence of the store; its publisher has been asked."""
        until = monotonic() + course.stages.poll.min_interval.total_seconds()
        with self._lock:
            self._dropped.append((claim, until))

    def settle(self, patience: timedelta | None = None) -> bool:
        """Wait until nothing is under way; False when patience ran out first."""
        deadline = monotonic() + patience.total_seconds() if patience is not None else math.inf
        while True:
            self._move_lines()
            with self._lock:
                if not self._flying and (self._stopping or not self._lines):
                    return True
                if monotonic() > deadline:
                    return False
                self._landing.wait(_LOOK)

    def stop(self, patience: timedelta) -> bool:
        """
        Give back what has not begun, wait for what has, give back what takes too long.

        True when no poll is left running. What is given back is due at once elsewhere, and
        a poll that wakes up afterwards finds its fence gone.
        """
        with self._lock:
            self._stopping = True
            unstarted = [claim for line in self._lines.values() for claim, _ in line.claims]
            self._lines.clear()
        dropped = self._crew.leave()
        with self._lock:
            self._flying.difference_update(dropped)
        self._give_back([*unstarted, *(flight.claim for flight in dropped)])
        ended = self.settle(patience)
        with self._lock:
            stuck = [flight.claim for flight in self._flying]
        self._give_back(stuck)
        self._keeper.close()
        return ended
