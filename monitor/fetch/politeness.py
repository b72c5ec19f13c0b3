"""
When a feed may be asked again: fast enough to lose nothing, slow enough to be thanked. PURE.

Chance comes from a hash of the feed and the poll, so that a replay gives the same answer.
"""

import math
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final, Protocol

from monitor.fetch import archive, hubs
from monitor.fetch.hosts import Hosts
from monitor.fetch.memory import Memory, Wishes, freshness, gap, overlap, recall, wishes
from monitor.model import (
    Claim,
    Failed,
    FailureReason,
    Fetched,
    Freshness,
    Outage,
    Pace,
    Parsed,
    Unchanged,
)

__all__ = ["Hosts", "failures", "gap", "outage", "pace"]

_STOPPED: Final = timedelta(days=3650)
_HINT_CAP: Final = timedelta(hours=1)  # nobody scores hourly conditional requests
_LAZY: Final = 4  # times the default interval, where nothing new ever comes
_CALM_POLLS: Final = 2  # before an interval grows
_GROWTH: Final = 1.25
_GAP_SHORTENS: Final = 4
_JITTER: Final = 0.05  # of the interval, at most
_DRAWN_EARLIER: Final = 0.1  # of the interval, at most, towards the feed's own place in it
_DRAWN_LATER: Final = 0.25
_THROTTLED: Final = timedelta(hours=4)  # 429 without Retry-After: Unread waits as long
_DENIED: Final = timedelta(hours=1)
_OFFLINE: Final = timedelta(minutes=1)
_SECOND: Final = timedelta(seconds=1)

# What a failure weighs: our own network nothing, a hiccup less than a broken feed.
_WEIGHTS: Final = {
    FailureReason.OFFLINE: 0.0,
    FailureReason.DNS: 0.25,
    FailureReason.CONNECT: 0.5,
    FailureReason.TIMEOUT: 0.5,
    FailureReason.SERVER_ERROR: 0.5,
    FailureReason.THROTTLED: 0.5,
    FailureReason.NOT_FOUND: 0.5,
    FailureReason.CAPTIVE: 0.25,
}


_EXPLAINED: Final = (FailureReason.DNS, FailureReason.CONNECT, FailureReason.TIMEOUT)


def outage(outcome: Fetched | Unchanged | Failed) -> Outage | None:
    """Since when our own network is down, and what was counted until we knew; None: it is up."""
    if not isinstance(outcome, Failed) or outcome.since is None:
        return None
    return Outage(since=outcome.since, weights={r.value: _WEIGHTS[r] for r in _EXPLAINED})


class Bounds(Protocol):
    """What of the [poll] settings matters here."""

    @property
    def default_interval(self) -> timedelta: ...
    @property
    def min_interval(self) -> timedelta: ...
    @property
    def max_interval(self) -> timedelta: ...


def failures(claim: Claim, outcome: Fetched | Unchanged | Failed) -> float:
    """The feed's new failure count: fractional, zero after a success."""
    if archive.older_page(claim):
        return claim.failures
    if not isinstance(outcome, Failed):
        return 0.0
    return claim.failures + _WEIGHTS.get(outcome.reason, 1.0)


def pace(
    claim: Claim,
    outcome: Fetched | Unchanged | Failed,
    parsed: Parsed | None,
    poll: Bounds,
    now: datetime,
) -> Pace:
    """When to ask next, at which interval, and the fact that decided it."""
    memory = recall(claim)
    if memory.back or archive.after(memory, claim, outcome, parsed).back:
        return _reading_back(claim, outcome, parsed, poll, now)
    if isinstance(outcome, Failed):
        return _after_failure(claim, outcome, poll, now)
    if parsed is not None and parsed.ended:
        kept = _bounded(claim.interval or _base(claim, poll), poll)
        return Pace(
            next_due=now + _STOPPED, interval=kept, why="stopped: the feed says that it has ended"
        )
    interval, why = _interval(claim, outcome, parsed, poll)
    due = max(_placed(claim, interval, now), now + poll.min_interval)
    earliest, said = _earliest(freshness(outcome, memory), now)
    if due < earliest:
        due, why = earliest + _jitter(claim, interval), said
    open_at = _open(wishes(memory, parsed), due)
    if open_at > due:
        due, why = open_at, "the feed's skipHours or skipDays"
    return Pace(next_due=due, interval=interval, why=why)


def _reading_back(
    claim: Claim,
    outcome: Fetched | Unchanged | Failed,
    parsed: Parsed | None,
    poll: Bounds,
    now: datetime,
) -> Pace:
    """One older page after another, each as far from the last as any two polls may be."""
    memory, why = recall(claim), "reading back what was missed"
    kept = claim.interval or _base(claim, poll)
    kept = _bounded(kept / _GAP_SHORTENS if gap(claim, parsed) else kept, poll)
    wait = max(poll.min_interval, outcome.freshness.retry_after or timedelta(0))
    due = now + wait + _jitter(claim, poll.min_interval)
    if not archive.after(memory, claim, outcome, parsed).back:  # the feed's own turn again
        due = max(due, datetime.fromtimestamp(memory.fresh_until, UTC))
    return Pace(next_due=due, interval=kept, why=why)


def _interval(
    claim: Claim, outcome: Fetched | Unchanged, parsed: Parsed | None, poll: Bounds
) -> tuple[timedelta, str]:
    """The feed's own interval between the configured bounds, and what set it."""
    if gap(claim, parsed):
        shorter = (claim.interval or _base(claim, poll)) / _GAP_SHORTENS
        return _bounded(shorter, poll), "nothing overlapped the last poll"
    if claim.feed.interval is not None:
        return _bounded(claim.feed.interval, poll), "as configured for this feed"
    base, memory = poll.default_interval, recall(claim)
    old, new = overlap(claim, parsed) if parsed else (0, 0)
    if hubs.relied(hubs.heard(memory, claim, new, outcome.at)):
        return _bounded(hubs.seldom(base, memory), poll), "its hub tells of news: to be sure"
    current = base if hubs.relied(memory) else claim.interval or base
    if not claim.first and new and old < (old + new) / 3:
        return _bounded(min(current, base) / 2, poll), "most entries were new"
    hint = min(wishes(memory, parsed).ttl, _HINT_CAP)
    if hint > base:
        return _bounded(hint, poll), "the feed's ttl or updatePeriod"
    if new:
        return _bounded(min(current, base), poll), "as configured"
    if _rests(memory):
        slower = min(current * _GROWTH, max(base, _laziest(base, memory)))
        return _bounded(max(current, slower), poll), "nothing new for several polls"
    return _bounded(current, poll), "as before" if claim.interval else "as configured"


def _rests(memory: Memory) -> bool:
    return memory.calm >= _CALM_POLLS


def _laziest(base: timedelta, memory: Memory) -> timedelta:
    """How slow a still feed may get: by its own rhythm, within four times the default."""
    own = timedelta(seconds=memory.rhythm / 2) if memory.rhythm else base * 2
    return min(own, base * _LAZY)


def _base(claim: Claim, poll: Bounds) -> timedelta:
    return claim.feed.interval or poll.default_interval


def _bounded(interval: timedelta, poll: Bounds) -> timedelta:
    return max(poll.min_interval, min(interval, poll.max_interval))


def _placed(claim: Claim, interval: timedelta, now: datetime) -> datetime:
    """
    One interval from now, drawn towards the feed's own place in it.

    Feeds polled together at a start or after a suspend so drift apart, within their first two or
    three polls, and each keeps its place from then on; no step is far from one interval.
    """
    length = interval / _SECOND
    offset = _chance(claim.feed.id) * length
    aim = now.timestamp() + length
    place = round((aim - offset) / length) * length + offset
    early, late = (0.5, 0.5) if claim.first else (_DRAWN_EARLIER, _DRAWN_LATER)
    moved = max(-early * length, min(place - aim, late * length))
    return datetime.fromtimestamp(aim + moved, UTC) + _jitter(claim, interval)


def _jitter(claim: Claim, interval: timedelta) -> timedelta:
    return interval * _JITTER * _chance(f"{claim.feed.id}\n{claim.fence}")


def _chance(key: str) -> float:
    """Evenly spread in [0, 1), the same for the same key."""
    return int.from_bytes(sha256(key.encode()).digest()[:6], "big") / 2**48


def _earliest(fresh: Freshness, now: datetime) -> tuple[datetime, str]:
    """Before this the server asked us not to come."""
    waits = [
        (fresh.max_age, "Cache-Control or Expires"),
        (fresh.retry_after, "Retry-After"),
    ]
    length, why = max(((w or timedelta(0)), said) for w, said in waits)
    return now + length, why


def _open(wish: Wishes, due: datetime) -> datetime:
    """The first hour from then on that the feed does not ask us to skip."""
    if len(wish.hours) >= 24 or len(wish.days) >= 7:
        return due  # the whole week: a mistake, or a wish nobody can mean
    moment = due
    for _ in range(24 * 7):
        if moment.hour not in wish.hours and moment.weekday() not in wish.days:
            return moment
        moment = moment.replace(minute=due.minute) + timedelta(hours=1)
    return due


def _after_failure(claim: Claim, outcome: Failed, poll: Bounds, now: datetime) -> Pace:
    """Back off, never for ever except where the server says the feed is gone."""
    base, reason = claim.interval or _base(claim, poll), outcome.reason
    kept = _bounded(base, poll)
    if reason is FailureReason.GONE and not recall(claim).url:
        return Pace(next_due=now + _STOPPED, interval=kept, why="stopped: 410 Gone")
    if reason is FailureReason.OFFLINE:
        soon = max(poll.min_interval, min(_OFFLINE, base))
        return Pace(next_due=now + soon, interval=kept, why="our own network is down")
    count = failures(claim, outcome)
    wait = _bounded(_base(claim, poll) * 2 ** min(math.floor(count), 20), poll)
    if reason is FailureReason.THROTTLED and outcome.freshness.retry_after is None:
        wait = max(wait, min(_THROTTLED, poll.max_interval))
    if reason in (FailureReason.DENIED, FailureReason.CHALLENGE):
        wait = max(wait, min(_DENIED, poll.max_interval))
    due, why = now + wait + _jitter(claim, wait), f"failure {count:g}: {reason.value}"
    asked = now + (outcome.freshness.retry_after or timedelta(0))
    if due < asked:
        due, why = asked + _jitter(claim, kept), "Retry-After"
    return Pace(next_due=due, interval=kept, why=why)
