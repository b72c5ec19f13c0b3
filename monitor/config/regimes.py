"""
config/regimes.csv becomes the embargoes we know: facts with a legal act and an as-of date.

A row in regimes.local.csv beside it replaces the row of the same id, or adds one. See
docs/regimes.md for what each column means and where the facts come from.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from monitor.config.entities import CATEGORIES
from monitor.config.reading import Problems
from monitor.config.spreadsheet import Row, rows

SCOPES: Final = ("state", "region", "non-state", "entity")
DIRECTIONS: Final = ("to", "from", "both")
STATUSES: Final = ("in force", "political", "lifted", "unknown")
CONFIDENCES: Final = ("high", "medium", "low")
COLUMNS: Final = (
    *("id", "name", "targets", "parties", "scope", "direction", "categories", "exempt"),
    *("exempt_from", "bound", "body", "act", "start", "end", "status", "confidence"),
    *("disputed", "verified_until", "as_of", "source", "note"),
)
REQUIRED: Final = ("id", "name", "scope", "direction", "body", "act", "status", "as_of")
ALL: Final = "all"  # everybody is bound, or every state is where it applies

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_PARTY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegimeRow:
    """One arms embargo or restriction, by whom, against whom, from when to when."""

    id: str
    name: str
    targets: tuple[str, ...]  # states, ISO 3166 alpha-2 lower case; empty: groups anywhere
    parties: tuple[str, ...] = ()  # groups it is on, beside or instead of the targets
    scope: str = "state"  # one of SCOPES
    direction: str = "to"  # "to" the target, "from" it, or "both"
    categories: tuple[str, ...] = ()  # empty: all
    exempt: tuple[str, ...] = ()  # ids to whom supply is allowed, e.g. the government
    exempt_from: str = ""  # ISO date since which; "" as long as the row
    bound: tuple[str, ...] = (ALL,)  # whose suppliers it binds: ids, "eu" for its members
    body: str = ""
    act: str = ""  # the primary legal act, then further ones
    start: str = ""  # ISO date, perhaps only a year; "" when unknown
    end: str = ""  # ISO date, perhaps only a year, first day without it; "" when open
    status: str = "in force"  # one of STATUSES
    confidence: str = "medium"
    disputed: str = ""  # by whom; "" when by nobody
    verified_until: str = ""  # ISO date of the last sunset seen; "" when there is none
    as_of: str = ""
    source: str = ""
    note: str = ""


def read(root: Path, problems: Problems, environ: Mapping[str, str]) -> tuple[RegimeRow, ...]:
    """The rows of root/regimes.csv, those of root/regimes.local.csv in place of theirs, by id."""
    found: dict[str, RegimeRow] = {}
    for file in (root / "regimes.csv", root / "regimes.local.csv"):
        if not file.exists() and file.name != "regimes.csv":
            continue
        own: dict[str, int] = {}
        for row in rows(file, COLUMNS, REQUIRED, problems):
            regime = _regime(row)
            if regime.id in own:
                row.fault("id", f"{regime.id!r} stands at line {own[regime.id]} too", "keep one")
            own.setdefault(regime.id, row.line)
            found[regime.id] = regime
    return tuple(found[id] for id in sorted(found))


def _regime(row: Row) -> RegimeRow:
    id = row.required("id", "give the regime a short name such as 'un-kp'")
    if id and not _ID.fullmatch(id):
        row.fault("id", f"{id!r} is not an id", "use a-z, 0-9 and single hyphens")
    regime = RegimeRow(
        id=id,
        name=row.required("name", "say it in a few words"),
        targets=_ids(row, "targets"),
        parties=_ids(row, "parties"),
        scope=row.choice("scope", SCOPES),
        direction=row.choice("direction", DIRECTIONS),
        categories=_categories(row),
        exempt=_ids(row, "exempt"),
        exempt_from=_date(row, "exempt_from"),
        bound=_ids(row, "bound") or (ALL,),
        body=row.required("body", "say who imposed it"),
        act=row.required("act", "name the legal act"),
        start=_date(row, "start"),
        end=_date(row, "end"),
        status=row.choice("status", STATUSES),
        confidence=row.choice("confidence", CONFIDENCES, "medium"),
        disputed=row["disputed"],
        verified_until=_date(row, "verified_until"),
        as_of=_as_of(row),
        source=row["source"],
        note=row["note"],
    )
    _check(row, regime)
    return regime


def _ids(row: Row, column: str) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in row[column].split(";") if part.strip())
    for part in parts:
        if not _PARTY.fullmatch(part):
            row.fault(column, f"{part!r} is not an id", "write ids with ';' between them")
    return parts


def _categories(row: Row) -> tuple[str, ...]:
    parts = _ids(row, "categories")
    for part in parts:
        if part not in CATEGORIES:
            row.fault("categories", f"{part!r} is unknown", f"known here: {', '.join(CATEGORIES)}")
    return parts


def _as_of(row: Row) -> str:
    row.required("as_of", "say when this was last looked up, e.g. 2026-08-22")
    return _date(row, "as_of")


def _date(row: Row, column: str) -> str:
    """The ISO date, month or year as written; "" when empty or after a fault."""
    value = row[column]
    if not value or first_day(value) is not None:
        return value
    row.fault(column, f"{value!r} is not a date", "write 2006-10-14, 2006-10 or 2006")
    return ""


def first_day(text: str) -> date | None:
    """The first day of an ISO date, month or year; None when it is none of them."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(part) if part else 1 for part in found.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _check(row: Row, regime: RegimeRow) -> None:
    """What no single column can show."""
    start, end = first_day(regime.start), first_day(regime.end)
    if start and end and end < start:
        row.fault("end", f"{regime.end} is before the start {regime.start}", "swap or mend them")
    if regime.scope in ("state", "region") and not regime.targets:
        row.fault("targets", "is empty", f"a {regime.scope} embargo names its states")
    if regime.scope in ("non-state", "entity") and not regime.parties:
        row.fault("parties", "is empty", f"a {regime.scope} embargo names whom it is on")
    for id in regime.exempt:
        if id not in regime.targets:
            row.fault("exempt", f"{id!r} is no target", "exempt only what is a target")
    if regime.status == "lifted" and not regime.end:
        row.fault("end", "is empty", "say since when it is lifted")
