"""
Four passes over the same feeds, in CPU seconds, whoever reads them. Standard library alone, so
that any interpreter with a peer in it can run this.
"""

import os
import resource
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event, Thread
from time import perf_counter
from typing import Any, Final

from bench.feed_farm import switch

# Pass → what the farm serves meanwhile. The last one leaves clients without a validator.
PASSES: Final = {
    "first": "first",
    "nothing new": "first",
    "one new": "second",
    "same bytes": "stubborn",
}
THREADS: Final = 32
_SAMPLE_SECONDS: Final = 0.5

Pass = Callable[[], int]  # reads every feed once; how many entries it saw or holds


def address(number: int, port: int) -> str:
    """Every feed on a host of its own."""
    host = f"127.{1 + number // 62_500}.{number // 250 % 250}.{1 + number % 250}"
    return f"http://{host}:{port}/{number}"


def cpu() -> float:
    """Seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def measure(farm: str, one_pass: Pass, settle: Callable[[], None]) -> Mapping[str, Any]:
    """Each pass: CPU and wall seconds, entries; and the most memory of this tree in MB."""
    found: dict[str, Any] = {}
    with Weight() as weight:
        for name, mode in PASSES.items():
            switch(farm, mode)
            settle()
            before, began = cpu(), perf_counter()
            entries = one_pass()
            wall = perf_counter() - began
            settle()
            found[name] = {"cpu": cpu() - before, "wall": wall, "entries": entries}
    return {**found, "peak_mb": weight.peak / 1e6}


class Weight:
    """The most memory (proportional share, in bytes) that this process and its children held."""

    def __init__(self) -> None:
        self.peak = 0
        self._over = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Weight":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_SAMPLE_SECONDS):
            self.peak = max(self.peak, sum(_share(pid) for pid in tree(os.getpid())))


def _share(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0  # it has ended
    return next((int(w.split()[1]) * 1024 for w in text.splitlines() if w.startswith("Pss:")), 0)


def tree(pid: int) -> list[int]:
    """The process and all that came of it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:
            continue
        for child in children:
            found += tree(int(child))
    return found
