"""Many alerts become one message: the deliveries of a digest and the one that replaces them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from monitor.alert.identity import alert_id, delivery_id
from monitor.model import Alert, Delivery, Line, Severity

TOPIC: Final = "digest"
_LINES: Final = 500  # a digest of more is read by nobody; the rest is counted


def digest(parts: Sequence[Delivery], now: datetime) -> Delivery:
    """
    One delivery in the place of many to the same sink; `parts` is not empty.

    The gravest come first, then the newest; of an alert told twice meanwhile its last revision.
    The same parts always make the same digest, so that a replay sends it once.
    """
    first = parts[0]
    newest: dict[str, Alert] = {}
    for part in parts:
        known = newest.get(part.alert.id)
        if known is None or part.alert.revision > known.revision:
            newest[part.alert.id] = part.alert
    alerts = sorted(newest.values(), key=lambda a: (a.severity.rank, a.at), reverse=True)
    cause = "\x1f".join([first.digest, *sorted(part.id for part in parts)])
    whole = Alert(
        id=alert_id(f"digest:{first.sink}:{cause}"),
        story="",
        revision=1,
        topic=TOPIC,
        severity=alerts[0].severity,
        title=f"{len(alerts)} alert{'s' if len(alerts) != 1 else ''}: {first.digest}",
        url="",
        outlet="",
        published=None,
        first_seen=min(a.first_seen for a in alerts),
        at=now,
        summary=_rest(len(alerts)),
        act=None,
        independent_sources=sum(a.independent_sources for a in alerts),
        severity_why=_tally(alerts),
        digest=tuple(map(line, alerts[:_LINES])),
    )
    return Delivery(id=delivery_id(whole.id, 1, first.sink), alert=whole, sink=first.sink, due=now)


def line(alert: Alert) -> Line:
    """An alert in one line: how far, who, and its headline."""
    act = alert.act
    words = [f"{act.stage.value}:"] if act else []
    if act and (act.suppliers or act.recipients):
        sides = (", ".join(side) or "?" for side in (act.suppliers, act.recipients))
        words.append(f"{' → '.join(sides)}:")
    if alert.revision > 1:
        words.insert(0, "update,")
    return Line(
        alert=alert.id,
        severity=alert.severity,
        text=" ".join([*words, alert.title or "(no title)"]),
        url=alert.url,
        outlet=alert.outlet,
    )


def _rest(number: int) -> str:
    return f"and {number - _LINES} more" if number > _LINES else ""


def _tally(alerts: Sequence[Alert]) -> str:
    """ "2 critical, 1 low": the gravest first."""
    counts = {s: sum(a.severity is s for a in alerts) for s in reversed(Severity)}
    return ", ".join(f"{n} {s.value}" for s, n in counts.items() if n) + "."
