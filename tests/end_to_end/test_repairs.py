"""What a person said of stories holds for a real daemon, through a kill and a restart."""

import signal
from pathlib import Path

from monitor.model import Relation
from tests.end_to_end.test_crash import opened
from tests.end_to_end.test_disk import ONE, TWO
from tests.end_to_end.world import Runs, World, configured, rss, until

LATER = ("Sylvania sends 40 more howitzers to Freedonia", "The second shipload left on Friday.")
AGAIN = ("Sylvania sends 40 more howitzers to Freedonia, ministry says", "They left on Friday.")
CHATTY = '[[routes]]\nsinks = ["desk"]\nupdates = "chatty"\n'


def test_an_irrelevant_story_tells_nobody_after_a_kill(
    around: World, runs: Runs, tmp_path: Path
) -> None:
    """Marked by command beside the daemon; its next news is kept back, and explain says why."""
    around.pages["/a"] = rss([ONE])
    root = configured(tmp_path, around, {"a": "/a"})
    daemon = runs.start(root)
    until(lambda: around.got, "the alert")
    story = around.alerts()[0]["story"]
    assert 0 == runs.command(root, "stories", "mark", story, "irrelevant").returncode
    daemon.signal(signal.SIGKILL)
    daemon.process.wait()
    around.pages["/a"] = rss([LATER, ONE])
    daemon = runs.start(root)
    until(lambda: any(e["new"] == 1 for e in daemon.events("poll finished")), "the news")
    said = runs.command(root, "explain", LATER[0].replace(" ", "-"))
    with opened(tmp_path) as store:
        [row] = [r for r in store.decisions(story) if r["title"] == LATER[0]]

    assert 1 == len(around.got)
    assert ("muted", story) == (row["stopped_by"], row["story"])
    assert "marked the story irrelevant" in str(row["why"])
    assert 2 == said.returncode
    assert 0 == daemon.end()


def test_a_split_outlives_a_kill(around: World, runs: Runs, tmp_path: Path) -> None:
    """What the linker had joined and somebody split stays apart for all that comes after."""
    around.pages["/a"] = rss([ONE])
    root = configured(tmp_path, around, {"a": "/a"}, more=CHATTY)
    daemon = runs.start(root)
    until(lambda: around.got, "the alert")
    around.pages["/a"] = rss([LATER, TWO, ONE])
    until(lambda: len(around.got) == 3, "the other alerts")
    story = around.alerts()[0]["story"]
    with opened(tmp_path) as store:
        [later] = [m for m in store.accounts(story) if m.title == LATER[0]]
        queued = len(store.deliveries())
    entry = f"{later.feed_id}/{later.entry_id}"
    assert 0 == runs.command(root, "stories", "split", story, entry).returncode
    daemon.signal(signal.SIGKILL)
    daemon.process.wait()
    around.pages["/a"] = rss([AGAIN, LATER, TWO, ONE])
    daemon = runs.start(root)
    until(lambda: len(around.got) == 4, "the last account")
    with opened(tmp_path) as store:
        [kept] = store.repairs()
        part, rest = store.accounts(kept.others[0]), store.accounts(story)
        sent = len(store.deliveries())

    assert 3 == queued
    assert 4 == sent  # the last account as an update of the part; none for the split itself
    assert [LATER[0], AGAIN[0]] == [m.title for m in part]
    assert [ONE[0]] == [m.title for m in rest]
    assert Relation.FIRST is part[0].relation
    assert kept.others[0] == around.alerts()[-1]["story"]
    assert 0 == daemon.end()
