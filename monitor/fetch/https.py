"""
A conditional GET, to the letter of HTTP.

    Claim → Fetched | Unchanged | Failed

Source: RFC 9110 §13 (validators), §15 (statuses), RFC 9111 §4.3.4 (304 updates what is stored).
"""

import hashlib
from dataclasses import replace
from datetime import datetime
from typing import Final

from monitor.egress import Egress, Limits, Request, Response
from monitor.fetch.headers import charset, freshness, media_type, validator
from monitor.fetch.memory import Memory, asks_whole
from monitor.fetch.walls import wall
from monitor.model import (
    Claim,
    Failed,
    FailureReason,
    Fetched,
    Freshness,
    Unchanged,
    Validators,
)

ACCEPT: Final = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1"
)
_REDIRECTS: Final = 5
_PERMANENT: Final = (301, 308)
_STATUS: Final = {
    401: FailureReason.DENIED,
    403: FailureReason.DENIED,
    404: FailureReason.NOT_FOUND,
    410: FailureReason.GONE,
    429: FailureReason.THROTTLED,
}


def ask(
    egress: Egress, claim: Claim, memory: Memory, now: datetime, *, limits: Limits
) -> Fetched | Unchanged | Failed:
    """What the feed's server gave, asked conditionally with its own validators."""
    held = Validators() if asks_whole(claim, memory, now) else claim.validators
    url = memory.url or claim.feed.url
    request = Request(
        url=url, headers=_headers(held), limits=limits, follow=_REDIRECTS,
        held_of=memory.given_by or url,
    )  # fmt: skip
    answer = egress.send(request, now)
    if isinstance(answer, Failed):
        return answer
    if answer.status == 304 and (held.etag or held.last_modified):
        return _not_modified(claim, answer, now)
    if answer.status != 200:
        return failure(answer, now)
    return _whole(claim, answer, now)


def older(
    egress: Egress, claim: Claim, url: str, now: datetime, *, limits: Limits
) -> Fetched | Unchanged | Failed:
    """An older page of the feed; what is known of the feed itself stays as it is."""
    request = Request(url=url, headers=_headers(Validators()), limits=limits, follow=_REDIRECTS)
    answer = egress.send(request, now)
    if isinstance(answer, Failed):
        return replace(answer, detail=f"older page: {answer.detail}")
    if answer.status != 200:
        found = failure(answer, now)
        return replace(found, detail=f"older page: {found.detail}")
    page = _whole(claim, answer, now)
    if isinstance(page, Failed):
        return replace(page, detail=f"older page: {page.detail}")
    return replace(page, validators=claim.validators, freshness=Freshness(), moved_to="")


def _headers(held: Validators) -> dict[str, str]:
    """Each validator on its own, as it came; RFC 9110 §13.1.3 lets the server choose."""
    headers = {"Accept": ACCEPT}
    if held.etag:
        headers["If-None-Match"] = held.etag
    if held.last_modified:
        headers["If-Modified-Since"] = held.last_modified
    return headers


def _not_modified(claim: Claim, answer: Response, now: datetime) -> Unchanged:
    held = claim.validators
    validators = replace(
        held,
        etag=validator(answer, "etag") or held.etag,
        last_modified=validator(answer, "last-modified") or held.last_modified,
    )
    return Unchanged(
        at=now,
        validators=validators,
        freshness=freshness(answer, now),
        milliseconds=answer.milliseconds,
        moved_to=_moved(answer),
        url=answer.url,
    )


def _whole(claim: Claim, answer: Response, now: datetime) -> Fetched | Unchanged | Failed:
    barrier = wall(answer)
    if barrier:
        return failed(answer, barrier, _BARRIERS[barrier], now)
    if not answer.body.strip():
        return failed(answer, FailureReason.EMPTY, "200 with an empty body", now)
    digest = hashlib.sha256(answer.body).hexdigest()
    # Both validators are replaced on every 200, body changed or not: a server that touches the
    # file would otherwise be asked with a stale one for ever.
    validators = Validators(
        etag=validator(answer, "etag"),
        last_modified=validator(answer, "last-modified"),
        body_sha256=digest,
    )
    fresh = freshness(answer, now)
    if digest == claim.validators.body_sha256:
        return Unchanged(
            at=now,
            validators=validators,
            freshness=fresh,
            status=200,
            milliseconds=answer.milliseconds,
            moved_to=_moved(answer),
            url=answer.url,
        )
    return Fetched(
        body=answer.body,
        media_type=media_type(answer),
        charset=charset(answer),
        url=answer.url,
        at=now,
        validators=validators,
        freshness=fresh,
        moved_to=_moved(answer),
        link_header=answer.header("link"),
        milliseconds=answer.milliseconds,
    )


def _moved(answer: Response) -> str:
    """Where the feed lives now, when every step of the way there was permanent."""
    permanent = answer.hops and all(status in _PERMANENT for status, _ in answer.hops)
    return answer.url if permanent else ""


_BARRIERS: Final = {
    FailureReason.CHALLENGE: "a bot challenge instead of the feed",
    FailureReason.CONSENT: "a consent page instead of the feed",
    FailureReason.CAPTIVE: "a network's login page instead of the feed",
}


def failure(answer: Response, now: datetime) -> Failed:
    """A status other than 200 and a rightful 304, by its name."""
    status, barrier = answer.status, wall(answer)
    if barrier:
        return failed(answer, barrier, _BARRIERS[barrier], now)
    if status == 503 and answer.has("retry-after"):
        return failed(answer, FailureReason.THROTTLED, "503 with Retry-After", now)
    if status >= 500:
        return failed(answer, FailureReason.SERVER_ERROR, f"HTTP {status}", now)
    if status == 304:
        return failed(answer, FailureReason.HTTP_STATUS, "304, but nothing was asked by", now)
    reason = _STATUS.get(status, FailureReason.HTTP_STATUS)
    return failed(answer, reason, f"HTTP {status}", now)


def failed(answer: Response, reason: FailureReason, detail: str, now: datetime) -> Failed:
    return Failed(
        reason=reason,
        detail=detail,
        at=now,
        freshness=freshness(answer, now),
        status=answer.status,
        milliseconds=answer.milliseconds,
    )
