"""
The decision by an article's words, and what else may become of a request for it. PURE.

    ArticleClaim + answer → ArticleChanges
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final

from monitor.config.full_text import FullTextSettings
from monitor.fetch.article import Moved
from monitor.fetch.domains import owner
from monitor.match import Rules, match
from monitor.model import (
    Act,
    ArticleChanges,
    ArticleClaim,
    ArticleState,
    Entry,
    Failed,
    FailureReason,
    Match,
    Reason,
    Robots,
)
from monitor.pipeline import Judged, Verdicts

CAPPED: Final = "daily-cap"
OFF: Final = "turned-off"
_STALE: Final = timedelta(hours=24)  # an article is no news after that
_FIRST_WAIT: Final = timedelta(minutes=5)
_OFFLINE: Final = timedelta(minutes=1)
_ZERO: Final = timedelta(0)
_COMPARED: Final = 60  # characters by which a title or summary is known in its article
_TELLING: Final = 20  # fewer may stand anywhere
_OPENING: Final = 400  # characters, in which it begins there
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


def later(claim: ArticleClaim, now: datetime) -> ArticleChanges:
    """It is wanted as before."""
    return ArticleChanges(claim=claim, at=now, due=now, state=ArticleState.WANTED, uncounted=True)


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
    """What every topic makes of the entry with its article's words below the feed's."""
    known = repeated(claim.entry, text)
    found = match(replace(claim.entry, text=text[known:]), rules, now)
    found = _supported(found, claim.entry, text[known:], rules, now)
    entry = replace(claim.entry, text=text)
    return Judged(entry=entry, matches=_sourced(found, known), baseline=False)


def _supported(
    found: tuple[Match, ...], entry: Entry, text: str, rules: Rules, now: datetime
) -> tuple[Match, ...]:
    """
    Of what a topic took already by the feed's words, no more than the article says on its own.

    A count in its third paragraph may be of another deal: it completes what was told only where
    the article, read without the headline, tells of the same parties.
    """
    fed = {m.topic: m for m in match(entry, rules, now)}
    if not any(m.flagged and fed[m.topic].flagged for m in found):
        return found
    bare = replace(entry, title="", summary="", text=text, language=found[0].language)
    alone = {m.topic: m.act for m in match(bare, rules, now)}
    return tuple(_kept_to(m, fed[m.topic], alone[m.topic]) for m in found)


def _kept_to(found: Match, fed: Match, alone: Act | None) -> Match:
    if found.act is None or fed.act is None or not fed.flagged or _of_one_deal(fed.act, alone):
        return found
    return replace(found, act=_left_open(found.act, fed.act))


def _of_one_deal(fed: Act, alone: Act | None) -> bool:
    """Whether the article by itself names, on each side that the feed's words name, those alone."""
    if alone is None:
        return False
    sides = ((fed.suppliers, alone.suppliers), (fed.recipients, alone.recipients))
    return all(not told or (bool(own) and set(own) <= set(told)) for told, own in sides)


def _left_open(act: Act, fed: Act) -> Act:
    """The act with those facts alone that the feed's words had."""
    return replace(
        act, suppliers=act.suppliers if fed.suppliers else (),
        recipients=act.recipients if fed.recipients else (),
        systems=act.systems if fed.systems else (),
        quantity=act.quantity if fed.quantity else "",
    )  # fmt: skip


def repeated(entry: Entry, text: str) -> int:
    """
    How many characters at the head of an article repeat the entry's title and summary.

    They are not read twice: a topic reads about a thousand characters below the title.
    """
    known = 0
    for part in (entry.title, entry.summary):
        where = text.find(part[:_COMPARED], known) if len(part) >= _TELLING else -1
        if known <= where <= known + _OPENING:
            same = zip(part, text[where:], strict=False)
            known = where + sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], same))
    return known


def _sourced(found: Sequence[Match], known: int) -> tuple[Match, ...]:
    """Reasons say of the article's words whose they are, and where in all of it they stand."""
    return tuple(replace(m, reasons=tuple(_of_article(r, known) for r in m.reasons)) for m in found)


def _of_article(reason: Reason, known: int) -> Reason:
    if reason.field != "text":
        return reason
    return replace(reason, field="article", start=reason.start + known, end=reason.end + known)


def read(claim: ArticleClaim, text: str, verdicts: Verdicts, now: datetime) -> ArticleChanges:
    """What was read, and all that follows from it."""
    return ArticleChanges(
        claim=claim, at=now, due=now, state=ArticleState.READ, text=text,
        decisions=verdicts.decisions, told=verdicts.told, alerts=verdicts.alerts,
        deliveries=verdicts.deliveries,
    )  # fmt: skip
