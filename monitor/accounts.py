"""What polls came to: a log line, the metrics and a tally of each."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from monitor import log
from monitor.metrics import Metrics
from monitor.model import Failed, Fetched
from monitor.pipeline import Polled

_log = log.get("poll")


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


class Accounts:
    """Thread-safe."""

    def __init__(self, metrics: Metrics) -> None:
        self.tally, self._metrics, self._lock = Tally(), metrics, threading.Lock()

    def note(self, polled: Polled, seconds: float) -> None:
        """The log line and the metrics of one poll."""
        changes = polled.changes
        with self._lock:
            self.tally.add(polled)
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

    def _count(self, polled: Polled, seconds: float) -> None:
        changes, m = polled.changes, self._metrics
        outcome = changes.outcome
        name = _kind(polled)
        if name == "failed" and isinstance(outcome, Failed):
            name = outcome.reason.value
        m.polls.labels(name).inc()
        m.poll_seconds.observe(seconds)
        if changes.read:
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
