"""
Fit config/weights/arms.toml on the development set, and say honestly how good it is.

    python -m bench.fit_detection            # cross-validated figures only
    python -m bench.fit_detection --sources  # the same with each outlet held out in its turn
    python -m bench.fit_detection --write    # and write the weights fitted on everything

Items on one event repeat across outlets, so folds never divide what is alike (bench/labelled.py).
What is fitted: relevance (logistic regression), the role of each mention (three classes) and the
stage (nine), all over named features.
"""

import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from bench.fit_roles import Sides, learn
from bench.labelled import DATA, Item, background, decided, divide, items, prf, rows, rules
from monitor.config.topics import Model
from monitor.match.acts import act
from monitor.match.matching import NOTHING
from monitor.match.roles import sides, weigh
from monitor.match.signals import signals
from monitor.match.stages import cues_of as stage_cues
from monitor.model import Act, Stage

WEIGHTS = Path("config/weights/arms.toml")
OWN = Path("bench/training")  # texts of our own, written to teach what the labelled ones lack
LEAST = 5  # a feature seen in fewer items is left out
SMALL = 0.02  # weights nearer to zero are not written
LEAN = 0.7  # what a story weighs beside what is none; more of it flags more
# What a text weighs beside one chosen to be hard: there is far more ordinary news than the sample
# holds, invented texts teach best when they do not drown the real ones, and English has nine texts
# of ten (the others' recall .93 to .95 at equal precision).
COUNTS = {"background": 2.0, "ml": 3.0, "own": 1.2}
ENGLISH = 0.5  # of its own weight, for an invented text
Vector = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Example:
    """One thing to learn from."""

    vector: Vector
    label: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Linear:
    """Weights per class over named features."""

    weights: Mapping[str, Mapping[str, float]]

    def score(self, name: str, vector: Vector) -> float:
        own = self.weights.get(name, {})
        return own.get("bias", 0.0) + sum(own.get(f, 0.0) * v for f, v in vector.items())


def fit(examples: Sequence[Example], c: float, least: int = LEAST) -> Linear:
    """Logistic regression; features seen less than `least` times are left out."""
    count = Counter(f for e in examples for f in e.vector)
    names = sorted(f for f, n in count.items() if n >= least)
    model = LogisticRegression(C=c, max_iter=3000)
    model.fit(
        _matrix(examples, names),
        [e.label for e in examples],
        sample_weight=np.array([e.weight for e in examples]),
    )
    classes = [str(k) for k in model.classes_]
    coef, bias = model.coef_, model.intercept_
    if len(classes) == 2:
        coef, bias = np.vstack([0 * coef, coef]), np.array([0.0, bias[0]])
    return Linear(
        {
            k: {"bias": float(bias[i])} | {f: float(coef[i][j]) for j, f in enumerate(names)}
            for i, k in enumerate(classes)
        }
    )


def _matrix(examples: Sequence[Example], names: Sequence[str]) -> csr_matrix:
    at = {f: i for i, f in enumerate(names)}
    indices: list[int] = []
    data: list[float] = []
    starts = [0]
    for e in examples:
        for f, x in e.vector.items():
            if f in at:
                indices.append(at[f])
                data.append(x)
        starts.append(len(indices))
    return csr_matrix((data, indices, starts), shape=(len(examples), len(names)))


# ── what there is to learn ──────────────────────────────────────────────────────


PLACE = {"supplier": 0, "recipient": 1, "none": 2}


def role_of(id: str, item: Item) -> str:
    """What the label says of a party."""
    if id in item.row.get("supplier", ()):
        return "supplier"
    return "recipient" if id in item.row.get("recipient", ()) else "none"


def role_examples(found: Sequence[Item]) -> list[Sides]:
    examples = []
    for item in found:
        if item.positive and "supplier" in item.row:
            own, pairs = sides(item.read.scene)
            truth = tuple(PLACE[role_of(party.id, item)] for party in own)
            examples.append(Sides(own, pairs, truth, item.weight))
    return examples


def stage_examples(found: Sequence[Item]) -> list[Example]:
    return [
        Example(stage_cues(item.read.scene, item.sides), item.row["stage"], item.weight)
        for item in found
        if item.positive and item.row.get("stage")
    ]


def relevance_examples(found: Sequence[Item]) -> list[Example]:
    return [
        Example(
            signals(item.read.scene, item.sides).values,
            "yes" if item.positive else "no",
            item.weight * (LEAN if item.positive else 1.0) * counts(item),
        )
        for item in found
        if item.weight and item.read.hit and item.row["label"] in ("pos", "neg")
    ]


def counts(item: Item) -> float:
    """What a text weighs by where it comes from."""
    invented = item.origin == "own" and item.language == "en"
    return COUNTS.get(item.origin, 1.0) * (ENGLISH if invented else 1.0)


def fit_roles(found: Sequence[Item], ridge: float = 2.0) -> Linear:
    return Linear(learn(role_examples(found), ridge, LEAST))


def fit_stage(found: Sequence[Item], c: float = 0.3) -> Linear:
    return fit(stage_examples(found), c)


def fit_relevance(found: Sequence[Item], c: float = 0.1) -> Linear:
    return Linear({"relevance": fit(relevance_examples(found), c).weights["yes"]})


def with_roles(item: Item, fitted: Linear) -> None:
    item.sides = weigh(*sides(item.read.scene), fitted.weights)


# ── out of fold ─────────────────────────────────────────────────────────────────


def out_of_fold(
    found: Sequence[Item],
    learn: Callable[[Sequence[Item]], Linear],
    apply: Callable[[Item, Linear], None],
) -> None:
    """Each item judged by what was learned from other folds about other events."""
    for k in sorted({item.fold for item in found}):
        held = {item.group for item in found if item.fold == k}
        fitted = learn([i for i in found if i.fold != k and i.group not in held])
        for item in found:
            if item.fold == k:
                apply(item, fitted)


def with_stage(item: Item, fitted: Linear) -> None:
    vector = stage_cues(item.read.scene, item.sides)
    item.stage = max((s.value for s in Stage), key=lambda s: fitted.score(s, vector))


def with_score(item: Item, fitted: Linear) -> None:
    item.score = NOTHING
    if item.read.hit:
        item.score = fitted.score("relevance", signals(item.read.scene, item.sides).values)


def by_source(found: Sequence[Item]) -> None:
    """One fold for each source of real texts: what outlets that nobody has seen would bring."""
    sources = [item.row["key"].split("/")[0] if "key" in item.row else "" for item in found]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(sources))}
    for item, source in zip(found, sources, strict=True):
        item.fold = numbers[source]


def judge(found: Sequence[Item]) -> None:
    """Roles, stage and score of every item, each out of fold."""
    out_of_fold(found, fit_roles, with_roles)
    out_of_fold(found, fit_stage, with_stage)
    out_of_fold(found, fit_relevance, with_score)


# ── the report ──────────────────────────────────────────────────────────────────


def report(found: Sequence[Item], cut: float = 0.0) -> None:
    labelled = [item for item in found if item.origin in ("gold", "ml")]
    for origin in ("gold", "ml"):
        own = [item for item in labelled if item.origin == origin]
        print(f"{origin}: " + "precision {:.3f} recall {:.3f} F1 {:.3f}".format(*decided(own, cut)))
    for c in (-1.0, -0.5, 0.5, 1.0):
        own = [item for item in labelled if item.origin == "gold"]
        print(f"   at {c:+.1f} " + "{:.3f} {:.3f} {:.3f}".format(*decided(own, c)))
    for language in sorted({item.language for item in labelled}):
        own = [item for item in labelled if item.language == language]
        pos = [item.score > cut for item in own if item.row["label"] == "pos"]
        neg = [item.score > cut for item in own if item.row["label"] == "neg"]
        print(f"  {language}: recall {sum(pos)}/{len(pos)}, false {sum(neg)}/{len(neg)}")
    ordinary = [item for item in found if item.origin == "background"]
    flagged = [item for item in ordinary if item.score > cut]
    true = sum(item.positive for item in flagged)
    print(f"background: {len(flagged)} of {len(ordinary)} flagged, {true} known true")
    _slots(labelled, cut)


def _slots(labelled: Sequence[Item], cut: float) -> None:
    good = [item for item in labelled if item.positive and item.score > cut]
    for origin in ("gold", "ml"):
        own = [item for item in good if item.origin == origin]
        acts = [(item, act_of(item)) for item in own]
        named = [(item, act) for item, act in acts if item.row["stage"] != "embargo"]
        print(
            f"{origin} slots: stage {np.mean([i.stage == i.row['stage'] for i in own]):.3f}",
            "supplier {:.3f} {:.3f} {:.3f}".format(
                *prf((set(i.row["supplier"]), set(a.suppliers)) for i, a in named)
            ),
            "recipient {:.3f} {:.3f} {:.3f}".format(
                *prf((set(i.row["recipient"]), set(a.recipients)) for i, a in acts)
            ),
            "category {:.3f} {:.3f} {:.3f}".format(
                *prf((set(i.row["category"]), set(a.categories)) for i, a in acts)
            ),
        )


def act_of(item: Item) -> Act:
    return act(item.read.scene, item.read.rules, item.sides, Stage(item.stage), item.read.on)


# ── writing ─────────────────────────────────────────────────────────────────────


def everything(found: Sequence[Item]) -> Model:
    """The model fitted on all there is; relevance sees roles as new texts will show them."""
    stages, relevance = fit_stage(found), fit_relevance(found)
    parts = {
        "relevance": relevance.weights["relevance"],
        **fit_roles(found).weights,
        **{f"stage.{name}": weights for name, weights in stages.weights.items()},
    }
    return Model(name="arms", sections=parts)


def write(model: Model, file: Path) -> None:
    """The weights as TOML, by section, heaviest first."""
    lines = ["# Written by python -m bench.fit_detection --write; see docs/detection.md.", ""]
    for section, weights in model.sections.items():
        lines.append(f'["{section}"]' if "." in section else f"[{section}]")
        for name, weight in sorted(weights.items(), key=lambda pair: (-abs(pair[1]), pair[0])):
            if abs(weight) >= SMALL:
                lines.append(f'"{name}" = {weight:.3f}')
        lines.append("")
    file.write_text("\n".join(lines), encoding="utf-8")


def collected() -> list[Item]:
    """Every item, divided into folds."""
    compiled = rules()
    found = items(rows(DATA / "gold_dev.jsonl"), compiled, "gold")
    found += items(rows(DATA / "multilingual_dev.jsonl"), compiled, "ml")
    for file in sorted(OWN.glob("*.jsonl")):
        found += items(rows(file), compiled, "own")
    known = {item.row.get("key"): item for item in found}
    for item in background(compiled):
        # What is labelled is learned once, under its label; it still counts as ordinary news.
        if item.row["key"] in known:
            item.row = {**item.row, "label": known[item.row["key"]].row["label"]}
            item.weight = 0.0
        found.append(item)
    divide(found)
    return found


def main(arguments: Sequence[str]) -> None:
    found = collected()
    if "--sources" in arguments:
        by_source(found)
    judge(found)
    report(found)
    if "--write" in arguments:
        write(everything(found), WEIGHTS)


if __name__ == "__main__":
    main(sys.argv[1:])
