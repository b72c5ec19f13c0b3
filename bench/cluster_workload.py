"""
A day of a million feeds on paper: how often the product would ask each, and what that brings.

Feeds come in classes by how much they publish. For each class one feed is lived through with the
product's own pace and memory (monitor.fetch), entries arriving by chance; so the number of polls
is what the daemon would really make, not entries divided by an interval.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monitor.config.settings import PollSettings
from monitor.fetch import missed, remember
from monitor.fetch.politeness import gap, pace
from monitor.model import Claim, Entry, Feed, Fetched, Parsed, Unchanged, Validators

SHOWN: Final = 30  # entries in a document
SPREAD: Final = 1.6  # sigma of the log of entries a day: news sites print 500, most blogs one
_CLASSES: Final = 24
_DAYS: Final = 10  # of a feed's life, the first half to settle
_START: Final = datetime(2026, 1, 5, tzinfo=UTC)
_DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Feeds that publish alike."""

    feeds: float  # how many there are
    entries: float  # a day and feed, as published
    polls: float  # a day and feed, as the product makes them
    busy: float  # share of those that bring a document with something new
    missed: float  # share of entries that had left the document before it was read

    @property
    def interval(self) -> float:
        """Mean seconds between two polls."""
        return _DAY / self.polls


def kinds(feeds: int, entries: int, seed: int) -> Sequence[Kind]:
    """So many feeds that publish so many entries a day between them."""
    mean = entries / feeds
    middle = math.log(mean) - SPREAD**2 / 2  # of a lognormal with that mean
    edges = np.linspace(-3.5, 3.5, _CLASSES + 1)
    share = np.diff(np.array([_below(edge) for edge in edges]))
    share /= share.sum()
    rates = np.exp(middle + SPREAD * (edges[:-1] + edges[1:]) / 2)
    rates *= mean / float((share * rates).sum())
    chance = np.random.default_rng(seed)
    return [
        _lived(float(rate), float(part * feeds), chance, number)
        for number, (rate, part) in enumerate(zip(rates, share, strict=True))
    ]


def _below(edge: float) -> float:
    return 0.5 * (1 + math.erf(edge / math.sqrt(2)))


def _lived(rate: float, feeds: float, chance: np.random.Generator, number: int) -> Kind:
    """One feed of `rate` entries a day, asked as the daemon would ask it."""
    arrivals = _arrivals(rate, chance)
    settled, end = _DAYS / 2 * _DAY, _DAYS * _DAY
    feed = Feed(id=f"kind-{number}", url=f"https://k{number}.example/", language="", outlet="k")
    claim = Claim(feed=feed, fence=1, validators=Validators(), first=True)
    at, polls, busy, lost = 0.0, 0, 0, 0
    while at < end:
        before = _seconds(claim.polled_at)
        new = int(np.searchsorted(arrivals, at) - np.searchsorted(arrivals, before))
        claim, wait = _asked(claim, arrivals, new, at)
        if at >= settled:
            polls, busy, lost = polls + 1, busy + (new > 0), lost + max(0, new - SHOWN)
        at += wait
    days = (end - settled) / _DAY
    told = max(1, int((arrivals >= settled).sum()))
    return Kind(
        feeds=feeds, entries=rate, polls=polls / days, busy=busy / polls, missed=lost / told
    )


def _arrivals(rate: float, chance: np.random.Generator) -> NDArray[np.float64]:
    """Seconds since the start of what one feed publishes; a document is full on the first day."""
    count = chance.poisson(rate * _DAYS)
    later = np.sort(chance.uniform(0, _DAYS * _DAY, count))
    return np.concatenate([-np.arange(SHOWN, 0, -1) * _DAY / max(rate, 0.01), later])


def _seconds(at: datetime | None) -> float:
    return (at - _START).total_seconds() if at else -math.inf


def _asked(claim: Claim, arrivals: NDArray[np.float64], new: int, at: float) -> tuple[Claim, float]:
    """The feed after one poll, and how many seconds it is left alone."""
    now, settings = _START + timedelta(seconds=at), PollSettings()
    outcome: Fetched | Unchanged = Unchanged(at=now, validators=Validators(etag='"1"'))
    parsed: Parsed | None = None
    if new or claim.first:
        outcome = Fetched(body=b"-", media_type="", charset="", url=claim.feed.url, at=now)
        parsed = missed(claim, _document(claim, arrivals, at))
    planned = pace(claim, outcome, parsed, settings, now)
    assert claim.first or not gap(claim, parsed) or new >= SHOWN
    known = remember(claim, outcome, parsed, now)
    after = replace(
        claim, fence=claim.fence + 1, first=False, known=known, polled_at=now,
        interval=planned.interval,
    )  # fmt: skip
    return after, (planned.next_due - now).total_seconds()


def _document(claim: Claim, arrivals: NDArray[np.float64], at: float) -> Parsed:
    """What the feed shows then: its newest entries."""
    upto = int(np.searchsorted(arrivals, at))
    numbers = range(upto - 1, max(-1, upto - 1 - SHOWN), -1)
    dates = {n: _START + timedelta(seconds=float(arrivals[n])) for n in numbers}
    entries = tuple(
        Entry(feed_id=claim.feed.id, id=str(n), url="", title=str(n), published=dates[n])
        for n in numbers
    )
    seen = tuple(e.id for e in entries)
    return Parsed(
        format="rss_atom", title="", entries=entries, seen=seen, known={f"b{n}": n for n in seen}
    )
