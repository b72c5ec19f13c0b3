"""
Three daemons on one PostgreSQL for an hour, with everything that can happen to them.

    python -m bench.cluster_chaos [--minutes 60] [--feeds 2000] [--seed 1]

Feeds are asked every minute, so the hour is sixty of their days. Again and again, in an order
drawn from the seed: a node is killed and comes back; a node is stopped (SIGSTOP) for 30 s and goes
on; the database is restarted; the line between one node and the database is cut for 40 s. The
clocks of the nodes are a minute ahead, right, and a minute behind. Then everything has to be
there: every entry, every alert, each under one id, no poll kept twice, no feed left alone for
longer than its interval and 35 s more but for the restarts, nothing that was due late by more
than 35 s. The exit status is 1 when something is missing. Each disturbance is written down as it
ends, with the feed and the delivery that waited longest before it, and because of it.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.end_to_end.chaos import Verdict, chaos
from tests.end_to_end.cluster import papers
from tests.end_to_end.world import Runs, world
from tests.postgres import Server, programs

_EVERY: Final = 5  # one entry in so many is flagged


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0].strip())
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--feeds", type=int, default=2_000)
    parser.add_argument("--interval", type=float, default=60, help="seconds")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    where = programs()
    if where is None:
        print("no PostgreSQL here: install the dev extra, or Debian's postgresql", file=sys.stderr)
        return 1
    # As a house would run it: what dies is swept up, and what is kept is on the disk.
    server = Server(where, autovacuum="on", fsync="on", shared_buffers="128MB")
    seconds = 60 * given.minutes
    feeds = papers(given.feeds, max(2, int(given.minutes)), _EVERY, seconds)
    with tempfile.TemporaryDirectory() as name, world() as around:
        runs = Runs(Path(name))
        try:
            verdict, course = chaos(
                runs, server, around, feeds, seconds=seconds, interval=given.interval,
                seed=given.seed, say=lambda line: print(f"  {line}", flush=True),
            )  # fmt: skip
        finally:
            runs.close()
            server.remove()
    print(f"{given.feeds} feeds, {given.minutes:g} minutes, {len(course.done)} disturbances")
    for key in Verdict.__slots__:
        print(f"  {key:<12} {getattr(verdict, key)}", flush=True)
    print("good" if verdict.good else "NOT GOOD")
    return 0 if verdict.good else 1


if __name__ == "__main__":
    raise SystemExit(main())
