"""Several daemons on one PostgreSQL, as processes: shared limits, roles, one configuration."""

import json
import signal
import sys
import threading
import time
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from tests.end_to_end.world import Page, Running, Runs, World, configured, rss, until
from tests.postgres import server

ONE = ("Sylvania sends howitzers to Freedonia", "Twelve of them left the port on Monday.")
PAPER = {"paper": "/a"}

# A daemon whose machine's clock is wrong.
_ASTRAY = """
import sys
from datetime import timedelta
from pathlib import Path
from monitor.app import clock
from monitor.assembly import read_config
from monitor.cli.daemon import Daemon, listen
from monitor.cli.run import obey
from monitor.schedule import Clockwork
import os
from queue import SimpleQueue
read = lambda: read_config(Path(sys.argv[1]), os.environ)
config = read()
listen(config)
orders = SimpleQueue()
obey(orders)
wrong = timedelta(seconds=float(sys.argv[2]))
daemon = Daemon(config, read, orders=orders, now=lambda: clock() + wrong)
daemon._clockwork = Clockwork(clock)  # APScheduler goes by the machine's, which here is right
daemon.run()
"""


@pytest.fixture
def url() -> str:
    return server().fresh("end_to_end")


def shared(
    folder: Path, around: World, url: str, feeds: dict[str, str], more: str = "", tail: str = ""
) -> Path:
    """A configuration folder whose store is this one; `more` replaces lines of its text."""
    root = configured(folder, around, feeds, more=tail)
    file = root / "monitor.toml"
    text = file.read_text("utf-8").replace(f"sqlite:///{folder}/monitor.db", url)
    for line in more.splitlines():
        key = line.split(" = ")[0]
        text = "\n".join(
            line if have.startswith(f"{key} = ") else have for have in text.split("\n")
        )
    file.write_text(text, encoding="utf-8")
    return root


def ready(daemon: Running) -> Running:
    until(lambda: daemon.events("monitor ready"), "ready", 30)
    return daemon


# ── shared limits ───────────────────────────────────────────────────────────────


@dataclass
class Scorer:
    """A publisher who counts what he is asked."""

    page: Page
    times: list[float] = field(default_factory=list)
    inside: int = 0
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> Page:
        with self.lock:
            self.times.append(time.monotonic())
            self.inside += 1
            self.most = max(self.most, self.inside)
        time.sleep(0.6)
        with self.lock:
            self.inside -= 1
        return self.page


def test_two_daemons_keep_one_hosts_limits(
    around: World, runs: Runs, tmp_path: Path, url: str
) -> None:
    """A request a second, two at once, between them: not each. Both have their share."""
    scorer = Scorer(rss([("The price of milk", "A vote.")]))
    feeds = {f"f{i}": f"/f{i}" for i in range(12)}
    around.pages.update(dict.fromkeys(feeds.values(), scorer))
    root = shared(tmp_path, around, url, feeds, 'host_spacing = "1s"\nhost_connections = 2')
    daemons = [ready(runs.start(root)) for _ in range(2)]
    before, start = len(scorer.times), time.monotonic()
    until(lambda: len(scorer.times) >= before + 7, "seven requests", 40)

    assert time.monotonic() - start > 5.5
    assert scorer.most <= 2
    gaps = [b - a for a, b in pairwise(scorer.times)]
    assert sorted(gaps)[len(gaps) // 2] > 0.7
    until(lambda: all(d.events("poll finished") for d in daemons), "both polled", 30)


def test_two_senders_keep_one_rate(around: World, runs: Runs, tmp_path: Path, url: str) -> None:
    """One message a second to the desk between them, and each alert once."""
    titles = [
        "Zqapple harvest delayed by frost", "Minister opens zqbridge across the river",
        "Zqcastle museum loses its director", "Students march against zqdues in the capital",
        "Zqelm trees return to city parks", "Opera house plans zqfestival next autumn",
        "Zqgold miners end long strike",
    ]  # fmt: skip
    for n, title in enumerate(titles):
        around.pages[f"/f{n}"] = rss([(title, "")], path=f"f{n}")
    arrived: list[float] = []

    def status() -> int:
        arrived.append(time.monotonic())
        return 204

    around.status = status
    feeds = {f"f{n}": f"/f{n}" for n in range(len(titles))}
    root = shared(tmp_path, around, url, feeds, tail='rate = "1/s"\n')
    senders = [ready(runs.start(root, "--role", "deliver")) for _ in range(2)]
    runs.start(root, "--role", "poll")
    until(lambda: len(around.got) >= 5, "five alerts", 40)

    gaps = [b - a for a, b in pairwise(arrived)]
    assert sum(gaps) / len(gaps) > 0.8
    assert len(around.got) == len({one.id for one in around.got})
    assert 0 < sum(len(d.events("alert delivered")) for d in senders)


# ── roles ───────────────────────────────────────────────────────────────────────


def test_every_role_does_its_part(around: World, runs: Runs, tmp_path: Path, url: str) -> None:
    """One asks, one sends, one shows; each says when it is ready, and what it is."""
    around.pages["/a"] = rss([ONE])
    root = shared(tmp_path, around, url, PAPER)
    roles = {role: runs.start(root, "--role", role) for role in ("deliver", "console", "poll")}
    until(lambda: around.got, "the alert", 40)
    for daemon in roles.values():
        until(lambda d=daemon: d.ask("/readyz")[0] == 200, "ready", 20)  # type: ignore[misc]

    assert [ONE[0]] == around.titles()
    assert [1, 0, 0] == [len(d.events("alert delivered")) for d in roles.values()]
    assert [False, False, True] == [bool(d.events("poll finished")) for d in roles.values()]
    assert [404, 200, 404] == [d.ask("/")[0] for d in roles.values()]
    listed = [json.loads(x) for x in runs.command(root, "nodes", "--json").stdout.splitlines()]
    assert sorted(roles) == sorted(row["role"] for row in listed)
    assert "3 at work; " in runs.command(root, "nodes").stdout
    assert [0, 0, 0] == [d.end() for d in roles.values()]


def test_a_role_needs_a_store_for_several(around: World, runs: Runs, tmp_path: Path) -> None:
    """In one line, by argument and in the settings."""
    root = configured(tmp_path, around, PAPER)
    refused = runs.command(root, "run", "--role", "poll")
    assert 2 == refused.returncode
    assert "needs a store that several share" in refused.stderr
    configured(tmp_path, around, PAPER, more='[cluster]\nrole = "deliver"\nrunner = "queue"\n')
    refused = runs.command(root, "run")
    assert 2 == refused.returncode
    assert "cluster.role: 'deliver' needs a store that several share" in refused.stderr
    assert "cluster.runner: 'queue' needs" in refused.stderr


# ── one configuration ───────────────────────────────────────────────────────────


def test_nodes_agree_on_the_configuration(
    around: World, runs: Runs, tmp_path: Path, url: str
) -> None:
    """A new one is taken up and told to the others; one that was replaced is refused."""
    around.pages["/a"] = rss([ONE])
    old = shared(tmp_path / "old", around, url, PAPER)
    first = ready(runs.start(old))
    new = shared(tmp_path / "new", around, url, {**PAPER, "more": "/b"})
    second = ready(runs.start(new))

    told = until(lambda: first.events("node out of step"), "told", 20)
    assert "was replaced by" in told[0]["why"]
    status, body = first.ask("/readyz")
    assert (503, True) == (status, "bring the same files here and reload" in body)
    assert 200 == second.ask("/readyz")[0]
    assert 0 == first.end()
    refused = runs.command(old, "run")
    assert 2 == refused.returncode
    assert 'to go back to these, run "monitor nodes --adopt" here first' in refused.stderr
    first = runs.start(new)
    assert 0 == ready(first).end()

    assert 0 == runs.command(old, "nodes", "--adopt").returncode
    ready(runs.start(old))
    until(lambda: second.events("node out of step"), "told in turn", 20)


# ── time, sleep and death ───────────────────────────────────────────────────────


def test_clocks_apart_by_a_minute_do_not_matter(
    around: World, runs: Runs, tmp_path: Path, url: str
) -> None:
    """The server's clock counts: feeds keep their pace, whoever polls them, and both do."""
    times: dict[str, list[float]] = {f"/f{i}": [] for i in range(6)}

    def page(path: str) -> Page:
        times[path].append(time.monotonic())
        return rss([ONE], path=path)

    around.pages.update({path: lambda path=path: page(path) for path in times})  # type: ignore[misc]
    root = shared(tmp_path, around, url, {path[1:]: path for path in times})
    daemons = [
        ready(runs.start(root, argv=(sys.executable, "-c", _ASTRAY, str(root), wrong)))
        for wrong in ("-60", "60")
    ]
    counts = {path: len(asked) for path, asked in times.items()}
    began = time.monotonic()
    until(lambda: all(d.events("poll finished") for d in daemons), "both polled", 30)
    until(lambda: all(len(asked) > counts[p] + 2 for p, asked in times.items()), "polls", 30)
    took = time.monotonic() - began

    assert all(len(asked) - counts[p] <= took / 0.9 + 2 for p, asked in times.items())
    assert 1 == len(set(around.titles()))


@pytest.mark.slow
@pytest.mark.parametrize("runner", ["threads", "queue"])
@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL])
def test_a_node_that_falls_silent_is_replaced(
    around: World, runs: Runs, tmp_path: Path, url: str, how: signal.Signals, runner: str
) -> None:
    """Its feed is another's within 35 s, and what it writes when it wakes up is thrown away."""
    around.pages["/a"] = Page(b"", seconds=300)
    root = shared(
        tmp_path, around, url, PAPER, 'timeout = "300s"', f'[cluster]\nrunner = "{runner}"\n'
    )
    first = ready(runs.start(root))
    until(lambda: around.asked, "the first poll", 20)
    second = ready(runs.start(root))
    around.pages["/a"] = rss([ONE])
    first.signal(how)
    began = time.monotonic()
    until(lambda: around.got, "the alert by the other", 40)

    assert time.monotonic() - began <= 35
    assert second.events("node is dead")
    if how is signal.SIGSTOP:
        first.signal(signal.SIGCONT)
        until(lambda: "2 at work" in runs.command(root, "nodes").stdout, "back", 20)
    assert [ONE[0]] == around.titles()
