"""Rounds of polling: hosts wait in lines, a stop gives back, a surprise stays one feed's."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

from monitor.app import Monitor
from monitor.assembly import read_config
from monitor.egress import Egress, EgressSettings
from monitor.egress.request import Refused
from monitor.errors import StoreFull
from monitor.fetch import Fetcher
from monitor.fetch.hosts import Hosts
from monitor.model import Claim, Failed, FailureReason, Fetched, Freshness
from tests.end_to_end.world import rss, write_knowledge

PAGE = rss([("Sylvania sends howitzers to Freedonia", "Twelve of them.")]).body
MAIN = """
[store]
url = "sqlite:///{0}/m.db"
[console]
listen = ""
[poll]
workers = 4
host_connections = 2
host_spacing = "{1}"
[egress]
allow_private = ["10.0.0.0/8"]
[sinks.archive]
kind = "jsonl"
path = "{0}/alerts.jsonl"
"""

Fetch = Callable[[Claim, datetime], Fetched | Failed]


def page(claim: Claim, now: datetime) -> Fetched:
    """What every publisher here answers unless a test says otherwise."""
    return Fetched(
        body=PAGE, media_type="application/rss+xml", charset="", url=claim.feed.url, at=now
    )


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Callable[..., Monitor]]:
    """A monitor over these feed URLs whose fetches are the test's."""
    every: list[Monitor] = []

    def make(urls: list[str], fetch: Fetch = page, spacing: str = "0s", **changed: Any) -> Monitor:
        root = tmp_path / "config"
        (root / "feeds").mkdir(parents=True, exist_ok=True)
        (root / "monitor.toml").write_text(MAIN.format(tmp_path, spacing), "utf-8")
        rows = (f'[[feeds]]\nid = "f{n}"\nurl = "{url}"\n' for n, url in enumerate(urls))
        (root / "feeds" / "all.toml").write_text("".join(rows), "utf-8")
        write_knowledge(root)
        monitor = Monitor(read_config(root, {}), **changed)
        course = monitor.polling.course
        monitor.polling.course = replace(course, stages=replace(course.stages, fetch=fetch))
        monitor.sync()
        every.append(monitor)
        return monitor

    yield make
    for monitor in every:
        monitor.close(timedelta(seconds=3))


def until(done: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)


def test_a_round_polls_all_that_is_due(made: Callable[..., Monitor]) -> None:
    """And the next one nothing; the tally says what came of it."""
    monitor = made([f"http://10.0.0.{n}/f" for n in range(1, 4)])

    assert 3 == monitor.poll_round()
    assert monitor.polling.settle(timedelta(seconds=10))
    assert 0 == monitor.poll_round()
    assert (3, 0, 3) == (
        monitor.polling.tally.polled,
        monitor.polling.tally.failed,
        monitor.polling.tally.entries,
    )


def test_one_slow_publisher_holds_up_nobody_else(made: Callable[..., Monitor]) -> None:
    """Forty feeds of one host wait in its line, two at a time; the other host is asked at once."""
    slow, asked, most = threading.Event(), [], [0]
    inside: set[str] = set()

    def fetch(claim: Claim, now: datetime) -> Fetched:
        asked.append(claim.feed.url)
        if claim.feed.url.startswith("http://10.0.0.1/"):
            inside.add(claim.feed.id)
            most[0] = max(most[0], len(inside))
            slow.wait(10)
            inside.discard(claim.feed.id)
        return page(claim, now)

    urls = [f"http://10.0.0.1/{n}" for n in range(40)] + ["http://10.0.0.2/other"]
    monitor = made(urls, fetch)
    while monitor.poll_round():
        time.sleep(0.02)
    until(lambda: "http://10.0.0.2/other" in asked)
    assert 2 == most[0]
    slow.set()

    assert monitor.polling.settle(timedelta(seconds=20))
    assert sorted(urls) == sorted(asked)
    assert 2 == most[0]


def test_requests_to_a_host_keep_their_distance(made: Callable[..., Monitor]) -> None:
    """host_spacing, whoever asks."""
    moments: list[float] = []

    def fetch(claim: Claim, now: datetime) -> Fetched:
        moments.append(time.monotonic())
        return page(claim, now)

    monitor = made([f"http://10.0.0.1/{n}" for n in range(4)], fetch, spacing="200ms")
    monitor.poll_round()

    assert monitor.polling.settle(timedelta(seconds=10))
    assert all(b - a > 0.15 for a, b in pairwise(moments))


def test_feeds_that_lead_to_one_server_wait_for_it(made: Callable[..., Monitor]) -> None:
    """From three places of their own to a fourth: there they are as far apart as any others."""
    moments: list[float] = []

    def fetch(claim: Claim, now: datetime) -> Fetched:
        moments.append(time.monotonic())
        return replace(page(claim, now), url=f"http://10.0.0.9/{claim.feed.id}")

    monitor = made([f"http://10.0.0.{n}/f" for n in (1, 2, 3)], fetch, spacing="300ms")
    monitor.poll_pass(everything=True)
    assert moments[-1] - moments[0] < 0.25, "nobody can know before the first answer"
    moments.clear()
    monitor.poll_pass(everything=True)

    assert 3 == len(moments)
    assert all(b - a > 0.25 for a, b in pairwise(moments))
    hosts = monitor.polling.course.hosts
    assert hosts.wait("http://10.0.0.9/", monitor.now() + timedelta(seconds=1)) == timedelta(0)


def test_a_server_that_says_stop_is_the_one_that_was_reached(made: Callable[..., Monitor]) -> None:
    """Behind a redirect it is where that leads, not the place that sent us there."""
    answers: list[Fetch] = [
        lambda c, n: replace(page(c, n), url="http://b.example.net/f"), throttled,
    ]  # fmt: skip
    monitor = made(["http://a.example.org/f"], lambda c, n: answers.pop(0)(c, n), "1s")
    for _ in range(2):
        monitor.poll_pass(everything=True)
    hosts, now = monitor.polling.course.hosts, monitor.now()

    assert hosts.wait("http://x.example.net/", now) > timedelta(minutes=29)
    assert hosts.wait("http://x.example.org/", now) < timedelta(seconds=2)


def test_a_surprise_in_one_poll_is_logged_and_the_others_go_on(
    made: Callable[..., Monitor],
) -> None:
    """Its lease runs out; its host is free again."""

    def fetch(claim: Claim, now: datetime) -> Fetched:
        if claim.feed.id == "f0":
            raise RuntimeError("oops")
        return page(claim, now)

    monitor = made(["http://10.0.0.1/a", "http://10.0.0.1/b"], fetch)
    with capture_logs() as logs:
        monitor.poll_round()
        assert monitor.polling.settle(timedelta(seconds=10))

    assert ["f0"] == [e["feed"] for e in logs if e["event"] == "poll broke"]
    assert 1 == monitor.polling.tally.polled
    assert b'monitor_errors_total{stage="poll"} 1.0' in monitor.metrics_text()


def test_a_store_that_refuses_is_a_fault_until_it_takes_again(
    made: Callable[..., Monitor],
) -> None:
    """/readyz says so; the poll is done again by whoever claims it next."""
    monitor = made(["http://10.0.0.1/a"])

    def refuse(name: str) -> None:
        if name == "before commit":
            raise StoreFull("the disk is full")

    course = monitor.polling.course
    monitor.polling.course = replace(course, stages=replace(course.stages, checkpoint=refuse))
    with capture_logs() as logs:
        monitor.poll_round()
        assert monitor.polling.settle(timedelta(seconds=10))

    assert ["the disk is full"] == [e["why"] for e in logs if e["event"] == "poll not kept"]
    assert ("store: the disk is full",) == monitor.health.faults()
    assert 0 == monitor.store.counts()["entries"]


def test_a_poll_that_was_not_kept_is_done_again_before_its_lease_ends(
    made: Callable[..., Monitor],
) -> None:
    """After the shortest interval there may be between two polls: its publisher was asked."""
    monitor = made(["http://10.0.0.1/a"])
    refusing = [True, False]

    def refuse(name: str) -> None:
        if name == "before commit" and refusing.pop(0):
            raise StoreFull("the disk is full")

    course = monitor.polling.course
    hasty = replace(course.stages.poll, min_interval=timedelta(seconds=1))
    stages = replace(course.stages, checkpoint=refuse, poll=hasty)
    monitor.polling.course = replace(course, stages=stages)
    monitor.poll_round()
    assert monitor.polling.settle(timedelta(seconds=10))
    assert 0 == monitor.poll_round()
    until(lambda: monitor.poll_round() or monitor.store.counts()["entries"])

    until(lambda: monitor.store.counts()["entries"] == 1)
    assert () == monitor.health.faults()


def test_stopping_gives_back_what_has_not_begun(made: Callable[..., Monitor]) -> None:
    """Waiting claims are due at once for the next daemon; the poll under way is waited for."""
    go, begun = threading.Event(), threading.Barrier(3)

    def fetch(claim: Claim, now: datetime) -> Fetched:
        begun.wait(5)
        go.wait(10)
        return page(claim, now)

    monitor = made([f"http://10.0.0.1/{n}" for n in range(5)], fetch)
    monitor.poll_round()
    begun.wait(5)
    threading.Timer(0.2, go.set).start()

    assert monitor.polling.stop(timedelta(seconds=5))
    assert 2 == monitor.polling.tally.polled
    left = monitor.store.claim(monitor.now(), 10, owner="next", lease=timedelta(minutes=1))
    assert 3 == len(left)
    assert 0 == monitor.polling.round(), "a stopped one claims but starts nothing"


def test_a_poll_that_hangs_is_given_back(made: Callable[..., Monitor]) -> None:
    """stop() says that something still runs, and what it did comes too late to be kept."""
    go, begun = threading.Event(), threading.Event()

    def fetch(claim: Claim, now: datetime) -> Fetched:
        begun.set()
        go.wait(10)
        return page(claim, now)

    monitor = made(["http://10.0.0.1/a"], fetch)
    monitor.poll_round()
    assert begun.wait(5)

    assert not monitor.polling.stop(timedelta(milliseconds=100))
    [again] = monitor.store.claim(monitor.now(), 9, owner="next", lease=timedelta(minutes=1))
    assert 2 == again.fence
    go.set()
    until(lambda: monitor.polling.tally.polled == 1)
    assert 0 == monitor.store.counts()["entries"]


def throttled(claim: Claim, now: datetime) -> Failed:
    wait = Freshness(retry_after=timedelta(minutes=30))
    return Failed(reason=FailureReason.THROTTLED, detail="429", at=now, freshness=wait, status=429)


def test_a_publisher_that_says_stop_means_all_its_feeds(made: Callable[..., Monitor]) -> None:
    """Retry-After of one feed shuts the door for its siblings of the same publisher."""
    monitor = made(["http://a.example.org/f", "http://b.example.org/f"], throttled, spacing="1s")
    monitor.poll_round()
    until(lambda: monitor.polling.tally.failed)
    hosts = monitor.polling.course.hosts
    assert isinstance(hosts, Hosts)

    assert hosts.wait("http://b.example.org/f", monitor.now()) > timedelta(minutes=29)


def test_a_platform_may_mean_one_feed_alone(made: Callable[..., Monitor]) -> None:
    """With poll.retry_after = "feed" the siblings of a feed told to wait are asked as before."""
    spacing = '1s"\nretry_after = "feed'
    monitor = made(["http://a.example.org/f"], throttled, spacing=spacing)
    monitor.poll_round()
    until(lambda: monitor.polling.tally.failed)
    hosts = monitor.polling.course.hosts
    assert isinstance(hosts, Hosts)

    assert hosts.wait("http://b.example.org/f", monitor.now()) < timedelta(seconds=2)
    [row] = monitor.store.feeds()
    assert datetime.fromisoformat(str(row["next_due"])) > monitor.now() + timedelta(minutes=29)


def test_an_address_without_a_name_speaks_for_one_feed(made: Callable[..., Monitor]) -> None:
    """Many servers may stand behind one address; only the feed itself waits."""
    monitor = made(["http://10.0.0.1/a"], throttled)
    monitor.poll_round()
    assert monitor.polling.settle(timedelta(seconds=10))

    hosts = monitor.polling.course.hosts
    assert isinstance(hosts, Hosts)
    assert hosts.wait("http://10.0.0.1/b", monitor.now()) < timedelta(seconds=1)


def test_a_reload_keeps_what_it_does_not_change(made: Callable[..., Monitor]) -> None:
    """The parser at work and the hosts' wishes stay; a poll under way ends by its own course."""
    go, begun = threading.Event(), threading.Event()

    def fetch(claim: Claim, now: datetime) -> Fetched:
        begun.set()
        go.wait(10)
        return page(claim, now)

    monitor = made(["http://10.0.0.1/a"], fetch)
    before = monitor.polling.course
    monitor.poll_round()
    assert begun.wait(5)
    old = monitor.parts
    monitor.reload(old.config)

    assert old.parser is monitor.parts.parser
    assert old.course.hosts is monitor.parts.course.hosts
    assert monitor.polling.follows(before)
    go.set()
    assert monitor.polling.settle(timedelta(seconds=10))
    monitor.poll_round()
    assert not monitor.polling.follows(before)
    assert 1 == monitor.polling.tally.polled


def test_a_reload_with_other_parsers_closes_the_old_ones_later(
    made: Callable[..., Monitor],
) -> None:
    """Not under the feet of a poll that has not parsed yet."""
    monitor = made(["http://10.0.0.1/a"])
    old = monitor.parts
    settings = old.config.settings
    poll = replace(settings.poll, max_entries=7)
    monitor.reload(replace(old.config, settings=replace(settings, poll=poll)))

    assert old.parser is not monitor.parts.parser
    assert 1 == monitor.poll_round()
    assert monitor.polling.settle(timedelta(seconds=10))


def test_a_pass_leaves_nothing_out(made: Callable[..., Monitor]) -> None:
    """More feeds than workers and places, all of one host: every one is polled once."""
    asked: list[str] = []

    def fetch(claim: Claim, now: datetime) -> Fetched:
        asked.append(claim.feed.id)
        return page(claim, now)

    monitor = made([f"http://10.0.0.1/{n}" for n in range(50)], fetch)

    assert 50 == monitor.poll_pass(everything=False)
    assert 50 == len(set(asked)) == len(asked)
    assert 0 == monitor.poll_pass(everything=False)
    assert 50 == monitor.poll_pass(everything=True)
    assert 100 == len(asked)


def test_a_clock_set_back_makes_nobody_wait(made: Callable[..., Monitor], tmp_path: Path) -> None:
    """Queued an hour from now, by the clock as it is after it was mended: due, and retried."""
    moved = [timedelta(hours=1)]

    def now() -> datetime:
        return datetime.now(UTC) + moved[0]

    monitor = made(["http://10.0.0.1/a"], now=now)
    (tmp_path / "alerts.jsonl").mkdir()  # where nothing can be written
    monitor.poll_round()
    assert monitor.polling.settle(timedelta(seconds=10))
    moved[0] = timedelta(0)

    assert 1 == monitor.deliver_round(to_the_end=True).failed
    assert 0 == monitor.deliver_round(to_the_end=True).attempted
    monitor.clock_set(timedelta(hours=1))
    assert 0 == monitor.deliver_round(to_the_end=True).attempted
    monitor.clock_set(timedelta(hours=-1))
    assert 1 == monitor.deliver_round(to_the_end=True).attempted
    assert 1 == monitor.poll_round(), "the feed polled in the future is due too"


def test_a_nearly_full_disk_is_not_polled_onto(
    made: Callable[..., Monitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said once when it begins and once when it ends."""
    monitor = made(["http://10.0.0.1/a"])
    free = [1_000_000]
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=free[0]))
    with capture_logs() as logs:
        assert 0 == monitor.poll_round()
        assert 0 == monitor.poll_pass(everything=True)
        assert "only 0 MB free" in monitor.health.faults()[0]
        free[0] = 10**12
        assert 1 == monitor.poll_round()

    assert ["disk nearly full", "disk has room again"] == [
        e["event"] for e in logs if "disk" in e["event"]
    ]


def test_upkeep_prunes_and_copies(made: Callable[..., Monitor], tmp_path: Path) -> None:
    """Old entries go, alerts stay; one copy a day, the oldest beyond the number kept deleted."""
    monitor = made([f"http://10.0.0.{n}/a" for n in range(1, 4)])
    settings = monitor.parts.config.settings
    store = replace(settings.store, backup=str(tmp_path / "copies"), backups=2)
    config = replace(monitor.parts.config, settings=replace(settings, store=store))
    monitor.reload(config)
    (tmp_path / "copies").mkdir()
    for day in ("20200101", "20200102", "20200103"):
        (tmp_path / "copies" / f"monitor-{day}.db").write_bytes(b"old")
    monitor.backup()
    monitor.backup()

    assert 0 == monitor.prune()
    kept = sorted(p.name for p in (tmp_path / "copies").glob("*.db"))
    assert ["monitor-20200103.db", f"monitor-{monitor.now():%Y%m%d}.db"] == kept
    assert () == monitor.health.faults()


def test_an_outage_of_ours_is_held_against_nobody(made: Callable[..., Monitor]) -> None:
    """However many hosts failed before it was known for one; the next pass finds them all well."""

    def nowhere(host: str, port: int) -> Sequence[str]:
        raise Refused(FailureReason.DNS, f"{host} does not resolve")

    urls = [f"https://{name}.example/feed" for name in ("one", "two", "three", "four")]
    monitor = made(urls, spacing="1s")
    poll = monitor.polling.course.stages.poll
    fetch = Fetcher(Egress(EgressSettings(), resolve=nowhere), poll).fetch
    course = monitor.polling.course
    monitor.polling.course = replace(course, stages=replace(course.stages, fetch=fetch))
    for _ in range(2):
        monitor.poll_pass(everything=True)

    rows = monitor.store.feeds()
    assert {("offline", 0.0)} == {(r["failure"], r["failures"]) for r in rows}
    assert [] == [e for e in monitor.store.events() if e["kind"] == "failing"]
