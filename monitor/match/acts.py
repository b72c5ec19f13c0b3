"""The act a text tells: parties, goods, quantity, stage, embargoes, denial."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from monitor.config.entities import Entity, Gazetteer
from monitor.config.topics import Model
from monitor.match import regimes as embargoes
from monitor.match.quantity import quantity
from monitor.match.roles import ROLES, Roles, roles
from monitor.match.rules import Rules
from monitor.match.scene import Find, Scene
from monitor.match.stages import cues_of, stage
from monitor.model import Act, Stage

_SURE: Final = 0.5
_ORDER: Final = ("state", "body", "group", "company")
NO_MODEL: Final = Model(name="", sections={})


@dataclass(frozen=True, slots=True)
class Told:
    """An act with the mentions it was read from."""

    act: Act
    roles: Roles
    suppliers: tuple[str, ...]  # named in the text, not inferred
    recipients: tuple[str, ...]


def told(scene: Scene, rules: Rules, model: Model | None, on: date) -> Told:
    """The act of a scene on a date."""
    weigh = model or NO_MODEL
    sides = roles(scene, {role: weigh.weights(role) for role in ROLES})
    cues = cues_of(scene, sides)
    at = stage(cues, {one.value: weigh.weights(f"stage.{one.value}") for one in Stage})
    givers, takers = parties(sides)
    categories = _categories(scene, rules.gazetteer)
    act = Act(
        stage=at,
        suppliers=_with_makers(givers, takers, scene, rules.gazetteer, at),
        recipients=takers,
        categories=categories,
        systems=tuple(dict.fromkeys(f.names[0] for f in scene.of("system"))),
        quantity=quantity(scene),
        denied=bool(scene.of("denial")),
        doubted=bool(scene.of("doubt")) or at is Stage.REPORTED,
    )
    act = _with_regimes(act, rules, on)
    return Told(act=act, roles=sides, suppliers=givers, recipients=takers)


def parties(sides: Roles) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Suppliers and recipients, each party on one side, in order of first mention."""
    givers, takers = [], []
    for id, (giver, taker) in sides.best().items():
        if max(giver, taker) >= _SURE:
            (givers if giver >= taker else takers).append(id)
    return tuple(givers), tuple(takers)


def _with_makers(
    givers: tuple[str, ...], takers: tuple[str, ...], scene: Scene, known: Gazetteer, at: Stage
) -> tuple[str, ...]:
    """A company brings its country; a national system its maker where nobody else supplies."""
    homes = [known.entities[g].country for g in givers if known.entities[g].kind == "company"]
    found = dict.fromkeys((*givers, *(home for home in homes if home and home not in takers)))
    if not found and at is not Stage.EMBARGO:
        makers = [_of(find, known).country for find in scene.of("system")]
        found = dict.fromkeys(maker for maker in makers if maker and maker not in takers)
    return tuple(found)


def _of(find: Find, known: Gazetteer) -> Entity:
    return known.entities[find.names[0]]


def _categories(scene: Scene, known: Gazetteer) -> tuple[str, ...]:
    """Every category named beside an act or a party; "unspecified" only where none else is."""
    found: dict[str, None] = {}
    for find in sorted((*scene.of("weapon"), *scene.of("system")), key=lambda f: f.start):
        names = find.names if find.family == "weapon" else _of(find, known).categories
        found.update(dict.fromkeys(names))
    named = tuple(name for name in found if name != "unspecified")
    return named or ("unspecified",)


def _with_regimes(act: Act, rules: Rules, on: date) -> Act:
    ids = embargoes.in_force(act, on, rules.regimes)
    return Act(
        stage=act.stage,
        suppliers=act.suppliers,
        recipients=act.recipients,
        categories=act.categories,
        systems=act.systems,
        quantity=act.quantity,
        regimes=tuple(ids),
        denied=act.denied,
        doubted=act.doubted,
    )


def weights(model: Model | None, section: str) -> Mapping[str, float]:
    """One section of a model; empty without one."""
    return (model or NO_MODEL).weights(section)
