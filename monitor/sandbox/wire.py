"""
What parent and child say to each other: frames of four bytes of length and then JSON or bytes.

JSON, not pickle: what the child answers was made from hostile bytes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, BinaryIO, Final

from monitor.model import Entry, FailureReason, Feed, Fetched, Parsed

LENGTH_BYTES: Final = 4
LIMIT_BYTES: Final = 512 * 1024 * 1024  # an answer beyond it is nonsense


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What the child is to read."""

    document: Fetched
    feed: Feed
    known: Mapping[str, str]
    limit: int  # entries
    cpu_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What it made of it: parsed, or why not; and how big the child has grown."""

    parsed: Parsed | None = None  # None: reason and detail say why
    reason: FailureReason | None = None
    detail: str = ""
    held_bytes: int = 0


def frame(data: bytes) -> bytes:
    return len(data).to_bytes(LENGTH_BYTES, "big") + data


def take(stream: BinaryIO) -> bytes | None:
    """The next frame; None at the end of the stream."""
    head = stream.read(LENGTH_BYTES)
    if len(head) < LENGTH_BYTES:
        return None
    length = int.from_bytes(head, "big")
    data = stream.read(length)
    return data if len(data) == length else None


def write_task(task: Task) -> bytes:
    document, feed = task.document, task.feed
    head = {
        "type": document.media_type,
        "charset": document.charset,
        "url": document.url,
        "at": document.at.isoformat(),
        "feed": [feed.id, feed.url, feed.language, feed.outlet],
        "known": dict(task.known),
        "limit": task.limit,
        "cpu": task.cpu_seconds,
    }
    return frame(_dump(head)) + frame(document.body)


def read_task(head: bytes, body: bytes) -> Task:
    said = json.loads(head)
    name, url, language, outlet = said["feed"]
    return Task(
        document=Fetched(
            body=body,
            media_type=said["type"],
            charset=said["charset"],
            url=said["url"],
            at=datetime.fromisoformat(said["at"]),
        ),
        feed=Feed(id=name, url=url, language=language, outlet=outlet),
        known=said["known"],
        limit=said["limit"],
        cpu_seconds=said["cpu"],
    )


def write_answer(answer: Answer) -> bytes:
    said: dict[str, object] = {"held": answer.held_bytes}
    if answer.parsed is None:
        assert answer.reason is not None
        said |= {"reason": answer.reason.value, "detail": answer.detail}
    else:
        said["parsed"] = _parsed_out(answer.parsed)
    return frame(_dump(said))


def read_answer(data: bytes, feed: Feed) -> Answer:
    """
    Raises:
        ValueError, KeyError, TypeError: the child talks nonsense.
    """
    said = json.loads(data)
    if "parsed" not in said:
        reason = FailureReason(said["reason"])
        return Answer(reason=reason, detail=str(said["detail"]), held_bytes=int(said["held"]))
    return Answer(parsed=_parsed_in(said["parsed"], feed), held_bytes=int(said["held"]))


def _parsed_out(parsed: Parsed) -> Mapping[str, object]:
    return {
        "format": parsed.format,
        "title": parsed.title,
        "language": parsed.language,
        "ttl": parsed.ttl.total_seconds() if parsed.ttl else None,
        "hours": sorted(parsed.skip_hours),
        "days": sorted(parsed.skip_days),
        "hub": parsed.hub,
        "topic": parsed.topic,
        "next": parsed.next_page,
        "ended": parsed.ended,
        "defects": parsed.defects,
        "dropped": parsed.dropped,
        "seen": parsed.seen,
        "known": dict(parsed.known),
        "entries": [
            [
                e.id,
                e.url,
                e.title,
                e.summary,
                e.text,
                e.language,
                _iso(e.published),
                _iso(e.updated),
            ]
            for e in parsed.entries
        ],
    }


def _parsed_in(said: Any, feed: Feed) -> Parsed:
    return Parsed(
        format=said["format"],
        title=said["title"],
        entries=tuple(_entry(row, feed) for row in said["entries"]),
        language=said["language"],
        ttl=None if said["ttl"] is None else timedelta(seconds=said["ttl"]),
        skip_hours=frozenset(said["hours"]),
        skip_days=frozenset(said["days"]),
        hub=said["hub"],
        topic=said["topic"],
        next_page=said["next"],
        ended=said["ended"],
        defects=tuple(said["defects"]),
        dropped=said["dropped"],
        seen=tuple(said["seen"]),
        known=said["known"],
    )


def _entry(row: Any, feed: Feed) -> Entry:
    name, url, title, summary, text, language, published, updated = row
    return Entry(
        feed_id=feed.id,
        id=name,
        url=url,
        title=title,
        summary=summary,
        text=text,
        language=language,
        outlet=feed.outlet,
        published=_moment(published),
        updated=_moment(updated),
    )


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _dump(said: object) -> bytes:
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")
