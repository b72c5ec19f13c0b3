"""
A million feeds and fifty million entries a day on paper hardware: what gives way first, and when.

    python -m bench.cluster_simulation [--feeds 1000000] [--entries 50000000] [--seed 1] [--json]

One day in steps of a second, for each number of nodes. Every step brings polls, new entries and
deliveries (bench.cluster_workload: the product's own pace decides how often a feed is asked);
each costs what `python -m bench.cluster_costs` measured, written in bench/cluster_costs.json; and
what a resource cannot do in its second waits. The day has its troubles: at 03:00 the database is
away for 30 s, at 10:00 an upgrade takes the nodes down one by one, at 14:00 one of them dies for
an hour, and from 18:00 for an hour ten times as many entries are about arms.

The same seed gives the same day. The hardware is a table below; so is what is a guess.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bench.cluster_workload import Kind, kinds

COSTS: Final = Path(__file__).with_name("cluster_costs.json")
NODES: Final = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
KEPT_UP: Final = 60.0  # seconds that work may wait, the outage of the database left out
_SECONDS: Final = 86_400
_HOUR: Final = 3_600
_OUTAGE: Final = (3 * _HOUR, 30)  # start, seconds
_UPGRADE: Final = (10 * _HOUR, 20)  # start, seconds for each node
_DEATH: Final = (14 * _HOUR, _HOUR)
_NEWS: Final = (18 * _HOUR, _HOUR, 10.0)  # start, seconds, times as many

Series: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """What a node and the database have; rented machines of 2026, middle of the list."""

    node_cores: int = 4
    node_mbit: float = 1_000.0
    database_cores: int = 16
    database_disk_mb: float = 500.0  # a second, of log and pages together
    database_tb: float = 16.0
    core: float = 1.0  # how fast a core is, the measuring machine's being 1
    retention_days: int = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """What no measurement here can tell; each is said in the output."""

    flagged: float = 0.003  # of all entries: bench.fit_detection's rate on ordinary news
    sinks: float = 5.0  # deliveries for each alert
    alerted: float = 0.5  # of the flagged: the others are copies of a story already told
    body_kb: float = 12.0  # of a document on the wire, gzip
    answer_kb: float = 0.6  # of a 304 with its request
    night: float = 0.6  # entries swing by so much around their mean over the day


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Measured; milliseconds of one core, and bytes."""

    node_poll_ms: float  # asking, 304, writing that nothing was new
    node_document_ms: float  # more, when a document came
    node_entry_ms: float  # more, for each new entry: parsing, judging, writing
    node_delivery_ms: float
    database_poll_ms: float
    database_document_ms: float
    database_entry_ms: float
    database_delivery_ms: float
    alone_poll_ms: float  # of the time in which nobody else may write what tells a story
    alone_entry_ms: float
    log_poll_bytes: float  # of write-ahead log
    log_entry_bytes: float
    disk_entry_bytes: float  # in tables and indices, kept for the retention


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What each second of the day brings."""

    polls: Series
    documents: Series
    entries: Series
    deliveries: Series


def day(feeds: Sequence[Kind], guess: Guess, seed: int) -> Demand:
    """The day's work as it falls due, by chance but the same for the same seed."""
    chance = np.random.default_rng(seed)
    polls = sum(k.feeds * k.polls for k in feeds) / _SECONDS
    documents = sum(k.feeds * k.polls * k.busy for k in feeds) / _SECONDS
    entries = sum(k.feeds * k.entries * (1 - k.missed) for k in feeds) / _SECONDS
    hour = np.arange(_SECONDS) / _HOUR
    swing = 1 + guess.night * np.sin((hour - 8) / 24 * 2 * np.pi)
    news = np.ones(_SECONDS)
    news[_NEWS[0] : _NEWS[0] + _NEWS[1]] = _NEWS[2]
    told = guess.flagged * guess.alerted * guess.sinks
    brought = np.asarray(chance.poisson(entries * swing), dtype=np.float64)
    return Demand(
        polls=np.asarray(chance.poisson(polls, _SECONDS), dtype=np.float64),
        documents=np.asarray(chance.poisson(documents * swing), dtype=np.float64),
        entries=brought,
        deliveries=np.asarray(chance.poisson(brought * told * news), dtype=np.float64),
    )


def work(demand: Demand, c: Costs, hardware: Hardware, guess: Guess) -> Mapping[str, Series]:
    """Seconds of each resource that every second of the day asks for."""
    d, slower = demand, 1 / hardware.core / 1_000
    megabit = 8 / 1_000
    return {
        "processor of the nodes": slower * (
            d.polls * c.node_poll_ms + d.documents * c.node_document_ms
            + d.entries * c.node_entry_ms + d.deliveries * c.node_delivery_ms),
        "network of the nodes": megabit / hardware.node_mbit * (
            d.polls * guess.answer_kb + d.documents * guess.body_kb),
        "processor of the database": slower * (
            d.polls * c.database_poll_ms + d.documents * c.database_document_ms
            + d.entries * c.database_entry_ms + d.deliveries * c.database_delivery_ms),
        "one writer at a time": slower * (
            d.entries * guess.flagged * (c.alone_poll_ms + c.alone_entry_ms)),
        "disk of the database": 1e-6 / hardware.database_disk_mb * (
            d.polls * c.log_poll_bytes + d.entries * (c.log_entry_bytes + c.disk_entry_bytes)),
    }  # fmt: skip


def capacity(hardware: Hardware, nodes: int) -> Mapping[str, Series]:
    """Seconds of each resource that there are in every second of the day, troubles and all."""
    up = np.full(_SECONDS, float(nodes))
    for number in range(nodes):
        start = _UPGRADE[0] + number * _UPGRADE[1]
        up[start : start + _UPGRADE[1]] -= 1
    up[_DEATH[0] : _DEATH[0] + _DEATH[1]] -= 1
    there = np.ones(_SECONDS)
    there[_OUTAGE[0] : sum(_OUTAGE)] = 0
    return {
        "processor of the nodes": up * hardware.node_cores * there,
        "network of the nodes": up * there,
        "processor of the database": there * hardware.database_cores,
        "one writer at a time": there,
        "disk of the database": there,
    }


def waiting(asked: Series, there: Series) -> Series:
    """Seconds that what arrives in each second waits for this resource, first come first served."""
    net = np.cumsum(asked - there)
    backlog = net - np.minimum(np.minimum.accumulate(net), 0)
    usual = float(np.median(there))
    return backlog / usual if usual else np.where(backlog > 0, np.inf, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One day with so many nodes."""

    nodes: int
    load: Mapping[str, float]  # mean share of each resource in use; above 1: it cannot
    longest: float  # seconds, the longest that work waited, outage left out
    seen_p50: float  # seconds from publication to the decision
    seen_p99: float

    @property
    def keeps_up(self) -> bool:
        return self.longest <= KEPT_UP

    @property
    def tightest(self) -> str:
        return max(self.load, key=lambda name: self.load[name])


def outcome(
    feeds: Sequence[Kind], asked: Mapping[str, Series], hardware: Hardware, nodes: int, seed: int
) -> Outcome:
    """Run the day."""
    there = capacity(hardware, nodes)
    waits = sum((waiting(asked[name], there[name]) for name in asked), np.zeros(_SECONDS))
    calm: NDArray[np.bool_] = np.ones(_SECONDS, dtype=np.bool_)
    calm[_OUTAGE[0] : _OUTAGE[0] + 600] = False
    seen = _seen(feeds, waits, seed)
    return Outcome(
        nodes=nodes,
        load={name: float(asked[name].mean() / there[name].max()) for name in asked},
        longest=float(waits[calm].max()),
        seen_p50=float(np.quantile(seen, 0.5)),
        seen_p99=float(np.quantile(seen, 0.99)),
    )


def _seen(feeds: Sequence[Kind], waits: Series, seed: int) -> Series:
    """Of 100,000 entries drawn from the day: the wait for the next poll, and then for resources."""
    chance, many = np.random.default_rng(seed + 1), 100_000
    weight = np.array([k.feeds * k.entries for k in feeds])
    interval = np.array([k.interval for k in feeds])
    drawn = chance.choice(interval, size=many, p=weight / weight.sum())
    return chance.uniform(0, drawn) + waits[chance.integers(0, _SECONDS, many)]


def stored_tb(feeds: Sequence[Kind], costs: Costs, hardware: Hardware) -> float:
    """What the retention comes to; the flagged, which stay, are lost in it."""
    daily = sum(k.feeds * k.entries for k in feeds)
    return daily * hardware.retention_days * costs.disk_entry_bytes / 1e12


def reach(found: Outcome, tb: float, hardware: Hardware, feeds: int) -> Mapping[str, float]:
    """How many feeds like these each resource could carry with so many nodes, on an average day."""
    shares = {**found.load, "space of the database": tb / hardware.database_tb}
    return dict(sorted(((n, feeds / s) for n, s in shares.items() if s), key=lambda p: p[1]))


def _print(found: Sequence[Outcome], limits: Mapping[str, float], tb: float) -> None:
    print("nodes  nodes' cpu  db cpu  writer   disk  network  longest wait  seen p50    p99")
    for o in found:
        shares = " ".join(f"{100 * o.load[name]:>7.1f}%" for name in (
            "processor of the nodes", "processor of the database", "one writer at a time",
            "disk of the database", "network of the nodes"))  # fmt: skip
        said = "" if o.keeps_up else "  falls behind"
        lags = f"{o.longest:>10.0f} s {o.seen_p50:>8.0f} s {o.seen_p99:>5.0f} s"
        print(f"{o.nodes:>5} {shares} {lags}{said}")
    enough = next((o for o in found if o.keeps_up), None)
    print(f"keeps up with: {enough.nodes} nodes" if enough else "no number of nodes keeps up")
    print(f"kept in the database after the retention: {tb:.1f} TB")
    print("gives way first, and at how many feeds like these:")
    for name, feeds in limits.items():
        print(f"  {name:<28} {feeds:>14,.0f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0].strip())
    parser.add_argument("--feeds", type=int, default=1_000_000)
    parser.add_argument("--entries", type=int, default=50_000_000, help="a day, of all feeds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--costs", type=Path, default=COSTS)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    costs = Costs(**json.loads(given.costs.read_text("utf-8"))["costs"])
    hardware, guess = Hardware(), Guess()
    feeds = kinds(given.feeds, given.entries, given.seed)
    asked = work(day(feeds, guess, given.seed), costs, hardware, guess)
    found = [outcome(feeds, asked, hardware, nodes, given.seed) for nodes in NODES]
    tb = stored_tb(feeds, costs, hardware)
    chosen = next((o for o in found if o.keeps_up), found[-1])
    limits = reach(chosen, tb, hardware, given.feeds)
    if given.json:
        told = {"hardware": asdict(hardware), "guesses": asdict(guess), "costs": asdict(costs)}
        print(json.dumps({**told, "days": [asdict(o) for o in found], "stored_tb": tb,
                          "reach": limits}, indent=1))  # fmt: skip
        return 0
    polls = sum(k.feeds * k.polls for k in feeds) / _SECONDS
    print(f"{given.feeds:,} feeds, {given.entries:,} entries a day, {polls:,.0f} polls a second;")
    print(f"paper: {asdict(hardware)}")
    print(f"guessed: {asdict(guess)}")
    _print(found, limits, tb)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
