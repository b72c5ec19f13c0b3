"""monitor silences list|add|end: what nobody is told of for a while, by whose wish."""

import argparse
import getpass
from datetime import datetime, timedelta
from hashlib import sha256

from monitor.app import clock
from monitor.cli.items import when
from monitor.cli.setting import configuration, opened
from monitor.cli.show import dumps, rows
from monitor.config.load import Config
from monitor.config.matchers import Matcher
from monitor.config.reading import duration
from monitor.errors import UsageError
from monitor.model import Severity, Silence, Stage

_LISTS = (
    *("topics", "stages", "parties", "suppliers", "recipients", "categories", "regimes"),
    *("languages", "feeds", "outlets", "stories"),
)
_COLUMNS = ("id", "until", "author", "conditions", "comment")


def arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="what", metavar="list|add|end", required=True)
    kinds.add_parser("list", help="those that hold, by their end")
    adding = kinds.add_parser("add", help="keep alerts back that meet every condition")
    adding.add_argument("--until", required=True, help='a length such as "8h", or a date and time')
    adding.add_argument("--comment", default="", help="why; shown with what is kept back")
    adding.add_argument("--author", default="", help="who; the user's name when absent")
    for name in _LISTS:
        adding.add_argument(f"--{name}", metavar="A,B", default="", help="one of these")
    adding.add_argument("--min-severity", choices=[s.value for s in Severity], default="")
    ending = kinds.add_parser("end", help="let one end now")
    ending.add_argument("silence", help="si-…")


def run(given: argparse.Namespace) -> int:
    config, now = configuration(given), clock()
    with opened(config) as store:
        if given.what == "add":
            silence = wished(given, config, now)
            store.add_silence(silence)
            print(dumps({"id": silence.id}) if given.json else _held(silence))
        elif given.what == "end":
            if not store.end_silence(given.silence, now):
                raise UsageError(f"no silence {given.silence!r} holds; see `monitor silences list`")
            print(f"{given.silence} ended")
        else:
            found = [_row(s) for s in store.silences(now)]
            rows(found, _COLUMNS, as_json=given.json)
    return 0


def _held(silence: Silence) -> str:
    until = f"{silence.until:%Y-%m-%d %H:%M} UTC"
    return f"{silence.id} holds until {until}; `monitor silences end {silence.id}` ends it"


def _row(silence: Silence) -> dict[str, object]:
    said = "; ".join(f"{k} {' or '.join(v)}" for k, v in silence.conditions.items())
    return {
        "id": silence.id,
        "since": silence.since,
        "until": silence.until,
        "author": silence.author,
        "conditions": said or "everything",
        "comment": silence.comment,
    }


def wished(given: argparse.Namespace, config: Config, now: datetime) -> Silence:
    """
    The silence that the arguments ask for.

    Raises:
        UsageError: no condition, an unknown name, or an end that is no end.
    """
    named = {name: str(getattr(given, name)) for name in _LISTS}
    conditions = {
        name: tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))
        for name, value in named.items()
        if value
    }
    if given.min_severity:
        conditions["min_severity"] = (given.min_severity,)
    if not conditions:
        raise UsageError("a silence of everything is none; name at least one condition")
    _check(conditions, config)
    until = _until(given.until, now)
    cause = dumps([conditions, until, given.comment, now]).encode()
    return Silence(
        id=f"si-{sha256(cause).hexdigest()[:8]}",
        conditions=conditions,
        since=now,
        until=until,
        author=given.author or _user(),
        comment=given.comment,
    )


def _check(conditions: dict[str, tuple[str, ...]], config: Config) -> None:
    """A misspelt name would silence nothing, and nobody would notice."""
    parties = config.knowledge.gazetteer.entities
    known = {
        "topics": tuple(config.knowledge.topics),
        "stages": tuple(stage.value for stage in Stage),
        **dict.fromkeys(("parties", "suppliers", "recipients"), parties),
        "regimes": ("any", *(row.id for row in config.knowledge.regimes)),
    }
    assert set(known) < set(Matcher.__dataclass_fields__)
    for name, allowed in known.items():
        for value in conditions.get(name, ()):
            if value not in allowed:
                raise UsageError(f"--{name}: {value!r} is unknown here")


def _until(text: str, now: datetime) -> datetime:
    length = duration(text)
    end = now + length if length else when(text)
    if end is None:
        raise UsageError(
            f"--until: {text!r} is neither a length nor a date; write 8h or 2026-08-01"
        )
    if end <= now or end - now > timedelta(days=366):
        raise UsageError("--until: must lie ahead, within a year")
    return end


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a number without a name
        return "unknown"
