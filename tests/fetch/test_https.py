"""monitor.fetch.https: a conditional GET to the letter, against real sockets."""

import gzip
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor.fetch import Fetcher
from monitor.fetch.memory import Memory, written
from monitor.model import (
    Claim,
    Failed,
    FailureReason,
    Fetched,
    Freshness,
    Unchanged,
    Validators,
)
from tests.fetch.life import AGENT, Poll, claim, gate, rss
from tests.hostile import Script, answer, field_of, hostile, path_of

BODY = rss("a", "b")
ETAG, DATE = 'W/"odd \xe9 tag"', "Sat, 01 Aug 2026 11:00:00 GMT"
HELD = Validators(etag=ETAG, last_modified=DATE, body_sha256="00")


def fetch(asked: Claim, now: datetime) -> Fetched | Unchanged | Failed:
    return Fetcher(gate(), Poll()).fetch(asked, now)


def fetched(found: Fetched | Unchanged | Failed) -> Fetched:
    assert isinstance(found, Fetched), found
    return found


def unchanged(found: Fetched | Unchanged | Failed) -> Unchanged:
    assert isinstance(found, Unchanged), found
    return found


def failed(found: Fetched | Unchanged | Failed) -> Failed:
    assert isinstance(found, Failed), found
    return found


def test_a_whole_answer(now: datetime) -> None:
    """Body decoded, both validators to the letter, freshness, type, charset and Link."""
    headers = {
        "Content-Encoding": "gzip", "ETag": ETAG, "Last-Modified": DATE,
        "Cache-Control": "max-age=120", "Content-Type": "application/rss+xml; charset=koi8-r",
        "Link": '<https://hub.example/>; rel="hub"',
    }  # fmt: skip
    with hostile(answer(gzip.compress(BODY), headers=headers)) as server:
        found = fetched(fetch(claim(server.url("/feed?x=1")), now))

    assert (BODY, "application/rss+xml", "koi8-r") == (found.body, found.media_type, found.charset)
    assert (ETAG, DATE, 64) == (
        found.validators.etag, found.validators.last_modified, len(found.validators.body_sha256)
    )  # fmt: skip
    assert timedelta(minutes=2) == found.freshness.max_age
    assert '<https://hub.example/>; rel="hub"' == found.link_header
    assert ("", now, 200) == (found.moved_to, found.at, found.status)
    assert "/feed?x=1" == path_of(server.requests[0])
    assert AGENT == field_of(server.requests[0], "user-agent")


@pytest.mark.parametrize(
    ("held", "sent"),
    [
        (Validators(), ("", "")),
        (Validators(etag=ETAG), (ETAG, "")),
        (Validators(last_modified=DATE), ("", DATE)),
        (Validators(etag=ETAG, last_modified="garbage, verbatim"), (ETAG, "garbage, verbatim")),
    ],
)
def test_validators_go_back_as_they_came(
    held: Validators, sent: tuple[str, str], now: datetime
) -> None:
    """Each on its own, nothing made up and nothing repaired."""
    with hostile(answer(BODY)) as server:
        fetch(claim(server.url(), validators=held), now)
    request = server.requests[0]

    assert sent == (field_of(request, "if-none-match"), field_of(request, "if-modified-since"))


def test_not_modified_updates_what_is_stored(now: datetime) -> None:
    """A 304 renews the validator it names, keeps the other, and says its own freshness."""
    headers = {"ETag": '"new"', "Cache-Control": "max-age=60"}
    with hostile(answer(status="304 Not Modified", headers=headers)) as server:
        found = unchanged(fetch(claim(server.url(), validators=HELD), now))

    assert Validators(etag='"new"', last_modified=DATE, body_sha256="00") == found.validators
    assert timedelta(minutes=1) == found.freshness.max_age
    assert 304 == found.status


def test_a_304_nobody_asked_for_is_a_failure(now: datetime) -> None:
    """Without a validator of ours a 304 means nothing."""
    with hostile(answer(status="304 Not Modified")) as server:
        found = failed(fetch(claim(server.url()), now))

    assert (FailureReason.HTTP_STATUS, 304) == (found.reason, found.status)


def test_the_same_bytes_renew_the_validators(now: datetime) -> None:
    """`touch feed.xml`: 200 with the body of before is unchanged, with the new validators."""
    with hostile(answer(BODY, headers={"ETag": '"1"'})) as server:
        first = fetched(fetch(claim(server.url()), now))
    with hostile(answer(BODY, headers={"Last-Modified": DATE})) as server:
        again = unchanged(fetch(claim(server.url(), validators=first.validators), now))

    assert ("", DATE) == (again.validators.etag, again.validators.last_modified)
    assert first.validators.body_sha256 == again.validators.body_sha256
    assert 200 == again.status


def test_an_absent_validator_is_dropped(now: datetime) -> None:
    """A 200 without ETag or Last-Modified leaves none to send next time."""
    with hostile(answer(BODY)) as server:
        found = fetched(fetch(claim(server.url(), validators=HELD), now))

    assert ("", "") == (found.validators.etag, found.validators.last_modified)


PAGE = b"<!DOCTYPE html><html><head><title>x</title></head><body>%s</body></html>"
CASES = {
    "401": ("401 Unauthorized", b"", {}, FailureReason.DENIED),
    "403": ("403 Forbidden", b"", {}, FailureReason.DENIED),
    "404": ("404 Not Found", PAGE % b"no", {}, FailureReason.NOT_FOUND),
    "410": ("410 Gone", b"", {}, FailureReason.GONE),
    "418": ("418 Teapot", b"", {}, FailureReason.HTTP_STATUS),
    "204": ("204 No Content", b"", {}, FailureReason.HTTP_STATUS),
    "429": ("429 Too Many", b"", {"Retry-After": "60"}, FailureReason.THROTTLED),
    "429 bare": ("429 Too Many", b"", {}, FailureReason.THROTTLED),
    "500": ("500 Oops", b"", {}, FailureReason.SERVER_ERROR),
    "503": ("503 Busy", b"", {}, FailureReason.SERVER_ERROR),
    "503 wait": ("503 Busy", b"", {"Retry-After": "60"}, FailureReason.THROTTLED),
    "empty": ("200 OK", b"", {}, FailureReason.EMPTY),
    "blank": ("200 OK", b" \r\n ", {}, FailureReason.EMPTY),
    "cloudflare": ("403 Forbidden", b"", {"cf-mitigated": "challenge"}, FailureReason.CHALLENGE),
    "challenge": ("200 OK", PAGE % b"<script src='/cdn-cgi/challenge-platform/x'>", {}, FailureReason.CHALLENGE),
    "503 challenge": ("503 Busy", PAGE % b"window._cf_chl_opt={}", {"Retry-After": "9"}, FailureReason.CHALLENGE),
    "portal": ("200 OK", b"<!-- hi --><html>WISPAccessGatewayParam</html>", {}, FailureReason.CAPTIVE),
    "511": ("511 Network Authentication Required", b"", {}, FailureReason.CAPTIVE),
    "redirect to nowhere": ("302 Found", b"", {}, FailureReason.HTTP_STATUS),
    "brotli": ("200 OK", b"x", {"Content-Encoding": "br"}, FailureReason.ENCODING),
    "twice gzip": ("200 OK", b"x", {"Content-Encoding": "gzip, gzip"}, FailureReason.ENCODING),
    "cut gzip": ("200 OK", gzip.compress(BODY)[:-9], {"Content-Encoding": "gzip"}, FailureReason.ENCODING),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_every_failure_has_its_name(name: str, now: datetime) -> None:
    """Statuses and pages that stand where the feed should be are told apart."""
    status, body, headers, reason = CASES[name]
    with hostile(answer(body, status, headers)) as server:
        found = failed(fetch(claim(server.url()), now))

    assert reason == found.reason
    assert int(status[:3]) == found.status or reason is FailureReason.ENCODING
    if "Retry-After" in headers:
        assert found.freshness.retry_after == timedelta(seconds=int(headers["Retry-After"]))


def test_a_feed_about_challenges_is_a_feed(now: datetime) -> None:
    """Marks of a wall inside a feed mean nothing: only pages of HTML are looked at."""
    body = rss("a").replace(b"Title a", b"/cdn-cgi/challenge-platform/ WISPAccessGatewayParam")
    with hostile(answer(body, headers={"Content-Type": "text/html"})) as server:
        found = fetched(fetch(claim(server.url()), now))

    assert body == found.body


def test_a_consent_page_is_named(now: datetime) -> None:
    """HTML after a redirect to a consent address is a consent wall."""

    def script(request: bytes) -> Iterator[bytes | float]:
        if path_of(request).startswith("/collectConsent"):
            yield from answer(PAGE % b"agree?")(request)
        else:
            yield from hop("/collectConsent?back=1", 302)(request)

    with hostile(script) as server:
        found = failed(fetch(claim(server.url("/feed")), now))

    assert FailureReason.CONSENT == found.reason


def hop(location: str, status: int) -> Script:
    return answer(status=f"{status} Moved", headers={"Location": location})


@pytest.mark.parametrize(
    ("chain", "moved"),
    [
        ((301,), True),
        ((308,), True),
        ((301, 308, 301), True),
        ((302,), False),
        ((303,), False),
        ((307,), False),
        ((301, 302), False),
        ((302, 301), False),
    ],
)
def test_only_a_wholly_permanent_way_is_a_move(
    chain: tuple[int, ...], moved: bool, now: datetime
) -> None:
    """A single temporary step, and the feed still lives where it did."""

    def script(request: bytes) -> Iterator[bytes | float]:
        step = int(path_of(request).strip("/"))
        last = step == len(chain)
        yield from (answer(BODY) if last else hop(f"/{step + 1}", chain[step]))(request)

    with hostile(script) as server:
        found = fetched(fetch(claim(server.url("/0")), now))

    end = server.url(f"/{len(chain)}")
    assert (end, end if moved else "") == (found.url, found.moved_to)


def test_what_is_not_http_is_not_asked(now: datetime) -> None:
    """Another scheme is a bad address, and a file is read from the disk."""
    assert FailureReason.BAD_URL == failed(fetch(claim("gopher://feed.example/"), now)).reason
    missing = failed(fetch(claim("file:///nonexistent/feed.xml"), now))
    assert FailureReason.UNREADABLE_FILE == missing.reason


def test_look_asks_unconditionally(now: datetime) -> None:
    """An address that is no feed of ours yet is asked without validators."""
    with hostile(answer(BODY)) as server:
        found = Fetcher(gate(), Poll()).look(server.url("/x"), now)

    assert isinstance(found, Fetched)
    assert "" == field_of(server.requests[0], "if-none-match")


def test_bodies_have_a_cap(now: datetime) -> None:
    """Beyond max_body_bytes the feed is a failure by name."""
    with hostile(answer(bytes(2_000))) as server:
        found = Fetcher(gate(), replace(Poll(), max_body_bytes=1_000)).fetch(
            claim(server.url()), now
        )

    assert FailureReason.TOO_LARGE == failed(found).reason


def reading_back(url: str, back: str) -> Claim:
    """A feed that asks for an older page this time."""
    memory = Memory(asked=url, back=back)
    return claim(url, first=False, validators=HELD, known=written(memory, {}))


def test_an_older_page_leaves_the_feed_as_it_is(now: datetime) -> None:
    """Asked without validators; what it says of itself does not become the feed's."""
    headers = {"ETag": '"page"', "Cache-Control": "max-age=9"}
    with hostile(answer(BODY, headers=headers)) as server:
        found = fetched(fetch(reading_back(server.url("/feed"), server.url("/2")), now))

    assert "/2" == path_of(server.requests[0])
    assert "" == field_of(server.requests[0], "if-none-match")
    assert (HELD, Freshness(), "") == (found.validators, found.freshness, found.moved_to)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (answer(status="404 Not Found"), FailureReason.NOT_FOUND),
        (answer(b""), FailureReason.EMPTY),
        (answer(b"x", headers={"Content-Encoding": "br"}), FailureReason.ENCODING),
    ],
)
def test_an_older_page_that_fails_says_so(
    script: Script, reason: FailureReason, now: datetime
) -> None:
    """The failure has its usual name, and tells that it was not the feed itself."""
    with hostile(script) as server:
        found = failed(fetch(reading_back(server.url("/feed"), server.url("/2")), now))

    assert reason == found.reason
    assert found.detail.startswith("older page: ")
