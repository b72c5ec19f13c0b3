"""How much an act weighs: points for what makes it grave, and a sentence that says which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from monitor.model import Act, RegimeFact, Severity, Stage

# A weapon that decides battles, or its ammunition, weighs a point more than the rest.
_HEAVY: Final = (
    *("ammunition", "artillery", "tank", "armoured", "aircraft", "helicopter", "ship"),
    *("submarine", "missile", "air_defence", "uav", "bomb"),
)
_DONE: Final = (Stage.AGREED, Stage.DELIVERED, Stage.INTERCEPTED)
_SCALE: Final = ((6, Severity.CRITICAL), (4, Severity.HIGH), (2, Severity.MEDIUM))


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A severity with the sentence that explains it."""

    severity: Severity
    why: str
    points: int


def weigh(act: Act | None, regimes: Sequence[RegimeFact], independent: int) -> Weighed:
    """
    The severity of an act that `independent` sources tell of.

    3 for an embargo in force between the parties, or for an embargo being the news; 1 each for
    agreed, delivered or intercepted, for heavy weapons, for a stated quantity, for a second
    independent source; -1 for denied or doubted. 6 is critical, 4 high, 2 medium.
    """
    points = _points(act, regimes, independent)
    total = sum(points.values())
    severity = next((s for least, s in _SCALE if total >= least), Severity.LOW)
    said = [f"{what} ({worth:+d})" for what, worth in points.items()]
    reasons = "; ".join(said) or "nothing that weighs more"
    return Weighed(
        severity=severity, why=f"{severity.value.capitalize()}: {reasons}.", points=total
    )


def _points(act: Act | None, regimes: Sequence[RegimeFact], independent: int) -> Mapping[str, int]:
    points: dict[str, int] = {}
    if act is not None:
        points = _of_act(act, regimes)
    if independent >= 2:
        points[f"{independent} independent sources"] = 1
    return points


def _of_act(act: Act, regimes: Sequence[RegimeFact]) -> dict[str, int]:
    points: dict[str, int] = {}
    if act.stage is Stage.EMBARGO:
        points["an embargo is the news"] = 3
    elif act.regimes:
        names = ", ".join(r.name for r in regimes) or ", ".join(act.regimes)
        points[f"embargo in force between the parties: {names}"] = 3
    if act.stage in _DONE:
        points[act.stage.value] = 1
    heavy = [c.replace("_", " ") for c in act.categories if c in _HEAVY]
    if heavy:
        points[f"heavy weapons: {', '.join(heavy)}"] = 1
    if act.quantity:
        points[f"quantity stated: {act.quantity}"] = 1
    if act.denied or act.doubted:
        points["denied" if act.denied else "doubted"] = -1
    return points
