"""
Weights of links, fitted on the question the stage asks: is this item of that story?

An item is compared with every member a story has kept, and the best of them decides. Which is the
best depends on the weights, so both are found in turns. Fitted on pairs, the weights of time were
those of pairs within a saga and cut what came months later: B³-F1 .89, so .91.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from bench.story_data import Item
from monitor.story.features import features
from monitor.story.judge import Judge
from monitor.story.keys import keys
from monitor.story.linking import apart
from monitor.story.telling import WINDOW
from monitor.story.view import view

LEAST_SPREAD = 0.3
KEPT = 12  # members of a story beside its first
JOINS = 3.0  # weight of an item and its own story against one and another story
ROUNDS = 4
C = 1.0
# Where the search begins; it ends alike from others.
FIRST = {"names alike": 2.0, "wording": 2.0, "close in time": 2.0, "numbers shared": 5.0}

Row = Mapping[str, float]


@dataclass(slots=True)
class Question:
    """An item and a story told before it that shares a key."""

    item: Item
    story: str
    rows: list[Row]  # features of the item with each member kept

    @property
    def same(self) -> bool:
        return self.item.story == self.story


def questions(items: Sequence[Item], judge: Judge) -> list[Question]:
    """Every item against every story of the past, as the labels have them."""
    past: dict[str, list[Item]] = defaultdict(list)
    held: dict[str, set[str]] = defaultdict(set)
    found = []
    for item in items:
        seen = view(item.member, judge)
        own = keys(item.member, seen)
        for story, told in past.items():
            if item.member.seen - told[-1].member.seen > WINDOW or held[story].isdisjoint(own):
                continue
            kept = [*told[:1], *told[1:][-KEPT:]]
            rows = [_row(item, other, judge) for other in kept]
            if any(rows):
                found.append(Question(item, story, [row for row in rows if row]))
        past[item.story].append(item)
        held[item.story].update(own)
    same = sum(q.same for q in found)
    print(f"{len(items)} items, {len(found)} questions, {same} with yes for an answer")
    return found


def _row(item: Item, other: Item, judge: Judge) -> Row:
    """Empty when something keeps them apart."""
    a, b = view(other.member, judge), view(item.member, judge)
    return {} if apart(a, b) else features(other.member, item.member, a, b, judge)


def fit(asked: Sequence[Question], pairs: Sequence[tuple[Row, bool, float]]) -> dict[str, float]:
    """The weights of named features; `pairs` are answered as they stand: (row, same, weight)."""
    count = Counter(f for q in asked for row in q.rows for f in row)
    names = sorted(f for f, n in count.items() if n >= 5 and f != "bias")
    choices = [_matrix(q.rows, names) for q in asked]
    # A feature that is rare must not be cheap: its weight would be large on the word of a few.
    spread = np.maximum(np.vstack(choices).std(axis=0), LEAST_SPREAD)
    fixed = _matrix([row for row, _, _ in pairs], names)
    same = np.array([q.same for q in asked] + [known for _, known, _ in pairs])
    weight = [JOINS if q.same else 1.0 for q in asked] + [own for _, _, own in pairs]
    best = np.array([FIRST.get(f, 0.0) for f in names])
    for _ in range(ROUNDS):
        rows = [own[np.argmax(own @ best)] for own in choices]
        model = LogisticRegression(C=C, max_iter=2000)
        model.fit(np.vstack([*rows, fixed]) / spread, same, sample_weight=np.array(weight))
        best = model.coef_[0] / spread
    return {"bias": float(model.intercept_[0])} | dict(zip(names, map(float, best), strict=True))


def _matrix(rows: Sequence[Row], names: Sequence[str]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.zeros((len(rows), len(names)))
    for n, row in enumerate(rows):
        found[n] = [row.get(f, 0.0) for f in names]
    return found
