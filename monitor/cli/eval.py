"""monitor eval FILE: precision, recall and slot scores of the topics on labelled items."""

import argparse
import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from monitor.app import clock
from monitor.cli.items import as_entry
from monitor.cli.setting import knowledge, rules
from monitor.cli.show import dumps
from monitor.errors import UsageError
from monitor.match import Rules, match
from monitor.match.figures import LABELS, SLOTS, Count, Figures, Group, Labelled, measure, told
from monitor.model import Entry, Match
from monitor.terminal import progress

Row = Mapping[str, Any]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="labelled items as JSON Lines")
    parser.add_argument("--background", metavar="FILE", help="ordinary news: how much is flagged")
    parser.add_argument("--wrong", action="store_true", help="also list the items judged wrongly")


def run(given: argparse.Namespace) -> int:
    """
    Print the figures; 0.

    Raises:
        UsageError: a file cannot be read, or a line of it is no labelled item.
    """
    compiled = rules(knowledge(given))
    judged = [
        (entry, labelled(row, place), match(entry, compiled, clock()))
        for name in given.files
        for place, row, entry in _items(name)
    ]
    figures = measure((label, matches) for _, label, matches in judged)
    ordinary = _ordinary(given.background, compiled) if given.background else None
    wrong = list(_wrong(judged)) if given.wrong else []
    if given.json:
        print(dumps({**as_json(figures), "background": ordinary, "wrong": wrong}))
        return 0
    print("\n".join(_lines(figures, ordinary)))
    for one in wrong:
        print(f"{one['said']}: {one['id']}: {one['title']} ({one['why']})")
    return 0


def labelled(row: Row, place: str) -> Labelled:
    """
    The label of an item.

    Raises:
        UsageError: there is none, or it is not one of those there are.
    """
    if row.get("label") not in LABELS:
        raise UsageError(f"{place}: label: write one of {', '.join(LABELS)}")
    slots = {slot: frozenset(row[slot]) for slot in SLOTS if isinstance(row.get(slot), list)}
    return Labelled(
        label=row["label"],
        language=row.get("language") or row.get("lang") or "",
        stage=row.get("stage") or "",
        slots=slots if row["label"] == "pos" else {},
    )


def _items(name: str) -> Iterator[tuple[str, Row, Entry]]:
    """(file:line, as written, as an entry) for each item of a file, .gz or not."""
    file = Path(name)
    packed = file.suffix == ".gz"
    try:
        size = 0 if packed else file.stat().st_size
        with (
            gzip.open(file) if packed else file.open("rb") as lines,
            progress(size, f"reading {file.name}") as advance,
        ):
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _item(line, f"{name}:{number}")
                advance(len(line))
    except (OSError, EOFError) as e:
        raise UsageError(f"cannot read {name}: {getattr(e, 'strerror', None) or e}") from e


def _item(line: bytes, place: str) -> tuple[str, Row, Entry]:
    try:
        row = json.loads(line)
        if isinstance(row, dict):
            row.setdefault("id", row.get("key", ""))
            row.setdefault("language", row.get("lang") or "")
            row.setdefault("published", row.get("date") or "")
        return place, row, as_entry(row)
    except (ValueError, TypeError, RecursionError) as e:
        raise UsageError(f"{place}: {e}") from e


def _ordinary(name: str, compiled: Rules) -> Mapping[str, Any]:
    """How much of ordinary news is flagged, and what."""
    seen, flagged = 0, []
    for _, _, entry in _items(name):
        seen += 1
        best = told(match(entry, compiled, clock()))
        if best is not None:
            flagged.append({"id": entry.id, "title": entry.title, "score": round(best.score, 4)})
    return {"items": seen, "flagged": len(flagged), "rate": len(flagged) / max(seen, 1),
            "which": flagged}  # fmt: skip


def _wrong(judged: list[tuple[Entry, Labelled, tuple[Match, ...]]]) -> Iterator[Mapping[str, str]]:
    for entry, label, matches in judged:
        best = told(matches)
        if label.label == "borderline" or (best is not None) is (label.label == "pos"):
            continue
        why = max(matches, key=lambda m: m.score).why if matches else "there is no topic"
        yield {
            "said": "missed" if best is None else "false",
            "id": entry.id,
            "title": entry.title,
            "why": why,
        }


def as_json(figures: Figures) -> Mapping[str, Any]:
    """Every figure, by name."""
    return {
        "items": figures.all.positives + figures.all.negatives,
        "borderline": figures.borderline,
        **_group(figures.all),
        "languages": {name: _group(group) for name, group in sorted(figures.languages.items())},
        "stage_accuracy": figures.stage_accuracy,
        "stages": {name: _count(count) for name, count in sorted(figures.stages.items())},
        **{slot: _count(count) for slot, count in figures.slots.items()},
    }


def _group(group: Group) -> Mapping[str, float]:
    return {
        "positives": group.positives,
        "negatives": group.negatives,
        "false_positive_rate": group.false_rate,
        **_count(group.found),
    }


def _count(count: Count) -> Mapping[str, float]:
    return {"precision": count.precision, "recall": count.recall, "f1": count.f1}


def _lines(figures: Figures, ordinary: Mapping[str, Any] | None) -> Iterator[str]:
    total = figures.all
    yield (
        f"{total.positives} stories, {total.negatives} other items; "
        f"{figures.borderline} borderline left out"
    )
    yield f"all        {_said(total.found)}, false positives {total.false_rate:.1%}"
    for name, group in sorted(figures.languages.items()):
        yield (
            f"{name or '-':<10} {_said(group.found)}, false positives "
            f"{group.found.wrong}/{group.negatives}, stories {group.positives}"
        )
    yield f"stage      accuracy {figures.stage_accuracy:.3f} of {figures.staged} flagged stories"
    for name, count in sorted(figures.stages.items()):
        yield f"  {name:<12} {_said(count)}"
    for slot, count in figures.slots.items():
        yield f"{slot:<10} {_said(count)}"
    if ordinary:
        yield (
            f"ordinary   {ordinary['flagged']} of {ordinary['items']} flagged "
            f"({ordinary['rate']:.2%})"
        )


def _said(count: Count) -> str:
    return f"precision {count.precision:.3f}, recall {count.recall:.3f}, F1 {count.f1:.3f}"
