"""
What speaks for and against a story, as nameable features with the words behind each.

    Scene, roles → Signals: feature → value, and the finds that raised it
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from monitor.match.idle import idle
from monitor.match.outline import kind, sort
from monitor.match.roles import ROLES, Roles
from monitor.match.scene import Find, Scene
from monitor.match.tallies import tally

_NEAR: Final = 4  # words: "weapons worth millions to"
_CLOSE: Final = 9


_DISTURBING: Final = {"use", "deploy", "test", "accident"}


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
    _strong_embargo(scene, found)
    _weak_embargo(scene, found)
    _parties(scene, roles, found)
    _stages(scene, found)
    _around(scene, found)
    _marks(scene, found)
    _against(scene, found)
    _frames(scene, roles, found)
    _complete(scene, roles, found)
    for feature, finds in tally(scene):
        found.say(feature, *finds)
    for feature in idle(scene):
        found.say(feature)
    return found


def goods(scene: Scene) -> list[Find]:
    """Weapons and named systems, in order."""
    return sorted((*scene.of("weapon"), *scene.of("system")), key=lambda f: f.start)


# ── goods and acts ──────────────────────────────────────────────────────────────


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


def _far(gap: int) -> str:
    if gap <= 1:
        return "at"
    return "near" if gap <= _NEAR else "by" if gap <= _CLOSE else "far"


def _pairs(scene: Scene, found: Signals) -> None:
    """
    Good and act in one sentence: how near, and with how many parties.

    Not in which order: that is a matter of the language, and adds nothing (F1 .898 to .906).
    """
    for good in goods(scene):
        for act in _beside(good, scene.of("transfer")):
            _pair(scene, good, act, found)
            _with_parties(scene, good, act, found)


def _pair(scene: Scene, good: Find, act: Find, found: Signals) -> None:
    far = _far(_gap(good, act))
    close = far in ("at", "near")
    for name in act.names:
        found.say(f"{name} {far} good", act, good)
        if close:
            found.say(f"{name} close to {_class(good)}", act, good)
        if close and scene.title(good):
            found.say(f"{name} close to good in title", act, good)


def _class(good: Find) -> str:
    name = kind(good)
    return name if name in ("uav", "missile", "ammunition") else sort(good)


def _with_parties(scene: Scene, good: Find, act: Find, found: Signals) -> None:
    actors = {a.names[0]: a for a in _beside(good, scene.of("actor"))}
    count = min(len(actors), 3)
    found.say(f"good and act with {count} parties", act, good, *actors.values())
    if scene.title(good) and count:
        found.say(f"good and act with {count} parties in title", act, good, *actors.values())


def _beside(find: Find, others: Iterable[Find]) -> Iterator[Find]:
    return (other for other in others if other.sentence == find.sentence and other is not find)


# ── embargoes ───────────────────────────────────────────────────────────────────


def _strong_embargo(scene: Scene, found: Signals) -> None:
    for find in scene.of("embargo"):
        if "arms" not in find.names:
            continue
        place = " in title" if scene.title(find) else ""
        found.say("embargo.arms", find)
        found.say(f"embargo.arms{place}", find)
        acts = [f for f in _beside(find, scene.of("embargo")) if "act" in f.names]
        parties = list(_beside(find, scene.of("actor")))
        if parties:
            found.say("embargo.arms with a party", find, parties[0])
        if acts:
            found.say("embargo.arms with its act", find, acts[0])
        if parties and acts:
            found.say(f"embargo.arms with its act and a party{place}", find, acts[0], parties[0])


def _weak_embargo(scene: Scene, found: Signals) -> None:
    acts = [f for f in scene.of("embargo") if "act" in f.names]
    strong = any("arms" in f.names for f in scene.of("embargo"))
    for find in scene.of("embargo"):
        if "word" not in find.names or "arms" in find.names:
            continue
        found.say("embargo.word", find)
        if not goods(scene) and not strong:
            found.say("embargo.word without goods", find)
        for good in _beside(find, goods(scene)):
            _sanctioned(find, good, acts, found)


def _sanctioned(find: Find, good: Find, acts: list[Find], found: Signals) -> None:
    found.say("embargo.word beside good", find, good)
    if _gap(find, good) <= _NEAR:
        found.say("embargo.word near good", find, good)
    if kind(good) in ("arms", "aid", "uav", "missile"):
        found.say(f"embargo.word beside {kind(good)}", find, good)
    for act in _beside(find, acts):
        found.say("embargo.word with its act and a good", find, act, good)


# ── parties, stages, what else there is ─────────────────────────────────────────


def _parties(scene: Scene, roles: Roles, found: Signals) -> None:
    actors = {a.names[0]: a for a in scene.of("actor")}
    found.say(f"{min(len(actors), 4)} parties", *actors.values())
    if scene.of("system"):
        found.say("a named system", *scene.of("system")[:1])
    best = {role: roles.likeliest(role) for role in ROLES}
    for role, party in best.items():
        if party is not None:
            found.say(role, party.mentions[0], value=party.chance(role))
    giver, taker = best["supplier"], best["recipient"]
    if giver is None or taker is None or giver is taker:
        return
    sides = giver.mentions[0], taker.mentions[0]
    found.say("supplier and recipient", *sides, value=giver.supplier * taker.recipient)
    if giver.role == "supplier" and taker.role == "recipient":
        found.say("supplier and recipient differ", *sides)


def _frames(scene: Scene, roles: Roles, found: Signals) -> None:
    """Who, act, good, whom together in one sentence; each side counts as likely as it is."""
    for number in {good.sentence for good in goods(scene)}:
        sides = {role: _side(roles, role, number) for role in ROLES}
        good = next(g for g in goods(scene) if g.sentence == number)
        acts = [act for act in scene.of("transfer") if act.sentence == number]
        place = " in title" if scene.title(good) else ""
        for role, (chance, mention) in sides.items():
            if mention is not None and acts:
                _most(found, f"frame: act, good and {role}{place}", chance, good, mention)
        (giver, one), (taker, other) = sides["supplier"], sides["recipient"]
        if one is not None and other is not None and one is not other:
            kind_of = "frame" if acts else "frame without act"
            _most(found, f"{kind_of}: supplier, good, recipient{place}", giver * taker, one, other)


def _complete(scene: Scene, roles: Roles, found: Signals) -> None:
    """
    How much of a transfer one undisturbed sentence with a good tells.

    Of supplier, recipient, act, stage and embargo; a sentence about weapons in use, moved,
    tested or crashed does not count.
    """
    disturbed = {veto.sentence for veto in scene.of("veto") if _DISTURBING & set(veto.names)}
    for good in goods(scene):
        if good.sentence in disturbed:
            continue
        parts = _parts(scene, roles, good.sentence)
        for number in range(len(parts) + 1):
            found.say(f"a good with {number} parts of a transfer", good, *parts[:number])
            if scene.title(good):
                found.say(f"a good in title with {number} parts of a transfer", good, *parts)


def _parts(scene: Scene, roles: Roles, sentence: int) -> list[Find]:
    """The parts of a transfer that a sentence names, one find each."""
    sides = (
        (m for party in roles.parties if party.role == role for m in party.mentions)
        for role in ROLES
    )
    words = (
        (find for find in scene.of(family) if find.names != ("reported",))
        for family in ("transfer", "stage", "embargo")
    )
    firsts = (
        next((find for find in finds if find.sentence == sentence), None)
        for finds in (*sides, *words)
    )
    return [find for find in firsts if find is not None]


def _side(roles: Roles, role: str, sentence: int) -> tuple[float, Find | None]:
    """The likeliest of a role named in a sentence; (0, None) when no party is."""
    named = [
        (party.chance(role), mention)
        for party in roles.parties
        for mention in party.mentions
        if mention.sentence == sentence
    ]
    return max(named, key=lambda pair: pair[0], default=(0.0, None))


def _most(found: Signals, feature: str, value: float, *finds: Find) -> None:
    """Raise a feature to the value, where it is not higher already."""
    if value > found.values.get(feature, 0.0):
        found.values[feature] = value
        found.evidence[feature] = finds


def _stages(scene: Scene, found: Signals) -> None:
    sentences = {good.sentence for good in goods(scene)}
    for cue in scene.of("stage"):
        for name in cue.names:
            if cue.sentence in sentences:
                found.say(f"stage.{name} beside good", cue)
            if any(_gap(cue, good) <= _NEAR for good in _beside(cue, goods(scene))):
                found.say(f"stage.{name} near good", cue)
            if scene.title(cue):
                found.say(f"stage.{name} in title", cue)


def _around(scene: Scene, found: Signals) -> None:
    for quantity in scene.of("quantity"):
        for good in _beside(quantity, goods(scene)):
            found.say("quantity beside good", quantity, good)
    for around in scene.of("context"):
        for name in around.names:
            _around_it(scene, around, f"context.{name}", found)


def _around_it(scene: Scene, around: Find, name: str, found: Signals) -> None:
    found.say(name, around)
    if scene.title(around):
        found.say(f"{name} in title", around)
    for good in _beside(around, goods(scene)):
        found.say(f"{name} beside good", around, good)


def _marks(scene: Scene, found: Signals) -> None:
    """A mark of giving or getting right beside a party, in a sentence with a good."""
    sentences = {good.sentence for good in goods(scene)}
    for mark in scene.of("mark"):
        near = [a for a in _beside(mark, scene.of("actor")) if 0 <= a.start - mark.end <= 5]
        if mark.sentence in sentences and near:
            for name in mark.names:
                found.say(f"mark.{name} before party", mark, near[0])


def _against(scene: Scene, found: Signals) -> None:
    """Look-alikes: in the title, in the sentence of the good, next to it."""
    for veto in scene.of("veto"):
        near = [good for good in _beside(veto, goods(scene)) if _gap(veto, good) <= 2]
        for name in veto.names:
            found.say(f"veto.{name}", veto)
            if scene.title(veto):
                found.say(f"veto.{name} in title", veto)
            if near:
                found.say(f"veto.{name} at good", veto, near[0])
