"""
[[routes]] of monitor.toml: which alerts go where, when, and in which order that is asked.

A tree: [[routes.routes]] under a route narrow it, and take over what they do not say themselves.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from monitor.config import matchers
from monitor.config.matchers import Matcher, Names
from monitor.config.reading import Table

UPDATES: Final = ("quiet", "chatty", "none")
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
QUIET: Final = ("hold", "digest", "critical")
_DEEPEST: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Hours in which alerts wait; over midnight where start is later than end."""

    start: time
    end: time
    zone: ZoneInfo
    how: str = "hold"  # hold: each alone at the end; digest: all in one; critical: those at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One message a day or week instead of one an alert, at a local time once per local date."""

    at: time
    zone: ZoneInfo
    weekday: int | None = None  # 0 is Monday; None every day


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Matcher):
    """Takes an alert when every condition holds; what it leaves out is its parent's."""

    sinks: tuple[str, ...]
    continue_: bool = False  # also ask the routes below
    routes: tuple["Route", ...] = ()  # asked first; it is itself the goal when none takes it
    updates: str = "quiet"  # quiet: new facts; chatty: every new account too; none: only the first
    cooldown: timedelta = timedelta(0)  # between two stories of the same parties
    repeat: timedelta = timedelta(0)  # tell a story again when it goes on that long; 0 never
    quiet: Quiet | None = None
    digest: Digest | None = None
    name: str = ""
    line: int = 0  # where it stands in monitor.toml; 0 for the one nobody wrote


@dataclass(frozen=True, slots=True, kw_only=True)
class Inhibition:
    """While an alert of the one kind is fresh, those of the other kind are not told."""

    when: Matcher
    mutes: Matcher
    equal: tuple[str, ...]  # what both must share: suppliers, recipients, categories, story
    within: timedelta
    line: int = 0


EQUAL: Final = ("suppliers", "recipients", "categories", "stories")


def read(
    document: Table, topics: Collection[str], sinks: Sequence[str], names: Names | None = None
) -> tuple[Route, ...]:
    """
    The routes in file order; with none written, one that sends everything to every sink.

    `names` says what else may be named. Faults are reported into the document.
    """
    known = Names(topics=topics) if names is None else names
    found = tuple(_route(table, known, sinks, None, 1) for table in document.tables("routes"))
    return found or (Route(sinks=tuple(sinks)),)


def inhibitions(document: Table, names: Names) -> tuple[Inhibition, ...]:
    """[[inhibitions]] in file order."""
    return tuple(_inhibition(table, names) for table in document.tables("inhibitions"))


def _route(
    table: Table, names: Names, sinks: Sequence[str], parent: Route | None, depth: int
) -> Route:
    own: dict[str, Any] = dict(matchers.read(table, names))
    route = Route(
        **own,
        sinks=_sinks(table, sinks, parent),
        continue_=table.flag("continue", False),
        updates=table.choice("updates", UPDATES, parent.updates if parent else UPDATES[0]),
        cooldown=_length(table, "cooldown", parent.cooldown if parent else timedelta(0)),
        repeat=_length(table, "repeat", parent.repeat if parent else timedelta(0)),
        quiet=_quiet(table) if table.has("quiet") else (parent.quiet if parent else None),
        digest=_digest(table) if table.has("digest") else (parent.digest if parent else None),
        name=table.text("name", ""),
        line=table.line(),
    )
    table.asked.update(("quiet", "digest"))
    below = table.tables("routes")
    if below and depth == _DEEPEST:
        table.fault("routes", f"is more than {_DEEPEST} deep", "write fewer conditions in each")
        below = ()
    children = tuple(_route(one, names, sinks, route, depth + 1) for one in below)
    table.close()
    return _with(route, children)


def _with(route: Route, children: tuple[Route, ...]) -> Route:
    values = {name: getattr(route, name) for name in Route.__dataclass_fields__}
    return Route(**{**values, "routes": children})


def _sinks(table: Table, sinks: Sequence[str], parent: Route | None) -> tuple[str, ...]:
    if parent is not None and not table.has("sinks"):
        table.asked.add("sinks")
        return parent.sinks
    named = table.texts("sinks")
    if table.has("sinks") and table.values["sinks"] == []:
        table.fault("sinks", "is empty", f"name one of {', '.join(sinks)}")
    for name in named:
        if name not in sinks:
            table.fault("sinks", f"no sink {name!r}", f"known here: {', '.join(sinks)}")
    return tuple(dict.fromkeys(n for n in named if n in sinks))


def _length(table: Table, key: str, inherited: timedelta) -> timedelta:
    found = table.duration(key, None)
    return inherited if found is None else found


def _quiet(table: Table) -> Quiet:
    inner = table.table("quiet")
    quiet = Quiet(
        start=_clock(inner, "from"),
        end=_clock(inner, "to"),
        zone=_zone(inner),
        how=inner.choice("how", QUIET, QUIET[0]),
    )
    if quiet.start == quiet.end and inner.has("to"):
        inner.fault("to", "is the same as from", "end the quiet hours at another time")
    inner.close()
    return quiet


def _digest(table: Table) -> Digest:
    inner = table.table("digest")
    weekday = inner.choice("day", DAYS, "") if inner.has("day") else ""
    inner.asked.add("day")
    digest = Digest(
        at=_clock(inner, "at"),
        zone=_zone(inner),
        weekday=DAYS.index(weekday) if weekday else None,
    )
    inner.close()
    return digest


def _clock(table: Table, key: str) -> time:
    """A time of day, to the minute."""
    text = table.text(key, right='a time such as "08:00"')
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        if text:
            table.fault(key, f"{text!r} is no time of day", 'write one such as "08:00"')
        return time(0)


def _zone(table: Table) -> ZoneInfo:
    name = table.text("zone", "UTC")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        table.fault("zone", f"no time zone {name!r}", 'write one such as "Europe/Berlin"')
        return ZoneInfo("UTC")


def _inhibition(table: Table, names: Names) -> Inhibition:
    parts: dict[str, Matcher] = {}
    for key in ("when", "mutes"):
        inner = table.table(key)
        if not table.has(key):
            table.fault(key, "is missing", 'conditions such as { stages = ["delivered"] }')
        own: dict[str, Any] = dict(matchers.read(inner, names))
        parts[key] = Matcher(**own)
        inner.close()
    equal = table.texts("equal", ("suppliers", "recipients"))
    for name in equal:
        if name not in EQUAL:
            table.fault("equal", f"no field {name!r}", f"known here: {', '.join(EQUAL)}")
    within = table.duration("within", "24h")
    assert within is not None
    table.close()
    return Inhibition(
        **parts,
        equal=tuple(e for e in equal if e in EQUAL),
        within=within,
        line=table.line(),
    )
