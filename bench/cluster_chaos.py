"""
Three daemons on one PostgreSQL for an hour, with everything that can happen to them.

    python -m bench.cluster_chaos [--minutes 60] [--feeds 2000] [--seed 1] [--proxy]

Feeds are asked every minute, so the hour is sixty of their days. Again and again, in an order
drawn from the seed: a node is killed and comes back; a node is stopped (SIGSTOP) for 30 s and goes
on; the database is restarted; the line between one node and the database is cut for 40 s. That is
a real network between network namespaces where this user may make them, whose switch is turned
off: packets vanish. Elsewhere, and with --proxy, it is a proxy that holds back what it is given.
The clocks of the nodes are a minute ahead, right, and a minute behind. Then everything has to be
there: every entry, every alert, each under one id, no poll kept twice, no feed left alone for
longer than its interval and 35 s more but for the restarts, nothing that was due late by more
than 35 s. The exit status is 1 when something is missing. Each disturbance is written down as it
ends, with how long the feed and the delivery that waited longest did so until the next one.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from tests.end_to_end.chaos import Course, Verdict, chaos
from tests.end_to_end.cluster import papers
from tests.end_to_end.wire import NoRights, Wire
from tests.end_to_end.world import Runs, World, also, world
from tests.postgres import Server, programs

_EVERY: Final = 50  # one entry in so many is flagged: stories are told one at a time
_SLOW: Final = 0.4  # seconds until a publisher answers, so that nodes always have work in hand
# As a house would run it: what dies is swept up, and what is kept is on the disk.
_SETTINGS: Final = {"autovacuum": "on", "fsync": "on", "shared_buffers": "128MB"}


@contextmanager
def network(around: World, *, proxy: bool) -> Iterator[Wire | None]:
    """The wire of one node, the publishers at both its ends; None: a proxy has to do."""
    try:
        if proxy:
            raise NoRights("as asked")
        wire = Wire()
    except NoRights as why:
        print(f"  the line is a proxy ({why})", flush=True)
        yield None
        return
    print("  the line is a network between namespaces", flush=True)
    with closing(wire), also(around, wire.inside):
        yield wire


def course(given: argparse.Namespace, where: Path, folder: Path) -> tuple[Verdict, Course]:
    """All of it; nothing is left running, however it ends."""
    seconds = 60 * given.minutes
    feeds = papers(given.feeds, max(2, int(given.minutes)), _EVERY, seconds, slow=_SLOW)
    with world() as around, network(around, proxy=given.proxy) as wire:
        server = Server(where, **_SETTINGS, listen_addresses=wire.database if wire else "")
        runs = Runs(folder)
        try:
            if wire:
                wire.lead_to(server)
            return chaos(
                runs, server, around, feeds, seconds=seconds, interval=given.interval,
                seed=given.seed, say=lambda line: print(f"  {line}", flush=True), way=wire,
            )  # fmt: skip
        finally:
            runs.close()
            server.remove()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0].strip())
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--feeds", type=int, default=2_000)
    parser.add_argument("--interval", type=float, default=60, help="seconds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--proxy", action="store_true", help="even where networks can be made")
    given = parser.parse_args()
    where = programs()
    if where is None:
        print("no PostgreSQL here: install the dev extra, or Debian's postgresql", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as name:
        verdict, done = course(given, where, Path(name))
    print(f"{given.feeds} feeds, {given.minutes:g} minutes, {len(done.done)} disturbances")
    for key in Verdict.__slots__:
        print(f"  {key:<12} {getattr(verdict, key)}", flush=True)
    print("good" if verdict.good else "NOT GOOD")
    return 0 if verdict.good else 1


if __name__ == "__main__":
    raise SystemExit(main())
