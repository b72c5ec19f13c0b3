"""Any runner: what is due is polled, once, by whoever has room; threads, and a queue."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.app import Monitor
from monitor.assembly import read_config
from monitor.errors import StoreError
from monitor.model import Claim, Failed, Fetched
from tests.end_to_end.world import write_knowledge
from tests.postgres import server
from tests.samples import NOW

MAIN = """
[store]
url = "{url}"
[console]
listen = ""
[poll]
workers = 4
host_connections = 2
host_spacing = "0s"
min_interval = "1s"
[egress]
allow_private = ["10.0.0.0/8"]
[sinks.archive]
kind = "jsonl"
path = "{folder}/alerts.jsonl"
[cluster]
runner = "{runner}"
"""
PAGE = (
    b"<rss version='2.0'><channel><title>t</title><item><title>Sylvania sends howitzers</title>"
    b"<guid>g1</guid><link>https://paper.example/1</link></item></channel></rss>"
)
DULL = PAGE.replace(b"Sylvania sends howitzers", b"The price of milk")
TELLING = ("f0", "f1", "f2", "f3", "f4")
KINDS = {
    "threads on SQLite": ("sqlite", "threads"),
    "threads on PostgreSQL": ("postgresql", "threads"),
    "queue": ("postgresql", "queue"),
}
Fetch = Callable[[Claim, datetime], Fetched | Failed]
Make = Callable[..., Monitor]
SECONDS = timedelta(seconds=10)


def page(claim: Claim, now: datetime) -> Fetched:
    """Five feeds report one event, the others nothing of ours."""
    return Fetched(
        body=PAGE if claim.feed.id in TELLING else DULL,
        media_type="application/rss+xml",
        charset="",
        url=claim.feed.url,
        at=now,
    )


@pytest.fixture(params=list(KINDS))
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    """A daemon's work on the store of this test, over these URLs; two calls make two nodes."""
    store, runner = KINDS[request.param]
    url = f"sqlite:///{tmp_path}/m.db" if store == "sqlite" else server().fresh("runners")
    every: list[Monitor] = []

    def made(urls: Sequence[str], fetch: Fetch = page) -> Monitor:
        root = tmp_path / "config"
        (root / "feeds").mkdir(parents=True, exist_ok=True)
        main = MAIN.format(folder=tmp_path, url=url, runner=runner)
        (root / "monitor.toml").write_text(main, "utf-8")
        rows = (f'[[feeds]]\nid = "f{n}"\nurl = "{url}"\n' for n, url in enumerate(urls))
        (root / "feeds" / "all.toml").write_text("".join(rows), "utf-8")
        write_knowledge(root)
        monitor = Monitor(read_config(root, {}))
        course = monitor.polling.course
        monitor.polling.course = replace(course, stages=replace(course.stages, fetch=fetch))
        monitor.sync()
        every.append(monitor)
        return monitor

    yield made
    for monitor in every:
        assert monitor.close(timedelta(seconds=8))


def urls(count: int) -> list[str]:
    return [f"http://10.0.{n // 250}.{n % 250 + 1}/f" for n in range(count)]


def work(done: Callable[[], object], *monitors: Monitor, seconds: float = 30) -> None:
    """Rounds of these nodes until it is done."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it never came"
        for monitor in monitors:
            monitor.poll_round()
        time.sleep(0.02)


def test_what_is_due_is_polled_once(make: Make) -> None:
    """More than there are places for, and none of it twice; then nothing is due."""
    asked: list[str] = []

    def fetch(claim: Claim, now: datetime) -> Fetched:
        asked.append(claim.feed.id)
        return page(claim, now)

    monitor = make(urls(90), fetch)
    work(lambda: monitor.polling.tally.polled == 90, monitor)

    assert {f"f{n}": 1 for n in range(90)} == Counter(asked)
    assert 0 == monitor.poll_round()
    assert all(row["last_success"] for row in monitor.store.feeds())
    assert 1 == monitor.store.counts()["stories"]


def test_a_surprise_stays_one_feeds(make: Make) -> None:
    """The others of its batch are polled."""

    def fetch(claim: Claim, now: datetime) -> Fetched:
        if claim.feed.id == "f0":
            raise RuntimeError("oops")
        return page(claim, now)

    monitor = make(urls(5), fetch)
    work(lambda: monitor.polling.tally.polled == 4, monitor)
    assert {"f0"} == {r["id"] for r in monitor.store.feeds() if not r["last_success"]}


def test_a_slow_host_holds_up_nobody_else(make: Make) -> None:
    """Two of its thirty feeds at once; the other hosts' feeds come through meanwhile."""
    slow, inside, most = threading.Event(), set[str](), [0]

    def fetch(claim: Claim, now: datetime) -> Fetched:
        if claim.feed.url.startswith("http://10.9.9.9/"):
            inside.add(claim.feed.id)
            most[0] = max(most[0], len(inside))
            slow.wait(30)
            inside.discard(claim.feed.id)
        return page(claim, now)

    monitor = make([*(f"http://10.9.9.9/{n}" for n in range(30)), *urls(10)], fetch)
    try:
        work(lambda: monitor.polling.tally.polled == 10, monitor)
        assert 2 == most[0]
    finally:
        slow.set()
    work(lambda: monitor.polling.tally.polled == 40, monitor)
    assert 2 == most[0]


def test_a_stop_gives_back_what_has_not_begun(make: Make) -> None:
    """Due at once for whoever claims next; what had begun is ended and kept."""
    begun, go = threading.Event(), threading.Event()

    def fetch(claim: Claim, now: datetime) -> Fetched:
        begun.set()
        go.wait(30)
        return page(claim, now)

    monitor = make(urls(60), fetch)
    work(begun.is_set, monitor)
    timer = threading.Timer(0.5, go.set)
    timer.start()
    assert monitor.runner.stop(SECONDS)
    timer.join()
    done = monitor.polling.tally.polled
    assert 0 < done <= 8

    free = monitor.store.claim(datetime.now(UTC), 100, owner="x", lease=SECONDS)

    # A batch that a worker was just handed is neither: it ends with its owner's leases.
    handed = 60 - done - len(free) - _queued(monitor)
    assert handed in (0, 10, 25)


def _queued(monitor: Monitor) -> int:
    """Feeds in batches that nobody has taken yet; any other node may."""
    if "postgresql" not in monitor.parts.config.settings.store.url:
        return 0
    if server().run("select to_regclass('runners.procrastinate_jobs')") == [(None,)]:
        return 0
    [[count]] = server().run(
        "select coalesce(sum(jsonb_array_length(args->'feeds')), 0)::int"
        " from runners.procrastinate_jobs where status = 'todo'"
    )
    return int(str(count))


@pytest.mark.parametrize("make", [k for k in KINDS if "SQLite" not in k], indirect=True)
def test_two_nodes_share_the_work(make: Make) -> None:
    """Each feed is polled by one of them, and both have a part in it."""
    asked: list[tuple[str, str]] = []
    at_work = {"one": threading.Event(), "two": threading.Event()}

    def asking(name: str) -> Fetch:
        def fetch(claim: Claim, now: datetime) -> Fetched:
            asked.append((claim.feed.id, name))
            at_work[name].set()
            for each in at_work.values():  # whoever is quick must not do it all
                each.wait(20)
            return page(claim, now)

        return fetch

    one, two = make(urls(120), asking("one")), make(urls(120), asking("two"))
    with one.store.hold(one.owner, NOW), two.store.hold(two.owner, NOW):
        work(lambda: one.polling.tally.polled + two.polling.tally.polled == 120, one, two)

    assert {f"f{n}": 1 for n in range(120)} == Counter(feed for feed, _ in asked)
    assert {"one", "two"} == {name for _, name in asked}


@pytest.mark.parametrize("make", [k for k in KINDS if "SQLite" not in k], indirect=True)
def test_a_restart_of_the_server_is_outlived(make: Make) -> None:
    """What was under way is done again soon, not when its lease ends."""
    monitor = make(urls(30))
    monitor.poll_round()
    server().stop()
    for _ in range(5):
        with suppress(StoreError):
            monitor.runner.round()
        time.sleep(0.1)
    server().start()
    deadline = time.monotonic() + 40
    while not all(row["last_success"] for row in monitor.store.feeds()):
        assert time.monotonic() < deadline, "it never came"
        with suppress(StoreError):
            monitor.poll_round()
        time.sleep(0.05)
