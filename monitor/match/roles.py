"""
Who supplies and who receives, weighed from what the text says about each party.

    Scene → cues per mention → cues per party → weighed → Roles
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp
from typing import Final

from monitor.match.cues import cues_of
from monitor.match.scene import Find, Scene

ROLES: Final = ("supplier", "recipient")
SURE: Final = 0.5
_BELOW: Final = 0.6  # how much a cue counts that only stands below the title
_STEEP: Final = 30.0

Weights = Mapping[str, Mapping[str, float]]


@dataclass(slots=True)
class Party:
    """One party of a text: its mentions, its cues, and its chance of either role."""

    id: str
    mentions: list[Find]
    vector: dict[str, float]  # cue → how much it counts
    supplier: float = 0.0
    recipient: float = 0.0

    def chance(self, role: str) -> float:
        return self.supplier if role == "supplier" else self.recipient

    @property
    def role(self) -> str:
        """The likelier role where it is likelier than none; else ""."""
        if max(self.supplier, self.recipient) < SURE:
            return ""
        return "supplier" if self.supplier >= self.recipient else "recipient"


@dataclass(slots=True)
class Roles:
    """The parties of a text in order of first mention."""

    parties: list[Party] = field(default_factory=list)

    def of(self, role: str) -> tuple[str, ...]:
        return tuple(party.id for party in self.parties if party.role == role)

    def likeliest(self, role: str) -> Party | None:
        """The party that most likely has the role, the first of equals; None without parties."""
        return max(self.parties, key=lambda party: party.chance(role), default=None)


def parties(scene: Scene) -> list[Party]:
    """Every party with the cues of all its mentions."""
    found: dict[str, Party] = {}
    for actor, cues in cues_of(scene):
        party = found.setdefault(actor.names[0], Party(actor.names[0], [], {}))
        party.mentions.append(actor)
        value = 1.0 if scene.title(actor) else _BELOW
        for cue in cues:
            party.vector[cue] = max(party.vector.get(cue, 0.0), value)
    return list(found.values())


def weigh(found: Sequence[Party], weights: Weights) -> Roles:
    """The chance of either role for each party; `weights` by role, "none" being zero."""
    for party in found:
        giver, taker = (_exp(_sum(weights[role], party.vector)) for role in ROLES)
        party.supplier, party.recipient = giver / (1 + giver + taker), taker / (1 + giver + taker)
    return Roles(list(found))


def roles(scene: Scene, weights: Weights) -> Roles:
    """The parties of a scene, weighed."""
    return weigh(parties(scene), weights)


def _sum(weights: Mapping[str, float], vector: Mapping[str, float]) -> float:
    known = (weights.get(cue, 0.0) * value for cue, value in vector.items())
    return weights.get("bias", 0.0) + sum(known)


def _exp(value: float) -> float:
    return exp(max(-_STEEP, min(value, _STEEP)))
