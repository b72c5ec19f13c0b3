"""Labelled texts as the detector sees them, folds that never divide an event, and figures."""

import gzip
import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor.config import load
from monitor.config.reading import Problems
from monitor.match import Rules
from monitor.match.matching import Read, reading
from monitor.match.roles import Roles
from monitor.model import Entry

DATA = Path("../shared/data")
TRUE_BACKGROUND = Path("bench/background_true.txt")  # keys read and found to be stories
NOW = datetime(2026, 8, 1, tzinfo=UTC)
FOLDS = 5
_COMMON = 60  # a word in more titles than this joins nothing
_SHARED = 3  # rare words two titles of one month share when they tell of one event


@dataclass(slots=True)
class Item:
    """One labelled text with what was found in it."""

    row: Mapping[str, Any]
    read: Read
    origin: str  # "gold", "ml", "own", "background"
    weight: float = 1.0
    group: int = 0
    fold: int = 0
    sides: Roles = field(default_factory=Roles)
    score: float = 0.0  # out of fold, log odds
    stage: str = ""  # out of fold

    @property
    def positive(self) -> bool:
        return bool(self.row["label"] == "pos")

    @property
    def language(self) -> str:
        return str(self.row.get("lang") or self.row.get("language") or "")

    @property
    def title(self) -> str:
        return str(self.row["title"])


def rows(file: Path) -> list[dict[str, Any]]:
    """The JSON objects of a file, one a line."""
    opener = gzip.open if file.suffix == ".gz" else open
    with opener(file, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def rules(root: Path = Path("config")) -> Rules:
    """The detector as configured."""
    problems = Problems(root)
    known = load.read_knowledge(root, problems, os.environ)
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
        published=_date(str(row.get("date", ""))),
    )


def _date(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None


def items(source: Iterable[Mapping[str, Any]], compiled: Rules, origin: str) -> list[Item]:
    return [Item(row=row, read=reading(entry(row), compiled, NOW), origin=origin) for row in source]


def background(compiled: Rules) -> list[Item]:
    """Ordinary headlines; those read and found true are left out, for nothing labels their act."""
    true = {line.split()[0] for line in TRUE_BACKGROUND.read_text().splitlines() if line.strip()}
    own = [row | {"label": "neg"} for row in rows(DATA / "background_dev.jsonl.gz")]
    found = items(own, compiled, "background")
    for item in found:
        if item.row["key"] in true:
            item.row = {**item.row, "label": "pos"}
    return found


def divide(found: Sequence[Item]) -> None:
    """Give each item its group and fold."""
    _group(found)
    sizes = Counter(item.group for item in found)
    held = [0] * FOLDS
    place = {}
    for group, size in sizes.most_common():
        place[group] = held.index(min(held))
        held[place[group]] += size
    for item in found:
        item.fold = place[item.group]


def _group(found: Sequence[Item]) -> None:
    """One group for what tells of one event: rare words shared within a month."""
    parent = list(range(len(found)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, j in _joined(found):
        parent[root(i)] = root(j)
    for i, item in enumerate(found):
        item.group = root(i)


def _joined(found: Sequence[Item]) -> list[tuple[int, int]]:
    words = [set(re.findall(r"\w{4,}|[A-Z]{2,}", item.title.lower())) for item in found]
    count = Counter(w for own in words for w in own)
    index: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, item in enumerate(found):
        date = str(item.row.get("date", ""))[:7]
        for word in words[i]:
            if count[word] <= _COMMON:
                index[word, date].append(i)
    shared: Counter[tuple[int, int]] = Counter(
        (i, j) for same in index.values() for a, i in enumerate(same) for j in same[a + 1 :]
    )
    return [pair for pair, n in shared.items() if n >= _SHARED]


# ── figures ─────────────────────────────────────────────────────────────────────


def prf(pairs: Iterable[tuple[set[str], set[str]]]) -> tuple[float, float, float]:
    """Precision, recall and F1 over (wanted, got) sets, all pooled."""
    tp = fp = fn = 0
    for want, got in pairs:
        tp += len(want & got)
        fp += len(got - want)
        fn += len(want - got)
    p, r = tp / max(tp + fp, 1), tp / max(tp + fn, 1)
    return p, r, 2 * p * r / max(p + r, 1e-9)


def decided(found: Sequence[Item], cut: float) -> tuple[float, float, float]:
    """Precision, recall and F1 of flagging what scores over the cut; borderline left out."""
    judged = [item for item in found if item.row["label"] in ("pos", "neg")]
    return prf(
        ({"x"} if item.positive else set(), {"x"} if item.score > cut else set()) for item in judged
    )
