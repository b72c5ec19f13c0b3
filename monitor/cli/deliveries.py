"""monitor deliveries list|retry: the outbox, its dead letters, and another try for them."""

import argparse
from datetime import datetime

from monitor.app import clock
from monitor.cli.setting import remembered
from monitor.cli.show import queued, rows
from monitor.config.reading import duration
from monitor.desk.silencing import moment as when
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
    again.add_argument("ids", nargs="*", help="dl-…; or use --sink or --since")
    again.add_argument("--sink", default="", help="all dead ones of this sink, and enable it")
    again.add_argument("--since", default="", help='all that died since, "24h" or a date and time')


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
    if not ids and not given.sink and not given.since:
        raise UsageError(
            "retry needs ids, --sink NAME or --since TIME; see `monitor deliveries list`"
        )
    if given.sink:
        known = [str(row["sink"]) for row in store.sinks()]
        if given.sink not in known:
            raise UsageError(f"nothing was ever sent to {given.sink!r}, but to {', '.join(known)}")
        store.enable_sink(given.sink, enabled=True, why="retry asked for", now=now)
    if given.sink or given.since:
        ids += _dead(store, given.sink, _moment(given.since, now))
    count = store.retry(ids, now)
    if given.ids and not count:
        raise UsageError(f"none of {', '.join(given.ids)} is waiting or dead")
    queued(count, given)


def _dead(store: Store, sink: str, since: datetime | None) -> list[str]:
    """Those given up at that sink, or at any, since then or ever."""
    found = store.deliveries(state="dead", sink=sink, limit=1_000_000)
    ended = ((str(row["id"]), when(str(row["ended"]))) for row in found)
    return [name for name, at in ended if since is None or (at is not None and at >= since)]


def _moment(text: str, now: datetime) -> datetime | None:
    """What --since means; None when it is not given."""
    length = duration(text)
    found = now - length if length else when(text)
    if text and found is None:
        raise UsageError(
            f"--since: {text!r} is neither a length nor a date; write 24h or 2026-08-01"
        )
    return found
