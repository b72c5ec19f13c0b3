"""monitor migrate SOURCE TARGET: all that a SQLite store remembers into an empty PostgreSQL."""

import argparse
from pathlib import Path

from monitor import stores
from monitor.cli.show import dumps
from monitor.errors import UsageError
from monitor.registry import load
from monitor.terminal import progress


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", help="sqlite:///data/monitor.db; no daemon may run on it")
    parser.add_argument("target", help="postgresql://user@host/database; must be empty")


def run(given: argparse.Namespace) -> int:
    """Every row is read back and compared before anything is kept."""
    scheme, _, path = given.source.partition(":///")
    if scheme != "sqlite" or not path:
        raise UsageError(f"{given.source!r} names no file; write sqlite:///data/monitor.db")
    moved = load(stores, "postgres").move(
        Path(path), given.target, lambda total: progress(total, "moving and comparing")
    )
    if given.json:
        print(dumps({"rows": dict(moved)}))
        return 0
    said = ", ".join(f"{n} {table}" for table, n in moved.items() if n)
    print(f"moved and compared: {said or 'nothing, there was nothing in it'}")
    print(f"now point store.url at the new store; {path} stays as it was, run no daemon on it")
    return 0
