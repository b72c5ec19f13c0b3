"""Nouns as columns and JSON, and back. PURE; any database with text and JSON can use it."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import is_dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from hashlib import sha256
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from monitor.model import (
    Act,
    Alert,
    Entry,
    Feed,
    Mark,
    Member,
    Place,
    Relation,
    Story,
)

Row = Mapping[str, Any]  # a row of a database, by column name


# ── plain values ────────────────────────────────────────────────────────────────


def moment(when: datetime) -> str:
    """UTC to the microsecond, always 27 characters, so that text order is time order."""
    return when.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def moment_or_none(when: datetime | None) -> str | None:
    """As moment(); None stays None."""
    return None if when is None else moment(when)


def when(text: str) -> datetime:
    """The moment written by moment()."""
    return datetime.fromisoformat(text)


def when_or_none(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def seconds(length: timedelta | None) -> float | None:
    return None if length is None else length.total_seconds()


def length(amount: float | None) -> timedelta | None:
    return None if amount is None else timedelta(seconds=amount)


def words(text: str) -> str:
    """The text as a database can hold it: a lone surrogate becomes a question mark."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _plain(value: object) -> object:
    if is_dataclass(value):  # not asdict(): its deep copies took a fifth of a commit
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no place in JSON")


_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain).encode


def dumps(value: object) -> str:
    """Compact JSON, readable in any script; nouns as objects of their fields."""
    return words(_encode(value))


def checksum(*texts: str) -> str:
    """128 bits, hex: tells changed words from unchanged, and a flipped bit from none."""
    return checksum_of(text.encode("utf-8", "replace") for text in texts)


def checksum_of(texts: Iterable[bytes]) -> str:
    """The checksum of texts in UTF-8."""
    return sha256(b"\x1f".join(texts)).hexdigest()[:32]


# ── nouns ───────────────────────────────────────────────────────────────────────


def content(entry: Entry) -> str:
    """What must change for a new revision."""
    return checksum(entry.title, entry.summary, entry.text)


def feed(row: Row) -> Feed:
    return Feed(
        id=row["id"],
        url=row["url"],
        language=row["language"],
        outlet=row["outlet"],
        pack=row["pack"],
        title=row["title"],
        interval=length(row["asked_interval"]),
        last_known_live=row["last_known_live"],
        full_text=row["full_text"],
        paused=bool(row["paused"]),
    )


def act_json(act: Act | None) -> str | None:
    return None if act is None else dumps(act)


@lru_cache(maxsize=10_000)
def _act(text: str) -> Act:
    """One text tells one act: candidates are read again and again, and an act never changes."""
    found: Act = reader(Act)(json.loads(text))
    return found


def member(row: Row) -> Member:
    return Member(
        feed_id=row["feed_id"],
        entry_id=row["entry_id"],
        title=row["title"],
        summary=row["summary"],
        url=row["url"],
        outlet=row["outlet"],
        language=row["language"],
        published=when_or_none(row["published"]),
        seen=when(row["seen"]),
        topic=row["topic"],
        score=row["score"],
        act=None if row["act"] is None else _act(row["act"]),
        relation=Relation(row["relation"]),
        link=json.loads(row["link"]) if row["link"] != "{}" else {},
        credit=row["credit"],
    )


def place(row: Row) -> Place:
    """Which entry a row of members, moves or pins is about."""
    return row["feed_id"], row["entry_id"]


def story(row: Row, members: Sequence[Row], pins: Sequence[Row] = ()) -> Story:
    """A row of stories with its rows of members, oldest first, and of pins that hold."""
    parts: dict[str, set[Place]] = {}
    for pin in pins:
        if pin["part"]:
            parts.setdefault(pin["part"], set()).add(place(pin))
    return Story(
        id=row["id"],
        first_seen=when(row["first_seen"]),
        last_seen=when(row["last_seen"]),
        members=tuple(member(m) for m in members),
        size=row["size"],
        revision=row["revision"],
        mark=Mark(row["mark"]),
        walls=frozenset((p["repair"], p["side"] == "moved") for p in pins if not p["part"]),
        parts=tuple(frozenset(own) for _, own in sorted(parts.items())),
    )


def alert_json(alert: Alert) -> str:
    """The whole alert; alert() gives it back, equal."""
    return dumps(alert)


def alert(text: str) -> Alert:
    """The alert written by alert_json(), by this version or another one."""
    found: Alert = reader(Alert)(json.loads(text))
    return found


# ── JSON to nouns, by their own annotations ─────────────────────────────────────

Reader = Callable[[Any], Any]


@cache
def reader(kind: Any) -> Reader:
    """
    What turns JSON back into a value of this type, one that dumps() wrote.

    A field that did not exist when it was written takes its default; one that exists no
    more is left out.
    """
    if is_dataclass(kind):
        return _noun(kind)
    if get_origin(kind) is tuple:
        each = reader(get_args(kind)[0])
        return lambda given: tuple(each(g) for g in given)
    if get_origin(kind) in (UnionType, Union):
        inner = reader(next(k for k in get_args(kind) if k is not NoneType))
        return lambda given: None if given is None else inner(given)
    if kind is datetime:
        return when
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind
    return lambda given: given


def _noun(kind: Any) -> Reader:
    readers = {name: reader(hint) for name, hint in get_type_hints(kind).items()}

    def read(given: Mapping[str, Any]) -> Any:
        return kind(**{name: readers[name](given[name]) for name in readers if name in given})

    return read
