"""The first route that takes an alert names its sinks; each step says yes or why not."""

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.config.routes import Route
from monitor.model import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one route made of an alert."""

    route: Route
    refusal: str  # "" when it takes it


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """Every route asked, in order, and the sinks that came of it."""

    steps: tuple[Step, ...]

    @property
    def sinks(self) -> tuple[str, ...]:
        """Each sink once, in the order of the routes."""
        taken = (sink for step in self.steps if not step.refusal for sink in step.route.sinks)
        return tuple(dict.fromkeys(taken))

    @property
    def why(self) -> str:
        """One line: where it goes, or what every route lacked."""
        if self.sinks:
            return f"to {', '.join(self.sinks)}"
        return "no route takes it: " + "; ".join(
            f"route {number}: {step.refusal}" for number, step in enumerate(self.steps, 1)
        )


def route(routes: Sequence[Route], topics: Sequence[str], severity: Severity) -> Path:
    """
    The way of an alert: the first route that takes it ends the search unless it continues.

    `topics` are all that flagged the entry: a desk that asked for the weaker one gets it too.
    """
    steps: list[Step] = []
    for one in routes:
        refusal = _refusal(one, topics, severity)
        steps.append(Step(route=one, refusal=refusal))
        if not refusal and not one.continue_:
            break
    return Path(steps=tuple(steps))


def _refusal(route: Route, topics: Sequence[str], severity: Severity) -> str:
    if route.topics and not set(route.topics) & set(topics):
        return f"wants {' or '.join(route.topics)}, this is {' and '.join(topics)}"
    if severity.rank < route.min_severity.rank:
        return f"wants {route.min_severity.value} or graver, this is {severity.value}"
    return ""
