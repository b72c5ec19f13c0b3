"""Weights of the story stage are read whole or refused with their line."""

from pathlib import Path

import pytest

from monitor.config.load import shipped
from monitor.config.reading import Problems
from monitor.config.story import FILE, PEOPLE, SECTIONS, WORDS, Weights, read
from monitor.story.judge import standard

TOML = """
about = "test"
join = 0.5
sequel = 0.6
merge = 0.9
update_above = 0.7
[same_language]
"bias" = -1
[other_language]
[update]
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small configuration."""
    (tmp_path / "weights").mkdir()
    (tmp_path / FILE).write_text(TOML, "utf-8")
    (tmp_path / WORDS).write_text("stem,per_mille\nthe,600\nrocket,1.5\n", "utf-8")
    (tmp_path / PEOPLE).write_text("state,names\nzz,Karlomir; Karlomirs\nzz,Zuratan;\n", "utf-8")
    return tmp_path


def found(root: Path) -> tuple[Weights | None, list[str]]:
    problems = Problems(root)
    return read(root, problems, {}), problems.lines


def test_read(root: Path) -> None:
    """Thresholds, weights, shares and people, several lines of one state joined."""
    weights, faults = found(root)

    assert [] == faults
    assert weights is not None
    assert (0.5, 0.6, 0.9, 0.7) == (
        weights.join, weights.sequel, weights.merge, weights.update_above,
    )  # fmt: skip
    assert {"bias": -1.0} == weights.sections["same_language"]
    assert {"the": 0.6, "rocket": 0.0015} == weights.frequency
    assert {"zz": ("Karlomir", "Karlomirs", "Zuratan")} == weights.people


def test_threshold_is_a_probability(root: Path) -> None:
    """A threshold beyond 0 and 1 is refused with its line."""
    (root / FILE).write_text(TOML.replace("0.5", "1.5"), "utf-8")

    assert "weights/story.toml:3: join: 1.5 is no probability" in found(root)[1][0]


def test_share_is_a_number(root: Path) -> None:
    """A broken line of the word list is named."""
    (root / WORDS).write_text("stem,per_mille\nthe,many\n", "utf-8")

    assert "weights/common_words.csv:2: the: 'many' is no number" in found(root)[1][0]


@pytest.mark.parametrize("file", [FILE, WORDS, PEOPLE])
def test_missing_file(root: Path, file: Path) -> None:
    """Without one of its files there are no weights, and the file is named."""
    (root / file).unlink()
    weights, faults = found(root)

    assert weights is None
    assert str(file) in faults[0]


def test_shipped_weights_are_whole() -> None:
    """What comes with the monitor has every section, ordered thresholds and known people."""
    weights, faults = found(shipped())

    assert [] == faults
    assert weights is not None
    assert all(weights.sections[section] for section in SECTIONS)
    assert weights.join <= weights.sequel <= weights.merge
    names = standard().names
    assert all(names.title(state) != state for state in weights.people)
