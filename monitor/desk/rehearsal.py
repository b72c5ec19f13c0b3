"""What would become of a text or an alert: how far from the threshold, on which route, when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import log

from monitor.alert.muting import cooling, inhibited, silenced
from monitor.alert.routing import Candidate, Path, route
from monitor.alert.severity import weigh
from monitor.alert.timing import when
from monitor.config.load import Knowledge
from monitor.config.routes import Inhibition, Route
from monitor.errors import UsageError
from monitor.match import Rules, match
from monitor.match.regimes import facts
from monitor.model import Alert, Entry, Silence


def distance(score: float, threshold: float) -> float:
    """How far over the threshold, in log odds, the unit of the parts; negative when short."""
    return round(_odds(score) - _odds(threshold), 4)


def _odds(chance: float) -> float:
    safe = min(max(chance, 1e-9), 1 - 1e-9)
    return log(safe / (1 - safe))


def judged(text: str, rules: Rules, knowledge: Knowledge, now: datetime) -> Candidate:
    """
    A headline as the detector reads it.

    Raises:
        UsageError: no topic flags it, and why the nearest does not.
    """
    entry = Entry(feed_id="", id="", url="", title=text, published=now)
    found = sorted(match(entry, rules, now), key=lambda m: -m.score)
    flagged = [m for m in found if m.flagged]
    if not flagged:
        raise UsageError(f"no topic flags it ({found[0].why}); try `monitor explain`")
    act = next((m.act for m in flagged if m.act), None)
    known = facts(knowledge.regimes)
    regimes = [known[r] for r in (act.regimes if act else ()) if r in known]
    rule = knowledge.topics[flagged[0].topic].severity
    weighed = weigh(act, regimes, 1, rule)
    return Candidate(
        topics=tuple(m.topic for m in flagged),
        severity=weighed.severity,
        why=weighed.why,
        act=act,
        language=flagged[0].language,
        score=flagged[0].score,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """Every route asked, and every destination with when and how, or why not."""

    candidate: Candidate
    steps: tuple[Mapping[str, object], ...]  # "route", "takes it", "why not", "sinks"
    ends: tuple[Mapping[str, object], ...]  # "sink", "when", "how", "sent"


def walk(
    routes: Sequence[Route],
    inhibitions: Sequence[Inhibition],
    candidate: Candidate,
    recent: Sequence[Alert],
    silences: Sequence[Silence],
    now: datetime,
) -> Walk:
    """Where it would go, and the reason at every step."""
    path = route(routes, candidate)
    general = silenced(silences, candidate, now)
    general = general or inhibited(inhibitions, candidate, recent, now)
    goals = {g: general or cooling(g, candidate, recent, now) for g in path.goals}
    ends = [
        {"sink": sink, "when": at.due, "how": why or at.why or "at once", "sent": not why}
        for goal, why in goals.items()
        for at in (when(goal, candidate.severity, now),)
        for sink in goal.sinks
    ]
    return Walk(candidate=candidate, steps=tuple(_steps(path)), ends=tuple(ends))


def _steps(path: Path) -> list[Mapping[str, object]]:
    return [
        {
            "route": step.number,
            "takes it": "no"
            if step.refusal
            else "yes"
            if step.route in path.goals
            else "asks below",
            "why not": step.refusal or None,
            "sinks": ", ".join(step.route.sinks),
        }
        for step in path.steps
    ]
