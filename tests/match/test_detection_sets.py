"""
The published test set: texts of our own in every language, never used to fit a weight.

docs/detection.md prints the figures; `monitor eval tests/data/detection/*.jsonl` makes them.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from monitor.cli.eval import labelled
from monitor.cli.items import as_entry
from monitor.match import Rules, match
from monitor.match.figures import Figures, measure
from tests.conftest import NOW

FOLDER = Path(__file__).parent.parent / "data" / "detection"
FILES = sorted(FOLDER.glob("*.jsonl"))


def rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def figures(shipped: Rules) -> Figures:
    judged = [
        (labelled(row, file.name), match(as_entry(row), shipped, NOW))
        for file in FILES
        for row in rows(file)
    ]
    return measure(judged)


def test_every_language_has_its_set(shipped: Rules) -> None:
    """No lexicon without texts that prove it, half of them no stories."""
    assert set(shipped.lexicons) == {file.stem for file in FILES}
    for file in FILES:
        labels = [row["label"] for row in rows(file)]
        assert 10 <= labels.count("pos"), file.name
        assert 10 <= labels.count("neg"), file.name


def test_every_language_finds_its_stories(figures: Figures) -> None:
    """In each language at least 85 in 100 stories are found."""
    found = {name: group.found.recall for name, group in figures.languages.items()}
    assert {} == {name: recall for name, recall in found.items() if recall < 0.85}


def test_look_alikes_are_left_alone(figures: Figures) -> None:
    """Over all languages at most 5 in 100 look-alikes are flagged, in none more than one."""
    assert figures.all.false_rate <= 0.05
    assert all(group.found.wrong <= 1 for group in figures.languages.values())


def test_precision_and_recall(figures: Figures) -> None:
    """What is flagged is a story, and stories are flagged, 95 in 100 each."""
    assert figures.all.found.precision >= 0.95
    assert figures.all.found.recall >= 0.95


def test_acts_are_read(figures: Figures) -> None:
    """Who, whom, what and how far, each as good as promised."""
    assert figures.slots["supplier"].f1 >= 0.88
    assert figures.slots["recipient"].f1 >= 0.88
    assert figures.slots["category"].f1 >= 0.85
    assert figures.stage_accuracy >= 0.85


def test_nothing_published_was_taught(figures: Figures) -> None:
    """No text of the set stands among the invented texts that weights are fitted on."""
    taught = {
        row["title"]
        for file in (FOLDER.parent.parent.parent / "bench" / "training").glob("*.jsonl")
        for row in rows(file)
    }
    assert not taught & {row["title"] for file in FILES for row in rows(file)}
