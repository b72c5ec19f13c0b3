"""
How far a transfer has come: the furthest stage that the text itself reports as its news.

    Scene → cues in words a person can read → weighed per stage → Stage
"""

from collections.abc import Mapping

from monitor.match.roles import ROLES, Roles
from monitor.match.scene import Find, Scene
from monitor.model import Stage


def stage(cues: list[str], weights: Mapping[str, Mapping[str, float]]) -> Stage:
    """The stage that the cues speak for most; `weights` by stage."""
    sums = {
        one: weights[one.value].get("bias", 0.0)
        + sum(weights[one.value].get(cue, 0.0) for cue in cues)
        for one in Stage
    }
    return max(sums, key=lambda one: sums[one])


def cues_of(scene: Scene, roles: Roles) -> list[str]:
    """What tells the stage: its words, where they stand, what they stand beside."""
    cues: dict[str, None] = {}
    goods = [*scene.of("weapon"), *scene.of("system")]
    acts = scene.of("transfer")
    for find in scene.of("stage"):
        _cue(find, scene, goods, acts, cues)
    _first(scene, cues)
    for act in acts:
        place = "title" if scene.title(act) else "below"
        for name in act.names:
            cues[f"transfer.{name} in {place}"] = None
    for family in ("negation", "doubt", "denial"):
        for find in scene.of(family):
            cues[f"{family} in {'title' if scene.title(find) else 'below'}"] = None
    _embargo(scene, cues)
    _sides(roles, cues)
    return list(cues)


def _cue(
    find: Find, scene: Scene, goods: list[Find], acts: list[Find], cues: dict[str, None]
) -> None:
    place = "title" if scene.title(find) else "below"
    beside = any(good.sentence == find.sentence for good in goods)
    near = [a for a in acts if a.sentence == find.sentence and abs(a.order - find.order) <= 4]
    for name in find.names:
        cues[f"{name} in {place}"] = None
        if beside:
            cues[f"{name} beside good"] = None
        for act in near:
            for kind in act.names:
                cues[f"{name} near {kind}"] = None
        if any(
            0 <= find.order - n.order <= 2 for n in scene.of("negation") if n.start < find.start
        ):
            cues[f"not {name}"] = None


def _first(scene: Scene, cues: dict[str, None]) -> None:
    """The first cue of the title that stands in one with a good or act carries most."""
    title = [find for find in scene.of("stage") if scene.title(find)]
    for find in title[:1]:
        for name in find.names:
            cues[f"{name} first"] = None
    names = {name for find in title for name in find.names}
    for one in sorted(names):
        for other in sorted(names):
            if one < other:
                cues[f"{one} and {other} in title"] = None
    if not title:
        cues["no cue in title"] = None
    if not scene.of("stage"):
        cues["no cue"] = None


def _embargo(scene: Scene, cues: dict[str, None]) -> None:
    for find in scene.of("embargo"):
        place = "title" if scene.title(find) else "below"
        for name in find.names:
            cues[f"embargo.{name} in {place}"] = None
    if scene.of("embargo") and not scene.of("transfer"):
        cues["embargo and no act of transfer"] = None
    names = {name for find in scene.of("embargo") for name in find.names}
    if {"word", "act"} <= names:
        cues["embargo.word and embargo.act"] = None


def _sides(roles: Roles, cues: dict[str, None]) -> None:
    for role in ROLES:
        if not roles.of(role):
            cues[f"no {role}"] = None
