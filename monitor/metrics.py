"""
Prometheus metrics: names `monitor_…_total` and `monitor_…_seconds`.

The only file importing prometheus_client. Labels are closed sets (stage, outcome, sink,
topic): never a URL, a title or a feed id, which would grow without end. What each feed's publisher
would count of us is a page of its own, for whoever asks for it.
Format: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from collections.abc import Iterable, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from monitor.model.manners import manners

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS = (0.005, 0.025, 0.1, 0.25, 1, 2.5, 10, 30, 60)


class Metrics:
    """One registry per daemon, so that two in one process do not share counts."""

    def __init__(self) -> None:
        r = self._registry = CollectorRegistry()
        self.polls = Counter("monitor_polls", "Polls by outcome", ["outcome"], registry=r)
        self.poll_seconds = Histogram(
            "monitor_poll_seconds", "One poll from claim to commit", buckets=_BUCKETS, registry=r
        )
        self.entries = Counter("monitor_entries", "Entries read", ["kind"], registry=r)
        self.decisions = Counter(
            "monitor_decisions", "Decisions by topic and by what stopped them",
            ["topic", "stopped_by"], registry=r,
        )  # fmt: skip
        self.alerts = Counter("monitor_alerts", "Alerts raised", ["topic", "severity"], registry=r)
        self.attempts = Counter(
            "monitor_delivery_attempts", "Attempts by sink and verdict", ["sink", "verdict"],
            registry=r,
        )  # fmt: skip
        self.gaps = Counter(
            "monitor_coverage_gaps", "Polls with no overlap to the one before", registry=r
        )
        self.lag_seconds = Histogram(
            "monitor_published_to_seen_seconds", "Publication to first seen",
            buckets=(60, 300, 900, 3600, 14400, 86400), registry=r,
        )  # fmt: skip
        self.articles = Counter(
            "monitor_articles", "Visits for articles by what came of them", ["outcome"], registry=r
        )
        self.article_decisions = Counter(
            "monitor_article_decisions_changed", "Entries taken by their article's words alone",
            ["topic"], registry=r,
        )  # fmt: skip
        self.errors = Counter("monitor_errors", "Faults of our own by stage", ["stage"], registry=r)
        self.heartbeat = Gauge(
            "monitor_heartbeat_age_seconds", "Since a stage last made progress", ["stage"],
            registry=r,
        )  # fmt: skip
        self.rows = Gauge("monitor_store_rows", "Rows by table", ["table"], registry=r)
        self.free = Gauge("monitor_disk_free_bytes", "Free space beside the store", registry=r)

    def show(self, rows: Mapping[str, int], ages: Mapping[str, float], free: int) -> bytes:
        """Everything as Prometheus text, with the gauges set to these readings."""
        for table, count in rows.items():
            self.rows.labels(table).set(count)
        for stage, age in ages.items():
            self.heartbeat.labels(stage).set(age)
        self.free.set(free)
        return generate_latest(self._registry)


_POLITENESS: Final = {
    "requests": "Requests to a feed's server",
    "requests_conditional": "Those with a validator it had given",
    "requests_unconditional": "Those without, although we held one",
    "requests_not_modified": "Those answered by 304",
    "requests_same_body": "Those answered with the bytes of before, which nobody needed",
    "requests_early": "Those before max-age or Expires was over",
    "requests_hurried": "Those before Retry-After was over",
    "requests_unneeded": "Those too soon, or whole and unchanged although less could be asked for",
}
_SHARES: Final = {
    "conditional": "Of the requests that could be conditional, those that were",
    "faultless": "Of all requests, those that no publisher would mind",
}


def by_feed(feeds: Iterable[Mapping[str, object]]) -> bytes:
    """What a strict publisher would count of us, feed by feed, from rows of Store.feeds()."""
    r = CollectorRegistry()
    counts = {
        name.removeprefix("requests_"): Counter(f"monitor_feed_{name}", text, ["feed"], registry=r)
        for name, text in _POLITENESS.items()
    }
    spacing = Gauge(
        "monitor_feed_spacing_seconds", "Mean time between requests", ["feed"], registry=r
    )
    shares = {
        name: Gauge(f"monitor_feed_{name}_ratio", text, ["feed"], registry=r)
        for name, text in _SHARES.items()
    }
    for row in feeds:
        found = manners(row.get("client"))
        if row["state"] == "retired" or found is None:
            continue
        feed = str(row["id"])
        for name, counter in counts.items():
            counter.labels(feed).inc(getattr(found, name))
        spacing.labels(feed).set(found.spacing)
        for name, gauge in shares.items():
            share = getattr(found, f"{name}_share")
            if share is not None:
                gauge.labels(feed).set(share)
    return generate_latest(r)
