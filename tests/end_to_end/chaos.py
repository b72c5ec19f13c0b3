"""
What can happen to daemons that share a store, one thing after another, and what must be left.

A node is killed and comes back; a node is stopped (SIGSTOP) for 30 s and goes on; the database is
restarted; the line between one node and the database is cut for 40 s. The clocks of the nodes are
a minute ahead, right, and a minute behind. `scale` shortens every wait.
"""

import random
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

from monitor.stores import postgres
from tests.end_to_end.cluster import Cluster, Paper, Way, cluster
from tests.end_to_end.watch import Watch, Worst
from tests.end_to_end.world import Runs, World
from tests.postgres import Server

FAILOVER: Final = 35.0  # seconds
NAMES: Final = {"ahead": 60.0, "right": 0.0, "behind": -60.0}  # seconds of their clocks
EVERYTHING: Final = ("kill", "stop", "restart", "cut")
_CUT: Final = "behind"  # the node whose line can be cut


class Done(NamedTuple):
    """One disturbance, and how late anything was from its beginning until the next one's."""

    what: str
    whom: str  # "" where it is the database
    began: float  # monotonic
    ended: float
    worst: Worst


@dataclass(slots=True, kw_only=True)
class Course:
    """What was done when, and how it is done."""

    made: Cluster
    chance: random.Random
    watch: Watch
    done: list[Done] = field(default_factory=list)
    scale: float = 1.0  # of the waits, for a short run
    say: Callable[[str], object] = lambda _line: None
    began: float = field(default_factory=time.monotonic)

    def run(self, act: Callable[[], str]) -> None:
        """Do it, leave quiet after it, and say what both did to the feeds and deliveries."""
        self.watch.worst()
        began = time.monotonic()
        whom = act()
        ended = time.monotonic()
        time.sleep(self.chance.uniform(20, 40) * self.scale)
        worst = self.watch.worst()
        self.done.append(Done(act.__name__, whom, began, ended, worst))
        self.say(
            f"{(began - self.began) / 60:5.1f} min  {act.__name__:<8}{whom:<7}"
            f"{ended - began:3.0f} s  latest feed, delivery: {worst}"
        )

    def node(self) -> str:
        return self.chance.choice(list(NAMES))

    def kill(self) -> str:
        name = self.node()
        self.made.nodes[name].signal(signal.SIGKILL)
        self.made.nodes[name].process.wait()
        time.sleep(45 * self.scale)
        self.made.start(name)
        return name

    def stop(self) -> str:
        name = self.node()
        self.made.nodes[name].signal(signal.SIGSTOP)
        time.sleep(30 * self.scale)
        self.made.nodes[name].signal(signal.SIGCONT)
        return name

    def restart(self) -> str:
        with self.watch.away():
            self.made.server.stop()
            time.sleep(5 * self.scale)
            self.made.server.start()
        return ""

    def cut(self) -> str:
        self.made.way.cut()
        time.sleep(40 * self.scale)
        self.made.way.mend()
        return _CUT


def disturb(course: Course, seconds: float, only: Sequence[str]) -> None:
    """Everything once, in any order and with quiet in between, and again until the time is up."""
    end = time.monotonic() + seconds
    all_ = (course.kill, course.stop, course.restart, course.cut)
    things = [thing for thing in all_ if thing.__name__ in only]
    time.sleep(30 * course.scale)
    while True:
        course.chance.shuffle(things)
        for thing in things:
            course.run(thing)
            if time.monotonic() > end and len({one.what for one in course.done}) == len(things):
                return


def left_alone(
    feeds: Mapping[str, Paper], done: Sequence[Done], since: float, until: float
) -> float:
    """Seconds, the longest that a feed was not asked, the database's restarts taken off."""
    away_from = [(one.began, one.ended + 15) for one in done if one.what == "restart"]
    longest = 0.0
    for paper in feeds.values():
        moments = [since, *(at for at in paper.asked if since < at < until), until]
        for a, b in pairwise(moments):
            away = sum(max(0.0, min(b, e) - max(a, s)) for s, e in away_from)
            longest = max(longest, b - a - away)
    return longest


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is there in the end, beside what there should be."""

    entries: tuple[int, int]
    flagged: tuple[int, int]  # told, or silent for a reason in the store
    queued: int
    alerts: int
    two_ids: int  # alerts that arrived under more than one id
    undelivered: int
    again: int  # deliveries that arrived more than once, under the same id
    asked: int  # polls, as the publishers count them
    kept: int  # of them, under the fence of their claim
    twice: int  # feeds of which more polls were kept than claimed, or an entry more than once
    longest: float  # seconds that a feed was not asked
    allowed: float
    failover: float  # seconds that what was due waited, at most, after what happened to a node

    @property
    def good(self) -> bool:
        whole = self.entries[0] == self.entries[1] and self.flagged[0] == self.flagged[1]
        told = not (self.queued or self.two_ids or self.undelivered or self.twice)
        return whole and told and self.longest <= self.allowed and self.failover <= FAILOVER


def judged(
    made: Cluster, feeds: Mapping[str, Paper], watch: Watch, *, longest: float, failover: float
) -> Verdict:
    """Ask the store, the publishers and the receiver."""
    wanted = {t for p in feeds.values() for t, _ in p.items if " zq" in t}
    ids: dict[tuple[str, int], list[str]] = defaultdict(list)
    for got in made.around.got:
        ids[got.alert["alert"], got.alert["revision"]].append(got.id)
    store = postgres.open(made.server.url(made.schema))
    try:
        counts = store.counts()
        alerts = {str(row["alert"]): str(row["story"]) for row in store.alerts(limit=1_000_000)}
        known: set[str] = set()
        for name in {*alerts, *alerts.values()}:
            known |= {str(one["title"]) for one in store.decisions(name)}
    finally:
        store.close()
    kept, twice = watch.fences()
    return Verdict(
        entries=(counts["entries"], sum(len(p.items) for p in feeds.values())),
        flagged=(len(wanted & known), len(wanted)),
        queued=counts["queued"],
        alerts=len(alerts),
        two_ids=sum(len(set(found)) > 1 for found in ids.values()),
        undelivered=len(alerts.keys() - {alert for alert, _ in ids}),
        again=sum(len(found) - len(set(found)) for found in ids.values()),
        asked=sum(len(paper.asked) for paper in feeds.values()),
        kept=kept,
        twice=twice,
        longest=longest,
        allowed=made.interval * 1.4 + FAILOVER,
        failover=failover,
    )


def settled(made: Cluster, feeds: Mapping[str, Paper], patience: float) -> None:
    """Until everything is read and told, or patience is at its end."""
    wanted = sum(len(p.items) for p in feeds.values())
    end = time.monotonic() + patience
    while time.monotonic() < end:
        store = postgres.open(made.server.url(made.schema))
        counts = store.counts()
        store.close()
        if counts["entries"] >= wanted and not counts["queued"]:
            return
        time.sleep(1)


def chaos(
    runs: Runs, server: Server, around: World, feeds: Mapping[str, Paper],
    *, seconds: float, interval: float, seed: int, scale: float = 1.0,
    say: Callable[[str], object] = lambda _line: None, way: Way | None = None,
    only: Sequence[str] = EVERYTHING,
) -> tuple[Verdict, Course]:  # fmt: skip
    """The whole course, and what came of it."""
    around.pages.update(feeds)
    with cluster(runs, server, "chaos", around, interval=interval, way=way) as made:
        for name, ahead in NAMES.items():
            made.add(name, feeds, ahead=ahead, by_way=name == _CUT)
            made.start(name)
        time.sleep(interval)
        url = server.url(made.schema)
        with closing(Watch(url, feeds, interval=interval, every=scale)) as watch:
            course = Course(
                made=made, chance=random.Random(seed), watch=watch, scale=scale, say=say
            )
            disturb(course, seconds, only)
            time.sleep(FAILOVER * scale)
            ended = time.monotonic()
            settled(made, feeds, patience=4 * interval + 300 * scale)
            say(f"settled ({time.monotonic() - ended:.0f} s)")
            verdict = judged(
                made, feeds, watch,
                longest=left_alone(feeds, course.done, course.began, ended),
                failover=max((d.worst.late for d in course.done if d.what != "restart"), default=0),
            )  # fmt: skip
        return verdict, course
