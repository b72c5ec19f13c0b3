"""
How the daemon fares: heartbeats, how late alerts are, queue, disk, versions.

    GET /health
"""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from monitor.console.office import Office
from monitor.console.pages import Pages
from monitor.console.serving import Desk
from monitor.health import PATIENCE
from monitor.ports import Row

# Name → from when until when, as columns of Reading.lags().
_SPANS: Final = {
    "published → seen": ("published", "seen"),
    "seen → alerted": ("seen", "at"),
    "published → alerted": ("published", "at"),
    "alerted → delivered": ("at", "ended_at"),
    "seen → delivered": ("seen", "ended_at"),
    "published → delivered": ("published", "ended_at"),
}
_SHARES: Final = (50, 90, 99)


@dataclass(frozen=True, slots=True)
class Pulse:
    """The page about the daemon itself."""

    office: Office
    pages: Pages

    def routes(self, desk: Desk) -> Sequence[BaseRoute]:
        return (desk.shows("/health", self.health),)

    def health(self, request: Request) -> Response:
        office = self.office
        return self.pages.page(
            request, "health",
            reasons=office.probes.reasons(), ages=office.probes.ages(),
            patience={stage.value: seconds for stage, seconds in PATIENCE.items()},
            lags=lags(office.store.lags()), counts=office.shelf.counts(office.store, office.now()),
            free=office.store.free_bytes(), store=office.config().settings.store.url,
            python=platform.python_version(), system=platform.platform(terse=True),
            feeds=states(office.store.feeds()), sinks=office.store.sinks(),
        )  # fmt: skip


def lags(rows: Sequence[Row]) -> Sequence[Mapping[str, object]]:
    """For each span its name, of how many alerts, and percentiles in seconds; None of none."""
    found = []
    for name, (start, end) in _SPANS.items():
        spans = sorted(s for s in (_span(row[start], row[end]) for row in rows) if s is not None)
        shares = {f"p{share}": _share(spans, share) for share in _SHARES}
        found.append({"span": name, "alerts": len(spans), **shares})
    return found


def states(feeds: Sequence[Row]) -> Mapping[str, int]:
    """How many feeds are in each state, most first; retired ones left out."""
    found: dict[str, int] = {}
    for feed in feeds:
        if feed["state"] != "retired":
            found[str(feed["state"])] = found.get(str(feed["state"]), 0) + 1
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def _span(start: object, end: object) -> float | None:
    """Seconds, never negative; None when one end is not known."""
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        return None
    return max(0.0, (end - start).total_seconds())


def _share(spans: Sequence[float], share: int) -> float | None:
    """The span that `share` percent do not exceed, the nearest rank; None of none."""
    if not spans:
        return None
    return spans[max(0, -(-len(spans) * share // 100) - 1)]
