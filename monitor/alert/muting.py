"""What keeps an alert back that a route would take: silences, inhibitions, cool-downs."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from monitor.alert.routing import Candidate, refusal
from monitor.config.matchers import Matcher
from monitor.config.routes import Inhibition, Route
from monitor.model import Act, Alert, Severity, Silence

_LISTS: Final = tuple(Matcher.__dataclass_fields__)
_SLACK: Final = timedelta(minutes=1)  # clocks of two machines differ by less


def matcher(silence: Silence) -> Matcher:
    """The conditions of a silence; what is not known any more holds for nothing."""
    found = {key: tuple(values) for key, values in silence.conditions.items() if key in _LISTS}
    gravity = found.pop("min_severity", ())
    score = found.pop("min_score", ())
    return Matcher(
        **found,
        min_severity=Severity(gravity[0]) if gravity else Severity.LOW,
        min_score=float(score[0]) if score else 0.0,
    )


def silenced(silences: Sequence[Silence], candidate: Candidate, now: datetime) -> str:
    """The silence that holds for it, in words; "" when none does."""
    for one in silences:
        if one.since <= now < one.until and not refusal(matcher(one), candidate):
            said = f": {one.comment}" if one.comment else ""
            return f"silence {one.id} by {one.author} until {one.until:%Y-%m-%d %H:%M} UTC{said}"
    return ""


def inhibited(
    inhibitions: Sequence[Inhibition], candidate: Candidate, recent: Sequence[Alert], now: datetime
) -> str:
    """The fresh alert that makes this one needless, in words; "" when none does."""
    for one in inhibitions:
        if refusal(one.mutes, candidate):
            continue
        for alert in recent:
            fresh = _since(alert, now) <= one.within
            if fresh and _same(one.equal, candidate, alert) and not refusal(one.when, told(alert)):
                return f"{alert.id} tells it already: {alert.title[:80]!r}"
    return ""


def cooling(route: Route, candidate: Candidate, recent: Sequence[Alert], now: datetime) -> str:
    """
    The alert of another story, of the same parties, that was told too short a while ago.

    "" when there is none: something graver is told at once.
    """
    for alert in recent:
        other = alert.story != candidate.story and _since(alert, now) < route.cooldown
        graver = candidate.severity.rank > alert.severity.rank
        if other and not graver and _parties(candidate.act) == _parties(alert.act) != ((), ()):
            minutes = int(_since(alert, now).total_seconds() // 60)
            return f"cool-down: {alert.id} of the same parties was told {minutes} min ago"
    return ""


def _since(alert: Alert, now: datetime) -> timedelta:
    """
    How long ago it was told; for ever, when its moment is still to come.

    The clock was set back since: who waited for that moment would keep back what is new.
    """
    passed = now - alert.at
    return max(passed, timedelta(0)) if passed >= -_SLACK else timedelta.max


def told(alert: Alert) -> Candidate:
    """An alert as conditions see it."""
    return Candidate(
        topics=(alert.topic,),
        severity=alert.severity,
        act=alert.act,
        story=alert.story,
        feed=alert.feed_id,
        outlet=alert.outlet,
        language=alert.language,
        score=alert.score,
        why=alert.severity_why,
    )


def _parties(act: Act | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return (tuple(sorted(act.suppliers)), tuple(sorted(act.recipients))) if act else ((), ())


def _same(equal: Sequence[str], candidate: Candidate, alert: Alert) -> bool:
    """Whether both share something of every field named; the same story shares everything."""
    other = told(alert)
    return all(_values(candidate, field) & _values(other, field) for field in equal)


def _values(candidate: Candidate, field: str) -> set[str]:
    if field == "stories":
        return {candidate.story}
    return set(getattr(candidate.act, field)) if candidate.act else set()
