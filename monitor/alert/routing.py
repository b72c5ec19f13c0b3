"""
The first route that takes an alert names its sinks; each step says yes or why not.

Source: the routing tree of Alertmanager, https://prometheus.io/docs/alerting/latest/configuration/
"""

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.config.matchers import Matcher
from monitor.config.routes import Route
from monitor.model import Act, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What conditions may ask of an alert before there is one."""

    topics: tuple[str, ...]  # all that flagged the entry: who asked for the weaker gets it too
    severity: Severity
    act: Act | None = None
    story: str = ""
    feed: str = ""
    outlet: str = ""
    language: str = ""
    score: float = 0.0
    why: str = ""  # its severity, point by point


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one route made of an alert."""

    route: Route
    number: str  # "2.1": the first route under the second
    refusal: str  # "" when it takes it


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """Every route asked, in order, and those that are the goal."""

    steps: tuple[Step, ...]
    goals: tuple[Route, ...]

    @property
    def sinks(self) -> tuple[str, ...]:
        """Each sink once, in the order of the goals."""
        return tuple(dict.fromkeys(sink for goal in self.goals for sink in goal.sinks))

    @property
    def why(self) -> str:
        """One line: where it goes, or what every route lacked."""
        if self.sinks:
            return f"to {', '.join(self.sinks)}"
        return "no route takes it: " + "; ".join(
            f"route {step.number}: {step.refusal}" for step in self.steps
        )


def route(routes: Sequence[Route], candidate: Candidate) -> Path:
    """
    The way of an alert: the first route that takes it ends the search unless it continues.

    Of a route with routes below it, those that take the alert are the goals, else it is itself.
    """
    steps: list[Step] = []
    goals = _walk(routes, candidate, steps, "")
    return Path(steps=tuple(steps), goals=tuple(dict.fromkeys(goals)))


def _walk(
    routes: Sequence[Route], candidate: Candidate, steps: list[Step], above: str
) -> list[Route]:
    goals: list[Route] = []
    for number, one in enumerate(routes, 1):
        refused = refusal(one, candidate)
        place = f"{above}{number}"
        steps.append(Step(route=one, number=place, refusal=refused))
        if refused:
            continue
        goals += _walk(one.routes, candidate, steps, f"{place}.") or [one]
        if not one.continue_:
            break
    return goals


def refusal(matcher: Matcher, candidate: Candidate) -> str:
    """The first condition that does not hold, in words; "" when all do."""
    act = candidate.act
    givers, takers = (act.suppliers, act.recipients) if act else ((), ())
    lists = (
        ("topic", matcher.topics, candidate.topics),
        ("stage", matcher.stages, (act.stage.value,) if act else ()),
        ("party", matcher.parties, (*givers, *takers)),
        ("supplier", matcher.suppliers, givers),
        ("recipient", matcher.recipients, takers),
        ("category", matcher.categories, act.categories if act else ()),
        ("embargo", matcher.regimes, (*act.regimes, "any") if act and act.regimes else ()),
        ("language", matcher.languages, (candidate.language,)),
        ("feed", matcher.feeds, (candidate.feed,)),
        ("outlet", matcher.outlets, (candidate.outlet,)),
        ("story", matcher.stories, (candidate.story,)),
    )
    for what, wanted, own in lists:
        if wanted and not set(wanted) & set(own):
            return f"wants {what} {' or '.join(wanted)}, this is {_said(own)}"
    if candidate.severity.rank < matcher.min_severity.rank:
        return f"wants {matcher.min_severity.value} or graver, this is {candidate.severity.value}"
    if candidate.score < matcher.min_score:
        return f"wants a score of {matcher.min_score:g}, this is {candidate.score:.2f}"
    return ""


def _said(own: Sequence[str]) -> str:
    return " and ".join(name for name in own if name and name != "any") or "none"
