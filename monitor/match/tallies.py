"""
How much a text holds of each thing: look-alikes, acts, parties by kind, what the title names.

    Scene → tally(): (feature, the finds behind it)

One look-alike may be chance; a text with four of them is about something else. Adds .013 to the F1
over what merely says that there is one (cross-validated), and as much on outlets held out.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from monitor.match.scene import Find, Scene

Tally = Iterator[tuple[str, Sequence[Find]]]
_MOST: Final = 4  # more of a thing makes no difference
_IN_TITLE: Final = 3
_FAMILIES: Final = {
    "transfer": "acts of transfer",
    "stage": "words of stage",
    "embargo": "words of embargo",
    "veto": "look-alikes",
    "context": "words around arms",
}


def tally(scene: Scene) -> Tally:
    """Every count as "so many or more", so that each step has its own weight."""
    for family, name in _FAMILIES.items():
        finds = scene.of(family)
        yield from _steps(name, finds, _MOST)
        yield from _steps(f"{name} in title", [f for f in finds if scene.title(f)], _IN_TITLE)
    yield from _steps("goods", _goods(scene), _MOST)
    yield from _steps("kinds of look-alike", _firsts(scene.of("veto")), _MOST)
    near = _beside(scene)
    yield from _steps("look-alikes beside a good", near, _IN_TITLE)
    yield from _steps("kinds of look-alike beside a good", _firsts(near), _IN_TITLE)
    yield from _parties(scene)
    yield from _title(scene)


def _steps(name: str, finds: Sequence[Find], most: int) -> Tally:
    for number in range(1, min(len(finds), most) + 1):
        yield f"{number} or more {name}", finds[:number]


def _goods(scene: Scene) -> list[Find]:
    return [*scene.of("weapon"), *scene.of("system")]


def _beside(scene: Scene) -> list[Find]:
    """The look-alikes in a sentence with a good or an embargo; others may be another story."""
    told = {find.sentence for find in (*_goods(scene), *scene.of("embargo"))}
    return [find for find in scene.of("veto") if find.sentence in told]


def _firsts(finds: Iterable[Find]) -> list[Find]:
    """One find for each name."""
    found: dict[str, Find] = {}
    for find in finds:
        for name in find.names:
            found.setdefault(name, find)
    return list(found.values())


def _parties(scene: Scene) -> Tally:
    """Parties of each kind, and the countries they stand for."""
    actors = _firsts(scene.of("actor"))
    for kind in dict.fromkeys(actor.kind for actor in actors):
        own = [actor for actor in actors if actor.kind == kind]
        yield f"{min(len(own), _IN_TITLE)} of kind {kind}", own
    homes = {(a.names[0] if a.kind == "state" else a.home): a for a in actors}
    homes.pop("", None)
    yield f"{min(len(homes), _IN_TITLE)} countries", tuple(homes.values())
    states = [a for a in actors if a.kind == "state" and scene.title(a)]
    yield f"{min(len(states), _IN_TITLE)} states in title", states


def _title(scene: Scene) -> Tally:
    """Which of good, act and parties the title has, all in one."""
    good, act = (
        [f for f in found if scene.title(f)] for found in (_goods(scene), scene.of("transfer"))
    )
    parties = _firsts(f for f in scene.of("actor") if scene.title(f))[:2]
    named = [*(["good"] if good else []), *(["act"] if act else []), f"{len(parties)} parties"]
    yield f"title: {', '.join(named)}", (*good[:1], *act[:1], *parties)
