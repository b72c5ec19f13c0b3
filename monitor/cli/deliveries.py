"""monitor deliveries list|retry: the outbox, its dead letters, and another try for them."""

import argparse

from monitor.app import clock
from monitor.cli.setting import remembered
from monitor.cli.show import queued, rows
from monitor.errors import UsageError
from monitor.ports import Store

_COLUMNS = ("id", "sink", "state", "attempt", "due", "reason", "title")


def arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="what", metavar="list|attempts|retry", required=True)
    listing = kinds.add_parser("list", help="newest first")
    listing.add_argument("--state", default="", help="due, done or dead")
    listing.add_argument("--sink", default="")
    listing.add_argument("--limit", type=int, default=50)
    tries = kinds.add_parser("attempts", help="every try at one delivery")
    tries.add_argument("id", help="dl-…")
    again = kinds.add_parser("retry", help="make dead or waiting deliveries due now")
    again.add_argument("ids", nargs="*", help="dl-…; or use --sink")
    again.add_argument("--sink", default="", help="all dead ones of this sink, and enable it")


def run(given: argparse.Namespace) -> int:
    with remembered(given, read_only=given.what != "retry") as store:
        if given.what == "list":
            found = store.deliveries(state=given.state, sink=given.sink, limit=given.limit)
            rows(found, _COLUMNS, as_json=given.json)
        elif given.what == "attempts":
            columns = ("number", "at", "verdict", "status", "milliseconds", "reason", "answer")
            rows(store.attempts(given.id), columns, as_json=given.json)
        else:
            _retry(store, given)
    return 0


def _retry(store: Store, given: argparse.Namespace) -> None:
    ids, now = list(given.ids), clock()
    if not ids and not given.sink:
        raise UsageError("retry needs ids or --sink NAME; see `monitor deliveries list`")
    if given.sink:
        known = [str(row["sink"]) for row in store.sinks()]
        if given.sink not in known:
            raise UsageError(f"nothing was ever sent to {given.sink!r}, but to {', '.join(known)}")
        dead = store.deliveries(state="dead", sink=given.sink, limit=1_000_000)
        ids += [str(row["id"]) for row in dead]
        store.enable_sink(given.sink, enabled=True, why="retry asked for", now=now)
    count = store.retry(ids, now)
    if given.ids and not count:
        raise UsageError(f"none of {', '.join(given.ids)} is waiting or dead")
    queued(count, given)
