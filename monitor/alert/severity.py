"""How much an act weighs: points for what makes it grave, and a sentence that says which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from monitor.config.severity import PLAIN, SeverityRule
from monitor.model import Act, RegimeFact, Severity, Stage

# A weapon that decides battles, or its ammunition, weighs a point more than the rest.
_HEAVY: Final = (
    *("ammunition", "artillery", "tank", "armoured", "aircraft", "helicopter", "ship"),
    *("submarine", "missile", "air_defence", "uav", "bomb"),
)
_DONE: Final = (Stage.AGREED, Stage.DELIVERED, Stage.INTERCEPTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A severity with the sentence that explains it."""

    severity: Severity
    why: str
    points: int


def weigh(
    act: Act | None,
    regimes: Sequence[RegimeFact],
    independent: int,
    rule: SeverityRule = PLAIN,
) -> Weighed:
    """
    The severity of an act that `independent` sources tell of.

    The points are the topic's own; what comes to nothing is not mentioned.
    """
    points = {w: n for w, n in _points(act, regimes, independent, rule).items() if n}
    total = sum(points.values())
    severity = next((s for least, s in rule.scale if total >= least), Severity.LOW)
    said = [f"{what} ({worth:+d})" for what, worth in points.items()]
    reasons = "; ".join(said) or "nothing that weighs more"
    return Weighed(
        severity=severity, why=f"{severity.value.capitalize()}: {reasons}.", points=total
    )


def _points(
    act: Act | None, regimes: Sequence[RegimeFact], independent: int, rule: SeverityRule
) -> Mapping[str, int]:
    points: dict[str, int] = {}
    if act is not None:
        points = _of_act(act, regimes, rule)
    if independent >= 2:
        points[f"{independent} independent sources"] = rule.independent
    return points


def _of_act(act: Act, regimes: Sequence[RegimeFact], rule: SeverityRule) -> dict[str, int]:
    points: dict[str, int] = {}
    if act.stage is Stage.EMBARGO:
        points["an embargo is the news"] = rule.embargo_news
    elif act.regimes:
        names = ", ".join(r.name for r in regimes) or ", ".join(act.regimes)
        points[f"embargo in force between the parties: {names}"] = rule.embargo
    if act.stage in _DONE:
        points[act.stage.value] = rule.done
    heavy = [c.replace("_", " ") for c in act.categories if c in _HEAVY]
    if heavy:
        points[f"heavy weapons: {', '.join(heavy)}"] = rule.heavy
    if act.quantity:
        points[f"quantity stated: {act.quantity}"] = rule.quantity
    if act.denied or act.doubted:
        points["denied" if act.denied else "doubted"] = rule.doubt
    return points
