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
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from monitor.stores import postgres
from tests.end_to_end.cluster import Cluster, Paper, cluster
from tests.end_to_end.world import Runs, World
from tests.postgres import Server

FAILOVER: Final = 35.0  # seconds
NAMES: Final = {"ahead": 60.0, "right": 0.0, "behind": -60.0}  # seconds of their clocks
_CUT: Final = "behind"  # the node whose line can be cut


@dataclass(slots=True, kw_only=True)
class Course:
    """What was done when, and how it is done."""

    made: Cluster
    chance: random.Random
    done: list[tuple[str, float, float]] = field(default_factory=list)  # what, from, until
    scale: float = 1.0  # of the waits, for a short run
    say: Callable[[str], object] = lambda _line: None

    def run(self, name: str, act: Callable[[], None]) -> None:
        began = time.monotonic()
        act()
        self.done.append((name, began, time.monotonic()))
        self.say(f"{name} ({time.monotonic() - began:.0f} s)")

    def node(self) -> str:
        return self.chance.choice(list(NAMES))

    def kill(self) -> None:
        name = self.node()
        self.made.nodes[name].signal(signal.SIGKILL)
        self.made.nodes[name].process.wait()
        time.sleep(45 * self.scale)
        self.made.start(name)

    def stop(self) -> None:
        node = self.made.nodes[self.node()]
        node.signal(signal.SIGSTOP)
        time.sleep(30 * self.scale)
        node.signal(signal.SIGCONT)

    def restart(self) -> None:
        self.made.server.stop()
        time.sleep(5 * self.scale)
        self.made.server.start()

    def cut(self) -> None:
        self.made.line.cut()
        time.sleep(40 * self.scale)
        self.made.line.mend()


def disturb(course: Course, seconds: float) -> None:
    """Everything once, in any order and with quiet in between, and again until the time is up."""
    end = time.monotonic() + seconds
    things = [course.kill, course.stop, course.restart, course.cut]
    while True:
        course.chance.shuffle(things)
        for thing in things:
            time.sleep(course.chance.uniform(20, 40) * course.scale)
            course.run(thing.__name__, thing)
        if time.monotonic() > end:
            return


def left_alone(
    feeds: Mapping[str, Paper], done: Sequence[tuple[str, float, float]], since: float, until: float
) -> float:
    """Seconds, the longest that a feed was not asked, the database's restarts taken off."""
    longest = 0.0
    for paper in feeds.values():
        moments = [since, *(at for at in paper.asked if since < at < until), until]
        for a, b in pairwise(moments):
            away = sum(max(0.0, min(b, e + 15) - max(a, s)) for n, s, e in done if n == "restart")
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
    longest: float
    allowed: float

    @property
    def good(self) -> bool:
        whole = self.entries[0] == self.entries[1] and self.flagged[0] == self.flagged[1]
        told = not (self.queued or self.two_ids or self.undelivered)
        return whole and told and self.longest <= self.allowed


def judged(made: Cluster, feeds: Mapping[str, Paper], longest: float) -> Verdict:
    """Ask the store and the receiver."""
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
    return Verdict(
        entries=(counts["entries"], sum(len(p.items) for p in feeds.values())),
        flagged=(len(wanted & known), len(wanted)),
        queued=counts["queued"],
        alerts=len(alerts),
        two_ids=sum(len(set(found)) > 1 for found in ids.values()),
        undelivered=len(alerts.keys() - {alert for alert, _ in ids}),
        again=sum(len(found) - len(set(found)) for found in ids.values()),
        longest=longest,
        allowed=made.interval * 1.4 + FAILOVER,
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
    say: Callable[[str], object] = lambda _line: None,
) -> tuple[Verdict, Course]:  # fmt: skip
    """The whole course, and what came of it."""
    around.pages.update(feeds)
    with cluster(runs, server, "chaos", around, interval=interval) as made:
        for name, ahead in NAMES.items():
            made.add(name, feeds, ahead=ahead, by_line=name == _CUT)
            made.start(name)
        time.sleep(interval)
        course = Course(made=made, chance=random.Random(seed), scale=scale, say=say)
        began = time.monotonic()
        disturb(course, seconds)
        time.sleep(FAILOVER)
        ended = time.monotonic()
        settled(made, feeds, patience=4 * interval + 120)
        say(f"settled ({time.monotonic() - ended:.0f} s)")
        for node in made.nodes.values():
            node.end(patience=60)
        return judged(made, feeds, left_alone(feeds, course.done, began, ended)), course
