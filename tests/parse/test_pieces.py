"""Dates, texts and pages by the table; the child's loop without a child."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ParseError
from monitor.model import FailureReason, Feed, Fetched, Parsed
from monitor.parse import __main__ as child
from monitor.parse import parse
from monitor.parse.clean import Defects
from monitor.parse.dates import of_tuple, when
from monitor.sandbox.wire import Answer, Task, read_answer, take, write_answer, write_task
from tests.conftest import NOW

FEED = Feed(id="f", url="https://feed.example/feed", language="", outlet="feed.example")


def document(body: bytes, url: str = "https://feed.example/feed") -> Fetched:
    return Fetched(body=body, media_type="", charset="", url=url, at=NOW)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-07-31T10:00:00Z", (2026, 7, 31, 10, 0, 0)),
        ("2026-07-31T10:00:00.123456+05:30", (2026, 7, 31, 4, 30, 0)),
        ("2026-07-31T10:00:00-0500", (2026, 7, 31, 15, 0, 0)),
        ("2026-07-31 10:00", (2026, 7, 31, 10, 0, 0)),
        ("2026-07-31", (2026, 7, 31, 0, 0, 0)),
        ("2026-07", (2026, 7, 1, 0, 0, 0)),
        ("2026-06-30T23:59:60Z", (2026, 6, 30, 23, 59, 59)),
        ("Fri, 31 Jul 2026 10:00:00 GMT", (2026, 7, 31, 10, 0, 0)),
        ("Fri, 31 Jul 2026 10:00:00 EDT", (2026, 7, 31, 14, 0, 0)),
        ("31 Jul 26 10:00 +0200", (2026, 7, 31, 8, 0, 0)),
        (" Fri, 31 Jul 2026 10:00:00 GMT ", (2026, 7, 31, 10, 0, 0)),
        ("2026-08-02T11:00:00Z", (2026, 8, 2, 11, 0, 0)),
        ("2026-08-02T13:00:00Z", None),
        ("2099-01-01", None),
        ("1970-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00Z", None),
        ("2026-13-01", None),
        ("2026-02-30", None),
        ("2026-07-31T25:00:00Z", None),
        ("2026-07-31T10:00:00+99:99", None),
        ("Fri, 31 Foo 2026 10:00:00 GMT", None),
        ("Fri, 99 Jul 2026 10:00:00 GMT", None),
        ("yesterday", None),
        ("1785500000", None),
        ("", None),
        ("2" * 200, None),
    ],
)
def test_dates(text: str, moment: tuple[int, ...] | None) -> None:
    """Every usual form in UTC; impossible, future and ancient ones are unknown, never now."""
    expected = datetime(*moment, tzinfo=UTC) if moment else None  # type: ignore[arg-type,misc]

    assert expected == when(text, NOW)


@given(st.integers(315_532_800, 1_785_000_000), st.integers(-720, 720))
def test_any_zone_is_the_same_moment(second: int, minutes: int) -> None:
    """A date written in any zone is the moment it was."""
    moment = datetime.fromtimestamp(second, UTC)
    sign, off = "+" if minutes >= 0 else "-", abs(minutes)
    local = moment + timedelta(minutes=minutes)
    zone = f"{sign}{off // 60:02}:{off % 60:02}"

    assert moment == when(f"{local:%Y-%m-%dT%H:%M:%S}{zone}", NOW)
    assert moment == when(f"{local:%d %b %Y %H:%M:%S} {zone.replace(':', '')}", NOW)


def test_time_tuples() -> None:
    """feedparser's tuples; nonsense in them is unknown."""
    assert datetime(2026, 7, 31, 10, 0, 59, tzinfo=UTC) == of_tuple(
        (2026, 7, 31, 10, 0, 60, 4, 212, 0), NOW
    )
    for parts in (None, (), (2026, 13, 1, 0, 0, 0), (10**20, 1, 1, 0, 0, 0)):
        assert of_tuple(parts, NOW) is None


def test_defects_are_a_short_list() -> None:
    """Each once, twenty at most: a list for people."""
    defects = Defects()
    for n in range(50):
        defects.note("the same")
        defects.note(f"number {n}")

    assert 20 == len(defects.all())


WORDPRESS = (
    b"<rss version='2.0'><channel><title>t</title>"
    b"<generator>https://wordpress.org/?v=6.5</generator></channel></rss>"
)


@pytest.mark.parametrize(
    ("url", "older"),
    [
        ("https://a.example/feed/", "https://a.example/feed/?paged=2"),
        ("https://a.example/feed/?paged=2", "https://a.example/feed/?paged=3"),
        ("https://a.example/?feed=rss2&x=%20y", "https://a.example/?feed=rss2&x=+y&paged=2"),
        ("https://a.example/feed/?paged=x", "https://a.example/feed/?paged=2"),
        ("file:///srv/feed.xml", ""),
    ],
)
def test_wordpress_numbers_its_pages(url: str, older: str) -> None:
    """Where the generator is WordPress older entries are a page further."""
    assert older == parse(document(WORDPRESS, url), FEED).next_page


def test_json_that_is_odd() -> None:
    """Ids of other kinds are none, hubs that are no list are none, a loop is no next page."""
    body = b"""{"version": "https://jsonfeed.org/version/1", "title": 3, "hubs": "x",
    "next_url": "https://feed.example/feed", "expired": true, "items": [
    {"id": true}, {"id": null}, {"id": 1.5, "title": "x"}, "words", {"id": {"a": 1}},
    {"id": "7", "content_text": "only <b>text</b>", "hubs": []}]}"""
    found = parse(document(body), FEED)

    assert (["1.5", "7"], 4, "", "", True) == (
        [e.id for e in found.entries], found.dropped, found.hub, found.next_page, found.ended
    )  # fmt: skip
    assert "only <b>text</b>" == found.entries[1].summary
    with pytest.raises(ParseError, match="not JSON"):
        parse(document(b'{"version": "https://jsonfeed.org/version/1", "items": [}'), FEED)


def test_a_sitemap_date_that_is_none() -> None:
    """News with an unreadable date has no date, and says so."""
    body = b"<urlset><url><loc>https://a.example/</loc><title>x</title><publication_date>soon</publication_date></url></urlset>"
    found = parse(document(body), FEED)

    assert found.entries[0].published is None
    assert ("unreadable or impossible date 'soon'",) == found.defects


# ── the child's loop ────────────────────────────────────────────────────────────


def task(body: bytes) -> Task:
    return Task(document=document(body), feed=FEED, known={}, limit=100, cpu_seconds=1_000)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", FailureReason.EMPTY),
        (b"<html></html>", FailureReason.HTML),
        (b"hello", FailureReason.NOT_A_FEED),
    ],
)
def test_an_answer_has_its_reason(body: bytes, reason: FailureReason) -> None:
    """What is no feed is answered by name."""
    found = child.answer(task(body))

    assert reason == found.reason
    assert found.parsed is None


@pytest.mark.parametrize(
    ("raised", "reason"),
    [
        (MemoryError(), FailureReason.PARSER_MEMORY),
        (RecursionError(), FailureReason.PARSER_CRASH),
        (ZeroDivisionError("division"), FailureReason.PARSER_CRASH),
    ],
)
def test_no_exception_leaves_the_child(raised: Exception, reason: FailureReason) -> None:
    """Whatever a library raises becomes an answer."""

    def broken(_: Task) -> Parsed:
        raise raised

    assert reason == child.answer(task(b"<rss/>"), broken).reason


@pytest.mark.parametrize("raised", [MemoryError, RecursionError])
def test_exhaustion_is_no_damage(raised: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    """Running out of memory or stack is told as that; anything else feedparser raises is damage."""

    def broken(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr(feedparser, "parse", broken)
    with pytest.raises(raised):
        parse(document(WORDPRESS), FEED)

    monkeypatch.setattr(feedparser, "parse", lambda *_, **__: 1 / 0)
    with pytest.raises(ParseError, match="too damaged to be read: division"):
        parse(document(WORDPRESS), FEED)


def test_the_loop_answers_until_the_parent_is_gone() -> None:
    """Two tasks, two answers, and the end of the stream is the end."""
    body = b"<rss><channel><title>t</title><item><title>one</title></item></channel></rss>"
    source = io.BytesIO(write_task(task(body)) + write_task(task(b"hello")) + b"\0\0")
    sink = io.BytesIO()
    child.serve(source, sink, child.answer)
    answers = io.BytesIO(sink.getvalue())
    first, second = (read_answer(take(answers) or b"", FEED) for _ in range(2))

    assert first.parsed is not None
    assert "one" == first.parsed.entries[0].title
    assert FailureReason.NOT_A_FEED == second.reason
    assert take(answers) is None


def test_a_child_says_how_big_it_is() -> None:
    """As the system counts it; where it does not, it is nothing."""
    with Path("/proc/self/statm").open("rb", buffering=0) as statm:
        first, again = child.held_bytes(statm), child.held_bytes(statm)

    assert first > 1_000_000
    assert abs(first - again) < 50_000_000
    assert 0 == child.held_bytes(None)


def test_the_child_is_not_started_by_hand(capsys: pytest.CaptureFixture[str]) -> None:
    """Without its arguments it says what it is."""
    assert 2 == child.main(["x"]) == child.main(["x", "much", "feeds"])
    assert 2 == child.main(["x", "1000", "books"])
    assert "started by the daemon" in capsys.readouterr().err


def test_what_the_child_says_comes_back() -> None:
    """An answer written and read is the answer; surrogates do not break the frame."""
    parsed = parse(document(WORDPRESS), FEED)
    for said in (
        Answer(parsed=parsed, held_bytes=5),
        Answer(reason=FailureReason.HTML, detail="x", held_bytes=7),
    ):
        frame = io.BytesIO(write_answer(said))
        assert said == read_answer(take(frame) or b"", FEED)
    odd = Answer(reason=FailureReason.HTML, detail="\ud800")
    assert b"?" in write_answer(odd)
