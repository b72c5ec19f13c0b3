"""
Who supplies and who receives: all sides of a text weighed together.

    Scene → cues per party, cues per pair → every way to share out the roles → Roles

One supplier and one recipient is what a transfer has; so a name that could be either is read in
the light of the others. Names of cues are for people: docs/detection.md explains them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from math import exp
from typing import Final

from monitor.match.cues import cues_of, pair_cues
from monitor.match.scene import Find, Scene

ROLES: Final = ("supplier", "recipient")
SECTIONS: Final = (*ROLES, "sides")
SURE: Final = 0.5
MOST: Final = 5  # parties weighed together; those named later in a text rarely have a role
_BELOW: Final = 0.6  # how much a cue counts that only stands below the title
_MANY: Final = 2  # from so many of a role on, more make no difference

Weights = Mapping[str, Mapping[str, float]]
Share = tuple[int, ...]  # per party: 0 supplies, 1 receives, 2 neither


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


Pairs = Mapping[tuple[int, int], Sequence[str]]  # (supplier, recipient) by place → cues


def sides(scene: Scene) -> tuple[list[Party], Pairs]:
    """The first parties of a text with their cues, and the cues of each ordered pair."""
    found: dict[str, Party] = {}
    for actor, cues in cues_of(scene):
        party = found.setdefault(actor.names[0], Party(actor.names[0], [], {}))
        party.mentions.append(actor)
        value = 1.0 if scene.title(actor) else _BELOW
        for cue in cues:
            party.vector[cue] = max(party.vector.get(cue, 0.0), value)
    first = list(found.values())[:MOST]
    pairs = {
        (i, j): pair_cues(giver.mentions, taker.mentions, scene)
        for i, giver in enumerate(first)
        for j, taker in enumerate(first)
        if i != j
    }
    return first, pairs


def roles(scene: Scene, weights: Weights) -> Roles:
    """The parties of a scene with their chances; `weights` by section."""
    return weigh(*sides(scene), weights)


def weigh(parties: list[Party], pairs: Pairs, weights: Weights) -> Roles:
    """Every way to share out the roles, each as likely as its cues; summed up per party."""
    own = [[_sum(weights[role], party.vector) for role in ROLES] for party in parties]
    together = weights["sides"]
    between = {pair: sum(together.get(cue, 0.0) for cue in cues) for pair, cues in pairs.items()}
    ways = shares(len(parties))
    scores = [_score(share, own, between, together) for share in ways]
    top = max(scores)
    odds = [exp(score - top) for score in scores]
    total = sum(odds)
    for i, party in enumerate(parties):
        party.supplier = sum(o for o, s in zip(odds, ways, strict=True) if s[i] == 0) / total
        party.recipient = sum(o for o, s in zip(odds, ways, strict=True) if s[i] == 1) / total
    return Roles(parties)


@lru_cache(maxsize=MOST + 1)
def shares(count: int) -> tuple[Share, ...]:
    """Every way to share out the roles among so many parties."""
    return tuple(product(range(3), repeat=count))


def _score(
    share: Share,
    own: Sequence[Sequence[float]],
    between: Mapping[tuple[int, int], float],
    together: Mapping[str, float],
) -> float:
    givers = [i for i, role in enumerate(share) if role == 0]
    takers = [i for i, role in enumerate(share) if role == 1]
    return (
        together.get(count(len(givers), len(takers)), 0.0)
        + sum(own[i][0] for i in givers)
        + sum(own[i][1] for i in takers)
        + sum(between[i, j] for i, j in crossed(givers, takers))
    )


def crossed(givers: Sequence[int], takers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Every supplier with every recipient."""
    return ((i, j) for i in givers for j in takers)


def count(givers: int, takers: int) -> str:
    """How many of each role, as a cue."""
    return f"{min(givers, _MANY)} suppliers, {min(takers, _MANY)} recipients"


def _sum(weights: Mapping[str, float], vector: Mapping[str, float]) -> float:
    known = (weights.get(cue, 0.0) * value for cue, value in vector.items())
    return weights.get("bias", 0.0) + sum(known)
