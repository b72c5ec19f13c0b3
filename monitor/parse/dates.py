"""
Foreign dates become aware UTC; what cannot be read is unknown, never "now".

Source: RFC 822 and its followers (RSS), RFC 3339 (Atom, JSON Feed), W3C-DTF (RDF).
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from typing import Final

_FUTURE: Final = timedelta(days=1)  # clocks and time zones err; by more than a day nobody does
_EARLIEST: Final = datetime(1970, 1, 2, tzinfo=UTC)  # 1970-01-01 is a zero, not a date
_ISO = re.compile(
    r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?"
    r"(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?",
    re.I,
)


def when(text: str, at: datetime) -> datetime | None:
    """The moment meant; None when absent, unreadable, before 1970 or in the future."""
    text = text.strip()
    if not text or len(text) > 100:
        return None
    return sane(_iso(text) or _mail(text), at)


def sane(moment: datetime | None, at: datetime) -> datetime | None:
    """The moment, unless no item can have been published then."""
    return moment if moment and _EARLIEST <= moment <= at + _FUTURE else None


def of_tuple(parts: Sequence[int] | None, at: datetime) -> datetime | None:
    """From feedparser's UTC time tuple."""
    if parts is None:
        return None
    try:
        year, month, day, hour, minute, second = parts[:6]
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None
    return sane(moment, at)


def _iso(text: str) -> datetime | None:
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(g or d) for g, d in zip(
        found.groups()[:6], (0, 1, 1, 0, 0, 0), strict=True
    ))  # fmt: skip
    try:
        return datetime(
            year, month, day, hour, minute, min(second, 59), tzinfo=_zone(found.group(7))
        ).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone(text: str | None) -> timezone:
    if not text or text.upper() in ("Z", "UTC", "GMT"):
        return UTC
    length = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(-length if text[0] == "-" else length)


def _mail(text: str) -> datetime | None:
    parts = parsedate_tz(text)
    if parts is None:
        return None
    try:
        moment = datetime(*parts[:5], min(parts[5], 59), tzinfo=UTC)
        return moment - timedelta(seconds=parts[9] or 0)
    except (ValueError, OverflowError, TypeError):
        return None
