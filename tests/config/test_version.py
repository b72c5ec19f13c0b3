"""Which configuration this is: the same digest where the same is said."""

from pathlib import Path

import pytest

from monitor.config.version import digest

MAIN = '[store]\nurl = "sqlite:///a.db"\n[poll]\nworkers = 4\nmin_interval = "5m"\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "a.toml").write_text("# a\n", "utf-8")
    (tmp_path / "monitor.toml").write_text(MAIN, "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sqlite:///a.db", "sqlite:///b.db"),
        ("workers = 4", "workers = 40"),
        ("[poll]", '[console]\nlisten = ""\n[cluster]\nrole = "poll"\n[poll]'),
        ("[poll]", "# a remark\n[poll]"),
    ],
)
def test_what_belongs_to_a_machine_does_not_count(root: Path, old: str, new: str) -> None:
    """Where the store is, ports, threads, its role, how the file is laid out."""
    before = digest(root)
    (root / "monitor.toml").write_text(MAIN.replace(old, new), "utf-8")

    assert before == digest(root)


def test_what_all_must_agree_about_counts(root: Path) -> None:
    """Pace, routes, feeds, words: each makes another configuration."""
    found = [digest(root)]
    (root / "monitor.toml").write_text(MAIN.replace("5m", "6m"), "utf-8")
    found.append(digest(root))
    (root / "monitor.toml").write_text(MAIN + '[[routes]]\nsinks = ["console"]\n', "utf-8")
    found.append(digest(root))
    (root / "feeds" / "a.toml").write_text("# b\n", "utf-8")
    found.append(digest(root))
    (root / "lexicons").mkdir()
    found.append(digest(root))

    assert 5 == len(set(found))


def test_what_kubernetes_keeps_beside_the_files_does_not_count(root: Path) -> None:
    """Its hidden folders are named by the moment, another on each machine."""
    before = digest(root)
    (root / "feeds" / "..2026_08_01").mkdir()
    (root / "feeds" / "..2026_08_01" / "a.toml").write_text("# a\n", "utf-8")

    assert before == digest(root)
