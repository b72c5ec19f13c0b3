"""
What one poll teaches the client about a feed. PURE.

    Memory + outcome → Memory
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from monitor.fetch import archive, hubs
from monitor.fetch.memory import (
    Memory,
    asks_whole,
    changed,
    freshness,
    overlap,
    recall,
    rhythm,
    wishes,
    written,
)
from monitor.fetch.websub import hub_and_topic
from monitor.model import Claim, Failed, FailureReason, Fetched, Parsed, Unchanged

# A permanent redirect is believed when it stood for days and many polls: hotel networks and
# broken deployments also say 301 (Feedbin waits for about 576 observations).
_MOVE_STANDS: Final = timedelta(days=3)
_MOVE_SEEN: Final = 10
_LOST: Final = (FailureReason.NOT_FOUND, FailureReason.GONE, FailureReason.DNS)
_SECOND: Final = timedelta(seconds=1)
_ZERO: Final = timedelta(0)
_LONG_AGO: Final = 1.0  # of moments: so that the next request asks for the whole


def remember(
    claim: Claim, outcome: Fetched | Unchanged | Failed, parsed: Parsed | None, now: datetime
) -> Mapping[str, str]:
    """The next Claim.known: the client's own memory, and the parser's renewed or kept."""
    if isinstance(outcome, Failed) and outcome.reason is FailureReason.OFFLINE:
        return claim.known
    before = recall(claim)
    memory = _scored(before, claim, outcome, now)
    if before.back:  # an older page says nothing of what the feed itself shows
        return written(archive.after(memory, claim, outcome, parsed), claim.known)
    memory = archive.after(_placed(memory, outcome, parsed, now), claim, outcome, parsed)
    if not isinstance(outcome, Failed):
        asked = before.url or claim.feed.url
        if outcome.url != asked or memory.given_by:
            memory = replace(memory, given_by=outcome.url if outcome.url != asked else "")
        memory = _timed(memory, claim, outcome, parsed, now)
    return written(memory, parsed.known if parsed else claim.known)


def _scored(
    memory: Memory, claim: Claim, outcome: Fetched | Unchanged | Failed, now: datetime
) -> Memory:
    """One more request in the publisher's book."""
    at, held = now.timestamp(), claim.validators
    gaps = max(memory.requests - 1, 0)
    gap = at - memory.last_at if memory.last_at else 0.0
    spacing = (memory.spacing * gaps + gap) / (gaps + 1) if gap else memory.spacing
    requests = memory.requests + 1
    if memory.back:
        return replace(memory, requests=requests, spacing=spacing, last_at=at)
    could = bool(held.etag or held.last_modified)
    did = could and not asks_whole(claim, recall(claim), now)
    said, same = freshness(outcome, memory), _same_bytes(outcome)
    hurried = at < memory.retry_until
    early = at < memory.fresh_until and not hurried and not hubs.told(claim)
    wait = (said.retry_after or _ZERO) / _SECOND
    return changed(
        memory,
        requests=requests,
        spacing=spacing,
        last_at=at,
        conditional=memory.conditional + did,
        unconditional=memory.unconditional + (could and not did),
        not_modified=memory.not_modified + (outcome.status == 304),
        same_body=memory.same_body + same,
        early=memory.early + early,
        hurried=memory.hurried + hurried,
        unneeded=memory.unneeded + (early or hurried or (same and could and not did)),
        fresh_until=at + max((said.max_age or _ZERO) / _SECOND, wait),
        retry_until=at + wait if wait else 0.0,
        max_age=(said.max_age or _ZERO) / _SECOND if outcome.status == 200 else memory.max_age,
    )


def _same_bytes(outcome: Fetched | Unchanged | Failed) -> bool:
    return isinstance(outcome, Unchanged) and outcome.status == 200


def _placed(
    memory: Memory, outcome: Fetched | Unchanged | Failed, parsed: Parsed | None, now: datetime
) -> Memory:
    """Where to ask next time."""
    if isinstance(outcome, Failed):
        # The new place is lost: back to the configured one, which may point elsewhere by now.
        if outcome.reason not in _LOST:
            return memory
        whole_at = _LONG_AGO if memory.url else memory.whole_at
        return replace(memory, url="", moved_to="", moved_seen=0, whole_at=whole_at)
    if isinstance(outcome, Fetched) and parsed is None:
        return memory  # not a feed: whatever redirected us there is not believed
    if not outcome.moved_to:
        if not memory.moved_to:
            return memory
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
    said = wishes(memory, parsed)
    if isinstance(outcome, Fetched) and parsed is not None:
        hub, topic = hub_and_topic(outcome, parsed)
        memory = replace(memory, hub=hub, topic=topic if hub else "")
    return changed(
        hubs.heard(memory, claim, new, now),
        ttl=said.ttl / _SECOND,
        hours=" ".join(str(n) for n in sorted(said.hours)),
        days=" ".join(str(n) for n in sorted(said.days)),
        whole_at=at if outcome.status == 200 or not memory.whole_at else memory.whole_at,
        newest_at=at if new or not memory.newest_at else memory.newest_at,
        calm=0 if new else memory.calm + 1,
        rhythm=_rhythm(memory, parsed, new, at),
    )


def _rhythm(memory: Memory, parsed: Parsed | None, new: int, at: float) -> float:
    """From a whole document its own dates; from what is new since, a fifth of the way there."""
    if parsed is None:
        return memory.rhythm
    if len(parsed.entries) == len(parsed.seen):
        return rhythm(parsed.entries) or memory.rhythm
    if not new or not memory.newest_at:
        return memory.rhythm
    seen = (at - memory.newest_at) / new
    return memory.rhythm * 0.8 + seen * 0.2 if memory.rhythm else seen
