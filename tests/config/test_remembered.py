"""Tests for monitor.config.remembered: what did not change is not read again."""

from pathlib import Path

from monitor.config import entities, lexicons
from monitor.config.reading import Problems
from monitor.config.remembered import content

_SHEET = "id,kind,title,form,en\nxa,state,Sylvania,name,{}\n"


def _lexicon(root: Path, term: str) -> None:
    (root / "lexicons").mkdir(exist_ok=True)
    (root / "lexicons" / "en.toml").write_text(f'[concepts]\ncommon = ["{term}"]\n', "utf-8")


def test_the_same_files_are_read_once(tmp_path: Path) -> None:
    """Untouched knowledge is the same object; a file of the same size but other words is not."""
    (tmp_path / "entities").mkdir()
    sheet = tmp_path / "entities" / "states.csv"
    sheet.write_text(_SHEET.format("Sylvania"), "utf-8")
    _lexicon(tmp_path, "the")
    first = entities.read(tmp_path, Problems(tmp_path), {})
    words = lexicons.read(tmp_path, Problems(tmp_path), {})
    assert first is entities.read(tmp_path, Problems(tmp_path), {})
    assert words is lexicons.read(tmp_path, Problems(tmp_path), {})
    sheet.write_text(_SHEET.format("Syldavia"), "utf-8")
    _lexicon(tmp_path, "and")
    (name,) = entities.read(tmp_path, Problems(tmp_path), {}).entities["xa"].names
    assert "Syldavia" == name.text
    words = lexicons.read(tmp_path, Problems(tmp_path), {})
    assert ("and",) == words["en"].concepts["common"]


def test_a_fault_is_said_at_every_reading(tmp_path: Path) -> None:
    """What is wrong is not remembered as read."""
    _lexicon(tmp_path, "***")
    said = []
    for _ in range(2):
        problems = Problems(tmp_path)
        lexicons.read(tmp_path, problems, {})
        said.append(problems.lines)
    assert 1 == len(said[0])
    assert said[0] == said[1]


def test_a_variable_is_filled_in_at_every_reading(tmp_path: Path) -> None:
    """A lexicon that asks the environment is as the environment is now."""
    _lexicon(tmp_path, "${WORD}")
    for word in ("one", "two"):
        found = lexicons.read(tmp_path, Problems(tmp_path), {"WORD": word})
        assert (word,) == found["en"].concepts["common"]


def test_contents_are_told_apart(tmp_path: Path) -> None:
    """By name and by where a file ends; what cannot be read has none."""
    a, b = tmp_path / "a", tmp_path / "b"
    a.write_text("xb", "utf-8")
    b.write_text("y", "utf-8")
    one = content([a, b])
    a.write_text("x", "utf-8")
    b.write_text("by", "utf-8")
    assert one != content([a, b])
    assert content([a]) != content([b])
    assert "" == content([tmp_path / "gone"])
