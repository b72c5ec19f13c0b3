"""
Mutated feeds through the sandboxed parser, for as long as one likes.

    python -m bench.fuzz_feeds [--minutes 10] [--first N]

Seeds are the documents of tests/data/feeds and, where they are, the captured feeds. Each mutant
must be parsed, or fail by a name that says it is no feed, within the child's limits of time and
memory; and read after its undamaged self it must miss no entry. A fault is printed with the
number that makes it again (--first). The exit status is 1 when there was one.
"""

import argparse
import sys
from time import monotonic

from tests.sandbox.fuzzing import CAPTURED, Fuzz, seeds


def main() -> int:
    parser = argparse.ArgumentParser(description="mutated feeds through the sandboxed parser")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--first", type=int, default=1_000_000, help="number of the first mutant")
    given = parser.parse_args()
    if not CAPTURED.is_dir():
        print(f"no captured feeds at {CAPTURED}: documents of our own alone")
    fuzz, number, told = Fuzz(seeds()), given.first, 0
    until = monotonic() + given.minutes * 60
    try:
        while monotonic() < until:
            fuzz.one(number)
            number += 1
            for fault in fuzz.faults[told:]:
                print(fault, flush=True)
            told = len(fuzz.faults)
    finally:
        fuzz.parser.close()
    counts = ", ".join(f"{name} {count}" for name, count in sorted(fuzz.outcomes.items()))
    print(f"{number - given.first} mutants, slowest {fuzz.slowest:.1f} s: {counts}")
    print(f"{told} faults")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
