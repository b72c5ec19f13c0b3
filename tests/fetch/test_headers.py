"""monitor.fetch.headers: what an answer says of time and type."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.egress import Response
from monitor.fetch.headers import charset, freshness, http_date, media_type, validator

MINUTE = timedelta(minutes=1)
DATE = "Sat, 01 Aug 2026 12:00:00 GMT"


def response(**headers: str) -> Response:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Response(status=200, headers=named, body=b"", url="https://a.example/", milliseconds=1)


@pytest.mark.parametrize(
    ("headers", "minutes"),
    [
        ({}, None),
        ({"cache_control": "max-age=600"}, 10),
        ({"cache_control": "public, MAX-AGE = 600"}, 10),
        ({"cache_control": 'max-age="600"'}, 10),
        ({"cache_control": "max-age=600, max-age=60"}, 1),
        ({"cache_control": "s-maxage=6000"}, None),
        ({"cache_control": "max-age=600", "age": "540"}, 1),
        ({"cache_control": "max-age=600", "age": "6000"}, 0),
        ({"cache_control": "max-age=600", "age": "x"}, 10),
        ({"cache_control": "no-cache, max-age=600"}, 0),
        ({"cache_control": "no-store"}, 0),
        ({"cache_control": "max-age=504911232"}, 300),  # sixteen years, seen in the wild
        ({"cache_control": "max-age=999999999999"}, 300),
        ({"cache_control": "max-age=-1"}, None),
        ({"cache_control": "max-age=600", "expires": "0"}, 10),
        ({"expires": "Sat, 01 Aug 2026 12:30:00 GMT", "date": DATE}, 30),
        ({"expires": "Sat, 01 Aug 2026 12:30:00 GMT"}, 30),
        ({"expires": "Sat, 01 Aug 2026 13:30:00 GMT", "date": "Sat, 01 Aug 2026 13:00:00 GMT"}, 30),
        ({"expires": "0"}, 0),
        ({"expires": "-1"}, 0),
        ({"expires": ""}, 0),
        ({"expires": "Sat, 01 Aug 2020 12:30:00 GMT", "date": DATE}, 0),
        ({"expires": "Fri, 31 Dec 9999 23:59:59 GMT", "date": DATE}, 300),
    ],
)
def test_freshness(headers: dict[str, str], minutes: float | None, now: datetime) -> None:
    """max-age before Expires, the most restrictive of several, less its Age, at most five hours."""
    expected = None if minutes is None else minutes * MINUTE

    assert expected == freshness(response(**headers), now).max_age


@pytest.mark.parametrize(
    ("headers", "minutes"),
    [
        ({}, None),
        ({"retry_after": "120"}, 2),
        ({"retry_after": " 120 "}, 2),
        ({"retry_after": "0"}, 0),
        ({"retry_after": "-5"}, None),
        ({"retry_after": "soon"}, None),
        ({"retry_after": "99999999999999999999"}, 1440),
        ({"retry_after": "Sat, 01 Aug 2026 13:00:00 GMT", "date": DATE}, 60),
        ({"retry_after": "Sat, 01 Aug 2026 13:00:00 GMT"}, 60),
        ({"retry_after": "Sat, 01 Aug 2026 13:00:00 GMT", "date": "Sat, 01 Aug 2026 12:50:00 GMT"}, 10),
        ({"retry_after": "Sat, 01 Aug 2020 13:00:00 GMT", "date": DATE}, 0),
        ({"retry_after": "Sat, 01 Aug 2028 13:00:00 GMT", "date": DATE}, 1440),
        ({"retry_after": "Saturday, 01-Aug-26 13:00:00 GMT", "date": DATE}, 60),
        ({"retry_after": "Sat Aug  1 13:00:00 2026", "date": DATE}, 60),
    ],
)  # fmt: skip
def test_retry_after(headers: dict[str, str], minutes: float | None, now: datetime) -> None:
    """Seconds, or a date in any form of HTTP by the server's own clock; at most a day."""
    expected = None if minutes is None else minutes * MINUTE

    assert expected == freshness(response(**headers), now).retry_after


def test_a_redirect_may_ask_for_time(now: datetime) -> None:
    """RFC 9110 §10.2.3 has it on 3xx too: the longest wait on the way counts."""
    way = replace(response(retry_after="60"), waits=("7200", "soon", DATE))

    assert timedelta(hours=2) == freshness(way, now).retry_after
    assert timedelta(minutes=1) == freshness(response(retry_after="60"), now).retry_after


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ('"abc"', '"abc"'),
        ('W/"abc"', 'W/"abc"'),
        ("no quotes", "no quotes"),
        ('"ünïcode"', '"ünïcode"'),
        ("Sat, 1 Aug 26 12:00 CEST", "Sat, 1 Aug 26 12:00 CEST"),
        ("x" * 1024, "x" * 1024),
        ("x" * 1025, ""),
        ("a\x00b", ""),
        ("a\x7fb", ""),
        ("", ""),
    ],
)
def test_validators_are_kept_to_the_letter(value: str, kept: str) -> None:
    """An ETag is opaque: quotes, W/ and odd dates stay; what could not be sent back is dropped."""
    assert kept == validator(response(etag=value), "etag")


def test_dates_that_are_none() -> None:
    """Anything else is no date; one without a zone is GMT."""
    assert http_date("Sat, 01 Aug 2026 12:00:00") == datetime(2026, 8, 1, 12, tzinfo=UTC)
    for text in ("", "0", "yesterday", "Sat, 99 Aug 2026 12:00:00 GMT", "x" * 9999):
        assert http_date(text) is None


def test_type_and_charset() -> None:
    """The type in lower case without parameters; the charset as said."""
    found = response(content_type='Text/XML ; Charset = "ISO-8859-1"; q=1')

    assert ("text/xml", "ISO-8859-1") == (media_type(found), charset(found))
    assert ("", "") == (media_type(response()), charset(response()))
