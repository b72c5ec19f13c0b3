"""
One request for the article behind an entry.

    ArticleClaim → Fetched | Moved | Failed

Redirects are not followed here: where one leads is another address, with a host, rules for
robots and a daily share of its own, so it is asked as one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import urljoin, urlsplit

from monitor.config.full_text import FullTextSettings
from monitor.egress import Egress, Limits, Request, Response
from monitor.fetch import robots
from monitor.fetch.domains import owner
from monitor.fetch.headers import charset, media_type
from monitor.fetch.https import failed, failure
from monitor.fetch.walls import wall
from monitor.model import (
    ArticleClaim,
    ArticleWant,
    Entry,
    Failed,
    FailureReason,
    Fetched,
    Match,
    Robots,
)

MOST_HOPS: Final = 5
ACCEPT: Final = "text/html, application/xhtml+xml;q=0.9"
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_TOLD: Final = 3_000  # characters below the title; a feed that tells so much tells enough
_PAGES: Final = ("text/html", "application/xhtml+xml", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The server points elsewhere."""

    url: str


def wanted(entry: Entry, matches: Sequence[Match], mode: str, nearest: float) -> bool:
    """
    Whether the article may change what was decided: "near" the threshold from below.

    An entry that a topic took has been told already; one whose feed says much says enough.
    """
    if mode == "off" or urlsplit(entry.url).scheme not in ("http", "https"):
        return False
    if mode == "always":
        return True
    if any(m.flagged for m in matches) or len(entry.summary) + len(entry.text) >= _TOLD:
        return False
    return any(m.score >= nearest for m in matches)


def wants(
    judged: Sequence[tuple[Entry, Sequence[Match]]], mode: str, nearest: float
) -> tuple[ArticleWant, ...]:
    """Of these entries those that are to be judged again by their articles."""
    return tuple(
        ArticleWant(entry=entry, host=owner(entry.url))
        for entry, matches in judged
        if wanted(entry, matches, mode, nearest)
    )


class Pages:
    """Asks for articles and rules through the gate. Thread-safe."""

    def __init__(self, egress: Egress, settings: FullTextSettings) -> None:
        self._egress = egress
        self._limits = Limits(body_bytes=settings.max_bytes, total_timeout=settings.timeout)

    def robots(self, url: str, now: datetime) -> Robots:
        """What the server lets robots read."""
        return robots.ask(self._egress, url, now)

    def ask(self, claim: ArticleClaim, now: datetime) -> Fetched | Moved | Failed:
        """What stands at the claim's URL; never raises for what is on the other side."""
        request = Request(url=claim.url, headers={"Accept": ACCEPT}, limits=self._limits)
        answer = self._egress.send(request, now)
        if isinstance(answer, Failed):
            return answer
        if answer.status in _REDIRECTS and answer.has("location"):
            return _moved(claim, answer, now)
        return _page(claim, answer, now)


def _moved(claim: ArticleClaim, answer: Response, now: datetime) -> Moved | Failed:
    try:
        where = urljoin(claim.url, _utf8(answer.header("location")))
        parts = urlsplit(where)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        good, where, parts = False, "", urlsplit("")
    if not good or len(where) > 2_000:
        return failed(answer, FailureReason.BAD_URL, "it redirects to no address", now)
    if urlsplit(claim.url).scheme == "https" and parts.scheme == "http":
        detail = f"{urlsplit(claim.url).hostname} redirects to plain http"
        return failed(answer, FailureReason.DOWNGRADE, detail, now)
    if claim.hops >= MOST_HOPS:
        detail = f"over {MOST_HOPS} redirects"
        return failed(answer, FailureReason.TOO_MANY_REDIRECTS, detail, now)
    return Moved(url=where)


def _page(claim: ArticleClaim, answer: Response, now: datetime) -> Fetched | Failed:
    if claim.hops:  # consent walls are known by the redirect that leads to them
        answer = replace(answer, hops=((302, claim.url),))
    if answer.status == 402:
        return failed(answer, FailureReason.PAYWALL, "HTTP 402", now)
    if answer.status != 200 or wall(answer):
        found = failure(answer, now)
        return replace(found, detail=found.detail.replace("the feed", "the article"))
    if not answer.body.strip():
        return failed(answer, FailureReason.EMPTY, "200 with an empty body", now)
    kind = media_type(answer)
    if kind not in _PAGES:
        return failed(answer, FailureReason.NOT_A_PAGE, f"it is {kind}, no web page", now)
    return Fetched(
        body=answer.body, media_type=kind, charset=charset(answer), url=claim.url, at=now,
        milliseconds=answer.milliseconds,
    )  # fmt: skip


def _utf8(header: str) -> str:
    """A header taken for Latin-1, as the UTF-8 it nearly always is."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return header
