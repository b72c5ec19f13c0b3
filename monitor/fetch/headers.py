"""What response headers say about time and type. PURE."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from monitor.egress import Response
from monitor.model import Freshness

# Seen in the wild: a max-age of 16 years. NetNewsWire takes at most 5 h of it; of Retry-After
# others take 8 h to 2 d.
MAX_AGE_CAP: Final = timedelta(hours=5)
RETRY_AFTER_CAP: Final = timedelta(days=1)
_VALIDATOR_LENGTH: Final = 1024

_MAX_AGE = re.compile(r'(?:^|[,\s])max-age\s*=\s*"?(\d{1,12})', re.IGNORECASE)
_STALE = re.compile(r"(?:^|[,\s])(?:no-cache|no-store)\b", re.IGNORECASE)
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE)


def freshness(response: Response, now: datetime) -> Freshness:
    """How long the answer says to wait; None where it is silent, both capped."""
    return Freshness(max_age=_max_age(response, now), retry_after=_retry_after(response, now))


def _max_age(response: Response, now: datetime) -> timedelta | None:
    """RFC 9111 §4.2.1: max-age before Expires; of several the most restrictive; less its Age."""
    control = response.header("cache-control")
    if _STALE.search(control):
        return timedelta(0)
    ages = [int(n) for n in _MAX_AGE.findall(control)]
    if ages:
        age = response.header("age").strip()
        spent = int(age) if age.isascii() and age.isdecimal() and len(age) < 12 else 0
        return _capped(timedelta(seconds=min(*ages, 10**9) - min(spent, 10**9)), MAX_AGE_CAP)
    if not response.has("expires"):
        return None
    until = http_date(response.header("expires"))
    if until is None:  # RFC 9111 §5.3: an invalid Expires, "0" above all, is in the past
        return timedelta(0)
    return _capped(until - (http_date(response.header("date")) or now), MAX_AGE_CAP)


def _retry_after(response: Response, now: datetime) -> timedelta | None:
    """
    RFC 9110 §10.2.3: seconds, or a date by the server's own clock; the longest of those met.

    One on a redirect asks to wait for what it leads to, which is seen to at the next poll.
    """
    every = (response.header("retry-after"), *response.waits)
    waits = [wait for said in every if (wait := _wait(said.strip(), response, now)) is not None]
    return max(waits, default=None)


def _wait(said: str, response: Response, now: datetime) -> timedelta | None:
    if not said:
        return None
    if said.isascii() and said.isdecimal():
        return _capped(timedelta(seconds=min(int(said[:12]), 10**9)), RETRY_AFTER_CAP)
    until = http_date(said)
    if until is None:
        return None
    return _capped(until - (http_date(response.header("date")) or now), RETRY_AFTER_CAP)


def _capped(length: timedelta, most: timedelta) -> timedelta:
    return max(timedelta(0), min(length, most))


def http_date(text: str) -> datetime | None:
    """Aware UTC; None when it is not a date."""
    try:
        found = parsedate_to_datetime(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def validator(response: Response, name: str) -> str:
    """ETag or Last-Modified to the letter; "" when absent, or not fit to be sent back."""
    value = response.header(name)
    fit = len(value) <= _VALIDATOR_LENGTH and all(" " <= c != "\x7f" for c in value)
    return value if fit else ""


def media_type(response: Response) -> str:
    return response.header("content-type").partition(";")[0].strip().lower()[:100]


def charset(response: Response) -> str:
    found = _CHARSET.search(response.header("content-type"))
    return found.group(1) if found else ""
