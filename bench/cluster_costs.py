"""
What one poll, entry and delivery cost the nodes and the database, for bench.cluster_simulation.

    python -m bench.cluster_costs [--feeds 1000] [--write]

`monitor once` reads many feeds of a server on loopback into a PostgreSQL of its own, fsync on:
everything new, nothing new (304), one new entry each. Processor time is that of the whole process
tree and of the database's processes; log and disk are what the database says; a run over one feed
is what starting costs, and is taken off. Deliveries are those of the product's loop to a receiver
on loopback. The time in which nobody else may write
what tells a story is measured around one transaction at a time.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bench.cluster_simulation import COSTS, Costs
from bench.delivery_latency import Receiver, _webhook, alert
from bench.feed_farm import farm, port_of, switch
from bench.feed_passes import address
from bench.feed_server import ENTRIES
from bench.idle_cost import cpu_seconds, tree
from monitor import log
from monitor.config.load import shipped
from monitor.deliver import Flying, deliver
from monitor.egress import Egress, EgressSettings
from monitor.model import Changes, Claim, Delivery, Entry, Feed, Pace, Unchanged, Validators
from monitor.ports import Store
from monitor.stores import postgres
from tests.postgres import Server, programs

_DELIVERIES: Final = 1_000
_COMMITS: Final = 200
_SETTINGS: Final = """
[store]
url = "{url}"
[poll]
host_connections = 32
host_spacing = "0s"
[egress]
allow_private = ["127.0.0.0/8"]
[log]
level = "error"
[sinks.archive]
kind = "jsonl"
path = "{folder}/alerts.jsonl"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a piece of work took: seconds of processor, and bytes."""

    node: float
    database: float
    log: float
    disk: float

    def less(self, other: "Spent") -> "Spent":
        pairs = zip(asdict(self).items(), asdict(other).values(), strict=True)
        return Spent(**{name: mine - its for (name, mine), its in pairs})


class Meter:
    """Reads the clocks of this process with its children, and those of the database."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def read(self) -> Spent:
        [[log, disk]] = self._server.run(
            "select (pg_current_wal_lsn() - '0/0')::float8, pg_database_size(current_database())",
        )
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return Spent(
            node=sum(u.ru_utime + u.ru_stime for u in used),
            database=self._database(),
            log=float(str(log)),
            disk=float(str(disk)),
        )

    def _database(self) -> float:
        """Of the server, its processes now and those that have ended."""
        pid = self._server.pid
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ended = (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
        for _ in range(10):  # one of them may end while it is read
            with suppress(FileNotFoundError):
                return cpu_seconds(tree(pid)) + ended
        raise RuntimeError("the database's processes come and go too fast to be measured")


def _configure(folder: Path, url: str, count: int, port: int) -> Path:
    """A configuration of so many feeds, with everything else as shipped."""
    root = folder / f"config-{count}"
    shutil.copytree(shipped(), root)
    shutil.rmtree(root / "feeds")
    (root / "feeds").mkdir()
    (root / "monitor.toml").write_text(_SETTINGS.format(url=url, folder=folder), "utf-8")
    rows = (f'[[feeds]]\nid = "f{n}"\nurl = "{address(n, port)}"\nlanguage = "en"\n'
            for n in range(count))  # fmt: skip
    (root / "feeds" / "all.toml").write_text("".join(rows), "utf-8")
    return root


def _once(root: Path, polled: int) -> None:
    words = [sys.executable, "-m", "monitor", "once", "--all", "--json", "--config", str(root)]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=sys.stderr, check=True)
    assert polled == json.loads(done.stdout.splitlines()[-1])["feeds_polled"]


def polls(server: Server, meter: Meter, folder: Path, count: int) -> Mapping[str, Spent]:
    """What each pass over the feeds took, starting left out."""
    found: dict[str, Spent] = {}
    with farm(count) as told:
        port = port_of(told)
        single = _configure(folder, server.fresh("alone"), 1, port)
        _once(single, 1)
        before = meter.read()
        _once(single, 1)
        start = meter.read().less(before)
        root = _configure(folder, server.fresh("many"), count, port)
        for name, mode in (("first", "first"), ("nothing", "first"), ("one", "second")):
            switch(told, mode)
            before = meter.read()
            _once(root, count)
            found[name] = meter.read().less(before).less(start)
    return found


@contextmanager
def _store(server: Server, name: str) -> Iterator[Store]:
    store: Store = postgres.open(server.fresh(name))
    try:
        yield store
    finally:
        store.close()


def deliveries(server: Server, meter: Meter) -> Spent:
    """What the product's loop takes to send so many webhooks."""
    receiver, gate = Receiver(), Egress(EgressSettings(allow_private=("127.0.0.0/8",)))
    sinks = {"one": _webhook(receiver.url, gate)}
    with _store(server, "sending") as store, ThreadPoolExecutor(64) as pool:
        due, flying = datetime.now(UTC), Flying()
        whole = [
            Delivery(id=f"dl-{n}", alert=replace(alert(n), story=f"s-{n}"), sink="one", due=due)
            for n in range(_DELIVERIES)
        ]
        with store.writing():
            store.add_deliveries(whole)
        before = meter.read()
        while store.counts()["queued"]:
            deliver(
                store, sinks, lambda: datetime.now(UTC), owner="bench",
                lease=timedelta(minutes=2), limit=64, pool=pool, flying=flying,
            )  # fmt: skip
            threading.Event().wait(0.005)
        spent = meter.read().less(before)
    receiver.seen()
    return spent


def alone(server: Server) -> tuple[float, float]:
    """Milliseconds of one transaction at a time: a poll with nothing new, and each new entry."""
    now = datetime.now(UTC)
    with _store(server, "alone_writing") as store:
        feed = Feed(id="f", url="https://f.example/feed", language="en", outlet="f.example")
        store.sync([feed], now)
        nothing = _commits(store, now, 0)
        thirty = _commits(store, now, ENTRIES)
    return nothing, (thirty - nothing) / ENTRIES


def _commits(store: Store, now: datetime, new: int) -> float:
    """Median milliseconds of a commit with so many new entries."""
    took: list[float] = []
    for turn in range(_COMMITS):
        [claim] = store.claim(now, 1, owner="b", lease=timedelta(days=1), everything=True)
        changes = _changes(claim, now, turn, new)
        began = time.perf_counter()
        with store.writing():
            assert store.commit(changes)
        took.append(1_000 * (time.perf_counter() - began))
    return sorted(took)[len(took) // 2]


def _changes(claim: Claim, now: datetime, turn: int, new: int) -> Changes:
    text = "Ministers of the two harbour towns opened the new ferry line on Tuesday. " * 4
    entries = tuple(
        Entry(
            feed_id="f", id=f"{new}-{turn}-{n}", url=f"https://f.example/{new}/{turn}/{n}",
            title=f"Ferry line {turn} of town {n} opens", summary=text, language="en",
            outlet="f.example", published=now,
        )
        for n in range(new)
    )  # fmt: skip
    answer = Unchanged(at=now, validators=Validators())
    pace = Pace(next_due=now, interval=timedelta(minutes=15))
    return Changes(claim=claim, at=now, outcome=answer, pace=pace, entries=entries)


def costs(passes: Mapping[str, Spent], sent: Spent, lone: tuple[float, float], n: int) -> Costs:
    """The passes taken apart: a first pass is a document and all its entries, and so on."""
    first, nothing, one = passes["first"], passes["nothing"], passes["one"]
    entry = {k: (v - asdict(one)[k]) / n / (ENTRIES - 1) for k, v in asdict(first).items()}
    poll = {k: v / n for k, v in asdict(nothing).items()}
    document = {k: v / n - poll[k] - entry[k] for k, v in asdict(one).items()}
    ms = 1_000.0
    return Costs(
        node_poll_ms=ms * poll["node"],
        node_document_ms=ms * document["node"],
        node_entry_ms=ms * entry["node"],
        node_delivery_ms=ms * sent.node / _DELIVERIES,
        database_poll_ms=ms * poll["database"],
        database_document_ms=ms * document["database"],
        database_entry_ms=ms * entry["database"],
        database_delivery_ms=ms * sent.database / _DELIVERIES,
        alone_poll_ms=lone[0],
        alone_entry_ms=lone[1],
        log_poll_bytes=poll["log"],
        log_entry_bytes=entry["log"],
        disk_entry_bytes=entry["disk"],
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0].strip())
    parser.add_argument("--feeds", type=int, default=1_000)
    parser.add_argument("--write", action="store_true", help=f"into {COSTS.name}")
    given = parser.parse_args()
    where = programs()
    if where is None:
        print("no PostgreSQL here: install the dev extra, or Debian's postgresql", file=sys.stderr)
        return 1
    log.configure("error", "text", (), sys.stderr)
    server = Server(where, fsync="on", full_page_writes="on", autovacuum="on")
    try:
        with tempfile.TemporaryDirectory() as name:
            meter = Meter(server)
            passes = polls(server, meter, Path(name), given.feeds)
            found = costs(passes, deliveries(server, meter), alone(server), given.feeds)
    finally:
        server.remove()
    rounded = {name: round(value, 3) for name, value in asdict(found).items()}
    told: dict[str, Any] = {"feeds": given.feeds, "costs": rounded}
    print(json.dumps(told, indent=1))
    if given.write:
        COSTS.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
