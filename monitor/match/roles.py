"""
Who supplies and who receives, read off order, marks, case and what stands beside a name.

    Scene → one set of cues per mention of a party → weighed → Roles

The cues name concepts, never words, so that what is learned from one language serves all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import exp
from typing import Final

from monitor.languages import Grammar
from monitor.match.scene import Find, Scene

ROLES: Final = ("supplier", "recipient")
_TRIGGERS: Final = ("transfer", "weapon", "system", "stage", "embargo", "veto", "clause", "actor")
_FAR: Final = 8  # words; further away, two words say nothing of each other
_ARTICLE: Final = 13  # characters that may stand between a mark and its name: "to the new "


@dataclass(slots=True)
class Roles:
    """Chance of each role for each mention of a party."""

    chances: list[tuple[Find, float, float]] = field(default_factory=list)

    def odds(self, role: str) -> list[tuple[float, Find | None]]:
        """(chance, mention), every mention, best first where several are as good."""
        at = 1 + ROLES.index(role)
        found = [(chance[at], chance[0]) for chance in self.chances]
        return sorted(found, key=lambda pair: (-pair[0], pair[1].start))  # type: ignore[return-value]

    def best(self) -> Mapping[str, tuple[float, float]]:
        """Per party the best chance of being supplier, and of being recipient."""
        parties: dict[str, tuple[float, float]] = {}
        for find, giver, taker in self.chances:
            known = parties.get(find.names[0], (0.0, 0.0))
            parties[find.names[0]] = (max(known[0], giver), max(known[1], taker))
        return parties

    def pair(self) -> tuple[Find, Find] | None:
        """The likeliest supplier and a likely recipient other than it; None when there are none."""
        givers = [f for f, giver, _ in self.chances if giver >= 0.5]
        takers = [f for f, _, taker in self.chances if taker >= 0.5]
        for giver in givers:
            for taker in takers:
                if giver.names[0] != taker.names[0]:
                    return giver, taker
        return None


def roles(scene: Scene, weights: Mapping[str, Mapping[str, float]]) -> Roles:
    """The chances of every party of the scene; `weights` by role."""
    found = Roles()
    for actor in scene.of("actor"):
        cues = cues_of(actor, scene)
        giver, taker = (
            weights[role].get("bias", 0.0) + sum(weights[role].get(cue, 0.0) for cue in cues)
            for role in ROLES
        )
        total = 1.0 + exp(min(giver, 30)) + exp(min(taker, 30))
        found.chances.append((actor, exp(min(giver, 30)) / total, exp(min(taker, 30)) / total))
    return found


def cues_of(actor: Find, scene: Scene) -> list[str]:
    """What the text says about this mention, in names a person can read."""
    same = [f for f in scene.finds if f.sentence == actor.sentence and f is not actor]
    before = [f for f in same if f.end <= actor.start]
    after = [f for f in same if f.start >= actor.end]
    cues = [f"form={actor.form}", f"kind={actor.kind}"]
    if not scene.title(actor):
        cues.append("not in title")
    case = _case(actor, scene)
    mark = _mark(actor, before)
    cues += [f"case={case}"] if case else []
    cues += [f"mark={mark}"] if mark else []
    cues += _attached(actor, after)
    cues += _neighbours(actor, before, after, scene.grammar)
    cues += _governing(actor, same, mark or case, scene.grammar)
    cues += _company(actor, scene)
    return cues


def _mark(actor: Find, before: list[Find]) -> str:
    """The mark right before the name, an article or an adjective between them at most."""
    for find in reversed(before):
        if actor.start - find.end > _ARTICLE or actor.order - find.order > 2:
            return ""
        if find.family == "mark":
            names = [
                n for n in ("to", "from", "by", "against", "of", "made", "say") if n in find.names
            ]
            return "+".join(names)
        if find.family in ("actor", "transfer", "weapon"):
            return ""
    return ""


def _attached(actor: Find, after: list[Find]) -> list[str]:
    """Marks right after the name: "-made", "'s", a postposition."""
    cues = []
    for find in after:
        if find.start - actor.end > 1:
            break
        if find.family == "mark":
            cues += [f"attached={name}" for name in find.names]
    return cues


def _case(actor: Find, scene: Scene) -> str:
    """What the ending, particle or clitic of the name makes of it."""
    grammar = scene.grammar
    if not grammar.cases and not grammar.prefix_cases:
        return ""
    part = next(p for p in scene.fields if p.base <= actor.start <= p.base + len(p.folded.text))
    plain, start, end = part.folded.text, actor.start - part.base, actor.end - part.base
    tail = plain[end : end + 8]
    for ending in sorted(grammar.cases, key=len, reverse=True):
        if (
            tail.removeprefix(" ").startswith(ending)
            if _loose(grammar)
            else (tail.removeprefix("'").startswith(ending) or plain[start:end].endswith(ending))
        ):
            return grammar.cases[ending]
    head = plain[max(0, start - 4) : start].rpartition(" ")[2]
    for clitic in sorted(grammar.prefix_cases, key=len, reverse=True):
        if head.endswith(clitic) and head:
            return grammar.prefix_cases[clitic]
    return ""


def _loose(grammar: Grammar) -> bool:
    """Whether cases are particles after the name and no part of its form."""
    return any(script in ("han", "kana", "hangul", "devanagari") for script in grammar.scripts)


def _label(find: Find) -> str:
    if find.family in ("transfer", "stage"):
        return f"{find.family}.{find.names[0]}"
    if find.family == "embargo":
        return f"embargo.{find.names[0]}"
    if find.family in ("weapon", "system"):
        return "good"
    return find.family if find.family != "veto" else f"veto.{find.names[0]}"


def _neighbours(actor: Find, before: list[Find], after: list[Find], grammar: Grammar) -> list[str]:
    """The nearest thing of weight on each side, and how near."""
    cues = []
    for side, found in (("after it", after), ("before it", before[::-1])):
        for find in found:
            if find.family not in _TRIGGERS:
                continue
            gap = abs(find.order - actor.order)
            near = "next" if gap <= 2 else "near" if gap <= _FAR else "far"
            if near != "far":
                cues.append(f"{near} {side}: {_label(find)}")
                cues.append(f"{grammar.order} {side}: {_label(find)}")
                cues.append(f"{actor.form} {near} {side}: {_label(find)}")
            break
        else:
            cues.append(f"nothing {side}")
    return cues


def _governing(actor: Find, same: list[Find], mark: str, grammar: Grammar) -> list[str]:
    """The nearest act of transfer in the sentence and the side it is on, with the mark."""
    cues = []
    acts = [f for f in same if f.family == "transfer"]
    for name in ("give", "get", "noun"):
        own = [f for f in acts if name in f.names]
        if not own:
            continue
        near = min(own, key=lambda f: abs(f.order - actor.order))
        side = "after" if near.start > actor.start else "before"
        cues.append(f"{name} {side} it ({grammar.order})")
        cues.append(f"{mark or 'bare'} with {name} {side} it")
    for name in ("requested", "offered", "refused", "intercepted"):
        own = [f for f in same if f.family == "stage" and name in f.names]
        if own:
            near = min(own, key=lambda f: abs(f.order - actor.order))
            side = "after" if near.start > actor.start else "before"
            cues.append(f"{name} {side} it ({grammar.order})")
    goods = [f for f in same if f.family in ("weapon", "system")]
    if goods:
        near = min(goods, key=lambda f: abs(f.order - actor.order))
        side = "after" if near.start > actor.start else "before"
        cues.append(f"good {side} it ({grammar.order})")
        cues.append(f"{mark or 'bare'} with good {side} it")
    else:
        cues.append("no good in its sentence")
    return cues


def _company(actor: Find, scene: Scene) -> list[str]:
    """Its place among the parties of its sentence."""
    sentence = [a for a in scene.of("actor") if a.sentence == actor.sentence]
    ids = list(dict.fromkeys(a.names[0] for a in sorted(sentence, key=lambda a: a.start)))
    place = ids.index(actor.names[0])
    last = place == len(ids) - 1
    if len(ids) == 1:
        return ["only party"]
    return [f"party {min(place, 2) + 1}{', last' if last else ''}"]


def adjoining(finds: Iterable[Find]) -> list[Find]:
    """The finds in order of place."""
    return sorted(finds, key=lambda f: f.start)
