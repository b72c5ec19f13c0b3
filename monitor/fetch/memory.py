"""
What the client remembers about one feed between polls, beside the validators. PURE.

Kept in Claim.known under one key, next to the block hashes that the parser keeps there, and
written with the poll it came from, under the same fence.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Final

from monitor.model import Claim, Entry, Failed, FailureReason, Fetched, Parsed, Unchanged

KEY: Final = "client"
# Servers that answer 304 for ever, or lie about it, are found out by asking for the whole now
# and then; rarely, because publishers score it (NetNewsWire does it after 8 days).
_WHOLE_EVERY: Final = timedelta(days=8)
# A permanent redirect is believed when it stood for days and many polls: hotel networks and
# broken deployments also say 301 (Feedbin waits for about 576 observations).
_MOVE_STANDS: Final = timedelta(days=3)
_MOVE_SEEN: Final = 10
_LOST: Final = (FailureReason.NOT_FOUND, FailureReason.GONE, FailureReason.DNS)
_RHYTHM_OF: Final = 30  # entries
_QUIET_AT_LEAST: Final = timedelta(days=2)
_QUIET_TIMES: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Moments are seconds since 1970, 0 for never; all of it is advice, none of it truth."""

    asked: str = ""  # the configured URL all this belongs to
    url: str = ""  # asked in its place, since a permanent redirect settled; "" otherwise
    moved_to: str = ""  # a permanent redirect under observation
    moved_since: float = 0
    moved_seen: int = 0
    whole_at: float = 0  # last complete 200
    newest_at: float = 0  # when an entry not seen before last appeared
    rhythm: float = 0  # median seconds between entries; 0 when unknown
    calm: int = 0  # polls in a row that brought nothing new
    last_at: float = 0  # last request
    fresh_until: float = 0  # what the last answer asked for: max-age or Retry-After
    # the score a strict publisher would keep
    requests: int = 0
    conditional: int = 0
    unconditional: int = 0  # although we held a validator
    not_modified: int = 0
    same_body: int = 0  # 200 with the bytes of before: the server's waste
    early: int = 0  # asked before fresh_until
    spacing: float = 0  # mean seconds between requests


def recall(claim: Claim) -> Memory:
    """What the last polls left; blank after the feed's URL was changed."""
    blank = Memory(asked=claim.feed.url)
    try:
        found = json.loads(claim.known.get(KEY, "{}"))
        memory = Memory(**{k: type(getattr(blank, k))(v) for k, v in found.items() if k in _NAMES})
    except (ValueError, TypeError, AttributeError):
        return blank
    return memory if memory.asked == claim.feed.url else blank


def address(claim: Claim) -> str:
    """Where the next request goes: the feed's URL, or the place it has moved to for good."""
    return recall(claim).url or claim.feed.url


_NAMES: Final = frozenset(f.name for f in fields(Memory))


def asks_whole(claim: Claim, memory: Memory, now: datetime) -> bool:
    """Whether this request goes without validators: the URL changed, or it is long due."""
    if claim.known.get(KEY) and not memory.last_at:
        return True  # validators belong to the URL that gave them
    return bool(memory.whole_at) and now.timestamp() - memory.whole_at > _WHOLE_EVERY / _SECOND


_SECOND: Final = timedelta(seconds=1)


def remember(
    claim: Claim, outcome: Fetched | Unchanged | Failed, parsed: Parsed | None, now: datetime
) -> Mapping[str, str]:
    """The next Claim.known: the client's own memory, and the parser's renewed or kept."""
    if isinstance(outcome, Failed) and outcome.reason is FailureReason.OFFLINE:
        return claim.known
    memory = _scored(recall(claim), claim, outcome, now)
    memory = _placed(memory, outcome, parsed, now)
    if not isinstance(outcome, Failed):
        memory = _timed(memory, claim, outcome, parsed, now)
    blocks = parsed.known if parsed else {k: v for k, v in claim.known.items() if k != KEY}
    spare = {k: v for k, v in asdict(memory).items() if v or k == "asked"}
    return {**blocks, KEY: json.dumps(spare, ensure_ascii=False, separators=(",", ":"))}


def _scored(
    memory: Memory, claim: Claim, outcome: Fetched | Unchanged | Failed, now: datetime
) -> Memory:
    """One more request in the publisher's book."""
    at, held = now.timestamp(), claim.validators
    could = bool(held.etag or held.last_modified)
    did = could and not asks_whole(claim, memory, now)
    waits = [w for w in (outcome.freshness.max_age, outcome.freshness.retry_after) if w]
    gaps = max(memory.requests - 1, 0)
    gap = at - memory.last_at if memory.last_at else 0.0
    return replace(
        memory,
        requests=memory.requests + 1,
        conditional=memory.conditional + did,
        unconditional=memory.unconditional + (could and not did),
        not_modified=memory.not_modified + (outcome.status == 304),
        same_body=memory.same_body + (isinstance(outcome, Unchanged) and outcome.status == 200),
        early=memory.early + (at < memory.fresh_until),
        spacing=(memory.spacing * gaps + gap) / (gaps + 1) if gap else memory.spacing,
        last_at=at,
        fresh_until=at + max(waits) / _SECOND if waits else 0,
    )


def _placed(
    memory: Memory, outcome: Fetched | Unchanged | Failed, parsed: Parsed | None, now: datetime
) -> Memory:
    """Where to ask next time."""
    if isinstance(outcome, Failed):
        # The new place is lost: back to the configured one, which may point elsewhere by now.
        lost = outcome.reason in _LOST
        return replace(memory, url="", moved_to="", moved_seen=0) if lost else memory
    if isinstance(outcome, Fetched) and parsed is None:
        return memory  # not a feed: whatever redirected us there is not believed
    if not outcome.moved_to:
        return replace(memory, moved_to="", moved_since=0, moved_seen=0)
    if outcome.moved_to != memory.moved_to:
        at = now.timestamp()
        return replace(memory, moved_to=outcome.moved_to, moved_since=at, moved_seen=1)
    seen, stood = memory.moved_seen + 1, now.timestamp() - memory.moved_since
    if seen >= _MOVE_SEEN and stood >= _MOVE_STANDS / _SECOND:
        return replace(memory, url=memory.moved_to, moved_to="", moved_since=0, moved_seen=0)
    return replace(memory, moved_seen=seen)


def _timed(
    memory: Memory,
    claim: Claim,
    outcome: Fetched | Unchanged,
    parsed: Parsed | None,
    now: datetime,
) -> Memory:
    """What came when."""
    at = now.timestamp()
    new = overlap(claim, parsed)[1] if parsed else 0
    return replace(
        memory,
        whole_at=at if outcome.status == 200 or not memory.whole_at else memory.whole_at,
        newest_at=at if new or not memory.newest_at else memory.newest_at,
        calm=0 if new else memory.calm + 1,
        rhythm=(rhythm(parsed.entries) if parsed else 0) or memory.rhythm,
    )


def overlap(claim: Claim, parsed: Parsed) -> tuple[int, int]:
    """How many of the document's items the last poll had, and how many are new to us."""
    before = {v for k, v in claim.known.items() if k != KEY}
    ids = parsed.seen or tuple(e.id for e in parsed.entries)
    old = sum(i in before for i in ids)
    return old, len(ids) - old


def gap(claim: Claim, parsed: Parsed | None) -> bool:
    """Whether nothing overlaps the last poll, so that entries may have come and gone unread."""
    if parsed is None or claim.first or not any(k != KEY for k in claim.known):
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

    Ten times its median gap and at least two days.
    """
    memory = recall_any(known)
    if memory is None or not memory.rhythm or not memory.newest_at:
        return None
    still = timedelta(seconds=now.timestamp() - memory.newest_at)
    usual = max(_QUIET_AT_LEAST, timedelta(seconds=memory.rhythm) * _QUIET_TIMES)
    return still if still > usual else None


def recall_any(known: Mapping[str, str]) -> Memory | None:
    """The memory alone, whichever URL it belongs to; None when there is none to read."""
    try:
        found = json.loads(known[KEY])
        return Memory(**{k: v for k, v in found.items() if k in _NAMES})
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
