"""
How fast texts are judged, and what it costs to start: as ratios to the bare automaton and spaCy.

    python -m bench.match_speed [FILE]

FILE holds items as JSON Lines (.gz or not); without one, the development set's ordinary news.
One core, title and summary, every language and every name loaded. Prints, asserts nothing.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import ahocorasick_rs

from bench.labelled import DATA, NOW, entry, rows, rules
from monitor.match import Rules, match
from monitor.match.text import folded
from monitor.model import Entry

ROUNDS = 3


def best(work: Callable[[], object]) -> float:
    """Seconds of one core, of the fastest of a few rounds; what else runs is not counted."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def megabytes() -> float:
    """The most memory this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def pieces(compiled: Rules) -> list[str]:
    """Every English term and name, folded."""
    terms = [term for _, term in compiled.lexicons["en"].terms()]
    terms += [n.text for e in compiled.gazetteer.entities.values() for n in e.names
              if n.language in ("", "en")]  # fmt: skip
    return sorted({folded(term.replace("*", "").removeprefix("=")) for term in terms} - {""})


def bare(entries: Sequence[Entry], compiled: Rules) -> float:
    """The automaton alone: the English terms, over texts merely put in lower case."""
    terms = pieces(compiled)
    machine = ahocorasick_rs.AhoCorasick(terms, store_patterns=False)

    def work() -> None:
        for e in entries:
            machine.find_matches_as_indexes(f"{e.title} {e.summary}".lower(), overlapping=True)

    return best(work)


def spacy(entries: Sequence[Entry], compiled: Rules) -> float | None:
    """Its PhraseMatcher with as many terms, in no language; None where it is not installed."""
    if find_spec("spacy") is None:
        return None
    blank = import_module("spacy").blank("xx")
    matcher = import_module("spacy.matcher").PhraseMatcher(blank.vocab, attr="LOWER")
    matcher.add("terms", list(blank.pipe(pieces(compiled))))
    some = entries[:2000]

    def work() -> None:
        for e in some:
            matcher(blank.make_doc(f"{e.title} {e.summary}"))

    return best(work) * len(entries) / len(some)


def startup() -> tuple[float, float, float]:
    """Seconds to the first decision, seconds and megabytes with every language built."""
    code = (
        "import time; t = time.process_time()\n"
        "from bench.labelled import NOW, entry, rules\n"
        "from monitor.match import match\n"
        "r = rules(); list(match(entry({'title': 'Arms for X', 'lang': 'en'}), r, NOW))\n"
        "first = time.process_time() - t; r.prepare()\n"
        "import resource\n"
        "kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print(first, time.process_time() - t, kilobytes / 1024)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    ).stdout.split()
    return float(said[-3]), float(said[-2]), float(said[-1])


def main(arguments: Sequence[str]) -> None:
    file = Path(arguments[0]) if arguments else DATA / "background_dev.jsonl.gz"
    if not file.exists():
        print(f"skipped: {file} is not here; name a file of items")
        return
    first, seconds, memory = startup()
    print(f"first decision after {first:.2f} s; every language: {seconds:.2f} s, {memory:.0f} MB")
    compiled = rules()
    compiled.prepare()
    entries = [entry(row) for row in rows(file)]
    own = best(lambda: [match(e, compiled, NOW) for e in entries])
    print(f"monitor: {len(entries) / own:,.0f} items/s over {len(entries):,} items")
    alone = bare(entries, compiled)
    print(
        f"ahocorasick-rs alone: {len(entries) / alone:,.0f} items/s, {own / alone:.1f} times ours"
    )
    theirs = spacy(entries, compiled)
    if theirs is None:
        print("spaCy PhraseMatcher: not installed, not measured")
    else:
        print(
            f"spaCy PhraseMatcher: {len(entries) / theirs:,.0f} items/s, ours {theirs / own:.1f}×"
        )
    told = [e for e in entries if any(m.act for m in match(e, compiled, NOW))]
    if told:
        busy = best(lambda: [match(e, compiled, NOW) for e in told])
        print(f"only items that name a good: {len(told) / busy:,.0f} items/s over {len(told):,}")


if __name__ == "__main__":
    main(sys.argv[1:])
