"""monitor feeds list|add|remove|test|import|export: what is read, how it fares, OPML both ways."""

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from monitor.app import clock
from monitor.cli import trying
from monitor.cli.setting import configuration, opened
from monitor.cli.show import dumps, rows
from monitor.cli.silences import user
from monitor.config.load import Config
from monitor.config.reading import duration
from monitor.desk.adding import (
    PACK,
    TITLE,
    check_address,
    check_id,
    host_and_path,
    name,
    open_only,
    take,
)
from monitor.errors import ParseError, UsageError
from monitor.fetch.domains import owner
from monitor.model import Feed
from monitor.model.manners import Manners, manners
from monitor.parse import opml
from monitor.ports import Row
from monitor.secret import hidden, masked
from monitor.upkeep import still

_COLUMNS: Final = (
    "id", "state", "language", "last_success", "next_due", "failure", "polite", "url",
)  # fmt: skip
_MORE: Final = (
    "id",
    "state",
    "interval",
    "why",
    "entries",
    "gaps",
    "push",
    "unchanged",
    "failed",
    "detail",
    "paused_by",
)
_COUNTS: Final = ("requests", "unconditional", "early", "hurried", "unneeded", "not_modified",
                  "same_body", "conditional")  # fmt: skip
_REQUESTS: Final = (
    "id", "polite", "conditional_share", "spacing", *_COUNTS, "throttled", "moved_to", "url_now",
)  # fmt: skip
_PAUSING: Final = {
    "pause": "leave a feed alone until it is resumed, whatever its file says",
    "resume": "poll a paused feed again, whatever its file says",
}
_EVENTS: Final = ("at", "feed", "kind", "detail")
_MOST_BYTES: Final = 20_000_000  # of a list


def arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(
        dest="what", metavar="list|add|remove|pause|resume|test|import|export", required=True
    )
    listing = kinds.add_parser("list", help="every feed, how it fares and when it is due")
    listing.add_argument("--state", default="", help="only: ok, new, failing, gone, quiet, paused")
    listing.add_argument("--why", action="store_true", help="pace and counts instead of addresses")
    listing.add_argument("--requests", action="store_true", help="how polite we were to each")
    listing.add_argument(
        "--events", action="store_true", help="gaps, moves, failures, newest first"
    )
    adding = kinds.add_parser("add", help="poll this address too; it is kept in the store")
    adding.add_argument("url")
    adding.add_argument("--id", default="", help="a short name; made from the address if absent")
    adding.add_argument("--title", default="")
    adding.add_argument("--language", default="", help="a code such as en; detected if absent")
    adding.add_argument("--outlet", default="", help="publisher's domain; taken from the address")
    adding.add_argument("--interval", default="", help="such as 10m; else as configured")
    kinds.add_parser("remove", help="stop polling a feed added by command").add_argument("id")
    for verb, text in _PAUSING.items():
        pausing = kinds.add_parser(verb, help=text)
        pausing.add_argument("id")
        pausing.add_argument("--author", default="", help="who; the user's name when absent")
    trial = kinds.add_parser("test", help="fetch it once and show what would happen")
    trial.add_argument("url", help="an address, also of a web page, or a feed's id")
    taking = kinds.add_parser("import", help="add every feed of an OPML list")
    taking.add_argument("file", nargs="?", default="-", help="OPML; - for stdin")
    taking.add_argument("--dry-run", action="store_true", help="only say what it would add")
    giving = kinds.add_parser("export", help="all feeds as OPML")
    giving.add_argument("file", nargs="?", default="-", help="- for stdout")
    giving.add_argument("--keys", action="store_true", help="also those whose address holds a key")


def run(given: argparse.Namespace) -> int:
    config = configuration(given)
    commands = {
        "list": _list, "add": _add, "remove": _remove, "pause": _pause,
        "resume": _pause, "import": _import, "export": _export,
    }  # fmt: skip
    if given.what == "test":
        return trying.run(config, _address(config, given.url), as_json=given.json)
    return commands[given.what](config, given)


# ── list ────────────────────────────────────────────────────────────────────────


def _list(config: Config, given: argparse.Namespace) -> int:
    with opened(config) as store:
        known, events = store.feeds(), store.events() if given.events else ()
    if given.events:
        rows(_masked(events, config), _EVENTS, as_json=given.json)
        return 0
    there = {row["id"] for row in known}
    unknown = [_unpolled(f) for f in config.feeds if f.id not in there]
    every = [_told(still(row, clock())) for row in (*known, *unknown)]
    found = [row for row in _masked(every, config) if given.state in ("", row["state"])]
    if given.requests:
        rows([_asked(row) for row in found], _REQUESTS, as_json=given.json)
    else:
        rows(found, _MORE if given.why else _COLUMNS, as_json=given.json)
    return 0


def _masked(found: Sequence[Row], config: Config) -> Sequence[Row]:
    """With no secret in any text, nor keys in addresses."""
    return [{key: masked(value, config.secrets) for key, value in row.items()} for row in found]


def _told(row: Row) -> Row:
    """The row with how polite we were to its server, and how its hub does."""
    found = manners(row.get("client"))
    polite = _percent(found.faultless_share) if found else None
    return {**row, "polite": polite, "push": _push(row)}


def _push(row: Row) -> str:
    """What its hub is worth: "" where it has none that promised to tell."""
    until, broken = row.get("push_until"), row.get("unpushed_at")
    if not isinstance(until, datetime) or until <= clock():
        return ""
    if isinstance(broken, datetime):
        return f"broken since {broken:%Y-%m-%d %H:%M}"
    return "works" if row.get("pushed_at") else "promised"


def _percent(share: float | None) -> str | None:
    """Rounded down, so that 100 % is without a fault; None where there is none."""
    return None if share is None else f"{int(share * 100)} %"


def _asked(row: Row) -> Row:
    """What a strict publisher would have counted, next to the feed's id."""
    client = row.get("client")
    said = client if isinstance(client, dict) else {}
    found = manners(said) or Manners()
    return {
        **{name: getattr(found, name) for name in _COUNTS}, "id": row["id"],
        "polite": row["polite"], "conditional_share": _percent(found.conditional_share),
        "spacing": found.spacing, "throttled": row.get("throttled"),
        "moved_to": said.get("moved_to", ""), "url_now": said.get("url", "") or row["url"],
    }  # fmt: skip


def _unpolled(feed: Feed) -> Row:
    """One that no daemon has taken up yet."""
    blank = dict.fromkeys((*_COLUMNS, *_MORE))
    state = "paused" if feed.paused else "new"
    return {**blank, "id": feed.id, "state": state, "language": feed.language, "url": feed.url}


# ── add and remove ──────────────────────────────────────────────────────────────


def _add(config: Config, given: argparse.Namespace) -> int:
    check_address(given.url)
    feed = Feed(
        id=given.id or name(given.title or host_and_path(given.url), _ids(config)),
        url=given.url,
        language=given.language.lower(),
        outlet=given.outlet.lower() or owner(given.url),
        title=given.title,
        interval=_interval(given.interval),
        pack=PACK,
    )
    check_id(feed.id)
    written = any(feed.id == f.id or feed.url == f.url for f in config.feeds)
    with opened(config) as store:
        if written or not store.add_feed(feed, store.time(clock())):
            raise UsageError(
                f"{hidden(feed.url)} is there already, or {feed.id!r}; see `monitor feeds list`"
            )
    shown = hidden(feed.url, config.secrets)
    print(dumps({"id": feed.id, "url": shown}) if given.json else f"{feed.id} added, due now")
    return 0


def _remove(config: Config, given: argparse.Namespace) -> int:
    written = next((f for f in config.feeds if f.id == given.id), None)
    if written:
        where = config.root / "feeds" / f"{written.pack}.toml"
        raise UsageError(f"{given.id} stands in {where}: remove it there")
    with opened(config) as store:
        if not store.remove_feed(given.id):
            raise UsageError(f"there is no feed {given.id!r}; see `monitor feeds list`")
    print(dumps({"removed": given.id}) if given.json else f"{given.id} removed, its entries stay")
    return 0


def _pause(config: Config, given: argparse.Namespace) -> int:
    paused = given.what == "pause"
    with opened(config) as store:
        now = store.time(clock())
        store_has = store.pause_feed(given.id, now, paused=paused, author=given.author or user())
    if not store_has and given.id in {f.id for f in config.feeds}:
        raise UsageError(f"no daemon has taken up {given.id!r} yet; start one first")
    if not store_has:
        raise UsageError(f"there is no feed {given.id!r}; see `monitor feeds list`")
    said = "paused; `monitor feeds resume` polls it again" if paused else "polled again"
    print(dumps({"id": given.id, "paused": paused}) if given.json else f"{given.id} {said}")
    return 0


def _interval(text: str) -> timedelta | None:
    """None where nothing was asked for."""
    if not text:
        return None
    found = duration(text)
    if found is None:
        raise UsageError(f"--interval {text!r} is no length of time: write one such as 10m")
    return found


def _ids(config: Config) -> set[str]:
    with opened(config) as store:
        return {str(row["id"]) for row in store.feeds()} | {f.id for f in config.feeds}


def _address(config: Config, text: str) -> str:
    """The address of the feed with that id, else the text as an address."""
    if ":" not in text:
        with opened(config) as store:
            known = {f.id: f.url for f in (*store.own_feeds(), *config.feeds)}
        if text not in known:
            raise UsageError(f"{text!r} is neither an address nor the id of a feed")
        return known[text]
    check_address(text)
    return text


# ── import and export ───────────────────────────────────────────────────────────


def _import(config: Config, given: argparse.Namespace) -> int:
    try:
        found = opml.read(_bytes(given.file))
    except ParseError as e:
        raise UsageError(f"{given.file}: {e}") from e
    taken = _ids(config)
    with opened(config) as store:
        there = {str(row["url"]) for row in store.feeds() if row["state"] != "retired"}
        there |= {f.url for f in config.feeds}
        fresh = [listed for listed in found.feeds if listed.url not in there]
        now = store.time(clock())
        added = take(fresh, taken, lambda f: given.dry_run or store.add_feed(f, now))
    facts = {
        "added": added,
        "present": len(found.feeds) - len(fresh),
        "duplicates": list(found.duplicates),
        "problems": list(found.problems),
    }
    _tell(facts, pretend=given.dry_run, as_json=given.json)
    return 1 if found.problems else 0


def _tell(facts: dict[str, object], *, pretend: bool, as_json: bool) -> None:
    if as_json:
        print(dumps(facts))
        return
    added, duplicates, problems = facts["added"], facts["duplicates"], facts["problems"]
    assert isinstance(added, list)
    assert isinstance(duplicates, list)
    assert isinstance(problems, list)
    for line in (*duplicates, *problems):
        print(line, file=sys.stderr)
    verb = "would be added" if pretend else "added"
    print(
        f"{len(added)} {verb}, {facts['present']} there already, "
        f"{len(duplicates)} twice in the list, {len(problems)} bad"
    )


def _bytes(name: str) -> bytes:
    """The whole list."""
    try:
        data = sys.stdin.buffer.read(_MOST_BYTES) if name == "-" else Path(name).read_bytes()
    except OSError as e:
        raise UsageError(f"{name}: {e.strerror}") from e
    if len(data) >= _MOST_BYTES:
        raise UsageError(f"{name}: over {_MOST_BYTES} bytes is no list of feeds")
    return data


def _export(config: Config, given: argparse.Namespace) -> int:
    with opened(config) as store:
        own = store.own_feeds()
    every = [*config.feeds, *own]
    feeds, title = (every, TITLE) if given.keys else open_only(every, config.secrets)
    text = opml.write(feeds, title)
    if given.file == "-":
        print(text, end="")
        return 0
    try:
        Path(given.file).write_text(text, "utf-8")
    except OSError as e:
        raise UsageError(f"{given.file}: {e.strerror}") from e
    kept = len(every) - len(feeds)
    more = f"; {kept} left out, whose addresses hold keys: --keys writes them" if kept else ""
    print(f"{len(feeds)} feeds written to {given.file}{more}", file=sys.stderr)
    return 0
