"""Nouns as columns and JSON, and back. PURE; any database with text and JSON can use it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from monitor.model import (
    Act,
    Alert,
    Entry,
    Feed,
    Member,
    Reason,
    RegimeFact,
    Relation,
    Severity,
    Source,
    Stage,
    Story,
    Veto,
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


def dumps(value: object) -> str:
    """Compact JSON, readable in any script."""
    return words(json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


def checksum(*texts: str) -> str:
    """128 bits, hex: tells changed words from unchanged, and a flipped bit from none."""
    joined = "\x1f".join(texts).encode("utf-8", "replace")
    return sha256(joined).hexdigest()[:32]


# ── nouns ───────────────────────────────────────────────────────────────────────


def content(entry: Entry) -> str:
    """What must change for a new revision."""
    return checksum(words(entry.title), words(entry.summary), words(entry.text))


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
    return None if act is None else dumps(asdict(act))


def act(given: Mapping[str, Any] | None) -> Act | None:
    if given is None:
        return None
    return Act(
        stage=Stage(given["stage"]),
        suppliers=tuple(given["suppliers"]),
        recipients=tuple(given["recipients"]),
        categories=tuple(given["categories"]),
        systems=tuple(given["systems"]),
        quantity=given["quantity"],
        regimes=tuple(given["regimes"]),
        denied=given["denied"],
        doubted=given["doubted"],
    )


def reasons_json(reasons: Iterable[Reason]) -> str:
    return dumps([asdict(r) for r in reasons])


def vetoes_json(vetoes: Iterable[Veto]) -> str:
    return dumps([asdict(v) for v in vetoes])


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
        act=None if row["act"] is None else act(json.loads(row["act"])),
        relation=Relation(row["relation"]),
        link=json.loads(row["link"]),
        credit=row["credit"],
    )


def story(row: Row, members: Sequence[Row]) -> Story:
    """A row of stories with its rows of members, oldest first."""
    return Story(
        id=row["id"],
        first_seen=when(row["first_seen"]),
        last_seen=when(row["last_seen"]),
        members=tuple(member(m) for m in members),
        size=row["size"],
        revision=row["revision"],
    )


def alert_json(alert: Alert) -> str:
    """The whole alert; alert() gives it back, equal."""
    return dumps(asdict(alert))


def alert(text: str) -> Alert:
    """
    The alert written by alert_json(), by this version or an older one.

    A field that did not exist then takes its default.
    """
    given: dict[str, Any] = json.loads(text)
    known = {name: given[name] for name in Alert.__slots__ if name in given}
    return Alert(**known | {
        "severity": Severity(given["severity"]),
        "published": when_or_none(given["published"]),
        "first_seen": when(given["first_seen"]),
        "at": when(given["at"]),
        "act": act(given["act"]),
        "reasons": tuple(Reason(**r) for r in given["reasons"]),
        "regimes": tuple(RegimeFact(**r) for r in given["regimes"]),
        "sources": tuple(_source(s) for s in given["sources"]),
        "changes": tuple(given["changes"]),
    })  # fmt: skip


def _source(given: dict[str, Any]) -> Source:
    return Source(**given | {"published": when_or_none(given["published"])})
