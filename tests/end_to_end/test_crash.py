"""SIGKILL at any moment: every alert arrives, each under one id, and the store stays sound."""

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from monitor.ports import Store
from monitor.stores import sqlite
from tests.end_to_end.world import Page, Runs, World, configured, reports, rss, until

FEEDS, ENTRIES, EVERY = 30, 100, 5  # 3,000 entries, 600 of them alerts
KILLS = 60


def trickle(items: Sequence[tuple[str, str]], path: str, seconds: float) -> Callable[[], Page]:
    """A feed that has published all its items after so many seconds, newest first."""
    began = time.monotonic()

    def page() -> Page:
        share = min(1.0, (time.monotonic() - began) / seconds)
        return rss(items[: max(1, round(share * len(items)))][::-1], path=path)

    return page


def ids_by_revision(around: World) -> Mapping[tuple[str, int], set[str]]:
    found: dict[tuple[str, int], set[str]] = defaultdict(set)
    for got in around.got:
        found[got.alert["alert"], got.alert["revision"]].add(got.id)
    return found


@contextmanager
def opened(folder: Path) -> Iterator[Store]:
    store = sqlite.open(f"sqlite:///{folder}/monitor.db", create=False)
    try:
        yield store
    finally:
        store.close()


def counts(folder: Path) -> Mapping[str, int]:
    with opened(folder) as store:
        return store.counts()


def sound(folder: Path) -> Mapping[str, int]:
    """The store's row counts, after its integrity was proved."""
    with opened(folder) as store:
        assert [] == list(store.integrity())
        return store.counts()


def fates(folder: Path) -> tuple[set[str], set[str]]:
    """Titles of flagged entries that raised an alert, and of those whose story was told already."""
    told: set[str] = set()
    silent: set[str] = set()
    with opened(folder) as store:
        for row in store.alerts(limit=10_000):
            for one in store.decisions(str(row["alert"])):
                told.add(str(one["title"]))
            for one in store.decisions(str(row["story"])):
                silent |= {str(one["title"])} if one["stopped_by"] == "story" else set()
    return told, silent


@pytest.mark.slow
def test_sixty_kills_over_three_thousand_entries(around: World, runs: Runs, tmp_path: Path) -> None:
    """
    Whatever moment a daemon dies at, the next one goes on: nothing lost, no second id.

    A delivery may arrive twice (its receiver answered, and the daemon died before noting it);
    the id is then the same, which is what it is for.
    """
    telling: set[str] = set()
    paths = {f"f{n}": f"/f{n}" for n in range(FEEDS)}
    for number, (name, path) in enumerate(paths.items()):
        items = reports(number, ENTRIES, EVERY)
        telling |= {title for title, _ in items if " zq" in title}
        around.pages[path] = trickle(items, name, seconds=40)
    root = configured(tmp_path, around, paths)
    argv = (sys.executable, "-m", "tests.end_to_end.forks", str(root), "random", str(KILLS), "7")
    forks = runs.start(root, argv=argv)
    assert 0 == forks.process.wait(240), forks.said[-2000:]
    assert KILLS == forks.shown.count("killed")
    last = runs.start(root)
    until(lambda: last.events("monitor ready"), "the last daemon")
    done = {"entries": FEEDS * ENTRIES, "queued": 0}
    until(lambda: done.items() <= counts(tmp_path).items(), "everything read and told", seconds=120)
    assert 0 == last.end()

    assert len(telling) == FEEDS * ENTRIES // EVERY
    store = sound(tmp_path)
    assert FEEDS * ENTRIES == store["entries"] == store["decisions"]
    told, silent = fates(tmp_path)
    assert telling == told | silent
    # Reports of nothing known may be taken for one story: then another one of it was told.
    assert len(told) > 100
    assert told == set(around.titles())
    assert {1} == {len(ids) for ids in ids_by_revision(around).values()}
    assert store["deliveries"] == len(ids_by_revision(around))


CHECKPOINTS = (
    "after feed claim",
    "after fetch",
    "before commit",
    "after commit",
    "after claim",
    "after send",
    "before mark",
)


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_a_kill_at_each_step_loses_nothing(
    name: str, around: World, runs: Runs, tmp_path: Path
) -> None:
    """Between any two steps of a poll or a delivery: the next daemon finishes the work."""
    items = reports(1, 4, 2)
    around.pages["/a"] = rss(items)
    root = configured(tmp_path, around, {"a": "/a"})
    argv = (sys.executable, "-m", "tests.end_to_end.forks", str(root), "at", name, "1")
    forks = runs.start(root, argv=argv)
    assert 0 == forks.process.wait(30), forks.said[-2000:]
    assert "ended by signal 9" in forks.shown
    runs.start(root)
    until(lambda: {t for t, _ in items[::2]} <= set(around.titles()), "both alerts", seconds=15)
    runs.all[-1].end()

    assert {1} == {len(ids) for ids in ids_by_revision(around).values()}
    assert 2 == len(ids_by_revision(around))
    assert 4 == sound(tmp_path)["entries"]
