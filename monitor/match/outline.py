"""
A text in outline: who, act, good, mark, in the order they stand, by concept alone.

    Scene → finds that overlap become one Token → labels

"Poland will send tanks to Kyiv" is: party, give.agreed, arm, to, party. What is learned from
such outlines in one language holds for all that say the same things in the same order.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from monitor.match.scene import Find, Scene, Token

SOFT: Final = ("components", "dual_use", "radar")  # also plain engines and parts
MARKS: Final = ("to", "from", "by", "against", "made", "of", "say", "may")
_PLAIN: Final = ("negation", "doubt", "denial", "quantity", "context", "clause")


def outline(scene: Scene) -> list[Token]:
    """The tokens of a scene, in order."""
    return [
        Token(own, tuple(finds), scene.title(finds[0]))
        for finds in _overlapping(scene.finds)
        if (own := _label(finds))
    ]


def _overlapping(finds: Iterable[Find]) -> Iterator[list[Find]]:
    """Finds in order, those that overlap together."""
    own: list[Find] = []
    end = 0
    for find in finds:
        if own and find.start >= end:
            yield own
            own = []
        own.append(find)
        end = max(end, find.end) if len(own) > 1 else find.end
    if own:
        yield own


def kind(find: Find) -> str:
    """How sure a good is a weapon: "system", "arms", "aid", "soft", or its category."""
    if find.family == "system":
        return "system"
    if "unspecified" in find.names:
        return "arms"
    if "aid_package" in find.names:
        return "aid"
    if all(name in SOFT for name in find.names):
        return "soft"
    return find.names[0]


def sort(find: Find) -> str:
    """As kind(), with all that only a weapon can be called "arm"."""
    name = kind(find)
    return name if name in ("system", "arms", "aid", "soft") else "arm"


def _label(finds: list[Find]) -> str:
    by: dict[str, list[Find]] = {}
    for find in finds:
        by.setdefault(find.family, []).append(find)
    parts = list(_weighty(by))
    if parts:
        return " ".join(parts)
    for family in _PLAIN[:-1]:
        if family in by:
            return family
    if "mark" in by:
        names = {name for find in by["mark"] for name in find.names}
        return next((name for name in MARKS if name in names), "")
    return "clause" if "clause" in by else ""


def _weighty(by: dict[str, list[Find]]) -> Iterator[str]:
    """The parts of a label that say what is at stake."""
    if "actor" in by:
        yield "party"
    goods = [*by.get("system", ()), *by.get("weapon", ())]
    if goods and "actor" not in by:
        yield sort(goods[0])
    for family in ("transfer", "stage", "embargo", "veto"):
        if family in by:
            names = sorted({name for find in by[family] for name in find.names})
            yield f"{'' if family == 'transfer' else f'{family}.'}{'/'.join(names)}"
