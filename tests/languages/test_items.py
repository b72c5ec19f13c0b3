"""Every language's own items: written in one form, and judged by what is shipped."""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.config.entities import CATEGORIES
from monitor.config.lexicons import STAGES
from monitor.config.load import read_knowledge
from monitor.config.reading import Problems
from monitor.match import Rules, match
from monitor.model import Entry, Match

NOW = datetime(2026, 8, 1, tzinfo=UTC)
FILES = sorted(Path("tests/data/detection").glob("*.jsonl"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One labelled text."""

    id: str
    language: str
    label: str
    title: str
    summary: str
    stage: str
    supplier: tuple[str, ...]
    recipient: tuple[str, ...]
    category: tuple[str, ...]
    quantity: str
    gloss: str = ""  # in English, for whoever does not read the language


def items(file: Path) -> list[Item]:
    lines = file.read_text("utf-8").splitlines()
    return [Item(**json.loads(line)) for line in lines]


@pytest.fixture(scope="module")
def shipped() -> Rules:
    root = Path("config")
    known = read_knowledge(root, Problems(root), os.environ)
    return Rules.compile(known.lexicons, known.topics, known.gazetteer, known.regimes)


def judged(item: Item, rules: Rules) -> tuple[Match, ...]:
    """The verdict of every topic, with no feed to name the language."""
    entry = Entry(
        feed_id="", id=item.id, url="", title=item.title, summary=item.summary, published=NOW
    )
    return match(entry, rules, NOW)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_items_are_written_as_their_readers_expect(file: Path) -> None:
    """Known values, places that can be found in the text, as many look-alikes as stories."""
    found = items(file)
    stories = [item for item in found if item.label == "pos"]

    assert len(found) == len({item.id for item in found})
    assert {file.stem} == {item.language for item in found}
    assert {"pos", "neg"} == {item.label for item in found}
    assert 2 * len(stories) >= len(found) - 2
    for item in stories:
        assert item.stage in STAGES, item.id
        assert set(CATEGORIES) >= set(item.category) != set(), item.id
        assert item.quantity in f"{item.title} {item.summary}", item.id
    for item in found:
        if item.label == "neg":
            known = (item.stage, *item.supplier, *item.recipient, *item.category, item.quantity)
            assert not any(known), item.id


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_language_is_told_by_its_texts(file: Path, shipped: Rules) -> None:
    """With no feed to name it, four of five texts are read in the language they are in."""
    told = [judged(item, shipped)[0].language for item in items(file)]

    assert 4 * len(told) <= 5 * told.count(file.stem)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_language_lags_behind(file: Path, shipped: Rules) -> None:
    """In every language most stories are flagged and next to no look-alike is."""
    verdicts = [
        (item.label, any(found.flagged for found in judged(item, shipped))) for item in items(file)
    ]

    stories = [flagged for label, flagged in verdicts if label == "pos"]
    others = [flagged for label, flagged in verdicts if label == "neg"]
    assert 4 * len(stories) <= 5 * sum(stories)
    assert 10 * sum(others) <= len(others)
