"""A topic is read as written, or refused with file and line while the others run."""

from pathlib import Path

import pytest

from monitor.config import topics
from monitor.config.reading import Problems
from monitor.config.topics import Topics

WEIGHTS = 'about = "test"\n[relevance]\n"bias" = -1.0\n"good" = 2.0\n'


def read(root: Path, **files: str) -> Topics:
    (root / "topics").mkdir(exist_ok=True)
    (root / "weights").mkdir(exist_ok=True)
    (root / "weights" / "arms.toml").write_text(WEIGHTS, "utf-8")
    for name, text in files.items():
        (root / "topics" / f"{name}.toml").write_text(text, "utf-8")
    problems = Problems(root)
    found = topics.read(root, problems, {})
    assert [] == problems.lines
    return found


FULL = """
title = "T"
description = "D"
model = "arms"
threshold = 0.7
base = -2.0
stages = ["agreed"]
suppliers = ["us"]
recipients = ["ua"]
categories = ["tank"]
requires = ["weapon.tank|transfer"]
[parts]
"veto.civil" = -3.0
[[query]]
name = "q"
find = "tank* AND NOT bank"
weight = 1.5
[[query]]
name = "r"
regex = "T-[0-9]+"
[[should_match]]
title = "A"
summary = "B"
language = "en"
stage = "agreed"
suppliers = ["us"]
regimes = []
quantity = "12"
[[should_not_match]]
title = "C"
"""


def test_everything_is_read(tmp_path: Path) -> None:
    """Every key of a topic arrives where it belongs."""
    topic = read(tmp_path, full=FULL).found["full"]
    assert ("T", "D", 0.7, -2.0) == (topic.title, topic.description, topic.threshold, topic.base)
    assert (("agreed",), ("us",), ("ua",), ("tank",)) == (
        topic.stages, topic.suppliers, topic.recipients, topic.categories,
    )  # fmt: skip
    assert (("weapon.tank", "transfer"),) == topic.requires
    assert {"veto.civil": -3.0} == topic.parts
    assert [("q", 1.5), ("r", 1.0)] == [(s.name, s.weight) for s in topic.searches]
    assert topic.model is not None
    assert {"bias": -1.0, "good": 2.0} == topic.model.weights("relevance")
    assert {} == topic.model.weights("supplier")
    (good,), (bad,) = topic.should_match, topic.should_not_match
    assert {"stage": ("agreed",), "suppliers": ("us",), "regimes": (), "quantity": ("12",)} == dict(
        good.expect
    )
    assert ("A", "B", "en", "topics/full.toml:21") == (
        good.title, good.summary, good.language, good.place,
    )  # fmt: skip
    assert {} == bad.expect


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "topics/bad.toml:1: title: is missing"),
        ('title = "T"\nthreshold = 1', "topics/bad.toml:2: threshold: 1"),
        ('title = "T"\nthreshold = 1.5', "1.5 is no probability"),
        ('title = "T"\nstages = ["soon"]', "stages: 'soon' is unknown"),
        ('title = "T"\ncategories = ["spoon"]', "categories: 'spoon' is unknown"),
        ('title = "T"\nrequires = ["weapon.spoon"]', "'weapon.spoon' is no concept"),
        ('title = "T"\n[parts]\n"spoon" = 1.0', "bad.toml:3: parts.spoon: 'spoon' is no concept"),
        ('title = "T"\nmodel = "none"', "model: 'none' cannot be read"),
        ('title = "T"\ncolour = "red"', "bad.toml:2: colour: is not a known key"),
        ('title = "T"\n[[query]]\nname = "q"\nfind = "(a"', "bad.toml:4: query.find: '(a'"),
        ('title = "T"\n[[query]]\nname = "q"\nregex = "(a"', "is no RE2 pattern"),
        ("title = ", "topics/bad.toml:1"),
    ],
)
def test_a_bad_topic_is_refused_alone(tmp_path: Path, text: str, wrong: str) -> None:
    """One line says where and what; the good topic beside it still runs."""
    found = read(tmp_path, bad=text, good='title = "G"')
    assert ["good"] == list(found.found)
    assert ["bad"] == list(found.refused)
    assert any(wrong in line for line in found.refused["bad"]), found.refused


def test_a_model_is_read_once(tmp_path: Path) -> None:
    """Two topics of one model share it."""
    one, two = read(
        tmp_path, a='title = "A"\nmodel = "arms"', b='title = "B"\nmodel = "arms"'
    ).found.values()
    assert one.model is two.model
