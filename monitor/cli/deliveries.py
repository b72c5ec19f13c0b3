"""monitor deliveries list|dead|attempts|retry: the outbox, and another try for its dead letters."""

import argparse
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

from monitor.app import clock
from monitor.cli.setting import remembered
from monitor.cli.show import queued, rows
from monitor.config.reading import duration
from monitor.desk.silencing import moment as when
from monitor.errors import UsageError
from monitor.ports import Row, Store

_COLUMNS = ("id", "sink", "state", "attempt", "due", "reason", "title")
_REASONS = ("sink", "reason", "dead", "oldest", "newest")
_EVERY = 1_000_000


def arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="what", metavar="list|dead|attempts|retry", required=True)
    listing = kinds.add_parser("list", help="newest first")
    listing.add_argument("--state", default="", help="due, done or dead")
    listing.add_argument("--sink", default="")
    listing.add_argument("--limit", type=int, default=50)
    dead = kinds.add_parser("dead", help="dead letters counted by sink and reason")
    dead.add_argument("--sink", default="")
    tries = kinds.add_parser("attempts", help="every try at one delivery")
    tries.add_argument("id", help="dl-…")
    again = kinds.add_parser("retry", help="make dead or waiting deliveries due now")
    again.add_argument("ids", nargs="*", help="dl-…; or all dead ones that the options name")
    again.add_argument("--sink", default="", help="of this sink, and enable it")
    again.add_argument("--since", default="", help='that died since, "24h" or a date and time')
    again.add_argument("--until", default="", help="and before that, likewise")
    again.add_argument("--reason", default="", help="for this reason, such as 410 or payload")


def run(given: argparse.Namespace) -> int:
    with remembered(given, read_only=given.what != "retry") as store:
        if given.what == "list":
            found = store.deliveries(state=given.state, sink=given.sink, limit=given.limit)
            rows(found, _COLUMNS, as_json=given.json)
        elif given.what == "dead":
            rows(_counted(store, given.sink), _REASONS, as_json=given.json)
        elif given.what == "attempts":
            columns = ("number", "at", "verdict", "status", "milliseconds", "reason", "answer")
            rows(store.attempts(given.id), columns, as_json=given.json)
        else:
            _retry(store, given)
    return 0


def _counted(store: Store, sink: str) -> Sequence[Row]:
    """Dead letters by sink and reason, most first."""
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for row in store.deliveries(state="dead", sink=sink, limit=_EVERY):
        found[str(row["sink"]), str(row["reason"])].append(str(row["ended"]))
    return [
        {"sink": at, "reason": why, "dead": len(ends), "oldest": min(ends), "newest": max(ends)}
        for (at, why), ends in sorted(found.items(), key=lambda one: -len(one[1]))
    ]


def _retry(store: Store, given: argparse.Namespace) -> None:
    ids, now = list(given.ids), store.time(clock())
    named = given.sink or given.since or given.until or given.reason
    if not ids and not named:
        raise UsageError(
            "retry needs ids, --sink, --since, --until or --reason; see `monitor deliveries dead`"
        )
    if given.sink:
        known = [str(row["sink"]) for row in store.sinks()]
        if given.sink not in known:
            raise UsageError(f"nothing was ever sent to {given.sink!r}, but to {', '.join(known)}")
        store.enable_sink(given.sink, enabled=True, why="retry asked for", now=now)
    if named:
        ids += _dead(store, given, now)
    count = store.retry(ids, now)
    if given.ids and not count:
        raise UsageError(f"none of {', '.join(given.ids)} is waiting or dead")
    queued(count, given)


def _dead(store: Store, given: argparse.Namespace, now: datetime) -> list[str]:
    """Those given up at that sink, for that reason, and within that time; or any."""
    since = _moment("--since", given.since, now) or datetime.min.replace(tzinfo=UTC)
    until = _moment("--until", given.until, now) or datetime.max.replace(tzinfo=UTC)
    found = store.deliveries(state="dead", sink=given.sink, limit=_EVERY)
    return [
        str(row["id"])
        for row in found
        if given.reason in ("", row["reason"])
        and (ended := when(str(row["ended"]))) is not None
        and since <= ended < until
    ]


def _moment(option: str, text: str, now: datetime) -> datetime | None:
    """What --since or --until means; None when it is not given."""
    length = duration(text)
    found = now - length if length else when(text)
    if text and found is None:
        raise UsageError(
            f"{option}: {text!r} is neither a length nor a date; write 24h or 2026-08-01"
        )
    return found
