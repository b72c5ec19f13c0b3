"""
Fit config/weights/arms.toml on the development set, and say honestly how good it is.

    python -m bench.fit_detection            # cross-validated figures only
    python -m bench.fit_detection --write    # and write the weights fitted on everything

Items on one event repeat across outlets, so folds never divide what is alike: groups are joined
by shared rare words within a few days. What is fitted: relevance (logistic regression), the role
of each mention (three classes) and the stage (nine), all over named features.
"""

import gzip
import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from monitor.config import load
from monitor.config.reading import Problems
from monitor.match import Rules
from monitor.match.matching import Read, reading
from monitor.match.roles import ROLES, cues_of
from monitor.match.roles import Roles as Sides
from monitor.model import Entry

DATA = Path("../shared/data")
WEIGHTS = Path("config/weights/arms.toml")
TRUE_BACKGROUND = Path("bench/background_true.txt")  # keys read and found to be stories
NOW = datetime(2026, 8, 1, tzinfo=UTC)
FOLDS = 5
Vector = Mapping[str, float]


@dataclass(slots=True)
class Item:
    """One labelled text with what was found in it."""

    row: Mapping[str, Any]
    read: Read
    group: int = 0
    sides: Sides | None = None
    weight: float = 1.0
    origin: str = "gold"
    mentions: list[tuple[Any, Vector, str]] = field(default_factory=list)

    @property
    def positive(self) -> bool:
        return bool(self.row["label"] == "pos")


def rows(file: Path) -> list[dict[str, Any]]:
    opener = gzip.open if file.suffix == ".gz" else open
    with opener(file, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def rules() -> Rules:
    problems = Problems(Path("config"))
    known = load.read_knowledge(Path("config"), problems, os.environ)
    for line in problems.lines[:20]:
        print("!", line)
    return Rules.compile(known.lexicons, known.topics, known.gazetteer, known.regimes)


def entry(row: Mapping[str, Any]) -> Entry:
    return Entry(
        feed_id="f",
        id=str(row.get("key", row.get("id", ""))),
        url="",
        title=row["title"],
        summary=row.get("summary", "") or "",
        language=row.get("lang", row.get("language", "")) or "",
    )


def items(source: Iterable[Mapping[str, Any]], compiled: Rules, origin: str) -> list[Item]:
    return [Item(row=row, read=reading(entry(row), compiled, NOW), origin=origin) for row in source]


def grouped(found: Sequence[Item]) -> None:
    """One group for what tells of one event: two rare words shared within a few days."""
    parent = list(range(len(found)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    words = [set(re.findall(r"\w{4,}|[A-Z]{2,}", item.row["title"].lower())) for item in found]
    count = Counter(w for own in words for w in own)
    index: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, item in enumerate(found):
        date = str(item.row.get("date", ""))[:7]
        for word in words[i]:
            if count[word] <= 60:
                index[word, date].append(i)
    shared: Counter[tuple[int, int]] = Counter()
    for same in index.values():
        for a, i in enumerate(same):
            for j in same[a + 1 :]:
                shared[i, j] += 1
    for (i, j), n in shared.items():
        if n >= 3:
            parent[root(i)] = root(j)
    for i, item in enumerate(found):
        item.group = root(i)


def folds(found: Sequence[Item]) -> list[int]:
    """The fold of each item; groups whole, spread by size."""
    sizes = Counter(item.group for item in found)
    load_of = [0] * FOLDS
    place = {}
    for group, size in sizes.most_common():
        place[group] = load_of.index(min(load_of))
        load_of[place[group]] += size
    return [place[item.group] for item in found]


@dataclass(slots=True)
class Linear:
    """Weights per class over named features."""

    classes: list[str]
    weights: dict[str, dict[str, float]]

    def scores(self, vector: Vector) -> dict[str, float]:
        return {
            c: self.weights[c].get("bias", 0.0)
            + sum(self.weights[c].get(f, 0.0) * v for f, v in vector.items())
            for c in self.classes
        }


def fit(
    vectors: Sequence[Vector],
    labels: Sequence[str],
    sample: Sequence[float],
    c: float,
    least: int = 3,
) -> Linear:
    """Logistic regression; features seen less than `least` times are left out."""
    count = Counter(f for v in vectors for f in v)
    names = sorted(f for f, n in count.items() if n >= least)
    at = {f: i for i, f in enumerate(names)}
    indices, indptr, data = [], [0], []
    for v in vectors:
        for f, x in v.items():
            if f in at:
                indices.append(at[f])
                data.append(x)
        indptr.append(len(indices))
    x = csr_matrix((data, indices, indptr), shape=(len(vectors), len(names)))
    model = LogisticRegression(C=c, max_iter=2000)
    model.fit(x, labels, sample_weight=np.array(sample))
    classes = [str(k) for k in model.classes_]
    coef, bias = model.coef_, model.intercept_
    if len(classes) == 2:
        coef, bias = np.vstack([0 * coef, coef]), np.array([0.0, bias[0]])
    weights = {
        k: {"bias": float(bias[i])} | {f: float(coef[i][j]) for j, f in enumerate(names)}
        for i, k in enumerate(classes)
    }
    return Linear(classes, weights)


# ── roles ───────────────────────────────────────────────────────────────────────


def mentions(item: Item) -> list[tuple[Any, Vector, str]]:
    """Every mention with its cues and what the label says it is."""
    scene = item.read.scene
    found = []
    for actor in scene.of("actor"):
        id = actor.names[0]
        role = (
            "supplier"
            if id in item.row.get("supplier", ())
            else "recipient"
            if id in item.row.get("recipient", ())
            else "none"
        )
        found.append((actor, dict.fromkeys(cues_of(actor, scene), 1.0), role))
    return found


def fit_roles(training: Sequence[Item], c: float = 0.3) -> Linear:
    vectors, labels, sample = [], [], []
    for item in training:
        if item.positive:
            for _, vector, label in item.mentions:
                vectors.append(vector)
                labels.append(label)
                sample.append(item.weight)
    fitted = fit(vectors, labels, sample, c)
    none = fitted.weights["none"]
    # Only differences matter: with "none" at zero the two roles are all there is to read.
    for role in ROLES:
        own = fitted.weights[role]
        fitted.weights[role] = {f: w - none.get(f, 0.0) for f, w in own.items()}
    fitted.weights["none"] = {}
    return fitted


def with_roles(item: Item, fitted: Linear) -> Sides:
    sides = Sides()
    for actor, vector, _ in item.mentions:
        s = fitted.scores(vector)
        giver, taker = np.exp(min(s["supplier"], 30)), np.exp(min(s["recipient"], 30))
        sides.chances.append(
            (actor, float(giver / (1 + giver + taker)), float(taker / (1 + giver + taker)))
        )
    return sides


# ── figures ─────────────────────────────────────────────────────────────────────


def prf(pairs: Iterable[tuple[set[str], set[str]]]) -> tuple[float, float, float]:
    tp = fp = fn = 0
    for want, got in pairs:
        tp += len(want & got)
        fp += len(got - want)
        fn += len(want - got)
    p, r = tp / max(tp + fp, 1), tp / max(tp + fn, 1)
    return p, r, 2 * p * r / max(p + r, 1e-9)


def out_of_fold(
    found: list[Item], fold: list[int], predict: Callable[[list[Item], list[Item]], None]
) -> None:
    for k in range(FOLDS):
        training = [item for item, f in zip(found, fold, strict=True) if f != k]
        held = [item for item, f in zip(found, fold, strict=True) if f == k]
        predict(training, held)
