"""monitor nodes: who works on the store, what each holds, and how late the work is."""

import argparse
from collections.abc import Sequence
from datetime import datetime

from monitor.app import clock, owner
from monitor.cli.setting import configuration, opened, remembered
from monitor.cli.show import rows
from monitor.config.version import digest
from monitor.ports import Row

_COLUMNS = (
    *("host", "pid", "role", "since", "state", "silent", "version", "configuration"),
    *("feeds", "late", "deliveries"),
)
_ALONE = {
    "state": "alive",
    "role": "all",
    "silent": 0,
    "late": 0,
    "version": "",
    "configuration": "",
}
_STANDING = ("retired", "paused")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--adopt",
        action="store_true",
        help="make the configuration on this machine the one that all work by, whatever came since",
    )


def run(given: argparse.Namespace) -> int:
    """1 when nobody is at work."""
    if given.adopt:
        return _adopt(given)
    with remembered(given, read_only=True) as store:
        found = [_rounded({**_ALONE, **row}) for row in store.nodes()]
        waiting = late(store.feeds(), store.time(clock()))
    rows(found, _COLUMNS, as_json=given.json)
    if not given.json:
        print(said(len(found), waiting))
    return 0 if found else 1


def _adopt(given: argparse.Namespace) -> int:
    config = configuration(given)  # a faulty one is not to be adopted
    here = digest(config.root)
    with opened(config) as store:
        store.adopt(here, owner())
    print(f"configuration {here} is the one to work by; machines with another one say so")
    return 0


def _rounded(row: Row) -> Row:
    return {name: round(v, 1) if isinstance(v, float) else v for name, v in row.items()}


def late(feeds: Sequence[Row], now: datetime) -> Sequence[float]:
    """Seconds each feed that nobody is polling has been due, longest first."""
    waits = (
        (now - row["next_due"]).total_seconds()
        for row in feeds
        if row["state"] not in _STANDING
        and isinstance(row["next_due"], datetime)
        and not (isinstance(row["leased_until"], datetime) and row["leased_until"] > now)
    )
    return sorted((wait for wait in waits if wait > 0), reverse=True)


def said(nodes: int, waiting: Sequence[float]) -> str:
    """One line for people."""
    who = "nobody is at work on this store" if not nodes else f"{nodes} at work"
    if not waiting:
        return f"{who}; no feed is late"
    return f"{who}; {len(waiting)} feeds are due, the latest for {waiting[0]:.0f} s"
