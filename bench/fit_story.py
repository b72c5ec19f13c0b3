"""
Fit config/weights/story.toml, and say honestly how good it is.

    python -m bench.fit_story            # figures, every story judged by others' weights
    python -m bench.fit_story --grid     # the same for several thresholds
    python -m bench.fit_story --write    # and write the weights fitted on everything

`--no-acts` leaves the detector out: words, names and numbers alone.

Links within a language are fitted as bench/story_links.py says; what is judged is the whole stage:
the stream is told from its first to its last item by weights that have not seen the story in
question.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from bench import story_links
from bench.labelled import rules
from bench.story_data import (
    DATA,
    FOLDS,
    Item,
    development,
    folds,
    judged,
    labelled,
    sagas,
    translated,
)
from bench.story_links import Question, questions
from monitor.config.story import Weights
from monitor.match import Rules
from monitor.model import Member, Relation, Story
from monitor.story import tell
from monitor.story.features import features, same_language
from monitor.story.index import Index
from monitor.story.judge import Judge, standard
from monitor.story.keys import keys
from monitor.story.linking import apart, logistic, weighed
from monitor.story.novelty import novelty
from monitor.story.telling import WINDOW
from monitor.story.view import view

News = tuple[Item, Mapping[str, float]]

WEIGHTS = Path("config/weights/story.toml")
POSITIVE = 5.0  # weight of an item's true pairs against one false pair
LINKS_C, NEWS_C = 1.0, 0.3
LEAST_SPREAD = 0.3
# Chosen on the held-out figures (--grid); the thresholds are three numbers, not a fit.
CHOSEN: dict[str, float] = {"join": 0.45, "sequel": 0.5, "merge": 0.7, "update_above": 0.5}
GRID = [
    {"join": j, "sequel": s, "merge": m, "update_above": u}
    for j, s, m, u in [
        (0.4, 0.5, 0.7, 0.4),
        (0.5, 0.5, 0.6, 0.45),
        (0.55, 0.55, 0.7, 0.5),
        (0.5, 0.6, 0.8, 0.6),
    ]
]


@dataclass(slots=True)
class Score:
    """How a told stream compares with its labels."""

    precision: float
    recall: float
    alerts: float  # stories opened per story
    swallowed: float  # share of stories that were never opened
    updates: tuple[int, int, int] = (0, 0, 0)  # right, told, wanted
    alone: int = 0  # updates wanted that opened a story: an alert, not an update

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall)

    def __str__(self) -> str:
        right, told, wanted = self.updates
        return (
            f"B3 P {self.precision:.3f} R {self.recall:.3f} F1 {self.f1:.3f}  alerts/story "
            f"{self.alerts:.3f}  swallowed {self.swallowed:.3f}  updates P "
            f"{right / max(told, 1):.2f} R {right / max(wanted, 1):.2f} ({right}/{told}/{wanted}), "
            f"{self.alone} alone"
        )


# ── pairs ───────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Pair:
    """Two members that a shared key brings together."""

    one: Item
    other: Item
    values: Mapping[str, float]
    foreign: bool  # in different languages
    weight: float = 1.0

    known: bool | None = None  # None: as their stories say

    @property
    def same(self) -> bool:
        return self.one.story == self.other.story if self.known is None else self.known


def pairs(items: Sequence[Item], judge: Judge) -> list[Pair]:
    """Every two items that share a key within the window of the stage."""
    seen = [view(i.member, judge) for i in items]
    index: dict[str, list[int]] = defaultdict(list)
    found = []
    for n, item in enumerate(items):
        own = keys(item.member, seen[n])
        for o in sorted({o for key in own for o in index[key]}):
            near = item.member.seen - items[o].member.seen <= WINDOW
            if near and not apart(seen[o], seen[n]):
                values = features(items[o].member, item.member, seen[o], seen[n], judge)
                foreign = not same_language(items[o].member, item.member)
                found.append(Pair(items[o], item, values, foreign))
        for key in own:
            index[key].append(n)
    every = sum(a.story == b.story for n, a in enumerate(items) for b in items[:n])
    same = sum(p.same for p in found)
    print(f"{len(items)} items, {len(found)} pairs; of {every} true ones {same} meet by a key")
    _weigh(found)
    return found


def ordinary(judge: Judge) -> list[Pair]:
    """Pairs of headlines of every kind, so that other news holds as well."""
    found = []
    for one, other, same in judged():
        a, b = view(one.member, judge), view(other.member, judge)
        if not apart(a, b):
            values = features(one.member, other.member, a, b, judge)
            found.append(Pair(one, other, values, False, 0.5, same))
    print(f"{len(found)} pairs of ordinary headlines, {sum(p.same for p in found)} same")
    return found


def _weigh(found: Sequence[Pair]) -> None:
    """Each item speaks once, however large its story."""
    same: Counter[int] = Counter()
    for p in found:
        if p.same:
            same.update((id(p.one), id(p.other)))
    for p in found:
        if p.same:
            p.weight = POSITIVE * (0.5 / same[id(p.one)] + 0.5 / same[id(p.other)])


def fit(
    rows: Sequence[Mapping[str, float]], same: Sequence[bool], weight: Sequence[float], c: float
) -> dict[str, float]:
    """Logistic regression over named features; those seen in fewer than 5 rows are left out."""
    count = Counter(f for row in rows for f in row)
    names = sorted(f for f, n in count.items() if n >= 5 and f != "bias")
    x = np.array([[row.get(f, 0.0) for f in names] for row in rows])
    # A feature that is rare must not be cheap: its weight would be large on the word of a few.
    spread = np.maximum(x.std(axis=0), LEAST_SPREAD)
    model = LogisticRegression(C=c, max_iter=1000)
    model.fit(x / spread, np.array(same), sample_weight=np.array(weight))
    weights = {f: float(v / s) for f, v, s in zip(names, model.coef_[0], spread, strict=True)}
    return {"bias": float(model.intercept_[0])} | weights


def fit_links(found: Sequence[Pair]) -> dict[str, float]:
    return fit(
        [p.values for p in found], [p.same for p in found], [p.weight for p in found], LINKS_C
    )


# ── news ────────────────────────────────────────────────────────────────────────


def accounts(items: Sequence[Item], judge: Judge) -> list[News]:
    """Every item after the first of its true story, with what is new in it."""
    past: dict[str, list[Member]] = defaultdict(list)
    found = []
    for item in items:
        if before := past[item.story]:
            story = Story(
                id=item.story,
                first_seen=before[0].seen,
                last_seen=before[-1].seen,
                members=tuple([*before[:1], *before[1:][-12:]]),
                size=len(before),
            )
            found.append((item, novelty(item.member, story, judge)))
        past[item.story].append(item.member)
    return found


def fit_news(rows: Sequence[News]) -> dict[str, float]:
    return fit(
        [values for _, values in rows],
        [item.relation == "update" for item, _ in rows],
        [1.0] * len(rows),
        NEWS_C,
    )


# ── the stream ──────────────────────────────────────────────────────────────────


def told(items: Sequence[Item], judge: Judge) -> tuple[list[str], list[Relation]]:
    """The story and relation of every item, told one by one."""
    index = Index()
    ids, relations = [], []
    for item in items:
        [t] = tell([item.member], index, item.member.seen, judge)
        index.add(t)
        ids.append(t.story.id)
        relations.append(t.member.relation)
    return [index.called(i) for i in ids], relations


def score(
    items: Sequence[Item], ids: Sequence[str], relations: Sequence[Relation], only: set[int]
) -> Score:
    """The figures over the items in `only`."""
    clusters, stories = defaultdict(set), defaultdict(set)
    for n, item in enumerate(items):
        clusters[ids[n]].add(n)
        stories[item.story].add(n)
    p = r = 0.0
    for n in only:
        both = len(clusters[ids[n]] & stories[items[n].story])
        p += both / len(clusters[ids[n]])
        r += both / len(stories[items[n].story])
    own = {items[n].story for n in only}
    opened = Counter(items[n].story for n in only if relations[n] is Relation.FIRST)
    updates = [0, 0, 0]
    for n in only:
        is_told, wanted = relations[n] is Relation.UPDATE, items[n].relation == "update"
        updates[0] += is_told and wanted
        updates[1] += is_told
        updates[2] += wanted
    alone = sum(items[n].relation == "update" and relations[n] is Relation.FIRST for n in only)
    return Score(
        p / len(only),
        r / len(only),
        sum(opened.values()) / len(own),
        sum(not opened[s] for s in own) / len(own),
        (updates[0], updates[1], updates[2]),
        alone,
    )


def joint(scores: Iterable[tuple[Score, int, int]]) -> Score:
    """The folds' figures as one: (score, items, stories)."""
    every = list(scores)
    items, stories = sum(n for _, n, _ in every), sum(s for _, _, s in every)
    right, said, wanted = (sum(s.updates[k] for s, _, _ in every) for k in range(3))
    return Score(
        sum(s.precision * n for s, n, _ in every) / items,
        sum(s.recall * n for s, n, _ in every) / items,
        sum(s.alerts * m for s, _, m in every) / stories,
        sum(s.swallowed * m for s, _, m in every) / stories,
        (right, said, wanted),
        sum(s.alone for s, _, _ in every),
    )


@dataclass(slots=True)
class Study:
    """Everything that is fitted on, read once."""

    judge: Judge
    items: list[Item]
    asked: list[Question]
    news: list[News]
    more_asked: list[Question]  # of the hand-grouped stories and of our own sagas: for fitting only
    more_news: list[News]
    ordinary: list[Pair]
    foreign: list[Pair]  # of our own translations

    def fitted(self, without: Callable[[Item | str], bool]) -> dict[str, dict[str, float]]:
        """Sections fitted on all but the stories that `without` holds back."""
        own = [q for q in self.asked if not (without(q.item) or without(q.story))]
        news = [row for row in self.news if not without(row[0])]
        answered = [(p.values, p.same, p.weight) for p in self.ordinary]
        return {
            "same_language": story_links.fit([*own, *self.more_asked], answered),
            "other_language": fit_links(self.foreign),
            "update": fit_news([*news, *self.more_news]),
        }


def study(compiled: Rules | None) -> Study:
    judge = standard()
    items, more, own = development(compiled), labelled(compiled), sagas(compiled)
    return Study(
        judge,
        items,
        questions(items, judge),
        accounts(items, judge),
        [*questions(more, judge), *questions(own, judge)],
        [*accounts(more, judge), *accounts(own, judge)],
        ordinary(judge),
        pairs(translated(compiled), judge),
    )


def held_out(known: Study, thresholds: Sequence[Mapping[str, float]]) -> None:
    """Prints the figures of each set of thresholds, every story judged by others' weights."""
    place = folds(known.items)
    fitted = [known.fitted(_in_fold(place, k)) for k in range(FOLDS)]
    for levels in thresholds:
        scores = []
        for k, sections in enumerate(fitted):
            weights = _set(replace(known.judge.weights, sections=sections), levels)
            ids, relations = told(known.items, replace(known.judge, weights=weights))
            only = {n for n, item in enumerate(known.items) if place[item.story] == k}
            own = {known.items[n].story for n in only}
            scores.append((score(known.items, ids, relations, only), len(only), len(own)))
        print(" ".join(f"{k} {v:.2f}" for k, v in levels.items()), "|", joint(scores))


def within(known: Study) -> None:
    """Prints how well updates are told where the stories are those of the labels."""
    place = folds(known.items)
    right = told = 0
    for k in range(FOLDS):
        held = _in_fold(place, k)
        weights = known.fitted(held)["update"]
        for item, values in known.news:
            chance = logistic(sum(weighed(values, weights).values()))
            if held(item) and chance >= CHOSEN["update_above"]:
                told += 1
                right += item.relation == "update"
    wanted = sum(item.relation == "update" for item, _ in known.news)
    print(f"updates within true stories P {right / told:.2f} R {right / wanted:.2f}")


def _in_fold(place: Mapping[str, int], k: int) -> Callable[[Item | str], bool]:
    return lambda held: place.get(held if isinstance(held, str) else held.story) == k


def _set(weights: Weights, levels: Mapping[str, float]) -> Weights:
    return replace(
        weights,
        join=levels["join"],
        sequel=levels["sequel"],
        merge=levels["merge"],
        update_above=levels["update_above"],
    )


def write(sections: Mapping[str, Mapping[str, float]]) -> None:
    """config/weights/story.toml, the heaviest weights first."""
    lines = ['about = "Weights of the story stage; written by python -m bench.fit_story --write"']
    lines += [f"{name} = {value}" for name, value in CHOSEN.items()]
    for section, weights in sections.items():
        lines += ["", f"[{section}]"]
        ranked = sorted(weights.items(), key=lambda x: (x[0] != "bias", -abs(x[1]), x[0]))
        lines += [f'"{name}" = {value:.4f}' for name, value in ranked]
    WEIGHTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    if not DATA.exists():
        sys.exit(f"{DATA} is not here: nothing to fit on")
    known = study(rules() if "--no-acts" not in sys.argv else None)
    within(known)
    held_out(known, GRID if "--grid" in sys.argv else [CHOSEN])
    if "--write" in sys.argv:
        write(known.fitted(lambda _: False))


if __name__ == "__main__":
    main()
