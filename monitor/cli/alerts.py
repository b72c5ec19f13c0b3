"""monitor alerts list|show|resend: what was told, to whom, and how to tell it again."""

import argparse
from collections.abc import Sequence

from monitor.app import clock
from monitor.cli.setting import remembered
from monitor.cli.show import dumps, queued, rows
from monitor.deliver import again
from monitor.errors import UsageError
from monitor.model import Delivery
from monitor.ports import Store
from monitor.terminal import card
from monitor.wire import payload

_COLUMNS = ("at", "severity", "topic", "alert", "revision", "title", "outlet")


def arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="what", metavar="list|show|resend", required=True)
    listing = kinds.add_parser("list", help="newest first")
    listing.add_argument("--topic", default="")
    listing.add_argument("--limit", type=int, default=50)
    for name, text in (("show", "one alert, whole"), ("resend", "queue it once more")):
        one = kinds.add_parser(name, help=text)
        one.add_argument("alert", help="its id, al-…")
        if name == "resend":
            one.add_argument("--sink", default="", help="only to this sink")


def run(given: argparse.Namespace) -> int:
    with remembered(given, read_only=given.what != "resend") as store:
        if given.what == "list":
            found = store.alerts(limit=given.limit, topic=given.topic)
            rows(found, _COLUMNS, as_json=given.json)
        elif given.what == "show":
            _show(store, given)
        else:
            _resend(store, given)
    return 0


def _show(store: Store, given: argparse.Namespace) -> None:
    deliveries = _deliveries(store, given.alert)
    newest = max((d.alert for d in deliveries), key=lambda a: a.revision)
    if given.json:
        print(dumps(payload(newest)))
        return
    print(card(newest))
    rows(
        [row for row in store.deliveries(limit=1_000_000) if row["alert"] == given.alert],
        ("id", "sink", "revision", "state", "attempt", "due", "reason"),
        as_json=False,
    )


def _resend(store: Store, given: argparse.Namespace) -> None:
    chosen = [d for d in _deliveries(store, given.alert) if given.sink in ("", d.sink)]
    if not chosen:
        raise UsageError(f"{given.alert} was never meant for sink {given.sink!r}")
    newest = max(d.alert.revision for d in chosen)
    now = store.time(clock())
    once_each = {d.sink: d for d in chosen if d.alert.revision == newest}
    copies = [again(d, now) for d in once_each.values()]
    queued(store.add_deliveries(copies), given)


def _deliveries(store: Store, alert: str) -> Sequence[Delivery]:
    found = store.alert(alert)
    if not found:
        raise UsageError(f"there is no alert {alert!r}; see `monitor alerts list`")
    return found
