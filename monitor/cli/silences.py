"""monitor silences list|add|end: what nobody is told of for a while, by whose wish."""

import argparse
import getpass
from datetime import datetime

from monitor.app import clock
from monitor.cli.setting import configuration, opened
from monitor.cli.show import dumps, rows
from monitor.config.load import Config
from monitor.desk.silencing import LISTS, said, silence
from monitor.errors import UsageError
from monitor.model import Severity, Silence

_COLUMNS = ("id", "until", "author", "conditions", "comment")


def arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="what", metavar="list|add|end", required=True)
    kinds.add_parser("list", help="those that hold, by their end")
    adding = kinds.add_parser("add", help="keep alerts back that meet every condition")
    adding.add_argument("--until", required=True, help='a length such as "8h", or a date and time')
    adding.add_argument("--comment", default="", help="why; shown with what is kept back")
    adding.add_argument("--author", default="", help="who; the user's name when absent")
    for name in LISTS:
        adding.add_argument(f"--{name}", metavar="A,B", default="", help="one of these")
    adding.add_argument("--min-score", default="", help="from 0 to 1")
    adding.add_argument("--min-severity", choices=[s.value for s in Severity], default="")
    ending = kinds.add_parser("end", help="let one end now")
    ending.add_argument("silence", help="si-…")


def run(given: argparse.Namespace) -> int:
    config = configuration(given)
    with opened(config) as store:
        now = store.time(clock())
        if given.what == "add":
            found = wished(given, config, now)
            store.add_silence(found)
            print(dumps({"id": found.id}) if given.json else _held(found))
        elif given.what == "end":
            if not store.end_silence(given.silence, now):
                raise UsageError(f"no silence {given.silence!r} holds; see `monitor silences list`")
            print(f"{given.silence} ended")
        else:
            rows([_row(s) for s in store.silences(now)], _COLUMNS, as_json=given.json)
    return 0


def _held(one: Silence) -> str:
    until = f"{one.until:%Y-%m-%d %H:%M} UTC"
    return f"{one.id} holds until {until}; `monitor silences end {one.id}` ends it"


def _row(one: Silence) -> dict[str, object]:
    return {
        "id": one.id,
        "since": one.since,
        "until": one.until,
        "author": one.author,
        "conditions": said(one),
        "comment": one.comment,
    }


def wished(given: argparse.Namespace, config: Config, now: datetime) -> Silence:
    """
    The silence that the arguments ask for.

    Raises:
        UsageError: no condition, an unknown name, or an end that is no end.
    """
    named = {name: str(getattr(given, name)) for name in (*LISTS, "min_severity", "min_score")}
    return silence(
        named, given.until, config.knowledge, now,
        author=given.author or user(), comment=given.comment,
    )  # fmt: skip


def user() -> str:
    """Who sits at the terminal, as far as the system knows."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a number without a name
        return "unknown"
