"""Deliveries whose process dies, sleeps, loses its disk or its clock: late at worst, never lost."""

import os
import signal
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.model import Delivery
from monitor.ports import Store
from monitor.stores import sqlite
from tests.end_to_end.test_crash import counts, opened, sound
from tests.end_to_end.test_disk import ONE, TWO, filled, store_in, tmpfs
from tests.end_to_end.world import Running, Runs, World, configured, rss, until
from tests.hostile import hostile
from tests.samples import ALERT
from tests.slack import TOKEN, Slack

BOT = """
[sinks.team]
kind = "slack"
token = "${{SLACK_TOKEN}}"
channel = "C1"
api = "http://127.0.0.1:{port}/api"
spacing = "0s"
[[routes]]
sinks = ["team"]
"""


def ids(around: World) -> set[str]:
    return {got.id for got in around.got}


# ── killed ──────────────────────────────────────────────────────────────────────


def test_a_kill_before_the_answer_repeats_the_id(around: World, runs: Runs, tmp_path: Path) -> None:
    """The receiver has it and the daemon dies before it hears so: once more, by the same id."""
    around.pages["/a"] = rss([ONE])
    root = configured(tmp_path, around, {"a": "/a"})
    first = runs.start(root)
    around.status = lambda: _killing(first)
    until(lambda: first.process.poll() is not None, "its death")
    around.status = lambda: 204
    second = runs.start(root)
    until(lambda: second.events("alert delivered"), "the alert")

    assert (2, 1) == (len(around.got), len(ids(around)))
    assert 0 == second.end()
    assert 0 == sound(tmp_path)["queued"]


def _killing(one: Running) -> int:
    os.kill(one.process.pid, signal.SIGKILL)
    one.process.wait(5)
    return 204


def bot(around: World, tmp_path: Path, port: int) -> Path:
    around.pages["/a"] = rss([ONE])
    return configured(tmp_path, around, {"a": "/a"}, more=BOT.format(port=port))


def told_once(slack: Slack, runs: Runs, root: Path, folder: Path) -> None:
    """The next daemon finds the message, remembers it, and posts no second one."""
    daemon = runs.start(root)
    until(lambda: daemon.events("alert delivered"), "the alert")
    assert 0 == daemon.end()

    [message] = slack.messages
    assert "chat.postMessage" == slack.calls[0]
    assert ["conversations.history"] == slack.calls[1:]
    with opened(folder) as store:
        [row] = store.deliveries()
        assert ("done", message["metadata"]["event_payload"]["delivery"]) == (
            row["state"], row["id"],
        )  # fmt: skip
        attempts = store.attempts(str(row["id"]))
        assert message["ts"] in str(attempts[-1]["state_kept"])


@pytest.mark.parametrize("name", ["after send", "before mark"])
def test_a_kill_before_a_slack_ts_is_stored(
    name: str, around: World, runs: Runs, tmp_path: Path
) -> None:
    """Slack has the message and said which; nobody wrote it down: it is found by its id."""
    slack = Slack()
    runs.extra["SLACK_TOKEN"] = TOKEN
    with hostile(slack) as server:
        root = bot(around, tmp_path, server.port)
        argv = (sys.executable, "-m", "tests.end_to_end.forks", str(root), "at", name, "1")
        forks = runs.start(root, argv=argv)
        assert 0 == forks.process.wait(30), forks.said[-2000:]
        assert "ended by signal 9" in forks.shown
        told_once(slack, runs, root, tmp_path)


def test_a_kill_before_slacks_answer(around: World, runs: Runs, tmp_path: Path) -> None:
    """Posted, and the daemon is dead before it hears so."""
    slack = Slack()
    runs.extra["SLACK_TOKEN"] = TOKEN
    with hostile(slack) as server:
        root = bot(around, tmp_path, server.port)
        first = runs.start(root)
        slack.meanwhile = lambda _method: _killing(first)
        until(lambda: first.process.poll() is not None, "its death")
        slack.meanwhile = lambda _method: None
        told_once(slack, runs, root, tmp_path)


def test_a_kill_while_a_slack_ts_is_stored(around: World, runs: Runs, tmp_path: Path) -> None:
    """Posted, and killed while the mark waits for the store's write lock."""
    slack, locks = Slack(), list[sqlite3.Connection]()
    runs.extra["SLACK_TOKEN"] = TOKEN
    with hostile(slack) as server:
        root = bot(around, tmp_path, server.port)
        first = runs.start(root)

        def lock(_method: str) -> None:
            locks.append(sqlite3.connect(tmp_path / "monitor.db", check_same_thread=False))
            locks[0].execute("begin immediate")

        slack.meanwhile = lock
        until(lambda: locks and slack.messages, "the message")
        time.sleep(0.5)  # the answer is read in a millisecond; then the mark waits
        assert not first.events("alert delivered")
        _killing(first)
        slack.meanwhile = lambda _method: None
        locks[0].close()
        told_once(slack, runs, root, tmp_path)


# ── asleep ──────────────────────────────────────────────────────────────────────

STORIES = 6


def queued(folder: Path, number: int = STORIES) -> None:
    """So many stories of two revisions each, to the desk, due now."""
    with opened_new(folder) as store:
        now = datetime.now(UTC)
        for n in range(number):
            for revision in (1, 2):
                one = replace(ALERT, id=f"al-{n}", story=f"s-{n}", revision=revision)
                name = f"dl-{n}-{revision}"
                store.add_deliveries([Delivery(id=name, alert=one, sink="desk", due=now)])


@contextmanager
def opened_new(folder: Path) -> Iterator[Store]:
    store = sqlite.open(f"sqlite:///{folder}/monitor.db")
    try:
        yield store
    finally:
        store.close()


# Where a worker stops, the lease of its deliveries and how long it sleeps; the daemon's own are
# two minutes. Half a minute once: what follows does not differ from two seconds.
NAPS = [
    pytest.param("after claim", 1.0, 2.0, id="after claim"),
    pytest.param("after send", 1.0, 2.0, id="after send"),
    pytest.param("before mark", 1.0, 2.0, id="before mark"),
    pytest.param("after send", 10.0, 30.0, id="thirty seconds", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("checkpoint", "lease", "nap"), NAPS)
def test_a_worker_that_sleeps_is_overtaken(
    checkpoint: str, lease: float, nap: float, around: World, runs: Runs, tmp_path: Path
) -> None:
    """
    SIGSTOP with deliveries in hand: another sends them when their lease is over.

    Awake again, the sleeper's mark is refused: nothing lost, in order, no second id, one mark
    that counts for each.
    """
    queued(tmp_path)
    argv = (sys.executable, "-m", "tests.end_to_end.workers", str(tmp_path / "monitor.db"),
            f"{around.url}/hook")  # fmt: skip
    sleeper = runs.start(tmp_path, argv=(*argv, "sleeper", str(lease), checkpoint))
    until(lambda: "stopped" in sleeper.shown, "SIGSTOP")
    before = ids(around)
    other = runs.start(tmp_path, argv=(*argv, "other", str(lease)))
    began = time.monotonic()
    until(lambda: 0 == counts(tmp_path)["queued"], "all sent by the other", seconds=nap + 30)
    time.sleep(max(0.0, began + nap - time.monotonic()))
    sleeper.signal(signal.SIGCONT)
    until(lambda: "refused" in sleeper.shown or checkpoint == "after claim", "the refusal")
    time.sleep(0.2)

    every = {f"dl-{n}-{r}" for n in range(STORIES) for r in (1, 2)}
    assert every == ids(around) >= before
    marks = [line.split() for one in (sleeper, other) for line in one.shown.splitlines()]
    assert sorted(every) == sorted(name[0] for said, *name in marks if said == "marked")
    for n in range(STORIES):
        arrived = list(dict.fromkeys(got.id for got in around.got if got.id.startswith(f"dl-{n}-")))
        assert [f"dl-{n}-1", f"dl-{n}-2"] == arrived
    assert 0 == sound(tmp_path)["queued"]


# ── a clock that is set, a disk that is full ────────────────────────────────────


def test_a_clock_set_back_and_forward_an_hour(around: World, runs: Runs, tmp_path: Path) -> None:
    """With a retry waiting: tried again seconds later, not an hour; nothing lost, one id."""
    around.pages["/a"] = rss([ONE])
    around.status = lambda: 503
    root = configured(tmp_path, around, {"a": "/a"})
    wrong = tmp_path / "wrong"
    wrong.write_text("0", "utf-8")
    argv = (sys.executable, "-m", "tests.end_to_end.settable", str(root), str(wrong))
    daemon = runs.start(root, argv=argv)
    until(lambda: daemon.events("delivery failed"), "a failed attempt")
    _set(wrong, -3600)
    until(lambda: len(daemon.events("delivery failed")) > 1, "another try")
    around.pages["/a"] = rss([TWO, ONE])
    until(lambda: len(daemon.events("alert raised")) > 1, "an alert by the new clock")
    around.status = lambda: 204
    _set(wrong, 0)
    until(lambda: len(ids(around)) > 1, "both alerts", seconds=30)
    until(lambda: len(daemon.events("clock jumped")) > 1, "the second jump")

    assert [-3600, 3600] == [round(one["by_seconds"], -2) for one in daemon.events("clock jumped")]
    assert {ONE[0], TWO[0]} == set(around.titles())
    assert len(around.got) == len(ids(around))
    assert 0 == daemon.end()


def _set(clock: Path, seconds: int) -> None:
    """In one step: the daemon reads the file at any moment."""
    fresh = clock.with_suffix(".new")
    fresh.write_text(str(seconds), "utf-8")
    fresh.replace(clock)


def test_a_disk_that_fills_up_while_alerts_wait(around: World, runs: Runs, tmp_path: Path) -> None:
    """Not a byte left with retries under way: said, and all is sent when there is room again."""
    with tmpfs(tmp_path / "disk", 80) as disk:
        around.status = lambda: 503
        around.pages["/a"] = rss([ONE, TWO])
        root = configured(tmp_path, around, {"a": "/a"})
        store_in(root, disk)
        daemon = runs.start(root)
        until(lambda: len(daemon.events("delivery failed")) > 1, "two failed attempts")
        filled(disk)
        around.status = lambda: 204
        until(lambda: daemon.events("deliveries wait"), "the telling", seconds=30)
        status, body = daemon.ask("/readyz")
        until(lambda: daemon.events("disk nearly full"), "the warning")
        (disk / "fill").unlink()
        until(lambda: len(ids(around)) > 1, "both alerts", seconds=30)
        until(lambda: 0 == counts(disk)["queued"], "the marks")
        until(lambda: daemon.events("deliveries go on"), "the telling")

        assert 503 == status, body
        assert {ONE[0], TWO[0]} == set(around.titles())
        assert 2 == len(ids(around))
        assert 0 == daemon.end()
        assert "Traceback" not in daemon.said
