"""SIGKILL between any two steps of reading an article: nothing lost, nobody told twice."""

import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.end_to_end.test_crash import ids_by_revision, opened, sound
from tests.end_to_end.world import Page, Runs, World, configured, until
from tests.test_articles import LEAD, PROOF, TOPIC, article, feed

CHECKPOINTS = (
    "after commit",
    "after article claim",
    "after article fetch",
    "before article commit",
    "after article commit",
)
# A lease that a killed daemon leaves is ended by the next one; nothing waits for it.


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_a_kill_at_each_step_loses_nothing(
    name: str, around: World, runs: Runs, tmp_path: Path
) -> None:
    """The next daemon reads the article and tells of it, under one id, and asks at most twice."""
    around.pages |= {
        "/robots.txt": Page(b"", "text/plain", 404),
        "/wire": feed(around, "a"),
        "/a": article(LEAD, PROOF),
    }
    root = configured(tmp_path, around, {"wire": "/wire"}, topic=TOPIC)
    argv = (sys.executable, "-m", "tests.end_to_end.forks", str(root), "at", name, "1")
    forks = runs.start(root, argv=argv)
    assert 0 == forks.process.wait(30), forks.said[-2000:]
    assert "ended by signal 9" in forks.shown
    runs.start(root)
    until(lambda: around.titles(), "the alert", seconds=15)
    assert 0 == runs.all[-1].end()

    assert {1: 1} == {revision: len(ids) for (_, revision), ids in ids_by_revision(around).items()}
    assert around.asked.count("/a") <= 2
    assert 1 == sound(tmp_path)["entries"]
    with opened(tmp_path) as store:
        [row] = store.decisions("a")
    assert ("read", "article") == (row["article"], row["basis"])
    assert row["other"] is not None


def test_a_daemon_reads_articles_while_it_polls(around: World, runs: Runs, tmp_path: Path) -> None:
    """And its metrics say how many, and how many changed what was decided."""
    around.pages |= {
        "/robots.txt": Page(b"", "text/plain", 404),
        "/wire": feed(around, "a", "b"),
        "/a": article(LEAD, PROOF),
        "/b": article(LEAD, LEAD),
    }
    root = configured(tmp_path, around, {"wire": "/wire"}, topic=TOPIC)
    daemon = runs.start(root)
    until(lambda: around.titles(), "the alert")
    until(lambda: 'monitor_articles_total{outcome="read"} 2.0' in daemon.ask("/metrics")[1], "both")
    page = daemon.ask("/metrics")[1]

    assert 'monitor_article_decisions_changed_total{topic="howitzers"} 1.0' in page
    assert 0 == daemon.end()


def test_a_stop_does_not_wait_for_a_slow_server(around: World, runs: Runs, tmp_path: Path) -> None:
    """Ten seconds were promised; the next daemon asks again, and tells."""
    around.pages |= {
        "/robots.txt": Page(b"", "text/plain", 404),
        "/wire": feed(around, "a"),
        "/a": replace(article(LEAD, PROOF), seconds=25),
    }
    root = configured(tmp_path, around, {"wire": "/wire"}, topic=TOPIC)
    first = runs.start(root)
    until(lambda: "/a" in around.asked, "the article")
    began = time.monotonic()
    assert 0 == first.end()
    assert time.monotonic() - began < 11

    around.pages["/a"] = article(LEAD, PROOF)
    second = runs.start(root)
    until(lambda: around.titles(), "the alert")
    assert 0 == second.end()
