"""
What reading feeds costs, in CPU seconds, beside other programs that read them, in one run.

    python -m bench.feed_client [FEEDS] [--peers] [--python PATH] [--detection] [--rounds N]

Default 300 feeds; 1,000 take a few minutes, 10,000 half an hour. All get the same feeds from
the same nginx (or, where there is none, from a server of ours), one after another: a first pass,
one with nothing new (304), one with one new entry in every feed, and one with the bytes of
before from a server that has no validators any more.

Ours is the daemon's own polling: tick, claims, gate, conditional GET, child parser, pace,
politeness report, log and metrics, everything committed to SQLite; without detection, which no
peer has (--detection adds a column with it). The first peer is feedparser.parse(url) in 32
threads, which remembers nothing; the bars are ours to that. --peers runs newsboat, sfeed,
reader and rss2email too, whichever are there; --python names an interpreter that has reader in
it. The exit status is 1 when a bar is missed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any, Final

from bench.feed_farm import farm, port_of
from bench.feed_passes import PASSES, address, measure
from bench.feed_peers import PEERS

BARS: Final = {"first": 0.8, "nothing new": 0.8, "one new": 0.2, "same bytes": 0.1}
_LARGE: Final = 10_000  # feeds; from there on memory and wall time have bars too
_LARGE_MB, _LARGE_WALL = 150, 0.5
_BEAT: Final = 50  # ticks; as often as the daemon gives memory back

_SETTINGS = """
[store]
url = "sqlite:///{folder}/monitor.db"
[poll]
parsers = {parsers}
tick = "0.2s"
[egress]
allow_private = ["127.0.0.0/8"]
[console]
listen = ""
[sinks.archive]
kind = "jsonl"
path = "{folder}/alerts.jsonl"
"""


def ours(count: int, told: str, *, detection: bool, folder: Path) -> Mapping[str, Any]:
    """The daemon's polling; its clock stands still in a pass, and is hours later in the next."""
    # Where the daemon runs there is no numpy, which sqlite-utils would import.
    sys.modules["numpy"] = None  # type: ignore[assignment]
    from monitor import log
    from monitor.app import Monitor
    from monitor.cli.daemon import thrift, tidy, unswept

    turn = {"now": datetime(2026, 8, 2, tzinfo=UTC)}
    with (folder / "log").open("w") as stream:
        log.configure("info", "json", (), stream)
        thrift()
        with unswept():
            config = _config(folder, count, port_of(told), detection)
            monitor = Monitor(config, now=lambda: turn["now"])
            monitor.sync()

        def one_pass() -> int:
            turn["now"] += timedelta(hours=6)
            tick, beats = Event(), 0
            before = monitor.polling.tally.polled
            while monitor.poll_round() or monitor.polling.tally.polled < before + count:
                tick.wait(monitor.parts.config.settings.poll.tick.total_seconds())
                beats += 1
                if beats % _BEAT == 0:
                    tidy()
            monitor.polling.settle()
            if monitor.polling.tally.failed:
                raise RuntimeError(str([row for row in monitor.store.feeds() if row["failure"]]))
            return monitor.polling.tally.entries

        def settle() -> None:
            """The child's time counts once it has ended; the next pass starts a new one."""
            for slot in monitor.parts.parser._slots:
                monitor.parts.parser._drop(slot)

        found = measure(told, one_pass, settle)
        monitor.close()
    return found


def _config(folder: Path, count: int, port: int, detection: bool) -> Any:
    from dataclasses import replace

    from monitor.assembly import read_config

    root = folder / "config"
    (root / "feeds").mkdir(parents=True)
    rows = (
        f'[[feeds]]\nid = "f{n}"\nurl = "{address(n, port)}"\noutlet = "p{n}.example"\n'
        'language = "en"\n'
        for n in range(count)
    )
    (root / "feeds" / "farm.toml").write_text("".join(rows))
    settings = _SETTINGS.format(folder=folder, parsers=1 if count < _LARGE else 2)
    (root / "monitor.toml").write_text(settings)
    config = read_config(root, os.environ)
    if detection:
        return config
    none = replace(config.knowledge, topics={})
    return replace(config, knowledge=none)


def _asked(part: str, count: int, told: str, python: str = sys.executable) -> Mapping[str, Any]:
    """What a reader measured in a process of its own."""
    own = part.startswith("ours")
    module = "bench.feed_client" if own else "bench.feed_peers"
    words = [python, "-m", module, *(["--part"] if own else []), part, str(count)]
    stderr = None if own else subprocess.PIPE  # a fault of ours is to be seen whole
    done = subprocess.run([*words, told], stdout=subprocess.PIPE, stderr=stderr, text=True)
    if done.returncode and not own:
        return {"absent": f"it broke: {done.stderr.strip().splitlines()[-1]}"}
    found: Mapping[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _best(rounds: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Each pass as its cheapest round had it: what other work on the machine adds is not ours."""
    found = {name: min((r[name] for r in rounds), key=lambda p: float(p["cpu"])) for name in PASSES}
    return {**found, "peak_mb": max(r["peak_mb"] for r in rounds)}


def compare(count: int, given: argparse.Namespace) -> int:
    """Run them all, print the table; how many bars were missed."""
    mine = ["ours", *(["ours+detection"] if given.detection else [])]
    others = list(PEERS) if given.peers else ["feedparser"]
    found: dict[str, Mapping[str, Any]] = {}
    with farm(count) as told:
        for part in [*mine, *others]:
            python = given.python if part == "reader" else sys.executable
            # Only what a bar is made of is worth a second round.
            rounds = given.rounds if part in ("ours", "feedparser") else 1
            each = [_asked(part, count, told, python) for _ in range(rounds)]
            if "absent" in each[0]:
                print(f"{part}: not measured, {each[0]['absent']}")
                continue
            found[part] = _best(each)
    _table(count, found)
    return _judged(count, found)


def _table(count: int, found: Mapping[str, Mapping[str, Any]]) -> None:
    print(f"{count} feeds of 30 entries; CPU seconds, and to feedparser's")
    print(f"{'':<16}" + "".join(f"{name:>20}" for name in PASSES) + f"{'peak MB':>10}")
    naive = found["feedparser"]
    for part, passes in found.items():
        cells = "".join(
            f"{passes[name]['cpu']:>12.2f} {passes[name]['cpu'] / naive[name]['cpu']:>7.3f}"
            for name in PASSES
        )
        print(f"{part:<16}{cells}{passes['peak_mb']:>10.0f}")
    print("wall seconds")
    for part, passes in found.items():
        print(f"{part:<16}" + "".join(f"{passes[name]['wall']:>20.1f}" for name in PASSES))


def _judged(count: int, found: Mapping[str, Mapping[str, Any]]) -> int:
    """Say of every bar whether it was reached."""
    ours, naive = found["ours"], found["feedparser"]
    said = [(name, ours[name]["cpu"] / naive[name]["cpu"], bar) for name, bar in BARS.items()]
    best = min(passes["one new"]["cpu"] for part, passes in found.items() if "ours" not in part)
    said.append(("one new, to the best peer", ours["one new"]["cpu"] / best, BARS["one new"]))
    if count >= _LARGE:
        heaviest = max(passes["peak_mb"] for part, passes in found.items() if "ours" in part)
        said.append(("memory in MB", heaviest, _LARGE_MB))
        said.append(("first, wall", ours["first"]["wall"] / naive["first"]["wall"], _LARGE_WALL))
    for name, value, bar in said:
        print(f"{name:<28}{value:>9.3f}  bar {bar:>5}  {'MISSED' if value > bar else 'met'}")
    return sum(value > bar for _, value, bar in said)


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(description="CPU seconds of reading feeds")
    parser.add_argument("feeds", nargs="?", type=int, default=300)
    parser.add_argument("--peers", action="store_true", help="every peer that is installed")
    parser.add_argument("--python", default=sys.executable, help="interpreter that has reader")
    parser.add_argument("--detection", action="store_true", help="a column with detection, too")
    parser.add_argument("--rounds", type=int, default=2, help="of ours and feedparser; best counts")
    parser.add_argument("--part", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args(words)
    if given.part:
        part, count, told = given.part
        with tempfile.TemporaryDirectory(prefix="bench-ours-") as name:
            found = ours(int(count), told, detection=part == "ours+detection", folder=Path(name))
        print(json.dumps(found))
        return 0
    return 1 if compare(given.feeds, given) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
