"""
What speaks for and against a story, as nameable features with the words behind each.

    Scene, roles → Signals: feature → value, and the finds that raised it
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from monitor.match.roles import Roles
from monitor.match.scene import Find, Scene

_NEAR: Final = 4  # words: "weapons worth millions to"
_CLOSE: Final = 9
HARD: Final = ("unspecified", "aid_package")  # named by what they are for, not what they are
SOFT: Final = ("components", "dual_use", "radar")  # also plain engines and parts


@dataclass(slots=True)
class Signals:
    """Features with their evidence; what a model weighs."""

    values: dict[str, float] = field(default_factory=dict)
    evidence: dict[str, tuple[Find, ...]] = field(default_factory=dict)

    def say(self, feature: str, *finds: Find, value: float = 1.0) -> None:
        """Raise a feature; the first evidence for it stays."""
        if feature not in self.values:
            self.values[feature] = value
            self.evidence[feature] = finds


def signals(scene: Scene, roles: Roles) -> Signals:
    """Everything the relevance of an entry is weighed by."""
    found = Signals()
    _goods(scene, found)
    _acts(scene, found)
    _pairs(scene, found)
    _embargo(scene, found)
    _parties(scene, roles, found)
    _stages(scene, found)
    _against(scene, found)
    return found


def goods(scene: Scene) -> list[Find]:
    """Weapons and named systems, in order."""
    return sorted((*scene.of("weapon"), *scene.of("system")), key=lambda f: f.start)


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


def _goods(scene: Scene, found: Signals) -> None:
    for find in goods(scene):
        found.say(f"good:{kind(find)}", find)
        found.say("good", find)
        if scene.title(find):
            found.say("good in title", find)
            found.say(f"{kind(find)} in title", find)
    kinds = {kind(find) for find in goods(scene)}
    if len(kinds) > 1:
        found.say("goods of several kinds", *goods(scene)[:2])


def _acts(scene: Scene, found: Signals) -> None:
    for find in scene.of("transfer"):
        for name in find.names:
            found.say(f"transfer.{name}", find)
            if scene.title(find):
                found.say(f"transfer.{name} in title", find)


def _gap(one: Find, other: Find) -> int:
    return abs(one.order - other.order)


def _side(one: Find, other: Find) -> str:
    return "before" if one.start <= other.start else "after"


def _pairs(scene: Scene, found: Signals) -> None:
    """Good and act in one sentence: how near, in which order, with how many parties."""
    for good in goods(scene):
        for act in scene.of("transfer"):
            if act.sentence != good.sentence:
                continue
            gap, side = _gap(good, act), _side(act, good)
            far = "at" if gap <= 1 else "near" if gap <= _NEAR else "by" if gap <= _CLOSE else "far"
            for name in act.names:
                found.say(f"{name} {far} good", act, good)
                found.say(f"{name} {side} good", act, good)
                if far in ("at", "near"):
                    found.say(f"{name} close {side} {_class(good)}", act, good)
                    if scene.title(good):
                        found.say(f"{name} close to good in title", act, good)
            _with_parties(scene, good, act, found)


def _class(good: Find) -> str:
    name = kind(good)
    return (
        name if name in ("arms", "aid", "soft", "system", "uav", "missile", "ammunition") else "arm"
    )


def _with_parties(scene: Scene, good: Find, act: Find, found: Signals) -> None:
    actors = {a.names[0]: a for a in scene.of("actor") if a.sentence == good.sentence}
    count = min(len(actors), 3)
    found.say(f"good and act with {count} parties", act, good, *actors.values())
    if scene.title(good) and count:
        found.say(f"good and act with {count} parties in title", act, good, *actors.values())


def _embargo(scene: Scene, found: Signals) -> None:
    strong = [f for f in scene.of("embargo") if "arms" in f.names]
    weak = [f for f in scene.of("embargo") if "word" in f.names and "arms" not in f.names]
    acts = [f for f in scene.of("embargo") if "act" in f.names]
    for find in strong:
        found.say("embargo.arms", find)
        if scene.title(find):
            found.say("embargo.arms in title", find)
        for actor in _beside(find, scene.of("actor")):
            found.say("embargo.arms with a party", find, actor)
        for act in _beside(find, acts):
            found.say("embargo.arms with its act", find, act)
    for find in weak:
        found.say("embargo.word", find)
        for good in _beside(find, goods(scene)):
            found.say("embargo.word beside good", find, good)
            if _gap(find, good) <= _NEAR:
                found.say("embargo.word near good", find, good)
            if kind(good) in ("arms", "aid", "uav", "missile"):
                found.say(f"embargo.word beside {kind(good)}", find, good)
            for act in _beside(find, acts):
                found.say("embargo.word with its act and a good", find, act, good)
        if not goods(scene) and not strong:
            found.say("embargo.word without goods", find)


def _beside(find: Find, others: Iterable[Find]) -> Iterable[Find]:
    return (other for other in others if other.sentence == find.sentence and other is not find)


def _parties(scene: Scene, roles: Roles, found: Signals) -> None:
    actors = {a.names[0]: a for a in scene.of("actor")}
    found.say(f"{min(len(actors), 4)} parties", *actors.values())
    if scene.of("system"):
        found.say("a named system", *scene.of("system")[:1])
    best = {role: max(roles.odds(role), default=(0.0, None)) for role in ("supplier", "recipient")}
    for role, (chance, find) in best.items():
        if find is not None:
            found.say(role, find, value=chance)
    if all(find is not None for _, find in best.values()):
        (one, giver), (other, taker) = best["supplier"], best["recipient"]
        assert giver is not None and taker is not None
        found.say("supplier and recipient", giver, taker, value=min(one, other))
    foreign = roles.pair()
    if foreign is not None:
        found.say("supplier and recipient differ", *foreign)


def _stages(scene: Scene, found: Signals) -> None:
    sentences = {good.sentence: good for good in goods(scene)}
    for cue in scene.of("stage"):
        for name in cue.names:
            if cue.sentence in sentences:
                found.say(f"stage.{name} beside good", cue)
            if scene.title(cue):
                found.say(f"stage.{name} in title", cue)
    for quantity in scene.of("quantity"):
        for good in _beside(quantity, goods(scene)):
            found.say("quantity beside good", quantity, good)
    for military in scene.of("context"):
        found.say("context.military", military)
        if scene.title(military):
            found.say("context.military in title", military)
    for family in ("doubt", "denial", "negation"):
        for find in scene.of(family):
            found.say(family, find)
    if scene.of("mark"):
        _marks(scene, found)


def _marks(scene: Scene, found: Signals) -> None:
    """A mark of giving or getting right beside a party, in a sentence with a good."""
    sentences = {good.sentence for good in goods(scene)}
    for mark in scene.of("mark"):
        if mark.sentence not in sentences:
            continue
        for actor in scene.of("actor"):
            if actor.sentence == mark.sentence and 0 <= actor.start - mark.end <= 5:
                for name in mark.names:
                    found.say(f"mark.{name} before party", mark, actor)


def _against(scene: Scene, found: Signals) -> None:
    """Look-alikes: in the title, in the sentence of the good, next to it."""
    things = goods(scene)
    for veto in scene.of("veto"):
        for name in veto.names:
            found.say(f"veto.{name}", veto)
            if scene.title(veto):
                found.say(f"veto.{name} in title", veto)
            for good in _beside(veto, things):
                if _gap(veto, good) <= 2:
                    found.say(f"veto.{name} at good", veto, good)
    count = len({name for veto in scene.of("veto") for name in veto.names})
    if count >= 2:
        found.say(f"{min(count, 4)} kinds of veto", *scene.of("veto")[:count])
