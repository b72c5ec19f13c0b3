"""
What visitors of the console cost the daemon: polls, deliveries and writes alone and beside them.

Used by bench.console_pages, on its store. A poll finds 30 new entries and judges, tells and
commits them; a delivery goes to a sink that answers at once, so that the store is what is slow.
"""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from itertools import count, cycle
from random import Random
from time import perf_counter, sleep
from typing import Final

from monitor import log
from monitor.alert import Policy
from monitor.assembly import judging, rules
from monitor.config.load import Config
from monitor.deliver import deliver
from monitor.match.regimes import facts
from monitor.model import (
    Claim,
    Delivery,
    Entry,
    Feed,
    Fetched,
    Label,
    Opinion,
    Outcome,
    Parsed,
    Validators,
    Verdict,
    View,
)
from monitor.pipeline import Stages, poll
from monitor.ports import Store

VISITORS: Final = 5
_POLLS, _SENDS, _WRITES = 25, 600, 100
_HEADLINES: Final = (
    "Norway to supply {n} howitzers to Latvia in deal near {name}",
    "Storm over {name} leaves {n} homes without power",
    "Chile halts export of {n} armoured vehicles to Peru, {name} says",
    "{name} wins {n} matches in a row",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What the daemon managed."""

    polls: Sequence[float]  # milliseconds each
    deliveries: float  # a second
    writes: Sequence[float]  # milliseconds each


class _Quick:
    """A sink that takes everything at once."""

    def send(self, _delivery: Delivery, _now: datetime) -> Outcome:
        return Outcome(verdict=Verdict.DELIVERED)

    def close(self) -> None:
        """Nothing is open."""


class Daemon:
    """Its work on a store, without a network."""

    def __init__(self, store: Store, config: Config, word: Callable[[Random], str]) -> None:
        log.configure("critical", "auto", ())
        self._store, self._word, self._luck = store, word, Random(3)
        self._numbers = count()
        self._stages = Stages(
            fetch=self._fetched, parse=self._parsed, rules=rules(config),
            stories=judging(config), policy=Policy(routes=config.routes),
            facts=facts(config.knowledge.regimes), store=store, poll=config.settings.poll,
            now=self.now,
        )  # fmt: skip

    def now(self) -> datetime:
        return datetime.now(UTC)

    def measured(self) -> Cost:
        """One after the other, as they would disturb each other too."""
        return Cost(polls=self._polls(), deliveries=self._deliveries(), writes=self._writes())

    def _polls(self) -> Sequence[float]:
        self._store.sync(
            [
                Feed(
                    id="bench", url="https://bench.example/f", language="en", outlet="bench.example"
                )
            ],
            self.now(),
        )
        found = []
        for _ in range(_POLLS):
            [claim] = self._store.claim(
                self.now(), 1, owner="bench", lease=timedelta(minutes=9), everything=True
            )
            began = perf_counter()
            polled = poll(claim, self._stages)
            if polled.kept is None:
                assert [True] == self._store.keep_all([polled.changes])
            found.append(1000 * (perf_counter() - began))
            sleep(0.02)
        return found

    def _fetched(self, _claim: Claim, now: datetime) -> Fetched:
        return Fetched(body=b"", media_type="", charset="", url="", at=now, validators=Validators())

    def _parsed(self, fetched: Fetched, feed: Feed, _known: object) -> Parsed:
        entries = tuple(self._entry(feed, fetched.at) for _ in range(30))
        return Parsed(format="rss_atom", title="", entries=entries)

    def _entry(self, feed: Feed, at: datetime) -> Entry:
        n = next(self._numbers)
        form = _HEADLINES[n % len(_HEADLINES)]
        title = form.format(n=self._luck.randrange(10, 900), name=self._word(self._luck).title())
        return Entry(
            feed_id=feed.id, id=f"b{at.timestamp()}-{n}", url=f"https://bench.example/{n}",
            title=title, summary=self._word(self._luck), language="en", published=at,
        )  # fmt: skip

    def _deliveries(self) -> float:
        alerts, now = self._store.page(View(), limit=_SENDS).alerts, self.now()
        self._store.add_deliveries(
            [
                Delivery(id=f"dl-b-{now.timestamp()}-{n}", alert=a, sink="bench", due=now)
                for n, a in enumerate(alerts)
            ]
        )
        sinks = {"bench": _Quick()}
        began = perf_counter()
        with ThreadPoolExecutor(64) as pool:
            done = deliver(
                self._store, sinks, self.now, owner="bench", lease=timedelta(minutes=9),
                limit=64, pool=pool,
            )  # fmt: skip
        return done.attempted / (perf_counter() - began)

    def _writes(self) -> Sequence[float]:
        found = []
        for n in range(_WRITES):
            label = Label(opinion=Opinion.SEEN, at=self.now(), author=f"{n}", alert=f"al-{n}")
            began = perf_counter()
            self._store.add_label(label)
            found.append(1000 * (perf_counter() - began))
            sleep(0.01)
        return found


@contextmanager
def visited(address: str, paths: Sequence[str], pause: float) -> Iterator[list[float]]:
    """
    Visitors who load page after page, resting so many seconds; how long each page took, at the end.

    In a process of their own, as browsers are.
    """
    given = [address, str(pause), *paths]
    crowd = subprocess.Popen(
        [sys.executable, "-m", "bench.console_beside", *given],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    times = list[float]()
    try:
        yield times
    finally:
        told, _ = crowd.communicate("over\n")
        times += map(float, told.split())


def _wander(address: str, pause: float, paths: Sequence[str]) -> None:
    """Until something is said on standard input, then print the times."""
    over, times = threading.Event(), list[float]()

    def visit(number: int) -> None:
        luck = Random(number)
        for path in cycle(luck.sample(paths, len(paths))):
            if over.wait(pause * luck.uniform(0.5, 1.5)):
                return
            times.append(asked(address, path))

    crowd = [threading.Thread(target=visit, args=(n,), daemon=True) for n in range(VISITORS)]
    for one in crowd:
        one.start()
    sys.stdin.readline()
    over.set()
    for one in crowd:
        one.join()
    print(*times)


def asked(address: str, path: str) -> float:
    """Milliseconds from the request to the last byte."""
    host, _, port = address.rpartition(":")
    began = perf_counter()
    line = HTTPConnection(host, int(port), timeout=120)
    line.request("GET", path)
    answer = line.getresponse()
    answer.read()
    line.close()
    if answer.status != 200:
        print(f"{path}: {answer.status}", file=sys.stderr)
    return 1000 * (perf_counter() - began)


def compare(daemon: Daemon, address: str, paths: Sequence[str]) -> None:
    """Print the daemon's work alone, beside five people, and beside five that never rest."""
    daemon.measured()  # the first stories make the judge
    print(_line("nobody visits", daemon.measured()))
    for name, pause in ((f"{VISITORS} click once a second", 1.0), (f"{VISITORS} never rest", 0.0)):
        with visited(address, paths, pause) as times:
            began = perf_counter()
            cost = daemon.measured()
            seconds = perf_counter() - began
        rate = len(times) / seconds
        print(f"{_line(name, cost)}; {rate:.1f} pages/s, half within {_half(times):.0f} ms")


def _line(name: str, cost: Cost) -> str:
    worst = sorted(cost.polls)[-1]
    return (
        f"{name:>22}: a poll of 30 new entries {_half(cost.polls):5.0f} ms (worst {worst:.0f}), "
        f"{cost.deliveries:4.0f} deliveries/s, a write {_half(cost.writes):.1f} ms"
    )


def _half(times: Sequence[float]) -> float:
    return sorted(times)[len(times) // 2] if times else 0.0


if __name__ == "__main__":
    _wander(sys.argv[1], float(sys.argv[2]), sys.argv[3:])
