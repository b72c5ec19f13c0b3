"""A lexicon is read term by term; what can never be found is named with its line."""

from pathlib import Path

import pytest

from monitor.config import lexicons
from monitor.config.lexicons import Lexicon, fault
from monitor.config.reading import Problems


def read(root: Path, **files: str) -> tuple[dict[str, Lexicon], list[str]]:
    (root / "lexicons").mkdir(exist_ok=True)
    for name, text in files.items():
        (root / "lexicons" / f"{name.replace('__', '.')}.toml").write_text(text, "utf-8")
    problems = Problems(root)
    return dict(lexicons.read(root, problems, {})), problems.lines


def test_terms_and_places(tmp_path: Path) -> None:
    """Concepts keep the order of the file and know their line."""
    found, wrong = read(
        tmp_path, en='[concepts]\n"weapon.tank" = ["tank*"]\n"veto.chess" = ["rook", "pawn"]\n'
    )
    assert [] == wrong
    assert [("weapon.tank", "tank*"), ("veto.chess", "rook"), ("veto.chess", "pawn")] == list(
        found["en"].terms()
    )
    assert "en.toml:2" == found["en"].places["weapon.tank"]


@pytest.mark.parametrize(
    ("term", "wrong"),
    [
        ("tank", ""),
        ("*waffen*", ""),
        ("=US", ""),
        ("$", ""),
        ("оружейн* эмбарг*", ""),
        ("***", "has no letters"),
        ("", "has no letters"),
        ("ta*nk", "has a * in the middle of a word"),
        ("=US*", "is exact and yet has a *"),
    ],
)
def test_faults_of_terms(term: str, wrong: str) -> None:
    """A term that no text can hold, or that means two things, is refused."""
    assert wrong == fault(term)


def test_a_faulty_term_is_left_out(tmp_path: Path) -> None:
    """The others of its concept stay."""
    found, (wrong,) = read(tmp_path, en='[concepts]\n"weapon.tank" = ["tank", "ta*nk"]\n')
    assert ("tank",) == found["en"].concepts["weapon.tank"]
    assert "lexicons/en.toml:2: concepts.weapon.tank: 'ta*nk' has a *" in wrong


def test_unknown_concepts_and_languages(tmp_path: Path) -> None:
    """A misspelt concept is named with the nearest; a language nobody knows is refused."""
    found, wrong = read(
        tmp_path, en='[concepts]\n"weapon.tnak" = ["tank"]\n', xx="[concepts]\n", de="[concepts\n"
    )
    assert ["en"] == list(found)
    assert any("weapon.tnak" in line and "weapon.tank" in line for line in wrong)
    assert any("'xx' is no language known here" in line for line in wrong)
    assert any("lexicons/de.toml:1" in line for line in wrong)


def test_local_words_add_and_remove(tmp_path: Path) -> None:
    """A local file adds terms and takes others away, and is no language of its own."""
    found, wrong = read(
        tmp_path,
        en='[concepts]\n"weapon.tank" = ["tank", "panzer"]\n',
        en__local='[concepts]\n"weapon.tank" = ["abrams", "tank"]\n"weapon.ship" = ["ship"]\n'
        '[remove]\n"weapon.tank" = ["panzer"]\n',
    )
    assert [] == wrong
    assert ("tank", "abrams") == found["en"].concepts["weapon.tank"]
    assert ("ship",) == found["en"].concepts["weapon.ship"]


def test_a_broken_local_file_changes_nothing(tmp_path: Path) -> None:
    """What came with the monitor stays when the local file cannot be read."""
    found, wrong = read(tmp_path, en='[concepts]\n"weapon.tank" = ["tank"]\n', en__local="[x")
    assert ("tank",) == found["en"].concepts["weapon.tank"]
    assert 1 == len(wrong)
