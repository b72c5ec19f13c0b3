"""monitor nodes: who works on the store, what each holds, and how late the work is."""

import argparse
from collections.abc import Sequence
from datetime import datetime

from monitor.app import clock
from monitor.cli.setting import remembered
from monitor.cli.show import rows
from monitor.ports import Row

_COLUMNS = ("owner", "host", "pid", "since", "state", "version", "feeds", "deliveries")
_STANDING = ("retired", "paused")


def arguments(parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(given: argparse.Namespace) -> int:
    """1 when nobody is at work."""
    with remembered(given, read_only=True) as store:
        found = [{"state": "alive", "version": "", **row} for row in store.nodes()]
        waiting = late(store.feeds(), clock())
    rows(found, _COLUMNS, as_json=given.json)
    if not given.json:
        print(said(len(found), waiting))
    return 0 if found else 1


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
