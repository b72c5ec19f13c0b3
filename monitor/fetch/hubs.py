"""
How far a feed's hub is to be relied on. PURE.

    Memory + what the hub said + what polling found → Memory

Once its pushes have brought news twice, the feed is polled seldom, to be sure; once polling finds
what no push told of, as if there were no hub, until pushes bring news twice again.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from monitor.fetch.memory import KEY, Memory, changed, decoded, recall
from monitor.model import Claim

_PROVEN: Final = 2  # pushes in a row that brought news
_LATE: Final = timedelta(minutes=10).total_seconds()  # polling may find news before its push comes
_UNDER_WAY: Final = timedelta(minutes=1).total_seconds()  # a push may come while we ask
_SELDOM: Final = 4  # times the usual interval
_ENTRIES: Final = 10  # that nearly every feed shows: by then its window must have been seen


def heard(memory: Memory, claim: Claim, new: int, now: datetime) -> Memory:
    """After a poll that found so many new entries."""
    at, until = now.timestamp(), claim.push_until.timestamp() if claim.push_until else 0.0
    if until <= at or not memory.hub:
        return _unheard(memory)
    if not memory.push_since:  # nobody has promised to tell of what came before
        return changed(memory, push_until=until, push_since=at)
    memory = changed(memory, push_until=until)
    if told(claim):
        pushes = memory.pushes + bool(new or memory.unpushed_at)
        broken = 0.0 if pushes >= _PROVEN else memory.broken_at
        return changed(memory, pushes=pushes, broken_at=broken, unpushed_at=0.0)
    found = at if new else 0.0
    if memory.unpushed_at and at - memory.unpushed_at >= _LATE:
        broken = memory.broken_at or memory.unpushed_at
        return changed(memory, pushes=0, broken_at=broken, unpushed_at=found)
    return changed(memory, unpushed_at=memory.unpushed_at or found)


def _unheard(memory: Memory) -> Memory:
    if not memory.push_since:
        return memory
    return changed(memory, push_until=0.0, push_since=0.0, pushes=0, unpushed_at=0.0, broken_at=0.0)


def told(claim: Claim) -> bool:
    """Whether a hub spoke since the last request."""
    pushed = claim.pushed_at.timestamp() if claim.pushed_at else 0.0
    return bool(pushed) and pushed > recall(claim).last_at - _UNDER_WAY


def relied(memory: Memory) -> bool:
    """Whether its pushes have brought all news lately, as far as polling can tell."""
    return memory.pushes >= _PROVEN and not memory.unpushed_at and not memory.broken_at


def seldom(base: timedelta, memory: Memory) -> timedelta:
    """How often to poll where a hub tells of news: never so that entries come and go unseen."""
    own = timedelta(seconds=memory.rhythm * _ENTRIES) if memory.rhythm else base * _SELDOM
    return min(base * _SELDOM, max(base, own))


def broken_since(known: Mapping[str, str]) -> datetime | None:
    """Since when its hub has kept news back; None while it has not."""
    text = known.get(KEY, "")
    memory = decoded(text) if "broken_at" in text else None  # what is zero is not written
    if memory is None or not memory.broken_at:
        return None
    return datetime.fromtimestamp(memory.broken_at, UTC)
