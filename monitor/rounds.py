"""
Rounds of polling: claim what is due, wait for its host, poll it in a thread, say how it went.

A claim whose host is busy or was asked a moment ago waits here, not in a thread, so that
twenty feeds of one publisher never hold up the other hosts.
"""

import heapq
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from monitor import log
from monitor.errors import StoreError
from monitor.fetch.politeness import Hosts
from monitor.health import Health, Stage
from monitor.metrics import Metrics
from monitor.model import Claim, Failed, Fetched
from monitor.pipeline import Polled, Stages, poll
from monitor.ports import Store

_log = log.get("poll")


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What polls go by now; a reload replaces it, polls under way keep theirs."""

    stages: Stages
    hosts: Hosts


@dataclass(slots=True)
class Tally:
    """What the polls of one pass came to."""

    polled: int = 0
    failed: int = 0
    entries: int = 0
    alerts: int = 0

    def add(self, polled: Polled) -> None:
        self.polled += 1
        self.failed += isinstance(polled.changes.outcome, Failed)
        self.entries += len(polled.changes.entries)
        self.alerts += len(polled.changes.alerts)


class Polling:
    """Thread-safe; holds no more than two claims for every worker."""

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
        self.course, self.tally = course, Tally()
        self._store, self._owner = store, owner
        self._health, self._metrics, self._on_alert = health, metrics, on_alert
        self._lock = threading.Lock()
        self._flying: dict[Future[None], Claim] = {}
        self._waiting: list[tuple[float, int, Claim]] = []  # by monotonic moment, then fence
        self._pool = ThreadPoolExecutor(course.stages.poll.workers, "poll")

    def round(self, *, everything: bool = False) -> int:
        """
        Start what waited for its host, then claim as many due feeds as there are places.

        Returns how many were claimed.

        Raises:
            StoreError: nothing was claimed.
        """
        self._start_waiting()
        poll_settings = self.course.stages.poll
        with self._lock:
            held = len(self._flying) + len(self._waiting)
        places = max(0, 2 * poll_settings.workers - held)
        claims = self._store.claim(
            self.course.stages.now(), places, owner=self._owner, lease=poll_settings.lease,
            everything=everything,
        ) if places else ()  # fmt: skip
        self.course.stages.checkpoint("after claim")
        for claim in claims:
            self._start(claim)
        self._beats()
        return len(claims)

    def _beats(self) -> None:
        self._health.beat(Stage.POLLING, monotonic())
        with self._lock:
            idle = not self._flying
        if idle:  # nothing to match is not the same as matching being stuck
            self._health.beat(Stage.MATCHING, monotonic())

    def _start_waiting(self) -> None:
        while True:
            with self._lock:
                if not self._waiting or self._waiting[0][0] > monotonic():
                    return
                claim = heapq.heappop(self._waiting)[2]
            self._start(claim)

    def _start(self, claim: Claim) -> None:
        """Poll it now, or put it by until its host may be asked again."""
        course = self.course
        delay = course.hosts.enter(claim.feed.url, course.stages.now())
        if delay > timedelta(0):
            # A lease must outlast the wait and the poll; past half of it, let others try.
            if delay > course.stages.poll.lease / 2:
                self._store.release([claim])
                return
            with self._lock:
                moment = monotonic() + delay.total_seconds()
                heapq.heappush(self._waiting, (moment, id(claim), claim))
            return
        future = self._pool.submit(self._poll, claim, course)
        with self._lock:
            self._flying[future] = claim
        future.add_done_callback(self._landed)

    def _landed(self, future: Future[None]) -> None:
        with self._lock:
            self._flying.pop(future, None)

    def _poll(self, claim: Claim, course: Course) -> None:
        began = monotonic()
        try:
            polled = poll(claim, course.stages)
        except StoreError as e:
            self._metrics.errors.labels("store").inc()
            self._health.fault("store", str(e))
            _log.error("poll not kept", feed=claim.feed.id, why=str(e))
        except Exception:
            # One feed's surprise must not end the thread's others; the lease runs out.
            self._metrics.errors.labels("poll").inc()
            _log.exception("poll broke", feed=claim.feed.id)
        else:
            self._health.fault("store", "")
            self._note(polled, monotonic() - began)
        finally:
            course.hosts.leave(claim.feed.url)

    def _note(self, polled: Polled, seconds: float) -> None:
        """The log line and the metrics of one poll."""
        changes = polled.changes
        with self._lock:
            self.tally.add(polled)
        self._health.beat(Stage.MATCHING, monotonic())
        self._count(polled, seconds)
        facts = _facts(polled)
        if isinstance(changes.outcome, Failed):
            _log.warning("poll failed", **facts, reason=changes.outcome.reason.value,
                         detail=changes.outcome.detail)  # fmt: skip
        else:
            _log.info("poll finished", **facts)
        for raised in changes.alerts:
            _log.info("alert raised", alert=raised.id, revision=raised.revision,
                      severity=raised.severity.value, title=raised.title)  # fmt: skip
        if changes.deliveries and polled.kept:
            self._on_alert()

    def _count(self, polled: Polled, seconds: float) -> None:
        changes, m = polled.changes, self._metrics
        outcome = changes.outcome
        name = outcome.reason.value if isinstance(outcome, Failed) else _kind(polled)
        m.polls.labels(name).inc()
        m.poll_seconds.observe(seconds)
        m.entries.labels("read").inc(changes.read)
        m.entries.labels("new").inc(len(changes.entries))
        m.gaps.inc(changes.gap)
        for d in changes.decisions:
            m.decisions.labels(d.match.topic, d.stopped_by or "none").inc()
        for a in changes.alerts:
            m.alerts.labels(a.topic, a.severity.value).inc()
        for e in changes.entries:
            if e.published is not None and not changes.claim.first:
                m.lag_seconds.observe(max(0.0, (changes.at - e.published).total_seconds()))

    def settle(self, patience: timedelta | None = None) -> bool:
        """Wait until nothing is under way; False when patience ran out first."""
        deadline = monotonic() + patience.total_seconds() if patience else None
        while True:
            self._start_waiting()
            with self._lock:
                flying, waiting = set(self._flying), bool(self._waiting)
            if not flying and not waiting:
                return True
            if deadline is not None and monotonic() > deadline:
                return False
            if flying:
                wait_for(flying, timeout=0.05)
            else:
                threading.Event().wait(0.05)

    def stop(self, patience: timedelta) -> bool:
        """
        Give back what has not begun, wait for what has, give back what takes too long.

        True when no poll is left running. What is given back is due at once elsewhere, and
        a poll that wakes up afterwards finds its fence gone.
        """
        with self._lock:
            unstarted = [claim for _, _, claim in self._waiting]
            self._waiting.clear()
            unstarted += [c for f, c in self._flying.items() if f.cancel()]
        self._store.release(unstarted)
        ended = self.settle(patience)
        with self._lock:
            stuck = list(self._flying.values())
        self._store.release(stuck)
        self._pool.shutdown(wait=False, cancel_futures=True)
        return ended


def _kind(polled: Polled) -> str:
    if not polled.kept:
        return "fence-lost"
    return "fetched" if isinstance(polled.changes.outcome, Fetched) else "unchanged"


def _facts(polled: Polled) -> Mapping[str, object]:
    changes = polled.changes
    return {
        "feed": changes.claim.feed.id,
        "outcome": _kind(polled),
        "status": changes.outcome.status,
        "milliseconds": changes.outcome.milliseconds,
        "entries": changes.read,
        "new": len(changes.entries),
        "flagged": len(changes.told),
        "alerts": len(changes.alerts),
        "next": changes.pace.next_due.isoformat(timespec="seconds"),
        "baseline": changes.claim.first,
    }


def stamp(moment: datetime) -> str:
    """A moment as people read it in a log or a table."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
