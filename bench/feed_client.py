"""
What reading feeds costs, in CPU seconds, against feedparser on its own in the same run.

    python -m bench.feed_client [FEEDS]         (default 300; 1,000 takes three minutes and more)

Both get the same feeds from the same server process, over 32 threads: a first pass, a pass with
nothing new (304), one with the bytes of before from a server that ignores validators, and one
with one new entry in every feed. Ours is the whole client: gate, conditional GET, child parser,
pace, memory. The bars are those of docs/feeds.md; the exit status is 1 when one is missed.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.request import urlopen

BARS: Final = {"first": 0.8, "nothing new": 0.8, "same bytes": 0.1, "one new": 0.2}
PASSES: Final = (
    ("first", "first"), ("nothing new", "first"), ("same bytes", "stubborn"), ("one new", "second"),
)  # fmt: skip
_THREADS: Final = 32
_ROUNDS: Final = 2  # taken in turns, the better one counts

Pass = Callable[[], int]  # reads every feed once; how many entries it saw anew


def address(number: int, port: int) -> str:
    host = f"127.{1 + number // 62_500}.{number // 250 % 250}.{1 + number % 250}"
    return f"http://{host}:{port}/{number}"


def cpu() -> float:
    """Seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def measure(port: int, one_pass: Pass, settle: Callable[[], None]) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for name, mode in PASSES:
        # After the stubborn pass no validator is left: one unmeasured pass brings them back.
        if name == "one new":
            _switch(port, "first")
            one_pass()
        _switch(port, mode)
        settle()
        before = cpu()
        entries = one_pass()
        settle()
        found[name] = {"cpu": cpu() - before, "entries": entries}
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found


def _switch(port: int, mode: str) -> None:
    with urlopen(f"http://127.0.0.1:{port}/control/{mode}") as answer:
        answer.read()


def naive(count: int, port: int) -> Mapping[str, Any]:
    """feedparser.parse(url) with the validators it gave, in a pool of threads."""
    import feedparser

    held: dict[int, tuple[Any, Any]] = {}

    def one(number: int) -> int:
        etag, modified = held.get(number, (None, None))
        found = feedparser.parse(address(number, port), etag=etag, modified=modified)
        if found.get("status") == 200:
            held[number] = found.get("etag"), found.get("modified")
        return len(found.entries)

    with ThreadPoolExecutor(_THREADS) as pool:
        return measure(port, lambda: sum(pool.map(one, range(count))), lambda: None)


def ours(count: int, port: int) -> Mapping[str, Any]:
    """The client as the daemon wires it, with a store's work left out on both sides."""
    from monitor.config.settings import PollSettings
    from monitor.egress import Egress, EgressSettings
    from monitor.fetch import Fetcher, missed, remember
    from monitor.fetch.politeness import failures, gap, pace
    from monitor.model import Claim, Failed, Feed, Fetched, Parsed, Validators
    from monitor.sandbox import Parser

    settings = PollSettings()
    fetcher = Fetcher(Egress(EgressSettings(allow_private=("127.0.0.0/8",))), settings)
    parser = Parser()
    start = datetime(2026, 8, 2, tzinfo=UTC)
    clock = {"turn": 0}
    feeds = [Feed(id=f"f{n}", url=address(n, port), language="", outlet="") for n in range(count)]
    claims = [Claim(feed=f, fence=1, validators=Validators(), first=True) for f in feeds]

    def one(number: int) -> int:
        claim, now = claims[number], start + timedelta(hours=clock["turn"])
        outcome: Any = fetcher.fetch(claim, now)
        parsed: Parsed | None = None
        if isinstance(outcome, Fetched):
            found = parser.parse(outcome, claim.feed, claim.known)
            if isinstance(found, Failed):
                raise AssertionError(found)
            parsed = missed(claim, found)
        if isinstance(outcome, Failed):
            raise AssertionError(outcome)
        planned = pace(claim, outcome, parsed, settings, now)
        assert not gap(claim, parsed)
        claims[number] = replace(
            claim, fence=claim.fence + 1, first=False, validators=outcome.validators,
            interval=planned.interval, known=remember(claim, outcome, parsed, now),
            failures=failures(claim, outcome), polled_at=now,
        )  # fmt: skip
        return len(parsed.entries) if parsed else 0

    def one_pass() -> int:
        clock["turn"] += 1
        return sum(pool.map(one, range(count)))

    with ThreadPoolExecutor(_THREADS) as pool:

        def settle() -> None:
            """The child's time counts once it has ended; the next pass starts a new one."""
            nonlocal parser
            parser.close()
            parser = Parser()

        return measure(port, one_pass, settle)


@contextmanager
def farm(count: int) -> Any:
    """The server process and its port."""
    words = [sys.executable, "-m", "bench.feed_server", str(count)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        yield int(server.stdout.readline())
        server.stdin.close()


def _in_its_own_process(part: str, count: int, port: int) -> Mapping[str, Any]:
    words = [sys.executable, "-m", "bench.feed_client", part, str(count), str(port)]
    done = subprocess.run(words, capture_output=True, check=True, text=True)
    found: Mapping[str, Any] = json.loads(done.stdout)
    return found


def _best(rounds: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Each pass as its cheapest round had it: what other work on the machine adds is not ours."""
    found = {name: min((r[name] for r in rounds), key=lambda p: float(p["cpu"])) for name in BARS}
    return {**found, "peak_mb": max(r["peak_mb"] for r in rounds)}


def compare(count: int) -> int:
    """Run both, print the table; how many bars were missed."""
    with farm(count) as port:
        both = [
            (_in_its_own_process("ours", count, port), _in_its_own_process("naive", count, port))
            for _ in range(_ROUNDS)
        ]
    mine, peer = (_best([pair[who] for pair in both]) for who in (0, 1))
    print(f"{count} feeds of 30 entries; CPU seconds (entries)")
    print(f"{'pass':<12} {'ours':>16} {'feedparser':>16} {'ratio':>7} {'bar':>5}")
    missed = 0
    for name, bar in BARS.items():
        a, b = mine[name], peer[name]
        ratio = a["cpu"] / b["cpu"]
        missed += ratio > bar
        print(
            f"{name:<12} {a['cpu']:>7.2f} ({a['entries']:>6}) {b['cpu']:>7.2f} ({b['entries']:>6})"
            f" {ratio:>7.3f} {bar:>5} {'missed' if ratio > bar else ''}"
        )
    print(f"peak memory of the asking process: {mine['peak_mb']:.0f} MB, {peer['peak_mb']:.0f} MB")
    return missed


def main(words: list[str]) -> int:
    if len(words) == 3:
        part, count, port = words
        work = {"ours": ours, "naive": naive}[part]
        print(json.dumps(work(int(count), int(port))))
        return 0
    return 1 if compare(int(words[0]) if words else 300) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
