"""
What the client remembers about one feed between polls, beside the validators. PURE.

Kept in Claim.known under one key, next to the block hashes that the parser keeps there, and
written with the poll it came from, under the same fence.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from operator import attrgetter
from statistics import median
from typing import Any, Final

from monitor.fetch.domains import owner
from monitor.model import (
    Claim,
    Entry,
    Failed,
    Feed,
    Fetched,
    Freshness,
    Known,
    Parsed,
    Unchanged,
)

KEY: Final = "client"
ROTATING: Final = "rotating"  # as monitor.parse marks a feed whose ids change at every build
_COMPARED: Final = 2_000  # ids of a document, as many as monitor.parse remembers
# Servers that answer 304 for ever, or lie about it, are found out by asking for the whole now
# and then; rarely, because publishers score it (NetNewsWire does it after 8 days).
_WHOLE_EVERY: Final = timedelta(days=8)
_RHYTHM_OF: Final = 30  # entries
_QUIET_AT_LEAST: Final = timedelta(days=4)  # a long weekend is not news
_QUIET_TIMES: Final = 10


# Not frozen: to set each of so many fields past the lock takes 7 of 11 µs, four times a poll.
@dataclass(slots=True, kw_only=True)
class Memory:
    """Moments are seconds since 1970, 0 for never; all of it is advice, none of it truth."""

    asked: str = ""  # the configured URL all this belongs to
    url: str = ""  # asked in its place, since a permanent redirect settled; "" otherwise
    given_by: str = ""  # the validators came from there, by a redirect; "": from where we ask
    moved_to: str = ""  # a permanent redirect under observation
    moved_since: float = 0.0
    moved_seen: int = 0
    whole_at: float = 0.0  # last complete 200
    newest_at: float = 0.0  # when an entry not seen before last appeared
    rhythm: float = 0.0  # median seconds between entries; 0 when unknown
    calm: int = 0  # polls in a row that brought nothing new
    ttl: float = 0.0  # seconds; the feed's own wish, and the hours and days it asks us to skip
    hours: str = ""  # e.g. "2 3"
    days: str = ""  # 0 for Monday
    hub: str = ""  # that says when there is news, and what to ask it for
    topic: str = ""
    push_until: float = 0.0  # of the hub's lease, as it was at the last poll
    push_since: float = 0.0  # the first poll that knew of it
    pushes: int = 0  # polls a hub asked for that brought news, since it last kept some back
    unpushed_at: float = 0.0  # news that no push has told of yet was found then
    broken_at: float = 0.0  # since then no push is relied on
    max_age: float = 0.0  # seconds, of the last complete 200: a 304 may leave it unsaid
    back: str = ""  # an older page to read next, after a gap; "" when there is none
    pages: int = 0  # older pages read since that gap
    before: str = ""  # hashes of the ids known before it
    last_at: float = 0.0  # last request
    fresh_until: float = 0.0  # what the last answer asked for: max-age or Retry-After
    retry_until: float = 0.0  # of that, Retry-After alone
    # the score a strict publisher would keep
    requests: int = 0
    conditional: int = 0
    unconditional: int = 0  # although we held a validator
    not_modified: int = 0
    same_body: int = 0  # 200 with the bytes of before: the server's waste
    early: int = 0  # asked while max-age or Expires still held
    hurried: int = 0  # asked while Retry-After still held
    unneeded: int = 0  # either, or the whole for nothing although we could ask for less
    spacing: float = 0.0  # mean seconds between requests


_KINDS: Final[Mapping[str, Any]] = {f.name: type(f.default) for f in fields(Memory)}


def recall(claim: Claim) -> Memory:
    """What the last polls left; blank after the feed's URL was changed."""
    return remembered(claim.feed, claim.known)


def remembered(feed: Feed, known: Mapping[str, str]) -> Memory:
    """The same from its parts."""
    return _recalled(feed.url, known.get(KEY, ""))


@lru_cache(maxsize=512)  # one poll asks half a dozen times
def _recalled(url: str, text: str) -> Memory:
    blank = Memory(asked=url)
    memory = decoded(text)
    return memory if memory is not None and memory.asked == url else blank


def decoded(text: str) -> Memory | None:
    """None where there is nothing to read, or what is there was not written by us."""
    try:
        found = json.loads(text or "{}")
        return Memory(**{n: _KINDS[n](value) for n, value in found.items() if n in _KINDS})
    except (ValueError, TypeError, AttributeError):
        return None


def address(claim: Claim) -> str:
    """Where the next request goes: the feed's URL, or the place it has moved to for good."""
    return recall(claim).url or claim.feed.url


def doors(claim: Claim) -> tuple[str, ...]:
    """Whose servers the next request reaches, as far as the last one told: a redirect has two."""
    asked, landed = address(claim), recall(claim).given_by
    return (asked, landed) if landed and owner(landed) != owner(asked) else (asked,)


def asks_whole(claim: Claim, memory: Memory, now: datetime) -> bool:
    """Whether this request goes without validators: the URL changed, or it is long due."""
    if claim.known.get(KEY) and not memory.last_at:
        return True  # validators belong to the URL that gave them
    return bool(memory.whole_at) and now.timestamp() - memory.whole_at > _WHOLE_EVERY / _SECOND


_SECOND: Final = timedelta(seconds=1)


def written(memory: Memory, items: Mapping[str, str]) -> Mapping[str, str]:
    """The items as the parser left them, with this memory among them."""
    spare = {name: v for name, v in zip(_KINDS, _values(memory), strict=True) if v}
    said = _encode(spare)
    return items.renewed(KEY, said) if isinstance(items, Known) else {**items, KEY: said}


_values: Final = attrgetter(*_KINDS)
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def changed(memory: Memory, **new: Any) -> Memory:
    """The memory with these fields as given; dataclasses.replace() takes twice as long."""
    return Memory(**{**dict(zip(_KINDS, _values(memory), strict=True)), **new})


def freshness(outcome: Fetched | Unchanged | Failed, memory: Memory) -> Freshness:
    """What the answer said, and for a 304 without a word what the answer it confirms had said."""
    said = outcome.freshness
    if outcome.status != 304 or said.max_age is not None or not memory.max_age:
        return said
    return replace(said, max_age=timedelta(seconds=memory.max_age))  # RFC 9111 §4.3.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """When the feed itself asks not to be asked."""

    ttl: timedelta
    hours: frozenset[int]  # 0..23, UTC
    days: frozenset[int]  # 0 for Monday


def wishes(memory: Memory, parsed: Parsed | None) -> Wishes:
    """As the document says; for an unchanged one as it said when it was last read."""
    if parsed is not None:
        ttl = parsed.ttl or timedelta(0)
        return Wishes(ttl=ttl, hours=parsed.skip_hours, days=parsed.skip_days)
    return Wishes(
        ttl=timedelta(seconds=memory.ttl), hours=_numbers(memory.hours), days=_numbers(memory.days)
    )


def _numbers(text: str) -> frozenset[int]:
    return frozenset(int(word) for word in text.split() if word.isdecimal())


def overlap(claim: Claim, parsed: Parsed) -> tuple[int, int]:
    """How many of the document's items the last poll had, and how many are new to us."""
    before = {v for k, v in claim.known.items() if k != KEY}
    ids = parsed.seen[:_COMPARED]
    old = sum(i in before for i in ids)
    return old, len(ids) - old


def gap(claim: Claim, parsed: Parsed | None) -> bool:
    """
    Whether nothing overlaps the last poll, so that entries may have come and gone unread.

    An older page, read to fill such a gap, opens none, nor does the poll that found the ids to
    change at every build and took the links instead.
    """
    if parsed is None or claim.first or not any(k != KEY for k in claim.known):
        return False
    renamed = ROTATING in parsed.known and ROTATING not in claim.known
    if renamed or recall(claim).back:
        return False
    old, new = overlap(claim, parsed)
    return old == 0 and new > 0


def rhythm(entries: tuple[Entry, ...]) -> float:
    """Median seconds between the newest dated entries; 0 with fewer than three of them."""
    dated = sorted((e.published for e in entries if e.published), reverse=True)[:_RHYTHM_OF]
    steps = [(a - b) / _SECOND for a, b in pairwise(dated)]
    return float(median(steps)) if len(steps) > 1 else 0.0


def quiet(known: Mapping[str, str], now: datetime) -> timedelta | None:
    """
    For how long the feed has been still against its own rhythm; None while that is usual.

    Ten times its median gap and at least four days.
    """
    memory = decoded(known.get(KEY, ""))
    if memory is None or not memory.rhythm or not memory.newest_at:
        return None
    still = timedelta(seconds=now.timestamp() - memory.newest_at)
    usual = max(_QUIET_AT_LEAST, timedelta(seconds=memory.rhythm) * _QUIET_TIMES)
    return still if still > usual else None


def turned_quiet(claim: Claim, known: Mapping[str, str], now: datetime) -> bool:
    """Whether it is still against its rhythm by what is known now, and was not a poll ago."""
    newest = recall(claim).newest_at  # what is known now can only be younger
    if now.timestamp() - newest <= _QUIET_AT_LEAST / _SECOND:
        return False
    before = claim.polled_at is None or quiet(claim.known, claim.polled_at) is None
    return before and quiet(known, now) is not None
