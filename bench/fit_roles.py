"""
Weights for who supplies and who receives: all parties of a text learned together.

A log-linear model over every way to share out the roles (monitor/match/roles.py), fitted by
likelihood with a ridge. Source: Lafferty et al., Conditional random fields, ICML 2001.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy import ndarray as Array
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from monitor.match.roles import ROLES, Pairs, Party, count, shares


@dataclass(frozen=True, slots=True)
class Sides:
    """One text: its parties, their pairs, and how the roles are shared in truth."""

    parties: Sequence[Party]
    pairs: Pairs
    truth: tuple[int, ...]  # per party 0 supplies, 1 receives, 2 neither
    weight: float = 1.0


class _Batch:
    """Texts with the same number of parties, as matrices."""

    def __init__(
        self, texts: Sequence[Sides], cue: Mapping[str, int], both: Mapping[str, int]
    ) -> None:
        n = len(texts[0].parties)
        ways = shares(n)
        self.size, self.n = len(texts), n
        self.x = _matrix((p.vector | {"bias": 1.0} for t in texts for p in t.parties), cue)
        pairs = [(i, j) for i in range(n) for j in range(n)]
        self.y = _matrix(
            (dict.fromkeys(t.pairs.get(pair, ()), 1.0) for t in texts for pair in pairs), both
        )
        self.own = np.array([[float(s[i] == r) for i in range(n) for r in (0, 1)] for s in ways])
        self.cross = np.array([[float(s[i] == 0 and s[j] == 1) for i, j in pairs] for s in ways])
        self.counts = np.zeros((len(ways), len(both)))
        for k, s in enumerate(ways):
            self.counts[k, both[count(s.count(0), s.count(1))]] = 1.0
        self.truth = np.array([ways.index(t.truth) for t in texts])
        self.weight = np.array([t.weight for t in texts])

    def loss(self, own: Array, both: Array) -> tuple[float, Array, Array]:
        """Negative log likelihood and its slopes."""
        one = np.asarray(self.x @ own).reshape(self.size, -1)
        two = np.asarray(self.y @ both).reshape(self.size, -1)
        score = one @ self.own.T + two @ self.cross.T + self.counts @ both
        score -= score.max(axis=1, keepdims=True)
        chance = np.exp(score)
        total = chance.sum(axis=1, keepdims=True)
        chance /= total
        rows = np.arange(self.size)
        value = -float(self.weight @ (score[rows, self.truth] - np.log(total[:, 0])))
        chance[rows, self.truth] -= 1.0
        chance *= self.weight[:, None]
        slope_own = self.x.T @ (chance @ self.own).reshape(-1, 2)
        slope_both = self.y.T @ (chance @ self.cross).reshape(-1) + chance.sum(0) @ self.counts
        return value, np.asarray(slope_own), np.asarray(slope_both)


def _matrix(vectors: Iterable[Mapping[str, float]], names: Mapping[str, int]) -> csr_matrix:
    indices: list[int] = []
    data: list[float] = []
    starts = [0]
    for vector in vectors:
        for name, value in vector.items():
            if name in names:
                indices.append(names[name])
                data.append(value)
        starts.append(len(indices))
    return csr_matrix((data, indices, starts), shape=(len(starts) - 1, len(names)))


def learn(texts: Sequence[Sides], ridge: float, least: int) -> dict[str, dict[str, float]]:
    """Weights by section of monitor.match.roles; rare cues are left out."""
    cue = _names((c for t in texts for p in t.parties for c in p.vector), least, ["bias"])
    counts = [count(i, j) for i in range(3) for j in range(3)]
    both = _names((c for t in texts for cues in t.pairs.values() for c in cues), 2 * least, counts)
    by_size: dict[int, list[Sides]] = defaultdict(list)
    for text in texts:
        if text.parties:
            by_size[len(text.parties)].append(text)
    batches = [_Batch(own, cue, both) for own in by_size.values()]

    def loss(flat: Array) -> tuple[float, Array]:
        own, together = flat[: 2 * len(cue)].reshape(-1, 2), flat[2 * len(cue) :]
        value, slopes = ridge * float(flat @ flat), 2 * ridge * flat
        for batch in batches:
            added, slope_own, slope_both = batch.loss(own, together)
            value += added
            slopes += np.concatenate([slope_own.reshape(-1), slope_both])
        return value, slopes

    found = minimize(loss, np.zeros(2 * len(cue) + len(both)), jac=True, method="L-BFGS-B")
    own, together = found.x[: 2 * len(cue)].reshape(-1, 2), found.x[2 * len(cue) :]
    return {
        **{role: {c: float(own[i, r]) for c, i in cue.items()} for r, role in enumerate(ROLES)},
        "sides": {c: float(together[i]) for c, i in both.items()},
    }


def _names(seen: Iterable[str], least: int, always: Sequence[str]) -> dict[str, int]:
    often = sorted(name for name, n in Counter(seen).items() if n >= least and name not in always)
    return {name: i for i, name in enumerate((*always, *often))}
