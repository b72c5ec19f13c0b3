"""`monitor stories merge|split|mark|undo|repairs`, and what explain says of them."""

import json
from pathlib import Path

import pytest

from monitor.cli.main import main
from monitor.model import View
from monitor.ports import Store
from monitor.stores.sqlite import open as sqlite
from tests.contract.making import (
    entry,
    two_stories,
)

TOML = '[store]\nurl = "sqlite:///{}"\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration with one route, and a store with two stories, one of two accounts."""
    path = tmp_path / "monitor.toml"
    path.write_text(TOML.format(tmp_path / "m.db") + _ROUTE.format(tmp_path / "out.jsonl"))
    (tmp_path / "topics").mkdir()
    with _opened(tmp_path) as store:
        two_stories(store, entry("2"))
    return path


_ROUTE = '[sinks.desk]\nkind = "jsonl"\npath = "{}"\n[[routes]]\nsinks = ["desk"]\n'


class _opened:
    def __init__(self, folder: Path) -> None:
        self.store = sqlite(f"sqlite:///{folder / 'm.db'}")

    def __enter__(self) -> Store:
        return self.store

    def __exit__(self, *_: object) -> None:
        self.store.close()


@pytest.fixture
def said(config: Path, capsys: pytest.CaptureFixture[str]) -> "Said":
    return Said(config, capsys)


class Said:
    """Runs commands and gives what they print."""

    def __init__(self, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.config, self.capsys = config, capsys

    def __call__(self, *words: str, status: int = 0) -> str:
        assert status == main([*words, "--config", str(self.config)])
        told = self.capsys.readouterr()
        return told.err if status else told.out

    def repair(self, *words: str) -> str:
        """The id of what was done."""
        found: str = json.loads(self(*words, "--json"))["id"]
        return found


def test_merge_is_done_told_and_taken_back(said: Said) -> None:
    """The oldest name stays; show, repairs and explain say who and why; undo brings both back."""
    done = said("stories", "merge", "s-2", "s-1", "--author", "kim", "--comment", "one deal")
    shown = said("stories", "show", "s-2")

    assert "merged s-2 into s-1" in done
    assert shown.startswith("s-1: 3 accounts")
    assert "by kim: merged s-2 into s-1 (one deal)" in shown
    assert "kim" in said("stories", "repairs")
    assert "merged s-2 into s-1 (one deal)" in said("explain", "3")
    [repair] = [json.loads(line) for line in said("stories", "repairs", "--json").splitlines()]
    assert f"{repair['id']} undone" in said("stories", "undo", repair["id"], "--author", "lee")
    assert said("stories", "show", "s-2").startswith("s-2: 1 accounts")
    assert "undone by lee" in said("explain", "3")
    assert "undone by lee already" in said("stories", "undo", repair["id"], status=2)


def test_split_shows_the_part_and_tells_nobody(said: Said) -> None:
    """The desk has a line for it, nothing is queued, and both sides say so."""
    repair = json.loads(said("stories", "split", "s-1", "a/2", "--json"))
    part = repair["others"][0]
    with _opened(said.config.parent) as store:
        shown = {a.story for a in store.page(View()).alerts}
        queued = len(store.deliveries())
        found = store.story(part)

    assert {"s-1", "s-2", part} == shown
    assert 1 == queued
    assert found is not None
    assert 1 == found.revision
    assert "split 1 account off s-1" in said("explain", "2")
    assert "split" not in said("explain", "1")
    assert "part 2" in said("explain", part)


def test_split_tells_when_asked(said: Said) -> None:
    """One delivery for each sink of the routes."""
    part = json.loads(said("stories", "split", "s-1", "2", "--alert", "--json"))["others"][0]
    with _opened(said.config.parent) as store:
        last = store.last_alert(part)
        assert last is not None
        assert ["desk"] == [d.sink for d in store.alert(last.id)]


def test_marks(said: Said) -> None:
    """A mark is kept with its author; irrelevant counts as an opinion until it is taken back."""
    done = said.repair("stories", "mark", "s-1", "irrelevant", "--author", "kim")
    with _opened(said.config.parent) as store:
        assert ["not-relevant"] == [r["opinion"] for r in store.labels()]

    assert "marked   irrelevant" in said("stories", "show", "s-1")
    assert "irrelevant already" in said("stories", "mark", "s-1", "irrelevant", status=2)
    said("stories", "undo", done, "--author", "kim")
    assert "marked   open" in said("stories", "show", "s-1")
    with _opened(said.config.parent) as store:
        assert ["relevant"] == [r["opinion"] for r in store.labels()]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("merge", "s-1", "s-9"), "no story 's-9'"),
        (("merge", "s-1", "s-1"), "at least two"),
        (("split", "s-1", "nothing"), "no entry 'nothing'"),
        (("split", "s-1", "1", "2"), "not all of them"),
        (("split", "s-9", "1"), "no story"),
        (("mark", "s-1", "open"), "open already"),
        (("undo", "re-none"), "no repair"),
    ],
)
def test_what_cannot_be_done_is_said(said: Said, words: tuple[str, ...], error: str) -> None:
    """One line and status 2; nothing is written."""
    assert error in said("stories", *words, status=2)
    assert "nothing to show" in said("stories", "repairs")


def test_a_repair_that_others_built_on_stays(said: Said) -> None:
    """Undone in the order in which they came, the last one first."""
    first = said.repair("stories", "merge", "s-1", "s-2")
    second = said.repair("stories", "split", "s-1", "3")

    assert "undo that one first" in said("stories", "undo", first, status=2)
    said("stories", "undo", second)
    said("stories", "undo", first)
