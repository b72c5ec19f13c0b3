"""
What a server lets robots read: asked before its articles are, never before its feeds.

A feed is published to be polled; an article is a page, and pages have rules for robots.
The only file importing protego, which matches in linear time whatever the patterns are.
Source: https://www.rfc-editor.org/rfc/rfc9309
"""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from protego import Protego

from monitor.egress import Egress, Limits, Request, Response
from monitor.fetch.headers import freshness
from monitor.fetch.walls import wall
from monitor.model import Failed, FailureReason, Robots

AGENT: Final = "arms-monitor"  # the product token that rules for us name
_LIMITS: Final = Limits(body_bytes=512_000, truncate=True, total_timeout=timedelta(seconds=20))
_REDIRECTS: Final = 5  # §2.3.1.2
_KEPT: Final = timedelta(hours=24)  # §2.4: no longer than that
_KEPT_AT_LEAST: Final = timedelta(hours=1)
_CLOSED: Final = timedelta(hours=1)  # a server that fails is asked again after this
_LONGEST_DELAY: Final = timedelta(minutes=1)
_ZERO: Final = timedelta(0)
_GATED: Final = (FailureReason.FORBIDDEN_ADDRESS, FailureReason.BAD_URL)


def origin(url: str) -> str:
    """Whose rules count, e.g. "https://example.org:443"; "" for what is no address of the web."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        return ""
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}:{port}" if host and port else ""


def ask(egress: Egress, url: str, now: datetime) -> Robots:
    """What the server of this address says just now; one request and its redirects."""
    whose = origin(url)
    request = Request(
        url=f"{whose}/robots.txt",
        headers={"Accept": "text/plain, */*;q=0.1"},
        limits=_LIMITS,
        follow=_REDIRECTS,
    )
    answer = egress.send(request, now)
    if isinstance(answer, Failed) and answer.reason in _GATED:
        return Robots(origin=whose, until=now + _CLOSED)  # the gate will say so of the article
    if isinstance(answer, Failed):
        return _closed(whose, f"robots.txt: {answer.reason.value}: {answer.detail}", now, _ZERO)
    asked = freshness(answer, now).retry_after or _ZERO
    if barrier := wall(answer):
        return _closed(whose, f"robots.txt: {barrier.value}", now, asked)
    if answer.status == 429 or answer.status >= 500:  # §2.3.1.4: as if all were disallowed
        return _closed(whose, f"robots.txt: HTTP {answer.status}", now, asked)
    if answer.status != 200:  # §2.3.1.3: there are none, so all is allowed
        return Robots(origin=whose, until=now + _KEPT)
    return Robots(origin=whose, until=now + _kept(answer, now), rules=_text(answer))


def _closed(whose: str, why: str, now: datetime, asked: timedelta) -> Robots:
    return Robots(origin=whose, until=now + max(_CLOSED, asked), closed=True, why=why)


def _kept(answer: Response, now: datetime) -> timedelta:
    said = freshness(answer, now).max_age
    return _KEPT if said is None else max(_KEPT_AT_LEAST, min(said, _KEPT))


def _text(answer: Response) -> str:
    text = answer.body.decode("utf-8", "replace").removeprefix("\ufeff").replace("\0", "")
    if answer.truncated:  # half a line may say less, or more, than the whole
        text = text[: text.rfind("\n") + 1]
    return text


def allowed(robots: Robots, url: str) -> bool:
    """Whether an article may be asked for by these rules."""
    return not robots.closed and bool(_rules(robots.rules).can_fetch(url, AGENT))


def delay(robots: Robots) -> timedelta:
    """How far apart requests are to be (Crawl-delay), at most a minute; zero where silent."""
    said = _rules(robots.rules).crawl_delay(AGENT) or 0.0
    return timedelta(seconds=min(said, _LONGEST_DELAY.total_seconds()))


@lru_cache(maxsize=32)
def _rules(text: str) -> Protego:
    return Protego.parse(text)
