"""Weeks of polling, scored by a strict publisher: no fault in its book."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest

from monitor.fetch.memory import recall
from monitor.model import Failed, FailureReason, Unchanged
from tests.conftest import NOW
from tests.fetch.life import Life, Poll, claim, rss
from tests.fetch.strict import Page, Strict
from tests.hostile import hostile

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Play = object


@contextmanager
def publisher(play: object, poll: Poll | None = None) -> Iterator[tuple[Life, Strict, str]]:
    """A feed's life, its strict server, and the server's address."""
    lives: list[Life] = []
    book = Strict(clock=lambda: lives[0].now, play=play)  # type: ignore[arg-type]
    with hostile(book.script) as server:
        lives.append(Life(claim=claim(server.url("/feed")), poll=poll or Poll()))
        yield lives[0], book, server.url()


def hourly(now: datetime, *, count: int = 20, every: timedelta = HOUR) -> list[str]:
    """The newest items of a feed that publishes one every so often."""
    newest = int((now - NOW) / every) + 1_000
    return [f"n{newest - n}" for n in range(count)]


def tagged(body: bytes, **headers: str) -> Page:
    """With both validators and these headers."""
    tag = f'W/"{hash(body) & 0xFFFFFF:x}-é"'
    return Page(body, etag=tag, modified="Sat, 01 Aug 2026 10:00:00 GMT", headers=headers)


def test_a_week_of_an_ordinary_feed() -> None:
    """Validators verbatim, spacing kept, nothing missed, and mostly 304."""
    with publisher(lambda now, path: tagged(rss(*hourly(now)))) as (life, book, _):
        polls = life.until(NOW + 7 * DAY)

    assert [] == book.faults
    assert polls == len(book.requests)
    assert book.conditional == polls - 1
    assert {f"n{n}" for n in range(981, 1_168)} <= set(life.entries)
    assert 0 == life.gaps
    assert book.not_modified > polls / 2


def test_max_age_is_kept() -> None:
    """A publisher that says 40 minutes is asked no sooner, on 200 and on 304."""
    headers = {"Cache-Control": "max-age=2400"}
    with publisher(lambda now, path: tagged(rss(*hourly(now)), **headers)) as (life, book, _):
        life.until(NOW + 3 * DAY)

    assert [] == book.faults
    assert all(40 * MINUTE <= step < 45 * MINUTE for step in life.steps())
    assert {"Cache-Control or Expires"} == {p.why for p in life.paces}


def test_a_304_without_a_word_keeps_the_max_age() -> None:
    """nginx leaves Cache-Control off its 304: what the 200 said still holds (RFC 9111 §4.3.4)."""

    def play(now: datetime, path: str) -> Page:
        first = now == NOW
        return tagged(rss("a", "b"), **({"Cache-Control": "max-age=3600"} if first else {}))

    with publisher(play) as (life, book, _):
        life.until(NOW + DAY)

    assert [] == book.faults
    assert all(step >= HOUR for step in life.steps())
    assert len(book.requests) > 15


def test_touched_files_never_leave_a_stale_validator() -> None:
    """Same bytes, new ETag and Last-Modified at every request: each is sent back next time."""

    def play(now: datetime, path: str) -> Page:
        stamp = format_datetime(now, usegmt=True)
        return Page(rss("a", "b"), etag=f'"{now.timestamp()}"', modified=stamp)

    with publisher(play) as (life, book, _):
        life.until(NOW + DAY)

    assert [] == book.faults
    assert all(isinstance(o, Unchanged) for o in life.outcomes[1:])


def test_validators_come_and_go() -> None:
    """A publisher that changes which validators it sends is asked with those it sent last."""

    def play(now: datetime, path: str) -> Page:
        turn = int(now.timestamp()) // 3600 % 4
        page = tagged(rss(*hourly(now, every=20 * MINUTE, count=40)))
        page.etag = page.etag if turn in (0, 1) else ""
        page.modified = page.modified if turn in (0, 2) else ""
        return page

    with publisher(play) as (life, book, _):
        life.until(NOW + DAY)

    assert [] == [f for f in book.faults if "304" in f or "user" in f or "only" in f]
    assert 0 == len([f for f in book.faults if ", but" in f])
    assert 0 == life.gaps


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Busy"])
def test_retry_after_is_obeyed(status: str) -> None:
    """Told to wait three hours, three hours it is; then everything is as before."""

    def play(now: datetime, path: str) -> Page:
        if 0 < (now - NOW) / HOUR % 8 < 2:
            return Page(b"", status=status, headers={"Retry-After": "10800"})
        return tagged(rss(*hourly(now)))

    with publisher(play) as (life, book, _):
        life.until(NOW + 3 * DAY)

    assert [] == book.faults
    waits = [s for s, o in zip(life.steps(), life.outcomes, strict=True) if isinstance(o, Failed)]
    assert waits
    assert all(3 * HOUR <= wait < 3 * HOUR + 5 * MINUTE for wait in waits)
    assert {f"n{n}" for n in range(981, 1_071)} <= set(life.entries)


def test_a_redirect_that_asks_for_time_gets_it() -> None:
    """A 302 with Retry-After is followed, and the next request keeps its distance."""

    def play(now: datetime, path: str) -> Page:
        if path == "/feed":
            return Page(b"", "302 Found", headers={"Location": "/mirror", "Retry-After": "7200"})
        return tagged(rss(*hourly(now)))

    with publisher(play) as (life, book, _):
        life.until(NOW + DAY)

    assert [] == book.faults
    assert all(2 * HOUR <= step < 2 * HOUR + 5 * MINUTE for step in life.steps())
    assert {"Retry-After"} == {p.why for p in life.paces}


def test_429_without_a_word_waits_for_hours() -> None:
    """Where the server does not say how long, it is hours, not minutes."""
    with publisher(lambda now, path: Page(b"", status="429 Slow down")) as (life, book, _):
        life.until(NOW + 3 * DAY)

    assert [] == book.faults
    assert all(step >= 4 * HOUR for step in life.steps())


def test_failures_back_off_and_never_stop() -> None:
    """A dead server is asked ever more slowly, at most a day apart, for as long as it takes."""
    alive = NOW + 20 * DAY

    def play(now: datetime, path: str) -> Page:
        return tagged(rss("a")) if now >= alive else Page(b"", status="500 Oops")

    with publisher(play) as (life, book, _):
        life.until(NOW + 27 * DAY)

    steps = life.steps()
    failing = [s for s, o in zip(steps, life.outcomes, strict=True) if isinstance(o, Failed)]
    assert [] == book.faults
    assert all(a <= b * 1.1 for a, b in pairwise(failing))
    assert DAY <= max(failing) <= DAY * 1.06
    assert 20 < len(failing) < 60
    assert {"a"} == set(life.entries)
    assert 0 == life.claim.failures


def test_a_gone_feed_is_left_alone() -> None:
    """410 is believed: nobody asks again, and the plan says why."""
    with publisher(lambda now, path: Page(b"", status="410 Gone")) as (life, book, _):
        life.until(NOW + 365 * DAY)

    assert 1 == len(book.requests)
    assert "stopped: 410 Gone" == life.paces[-1].why


def test_a_missing_feed_is_asked_for_ever_more_slowly() -> None:
    """404 may be a mistake of the publisher's: back off, do not stop."""
    with publisher(lambda now, path: Page(b"", status="404 Not Found")) as (life, book, _):
        life.until(NOW + 10 * DAY)

    assert [] == book.faults
    assert FailureReason.NOT_FOUND == life.outcomes[-1].reason  # type: ignore[union-attr]
    assert 10 < len(book.requests) < 40


def moving(status: str, since: datetime, until: datetime) -> object:
    """/feed redirects to /new in that time."""

    def play(now: datetime, path: str) -> Page:
        if path == "/feed" and since <= now < until:
            return Page(b"", status=status, headers={"Location": "/new"})
        return tagged(rss(*hourly(now)))

    return play


def test_a_move_that_stands_is_followed_for_good() -> None:
    """A permanent redirect seen for days changes where we ask; entries and validators go on."""
    with publisher(moving("301 Moved", NOW + HOUR, NOW + 99 * DAY)) as (life, book, url):
        life.until(NOW + 7 * DAY)

    late = {path for at, path in book.requests if at > NOW + 4 * DAY}
    early = {path for at, path in book.requests if NOW + HOUR < at < NOW + 2 * DAY}
    assert {"/feed", "/new"} == early
    assert {"/new"} == late
    assert f"{url}new" == recall(life.claim).url
    assert 0 == life.gaps
    assert [] == book.faults


@pytest.mark.parametrize(
    ("status", "until"), [("301 Moved", NOW + DAY), ("302 Found", NOW + 99 * DAY)]
)
def test_other_redirects_change_nothing(status: str, until: datetime) -> None:
    """One that passes within days, and any temporary one, leave the address as it is."""
    with publisher(moving(status, NOW + HOUR, until)) as (life, book, _):
        life.until(NOW + 7 * DAY)

    assert "" == recall(life.claim).url
    assert "/feed" in {path for at, path in book.requests if at > NOW + 6 * DAY}
    # Where it leads has validators of its own, so the day it ends one request is unconditional.
    assert len(book.faults) <= 2
    assert all(" no if-" in fault for fault in book.faults)


def test_a_login_page_is_never_moved_to() -> None:
    """A hotel network that says 301 to its login page for a week moves nothing."""

    def play(now: datetime, path: str) -> Page:
        if path == "/feed":
            return Page(b"", status="301 Moved", headers={"Location": "/login"})
        return Page(b"<html><body>WISPAccessGatewayParam</body></html>")

    with publisher(play) as (life, _, _):
        life.until(NOW + 7 * DAY)

    assert "" == recall(life.claim).url
    assert {FailureReason.CAPTIVE} == {o.reason for o in life.outcomes if isinstance(o, Failed)}


@pytest.mark.parametrize("end", ["404 Not Found", "410 Gone"])
def test_a_new_place_that_is_lost_leads_back(end: str) -> None:
    """When the place moved to is gone, the configured address is asked again, unconditionally."""

    def play(now: datetime, path: str) -> Page:
        if path == "/new" and now > NOW + 6 * DAY:
            return Page(b"", status=end)
        if path == "/feed" and now < NOW + 6 * DAY:
            return Page(b"", status="308 Moved", headers={"Location": "/new"})
        return tagged(rss(*hourly(now)))

    with publisher(play) as (life, book, _):
        life.until(NOW + 8 * DAY)

    assert "/feed" == book.requests[-1][1]
    assert not isinstance(life.outcomes[-1], Failed)
    assert "" == recall(life.claim).url


def test_a_server_that_lies_is_found_out() -> None:
    """One that answers 304 for ever is asked for the whole within nine days, and rarely."""

    def play(now: datetime, path: str) -> Page:
        return Page(rss(*hourly(now)), etag='"for ever"')

    with publisher(play) as (life, book, _):
        life.until(NOW + 20 * DAY)

    assert any(n in life.entries for n in ("n1190", "n1200", "n1210"))
    assert 2 == len([f for f in book.faults if "no if-none-match" in f])
    assert 2 == len(book.faults)


def _rss(names: list[str], older: str) -> bytes:
    """RFC 5005 §3: pages."""
    link = f"<atom:link xmlns:atom='http://www.w3.org/2005/Atom' rel='next' href='{older}'/>"
    return rss(*names, head=link)


def _atom(names: list[str], older: str) -> bytes:
    """RFC 5005 §4: archives, which name the one before."""
    rows = "".join(f"<entry><id>{n}</id><title>{n}</title></entry>" for n in names)
    return (
        "<feed xmlns='http://www.w3.org/2005/Atom'><id>f</id><title>t</title>"
        f"<link rel='self' href='/feed'/><link rel='prev-archive' href='{older}'/>{rows}</feed>"
    ).encode()


def _wordpress(names: list[str], _older: str) -> bytes:
    """It names no older page; ?paged= is known to work."""
    return rss(*names, head="<generator>https://wordpress.org/?v=6.9</generator>")


def _json(names: list[str], older: str) -> bytes:
    """JSON Feed's next_url."""
    items = [{"id": n, "title": n} for n in names]
    version = "https://jsonfeed.org/version/1.1"
    return json.dumps(
        {"version": version, "title": "t", "next_url": older, "items": items}
    ).encode()


def older_pages(write: Callable[[list[str], str], bytes], base: str) -> object:
    """Ten items a page, one an hour; silent from hour 2 to hour 50."""

    def play(now: datetime, path: str) -> Page:
        number = int(path.partition("paged=")[2] or 1)
        if 2 <= (now - NOW) / HOUR < 50:
            return Page(b"", status="500 Oops")
        shown = hourly(now, count=60)[10 * (number - 1) : 10 * number]
        return tagged(write(shown, f"{base}feed?paged={number + 1}"))

    return play


@pytest.mark.parametrize("write", [_rss, _atom, _wordpress, _json])
def test_what_a_gap_hid_is_read_back(write: Callable[[list[str], str], bytes]) -> None:
    """After two days of silence the older pages are read, one a poll, until all is there."""
    base: list[str] = []
    with publisher(lambda now, path: older_pages(write, base[0])(now, path)) as (life, book, url):  # type: ignore[operator]
        base.append(url)
        life.until(NOW + 4 * DAY)

    assert 1 == life.gaps
    assert {f"n{n}" for n in range(991, 1_096)} <= set(life.entries)
    assert [] == [f for f in book.faults if "paged=" not in f]
    pages = [path for _, path in book.requests if "paged=" in path]
    assert 4 <= len(pages) <= 8
    assert len(pages) == len(set(pages))
    assert "" == recall(life.claim).back
    assert any("reading back" in p.why for p in life.paces)


def test_a_gap_is_told_and_shortens_the_interval() -> None:
    """Forty items an hour through a window of ten: gaps are noted, polls come closer together."""

    def play(now: datetime, path: str) -> Page:
        return tagged(rss(*hourly(now, count=10, every=90 * timedelta(seconds=1))))

    slow = replace(Poll(), default_interval=HOUR)
    with publisher(play, slow) as (life, book, _):
        life.until(NOW + DAY)

    assert [] == book.faults
    assert 1 <= life.gaps <= 3
    assert life.claim.interval is not None
    assert life.claim.interval <= 15 * MINUTE
    assert {f"n{n}" for n in range(1_300, 1_950)} <= set(life.entries)


def test_a_feed_that_falls_silent_is_told_once() -> None:
    """Hourly news that stop: told once, after days, and the interval grows meanwhile."""
    stop = NOW + 5 * DAY

    def play(now: datetime, path: str) -> Page:
        return tagged(rss(*hourly(min(now, stop))))

    with publisher(play) as (life, book, _):
        life.until(NOW + 8 * DAY)
        before = life.quiets
        life.until(NOW + 25 * DAY)

    assert (0, 1) == (before, life.quiets)
    assert [] == [f for f in book.faults if "no if-" not in f]
    assert max(life.steps()) > 30 * MINUTE


def test_hints_of_the_feed_slow_it_down() -> None:
    """ttl is heeded up to an hour; skipHours and skipDays keep us away."""
    head = "<ttl>50</ttl><skipHours><hour>2</hour><hour>3</hour></skipHours><skipDays><day>Sunday</day></skipDays>"

    def play(now: datetime, path: str) -> Page:
        return Page(rss(*hourly(now, count=40), head=head))

    with publisher(play) as (life, book, _):
        life.until(NOW + 7 * DAY)

    assert [] == book.faults
    moments = [at for at, _ in book.requests[1:]]
    assert all(at.hour not in (2, 3) and at.weekday() != 6 for at in moments)
    assert all(step >= 45 * MINUTE for step in life.steps()[1:])
    assert len(moments) > 100


_SY = "<sy:{0} xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'>{1}</sy:{0}>"
_ALL_BUT_NOON = "".join(f"<hour>{h}</hour>" for h in range(24) if h != 12)
_WEEKEND = "<day>Saturday</day><day>Sunday</day>"


@pytest.mark.parametrize(
    ("head", "least", "most", "why"),
    [
        ("", 13, 20, "as configured"),
        ("<ttl>5</ttl>", 13, 20, "as configured"),  # no promise that anything is there so soon
        ("<ttl>30</ttl>", 27, 40, "the feed's ttl or updatePeriod"),
        ("<ttl>1440</ttl>", 54, 80, "the feed's ttl or updatePeriod"),
        (_SY.format("updatePeriod", "hourly"), 54, 80, "the feed's ttl or updatePeriod"),
        (_SY.format("updatePeriod", "hourly") + _SY.format("updateFrequency", "2"), 27, 40, "the feed's ttl or updatePeriod"),
        (_SY.format("updatePeriod", "weekly"), 54, 80, "the feed's ttl or updatePeriod"),
        (f"<skipHours>{_ALL_BUT_NOON}</skipHours>", 13, 1_440, "the feed's skipHours or skipDays"),
        (f"<skipDays>{_WEEKEND}</skipDays>", 13, 2_900, "the feed's skipHours or skipDays"),
    ],
)  # fmt: skip
def test_each_wish_of_the_feed_counts(head: str, least: int, most: int, why: str) -> None:
    """Alone, as it stands in the document, also while that does not change (304)."""
    with publisher(lambda now, path: tagged(rss(*hourly(now, every=3 * HOUR), head=head))) as (
        life, book, _,
    ):  # fmt: skip
        life.until(NOW + 4 * DAY)
    steps = life.steps()[1:]

    assert [] == book.faults
    assert why in {p.why for p in life.paces}
    assert least * MINUTE <= min(steps)
    assert max(steps) <= max(most, 80) * MINUTE
    moments = [at for at, _ in book.requests[1:]]
    if "skipHours" in head:
        assert {12} == {at.hour for at in moments}
    if "skipDays" in head:
        assert not {5, 6} & {at.weekday() for at in moments}
    assert 0 < book.not_modified < len(moments)


def test_an_ended_feed_is_left_alone() -> None:
    """JSON Feed's `expired` is a stop, and said so."""
    body = b'{"version": "https://jsonfeed.org/version/1.1", "title": "t", "expired": true, "items": []}'
    with publisher(lambda now, path: Page(body)) as (life, book, _):
        life.until(NOW + 100 * DAY)

    assert 1 == len(book.requests)
    assert life.paces[-1].why.startswith("stopped: the feed says")
