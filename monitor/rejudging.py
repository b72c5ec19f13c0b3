"""
The decision by an article's words, and what else may become of a request for it. PURE.

    ArticleClaim + answer → ArticleChanges
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from monitor.config.full_text import FullTextSettings
from monitor.fetch.article import Moved
from monitor.fetch.domains import owner
from monitor.match import Rules, match
from monitor.model import (
    ArticleChanges,
    ArticleClaim,
    ArticleState,
    Entry,
    Failed,
    FailureReason,
    Match,
    Robots,
)
from monitor.pipeline import Judged, Verdicts

CAPPED: Final = "daily-cap"
_STALE: Final = timedelta(hours=24)  # an article is no news after that
_FIRST_WAIT: Final = timedelta(minutes=5)
_OFFLINE: Final = timedelta(minutes=1)
_ZERO: Final = timedelta(0)
_COMPARED: Final = 60  # characters by which a summary is known in its article
_PASSING: Final = (  # what may go well another time
    FailureReason.DNS,
    FailureReason.CONNECT,
    FailureReason.TIMEOUT,
    FailureReason.TLS,
    FailureReason.SERVER_ERROR,
    FailureReason.THROTTLED,
    FailureReason.CAPTIVE,
    FailureReason.OFFLINE,
)


def refused(claim: ArticleClaim, reason: str, detail: str, now: datetime) -> ArticleChanges:
    """It is not asked for: by robots.txt, or because its host has given enough today."""
    return ArticleChanges(
        claim=claim, at=now, due=now, state=ArticleState.REFUSED, reason=reason, detail=detail,
        uncounted=True,
    )  # fmt: skip


def barred(claim: ArticleClaim, robots: Robots, now: datetime) -> ArticleChanges:
    """By robots.txt: for good, or for as long as it cannot be read."""
    if not robots.closed:
        detail = "robots.txt asks robots not to read it"
        return refused(claim, FailureReason.ROBOTS.value, detail, now)
    found = refused(claim, FailureReason.ROBOTS.value, robots.why, now)
    return _put_off(found, robots.until)


def moved(claim: ArticleClaim, answer: Moved, now: datetime) -> ArticleChanges:
    """To be asked for elsewhere, with all that a request to there demands."""
    return ArticleChanges(
        claim=claim, at=now, due=now, state=ArticleState.WANTED, url=answer.url,
        host=owner(answer.url), hops=claim.hops + 1,
    )  # fmt: skip


def failed(
    claim: ArticleClaim, answer: Failed, settings: FullTextSettings, now: datetime
) -> ArticleChanges:
    """Tried again later where that may help, else given up under the failure's name."""
    found = ArticleChanges(
        claim=claim, at=now, due=now, state=ArticleState.GIVEN_UP, reason=answer.reason.value,
        detail=answer.detail, uncounted=answer.reason is FailureReason.OFFLINE,
    )  # fmt: skip
    tried = claim.tries - claim.hops
    if answer.reason not in _PASSING or (tried >= settings.tries and not found.uncounted):
        return found
    own = _OFFLINE if found.uncounted else _FIRST_WAIT * 4 ** min(tried - 1, 5)
    return _put_off(found, now + max(own, answer.freshness.retry_after or _ZERO))


def _put_off(changes: ArticleChanges, until: datetime) -> ArticleChanges:
    """Wanted again by then, unless it would be no news any more."""
    if until - changes.claim.wanted_at > _STALE:
        return changes
    return replace(changes, state=ArticleState.WANTED, due=until)


def judged(claim: ArticleClaim, text: str, rules: Rules, now: datetime) -> Judged:
    """What every topic makes of the entry with its article's words in place of the feed's."""
    entry = beside(claim.entry, text)
    return Judged(entry=entry, matches=_sourced(match(entry, rules, now)), baseline=False)


def beside(entry: Entry, text: str) -> Entry:
    """
    The entry as a reader of the article sees it; what the feed said is not changed by it.

    A summary that the article begins with is not read twice: room is for a thousand characters.
    """
    opening = " ".join(text[: 2 * len(entry.summary) + 400].split()).casefold()
    known = " ".join(entry.summary.split())[:_COMPARED].casefold()
    return replace(entry, summary="" if known in opening else entry.summary, text=text)


def _sourced(found: Sequence[Match]) -> tuple[Match, ...]:
    """Reasons say of the article's words whose they are."""
    return tuple(
        replace(
            m,
            reasons=tuple(
                replace(r, field="article") if r.field == "text" else r for r in m.reasons
            ),
        )
        for m in found
    )


def read(claim: ArticleClaim, text: str, verdicts: Verdicts, now: datetime) -> ArticleChanges:
    """What was read, and all that follows from it."""
    return ArticleChanges(
        claim=claim, at=now, due=now, state=ArticleState.READ, text=text,
        decisions=verdicts.decisions, told=verdicts.told, alerts=verdicts.alerts,
        deliveries=verdicts.deliveries,
    )  # fmt: skip
