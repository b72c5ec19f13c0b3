"""
How fast the console's pages are over a large store.

    python -m bench.console_pages [--stories 100000] [--entries 1000000] [--keep FILE]

The store is filled by SQL, as the daemon would have left it; then a real console serves it on
loopback and one visitor asks. Bars: the first page 100 ms, 99 of 100 desk pages within 300 ms.
"""

import argparse
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random
from time import perf_counter, sleep
from typing import Any, Final

from bench.console_beside import Daemon, asked, compare
from monitor.assembly import rules
from monitor.config.console import ConsoleSettings
from monitor.config.load import read, shipped
from monitor.console import Server
from monitor.console.access import Access
from monitor.console.health import Probes
from monitor.console.office import Office
from monitor.console.site import Site
from monitor.model import Act, Alert, Reason, Severity, Source, Stage
from monitor.ports import Store
from monitor.stores import _codec as codec
from monitor.stores._facets import facets, flows
from monitor.stores.sqlite import open as sqlite

FIRST_BAR_MS, WORST_BAR_MS = 100.0, 300.0
NOW: Final = datetime(2026, 8, 1, 12, tzinfo=UTC)
_STATES: Final = (
    "us",
    "ru",
    "cn",
    "fr",
    "de",
    "it",
    "gb",
    "tr",
    "kr",
    "il",
    "ir",
    "kp",
    "ua",
    "in",
)
_GOODS: Final = ("artillery", "tank", "missile", "uav", "aircraft", "ammunition")
_PARTS: Final = "har vel mon tri sal kor den pul bour tern sula gate".split()
_WORDS: Final = tuple(f"{a}{b}{c}" for a in _PARTS for b in _PARTS for c in _PARTS)
# Zipf's law, so that some words are in most texts and most words in few.
_SUMS: Final = tuple(accumulate(1 / rank for rank in range(8, 8 + len(_WORDS))))
_ROUNDS: Final = 30


def _text(luck: Random, words: int) -> str:
    return " ".join(luck.choices(_WORDS, cum_weights=_SUMS, k=words))


def alert(number: int, luck: Random) -> Alert:
    """An invented one; the higher the number the older."""
    at = NOW - timedelta(minutes=4 * number)
    title = _text(luck, 9).capitalize()
    act = Act(
        stage=luck.choice(list(Stage)),
        suppliers=(luck.choice(_STATES),),
        recipients=tuple(luck.sample(_STATES, luck.choice((1, 1, 1, 2)))),
        categories=(luck.choice(_GOODS),),
        quantity=str(luck.randrange(500)),
    )
    word = title.split()[0]
    reason = Reason(
        field="title", start=0, end=len(word), text=word, concept="stage:agreed", weight=0.9
    )
    return Alert(
        id=f"al-{number:024}", story=f"s-{number:024}", revision=1, topic="arms-transfers",
        severity=luck.choice(list(Severity)), title=title,
        url=f"https://paper{number % 99}.example/{number}",
        outlet=f"paper{number % 99}.example", published=at, first_seen=at, at=at,
        summary=_text(luck, 30), act=act, reasons=(reason,),
        sources=(Source(outlet="paper.example", url="https://paper.example/1", published=at),),
        score=0.9, language=luck.choice(("en", "de", "ru", "ko")), severity_why="high",
        feed_id="f0",
    )  # fmt: skip


def fill(path: Path, stories: int, entries: int) -> None:
    """A store of that size."""
    sqlite(f"sqlite:///{path}").close()
    c = sqlite3.connect(path, isolation_level=None)
    c.executescript(
        "pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -400000"
    )
    c.execute("begin")
    luck = Random(7)
    feed = {"id": "f0", "url": "https://paper.example/f", "origin": "config", "active": 1,
            "paused": 0, "position": 0, "language": "en", "outlet": "paper.example", "pack": "x",
            "title": "Paper", "last_known_live": "", "full_text": "",
            "next_due_at": codec.moment(NOW)}  # fmt: skip
    _insert(c, "feeds", [feed])
    c.execute("insert into sinks (name) values ('desk')")
    for start in range(0, stories, 5_000):
        _tell(c, [alert(n, luck) for n in range(start, min(stories, start + 5_000))])
    for start in range(0, entries, 20_000):
        _read(c, range(start, min(entries, start + 20_000)), stories, entries, luck)
    c.execute("commit")
    c.execute("analyze")
    c.close()


def _tell(c: sqlite3.Connection, alerts: Sequence[Alert]) -> None:
    rows, found, flowing, sent, told = [], [], [], [], []
    for one in alerts:
        at, payload = codec.moment(one.at), codec.alert_json(one)
        rows.append({"id": one.id, "revision": 1, "story": one.story, "topic": one.topic,
                     "severity": one.severity.value, "title": one.title, "outlet": one.outlet,
                     "url": one.url, "at": at, "test": 0, "payload": payload,
                     "checksum": ""})  # fmt: skip
        found += [
            {"kind": k, "value": v, "at": at, "alert": one.id}
            for k, v in (*facets(one), ("mark", "open"))
        ]
        flowing += [{"alert": one.id, "supplier": s, "recipient": r, "category": k, "stage": t,
                     "at": at} for s, r, k, t in flows(one)]  # fmt: skip
        sent.append({"id": f"dl{one.id}", "alert": one.id, "revision": 1, "sink": "desk", "due": at,
                     "state": "done", "attempt": 1, "queued_at": at, "ended_at": at})  # fmt: skip
        told.append({"id": one.story, "first_seen": at, "last_seen": at, "size": 1, "revision": 1})
    for table, values in (
        ("alerts", rows),
        ("alert_facets", found),
        ("alert_flows", flowing),
        ("deliveries", sent),
        ("stories", told),
    ):
        _insert(c, table, values)


def _read(c: sqlite3.Connection, numbers: range, stories: int, entries: int, luck: Random) -> None:
    """Entries with their decisions and words, the oldest first; one of each few raised an alert."""
    rows, words, judged, members = _none(), _none(), _none(), _none()
    each = entries // stories
    for n in numbers:
        at = codec.moment(NOW - timedelta(seconds=24 * (entries - n)))
        flagged, told_as = n % each == 0, stories - 1 - n // each
        title, summary, url = _text(luck, 7), _text(luck, 12), f"https://paper.example/e{n}"
        story, told = (f"s-{told_as:024}", f"al-{told_as:024}") if flagged else ("", "")
        score, stop, what = (
            (0.9, None, "first") if flagged else (luck.random() * 0.4, "match", None)
        )
        own = ("f0", f"e{n}", 1, url, title, summary, "", "en", "paper.example")
        rows.append((n + 1, *own, at, at, "", int(flagged)))
        words.append((n + 1, title, summary, ""))
        judged.append((n + 1, _TOPIC, at, int(flagged), score, 0.5, "r1", "en", None, "[]", "[]",
                       "{}", "why", stop, "why", story, what, told))  # fmt: skip
        if flagged:
            members.append((story, "f0", f"e{n}", title, summary, url, "paper.example", "en", at,
                            at, _TOPIC, 0.9, None, "first", "{}", ""))  # fmt: skip
    for table, columns, values in zip(
        _COLUMNS, _COLUMNS.values(), (rows, words, judged, members), strict=True
    ):
        marks = ",".join("?" * len(columns.split()))
        sql = f"insert into {table} ({','.join(columns.split())}) values ({marks})"
        c.executemany(sql, values)


def _none() -> list[tuple[Any, ...]]:
    return []


_TOPIC: Final = "arms-transfers"
_COLUMNS: Final = {
    "entries": "seq feed_id id revision url title summary text language outlet published seen_at"
    " content held",
    "search": "rowid title summary text",
    "decisions": "entry topic at flagged score threshold rule_version language act reasons vetoes"
    " parts match_why stopped_by why story relation alert",
    "members": "story feed_id entry_id title summary url outlet language published seen topic"
    " score act relation link credit",
}


def _insert(c: sqlite3.Connection, table: str, rows: Sequence[dict[str, Any]]) -> None:
    columns, values = ",".join(rows[0]), ",".join(f":{name}" for name in rows[0])
    c.executemany(f"insert or ignore into {table} ({columns}) values ({values})", rows)


DESK: Final = (
    "/",
    "/?party=Russia",
    "/?supplier=fr&recipient=in",
    "/?stage=agreed&category=tank&severity=high",
    "/?language=ko&since=30d",
    f"/?q={_WORDS[30]}",
    f"/?q={_WORDS[0]}",
    f"/?q={_WORDS[200]}+{_WORDS[300]}&stage=refused",
    "/?after=2026-05-01T00:00:00.000000Z~al-1",
    "/?outlet=paper7.example&severity=critical",
    "/story/s-000000000000000000000500",
    "/feed.rss?party=us",
    "/api/v1/alerts?limit=50",
)
OTHERS: Final = ("/flows?since=30d", "/flows", "/feeds", "/delivery", "/why", "/health")


@contextmanager
def served(store: Store) -> Iterator[str]:
    config = read(shipped(), {})
    config = replace(config, feeds=())
    probes = Probes(
        reasons=lambda: (), ages=dict, metrics=lambda: b"", metrics_type="text/plain", version="0"
    )
    compiled = rules(config)
    office = Office(
        store=store, config=lambda: config, rules=lambda: compiled, now=lambda: NOW, probes=probes,
        access=Access(ConsoleSettings(listen=""), b"key"), look=lambda _url: {},
    )  # fmt: skip
    server = Server("127.0.0.1", 0, probes, site=Site(office))
    server.start()
    try:
        yield server.address
    finally:
        server.stop()


def share(times: Sequence[float], percent: int) -> float:
    return sorted(times)[max(0, -(-len(times) * percent // 100) - 1)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--stories", type=int, default=100_000)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, default=None, help="fill this file once, use it again")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="console-pages-") as folder:
        path = given.keep or Path(folder) / "m.db"
        if not path.exists():
            began = perf_counter()
            fill(path, given.stories, given.entries)
            print(f"filled in {perf_counter() - began:.0f} s, {path.stat().st_size >> 20} MB")
        store = sqlite(f"sqlite:///{path}")
        with served(store) as address:
            failed = measure(address)
            daemon = Daemon(store, read(shipped(), {}), lambda luck: _text(luck, 2))
            compare(daemon, address, (*DESK, *OTHERS))
        store.close()
    sys.exit(1 if failed else 0)


def measure(address: str) -> bool:
    """Print what each page takes; True when a bar is missed."""
    cold = asked(address, "/")
    sleep(1)
    first = asked(address, "/")
    every: list[float] = []
    for path in (*DESK, *OTHERS):
        times = [asked(address, path) for _ in range(_ROUNDS if path in DESK else 3)]
        every += times if path in DESK else []
        print(f"{share(times, 50):8.1f} ms median {max(times):8.1f} ms worst  {path}")
    p99 = share(every, 99)
    print(f"first page {first:.1f} ms (bar {FIRST_BAR_MS:g}; {cold:.1f} ms right after the start), "
          f"desk pages p99 {p99:.1f} ms (bar {WORST_BAR_MS:g})")  # fmt: skip
    return first > FIRST_BAR_MS or p99 > WORST_BAR_MS


if __name__ == "__main__":
    main()
