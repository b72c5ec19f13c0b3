"""
Rounds of polling: claim what is due, wait for its host, poll it in a thread, say how it went.

A claim whose host is busy or was asked a moment ago waits in a line here, not in a thread, so
that a hundred feeds of one publisher never hold up the other hosts.
"""

import math
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic

from monitor import log
from monitor.errors import StoreError
from monitor.fetch import address
from monitor.fetch.domains import owner as host_of
from monitor.fetch.politeness import Hosts
from monitor.health import Health, Stage
from monitor.metrics import Metrics
from monitor.model import Claim, Failed, FailureReason, Fetched
from monitor.pipeline import Polled, Stages, poll
from monitor.ports import Store

_MOST_WAITING = 1_000  # claims in lines; beyond it nothing more is claimed
_LONGEST_CLOSED = timedelta(hours=1)  # for a host's Retry-After; its feeds keep their own
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
        self.course, self.tally = course, Tally()
        self._store, self._owner = store, owner
        self._health, self._metrics, self._on_alert = health, metrics, on_alert
        self._lock = threading.Lock()
        self._flying: dict[Future[None], tuple[Claim, Course]] = {}
        self._lines: dict[str, _Line] = {}
        self._stopping = False
        self._pool = ThreadPoolExecutor(course.stages.poll.workers, "poll")

    def round(self) -> int:
        """
        Start what waited for its host, then claim as many due feeds as there are places.

        Returns how many were claimed.

        Raises:
            StoreError: nothing was claimed.
        """
        self._move_lines()
        with self._lock:
            waiting = sum(len(line.claims) for line in self._lines.values())
            places = 2 * self.course.stages.poll.workers - len(self._flying)
        claimed = self._claim(max(0, places) if waiting < _MOST_WAITING else 0)
        # A lease must outlast the wait and the poll: past half of it, let it be claimed anew.
        until = monotonic() + self.course.stages.poll.lease.total_seconds() / 2
        self._line_up(claimed, until)
        self._beats()
        return len(claimed)

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
            return any(its is course for _, its in self._flying.values())

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

    def _beats(self) -> None:
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
            delay = course.hosts.enter(address(claim), course.stages.now())
            if delay > timedelta(0):
                self._back(host, claim, until, delay)
                return
            if not self._fly(claim, course):
                course.hosts.leave(address(claim))
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
        """Poll it in a thread; False when we are stopping."""
        with self._lock:  # so that stop() sees it either in a line or under way
            if self._stopping:
                return False
            future = self._pool.submit(self._poll, claim, course)
            self._flying[future] = (claim, course)
        future.add_done_callback(self._landed)
        return True

    def _landed(self, future: Future[None]) -> None:
        with self._lock:
            claim, _ = self._flying.pop(future)
        self._move(host_of(claim.feed.url))

    def _give_back(self, claims: Iterable[Claim]) -> None:
        """Due again as before, for whoever claims next; a store that refuses lets leases run."""
        try:
            self._store.release(list(claims))
        except StoreError as e:
            _log.warning("claims not given back", why=str(e))

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
            self._heed(polled, course)
            self._note(polled, monotonic() - began)
        finally:
            course.hosts.leave(address(claim))

    def _heed(self, polled: Polled, course: Course) -> None:
        """A publisher that says Retry-After to one feed means all of them; an address does not."""
        outcome, url = polled.changes.outcome, polled.changes.claim.feed.url
        if not isinstance(outcome, Failed) or outcome.reason is not FailureReason.THROTTLED:
            return
        asked, host = outcome.freshness.retry_after, host_of(url)
        if asked and not host.replace(".", "").isdecimal() and ":" not in host:
            course.hosts.close(url, outcome.at + min(asked, _LONGEST_CLOSED))

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
        if changes.gap:
            _log.warning("coverage gap", feed=changes.claim.feed.id, next=facts["next"])
        if changes.quiet:
            _log.warning("feed gone quiet", feed=changes.claim.feed.id)
        for raised in changes.alerts:
            _log.info("alert raised", alert=raised.id, revision=raised.revision,
                      severity=raised.severity.value, title=raised.title)  # fmt: skip
        if changes.deliveries and polled.kept:
            self._on_alert()

    def _count(self, polled: Polled, seconds: float) -> None:
        changes, m = polled.changes, self._metrics
        outcome = changes.outcome
        name = _kind(polled)
        if name == "failed" and isinstance(outcome, Failed):
            name = outcome.reason.value
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
        deadline = monotonic() + patience.total_seconds() if patience is not None else math.inf
        while True:
            self._move_lines()
            with self._lock:
                flying, waiting = set(self._flying), bool(self._lines) and not self._stopping
            if not flying and not waiting:
                return True
            if monotonic() > deadline:
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
            self._stopping = True
            unstarted = [claim for line in self._lines.values() for claim, _ in line.claims]
            self._lines.clear()
            flying = list(self._flying.items())
        unstarted += [claim for future, (claim, _) in flying if future.cancel()]
        self._give_back(unstarted)
        ended = self.settle(patience)
        with self._lock:
            stuck = [claim for claim, _ in self._flying.values()]
        self._give_back(stuck)
        self._pool.shutdown(wait=False, cancel_futures=True)
        return ended


def _kind(polled: Polled) -> str:
    if not polled.kept:
        return "fence-lost"
    if isinstance(polled.changes.outcome, Failed):
        return "failed"
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
