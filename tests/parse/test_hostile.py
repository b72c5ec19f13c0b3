"""What a publisher, or whoever took its server, may send to hurt us."""

import tracemalloc
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import ParseError
from monitor.model import Feed, Fetched, Parsed
from monitor.parse import discover, read
from monitor.parse.clean import Defects, link, plain, text_of
from tests.conftest import NOW

FOLDER = Path(__file__).parent.parent / "data" / "feeds"
FEED = Feed(id="f", url="https://feed.example/feed", language="", outlet="feed.example")
SECONDS = 3.0  # of CPU; each of these takes a twentieth of it on a quiet machine


def document(body: bytes, at: datetime = NOW, charset: str = "") -> Fetched:
    return Fetched(
        body=body, media_type="", charset=charset, url="https://feed.example/feed", at=at
    )


def tried(body: bytes, known: Mapping[str, str] | None = None) -> Parsed | ParseError:
    try:
        return read(document(body), FEED, known or {}, 50_000)
    except ParseError as e:
        return e


def item(inside: bytes) -> bytes:
    return (
        b"<rss version='2.0'><channel><title>t</title><item>" + inside + b"</item></channel></rss>"
    )


MANY = 30_000
SLOW = {
    "comments opened": item(b"<title>x</title><!--" * MANY),
    "comments before nothing": b"<!---->" * MANY + b"x",
    "comments before a page": b"<!---->" * MANY + b"<html>",
    "blank comments": b"<!-- --> " * MANY,
    "contents opened": b"<rss><channel>" + b"<items>" * MANY + b"<item><title>x</title></item>",
    "cdata opened": item(b"<title><![CDATA[" * MANY),
    "scripts opened": item(b"<title>" + b"&lt;script " * MANY + b"</title>"),
    "scripts in full": item(b"<description>" + b"&lt;script&gt;" * MANY + b"</description>"),
    "comments in a text": item(b"<description>" + b"&lt;!--" * MANY + b"</description>"),
    "entities": item(b"<title>" + b"&amp;amp;" * MANY + b"</title>"),
    "blanks in the declaration": b"<?xml " + b" " * 500_000 + b"?><rss><channel/></rss>",
    "declarations": b"<?xml encoding " * MANY + b"<rss><channel><title>\xc3\xa9</title></channel></rss>",
    "skip hours": b"<rss><channel><title>t</title>" + b"<skiphours>" * 1_400,
    "a deep tree": item(b"<a>" * 3_000),
    "attributes": item(b"<title " + b"".join(b"a%d='x' " % n for n in range(3_000)) + b">x</title>"),
    "one long word": item(b"<title>" + b"x" * 1_000_000 + b"</title>"),
    "one long link": item(b"<link>https://a.example/" + b"x" * 1_000_000 + b"</link>"),
    "one long id": item(b"<guid>" + b"x" * 1_000_000 + b"</guid>"),
    "one long date": item(b"<title>x</title><pubDate>" + b"1 " * 200_000 + b"</pubDate>"),
    "bad dates": item(b"<title>x</title><pubDate>" + b"9" * 90 + b"</pubDate>"),
    "sitemap urls": b"<urlset>" + b"<url><title>x</title></url>" * MANY + b"</urlset>",
    "brackets": b"[" * 500_000,
    "json brackets": b'{"version": "https://jsonfeed.org/version/1.1", "items": ' + b"[" * 200_000,
    "a large number": b'{"version": "https://jsonfeed.org/version/1.1", "items": [' + b"9" * 100_000 + b"]}",
}  # fmt: skip


@pytest.mark.parametrize("name", SLOW)
def test_nothing_takes_long(name: str) -> None:
    """No pattern of ours backtracks: what is made to be slow takes no longer than a feed."""
    began = process_time()
    found = tried(SLOW[name])
    took = process_time() - began

    assert took < SECONDS
    if isinstance(found, Parsed):
        assert all(len(e.title) <= 1_000 and len(e.id) <= 500 for e in found.entries)


@pytest.mark.parametrize("mark", [b"<", b"<!--", b"<![CDATA[", b"<link rel=", b"<a href='", b"&#"])
def test_pages_are_searched_in_no_time(mark: bytes) -> None:
    """A web page made to be slow is searched for feeds as fast as any."""
    began = process_time()
    discover.feeds(document(b"<html>" + mark * 200_000))

    assert process_time() - began < SECONDS


@pytest.mark.parametrize(
    "pattern",
    ["<script ", "<", "<!--", "&", "<b ", "</", "<svg><", "\u202e", "e\u0301", " \u200b", "<?"],
)
def test_markup_is_cleaned_in_no_time(pattern: str) -> None:
    """A megabyte of one broken tag after another is cleaned at once."""
    began = process_time()
    text_of(pattern * (1_000_000 // len(pattern)), 50_000, "text", Defects())

    assert process_time() - began < SECONDS


def test_entities_do_not_grow() -> None:
    """A billion laughs and a quadratic one end in little time and memory."""
    laughs = b"<!DOCTYPE r [<!ENTITY a 'haha'>"
    for name, inner in zip(b"bcdefghij", b"abcdefghi", strict=True):
        laughs += b"<!ENTITY %c '%s'>" % (name, b"&%c;" % inner * 10)
    square = (
        b"<!DOCTYPE r [<!ENTITY a '"
        + b"x" * 50_000
        + b"'>]>"
        + item(b"<title>" + b"&a;" * 5_000 + b"</title>")
    )
    began = process_time()
    tracemalloc.start()
    for body in (laughs + b"]>" + item(b"<title>&j;</title>"), square):
        found = tried(body)
        assert isinstance(found, ParseError) or len(found.entries[0].title) <= 1_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert process_time() - began < 3 * SECONDS
    assert peak < 100_000_000


def test_fifty_thousand_entries_are_all_read() -> None:
    """Every entry of a large feed, not the first hundred."""
    rows = b"".join(b"<item><guid>g%d</guid><title>x</title></item>" % n for n in range(20_000))
    found = tried(b"<rss version='2.0'><channel><title>t</title>" + rows + b"</channel></rss>")

    assert isinstance(found, Parsed)
    assert 20_000 == len(found.entries) == len(set(found.seen))


OURS = [p.read_bytes() for p in sorted(FOLDER.iterdir()) if not p.name.endswith(".expected.toml")]
SCRAPS = [
    b"<item>", b"</item>", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"&", b"&#0;", b"&#x110000;",
    b"<!DOCTYPE x [", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1b$B", b"<?xml encoding='utf-7'?>",
    b"<?xml version='1.0' encoding='x'?>", b"{", b"}", b'"', b"[", b"<entry", b"</", b"'", b"\xed\xa0\x80",
    "\u202e\u0000\u2028".encode(), b"<rss><channel>", b"<pubDate>", b"9" * 400, b"<guid></guid>",
]  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """One of our documents, cut, spliced and scribbled over."""
    body = draw(st.sampled_from(OURS))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(len(body), 1)))
        kind = draw(st.sampled_from("cut drop scrap byte double splice".split()))
        if kind == "cut":
            body = body[:at]
        elif kind == "drop":
            body = body[:at] + body[at + draw(st.integers(1, 60)) :]
        elif kind == "scrap":
            body = body[:at] + draw(st.sampled_from(SCRAPS)) + body[at:]
        elif kind == "byte":
            body = body[:at] + draw(st.binary(min_size=1, max_size=4)) + body[at + 1 :]
        elif kind == "double":
            body = body[:at] + body[max(0, at - 300) :]
        else:
            body = body[:at] + draw(st.sampled_from(OURS))[at:]
    return body


@given(damaged(), st.sampled_from(["", "utf-8", "latin-1", "koi8-r", "no-such", "utf-16"]))
@settings(max_examples=400, deadline=None)
def test_no_damage_crashes_the_parser(body: bytes, charset: str) -> None:
    """Whatever arrives: entries that keep the promises of the model, or a ParseError."""
    try:
        found = read(document(body, charset=charset), FEED, {}, 50_000)
    except ParseError:
        return

    assert len(found.seen) == len(set(found.seen)) == len(found.entries)
    for entry in found.entries:
        assert entry.id
        for text in (entry.id, entry.title, entry.summary, entry.text, found.title):
            assert text == plain(text)
        assert entry.url == "" or entry.url.startswith(("http://", "https://"))
        for moment in (entry.published, entry.updated):
            assert moment is None or moment.tzinfo is not None


@given(damaged(), damaged())
@settings(max_examples=150, deadline=None)
def test_damage_between_builds_loses_nothing(first: bytes, second: bytes) -> None:
    """However two builds are damaged, the second after the first misses no unknown entry."""
    before, full = tried(first), tried(second)
    if isinstance(before, ParseError):
        return
    found = tried(second, before.known)
    if isinstance(full, ParseError):
        assert isinstance(found, ParseError)
        return
    assert isinstance(found, Parsed)
    if "rotating" not in found.known:
        assert full.seen == found.seen
        old = set(before.known.values())
        assert {e.id for e in full.entries} - old <= {e.id for e in found.entries}


@given(st.text(max_size=300))
def test_plain_is_plain_once(text: str) -> None:
    """Cleaning twice is cleaning once, and no control character is left."""
    once = plain(text)

    assert once == plain(once)
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u200b\ufeff" for c in once)


@given(st.text(max_size=80), st.sampled_from(["", "https://a.example/b/", "nonsense"]))
def test_links_are_http_or_nothing(text: str, base: str) -> None:
    """No other scheme, no control character, never an exception."""
    found = link(text, base)

    assert found == "" or found.startswith(("http://", "https://"))
    assert not any(ord(c) < 33 for c in found)
