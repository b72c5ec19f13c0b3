"""monitor.parse.opml and discover: lists of feeds in and out, and feeds a page names."""

from dataclasses import replace
from datetime import datetime
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ParseError
from monitor.model import Feed, Fetched
from monitor.parse import discover
from monitor.parse.opml import read, write

NESTED = b"""<?xml version="1.0"?><opml version="1.1"><head><title>mine</title></head><body>
<outline text="World">
 <outline title="Ports &amp; ships"><outline type="rss" title="Gazette" text="no" XMLURL="https://g.example/feed" language="en-GB"/></outline>
 <outline type="atom" text="Quay" xmlUrl=" feed:https://q.example/atom "/>
 <outline type="rss" text="No address"/>
 <outline text="Script" xmlUrl="javascript:alert(1)"/>
</outline>
<outline text="Again" xmlUrl="https://g.example/feed"/>
<outline text="Old style" xmlUrl="feed://o.example/rss"/>
<outline xmlUrl="https://untitled.example/"/>
</body></opml>"""


def test_nested_lists_are_read_whole() -> None:
    """Folders, odd spellings of xmlUrl, feed: addresses; doubles and bad lines with their line."""
    found = read(NESTED)

    assert [
        ("https://g.example/feed", "Gazette", "en", ("World", "Ports & ships"), 3),
        ("https://q.example/atom", "Quay", "", ("World",), 4),
        ("http://o.example/rss", "Old style", "", (), 9),
        ("https://untitled.example/", "", "", (), 10),
    ] == [(f.url, f.title, f.language, f.folders, f.line) for f in found.feeds]
    assert ("line 8: https://g.example/feed stands already in line 3",) == found.duplicates
    assert (
        "line 5: No address: xmlUrl is missing",
        "line 6: Script: 'javascript:alert(1)' is no http address",
    ) == found.problems


def test_a_broken_list_gives_what_stood_before() -> None:
    """What was read before the fault counts; the fault is told with its line."""
    found = read(NESTED[: NESTED.index(b'<outline text="Script"')] + b"<outline")

    assert 2 == len(found.feeds)
    assert found.problems[-1].startswith("line 6: from here on it is no XML: ")


@pytest.mark.parametrize(
    "bad",
    [
        b'<outline type="rss" text="Tide" xmlUrl="https://t.example/?a=1&b=2"/>',
        b'<outline type="rss" text="Tide&nbsp;table" xmlUrl="https://t.example/?a=1&amp;b=2"/>',
        b'<outline type="rss" text="Tide < ebb" xmlUrl="https://t.example/?a=1&amp;b=2"/>',
        b'<outline type="rss" text="Tid\xe9" xmlUrl="https://t.example/?a=1&amp;b=2"/>',
        b"<outline type='rss' text='Tide' xmlUrl='https://t.example/?a=1&b=2'></outline>",
        b'<outline type="rss" type="rss" xmlUrl="https://t.example/?a=1&amp;b=2"/>',
    ],
)
def test_a_bad_line_costs_no_other(bad: bytes) -> None:
    """A bare ampersand, an entity of HTML, a byte of Latin-1: all feeds are there, in folders."""
    head, tail = NESTED.split(b'<outline type="rss" text="No address"/>')
    found, clean = read(head + bad + tail), read(NESTED)

    assert "https://t.example/?a=1&b=2" in {f.url for f in found.feeds}
    assert clean.feeds == tuple(f for f in found.feeds if "t.example" not in f.url)
    assert clean.duplicates == found.duplicates
    assert found.problems[0].startswith("line 5: from here on it is no XML: ")
    assert clean.problems[1:] == found.problems[1:]


def test_a_blank_above_a_list_is_nothing() -> None:
    """Lines are counted as they stand in the file."""
    found = read(b"\xef\xbb\xbf\n\n" + NESTED)

    assert [5, 6, 11, 12] == [f.line for f in found.feeds]


def test_a_list_of_lists_is_told() -> None:
    """What another file holds is not here, and is not fetched."""
    body = b"<opml><body><outline type='include' text='x' url='https://l.example/o'/></body></opml>"

    assert () == read(body).feeds
    assert ("line 1: another list, which is not read: 'https://l.example/o'",) == read(
        body
    ).problems


def test_a_list_made_to_be_slow_is_not() -> None:
    """Quotes that never close, and tags that never end, behind a fault."""
    for part in (b'<outline "', b"<outline ", b"<outline a='", b'<outline a="x" '):
        began = process_time()
        read(b"<opml><body>&" + part * 20_000)
        assert process_time() - began < 3


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not OPML"),
        (b"hello", "not OPML"),
        (b"<rss></rss>", "its root is <rss>"),
        (b"<!DOCTYPE opml [<!ENTITY a 'b'>]><opml><body/></opml>", "may not declare entities"),
        (b"<opml>" + b"<outline>" * 60, "50 deep"),
    ],
)
def test_what_is_no_list_is_refused(body: bytes, why: str) -> None:
    """Other documents, entities and endless nesting are one clear refusal."""
    with pytest.raises(ParseError, match=why):
        read(body)


def test_no_more_than_so_many() -> None:
    """A list of a hundred thousand outlines ends there."""
    with pytest.raises(ParseError, match="more than 100000"):
        read(b"<opml>" + b"<outline/>" * 100_001 + b"</opml>")


_names = st.text(
    st.characters(exclude_categories=("C", "Z"), exclude_characters="\ufffe\uffff"), min_size=1,
    max_size=20,
)  # fmt: skip
_feeds = st.builds(
    Feed,
    id=st.from_regex(r"[a-z][a-z0-9-]{0,9}", fullmatch=True),
    url=st.from_regex(r"https?://[a-z]{1,9}\.example/[a-z?&=%'<>\"]{0,12}", fullmatch=True),
    language=st.sampled_from(["", "en", "ar"]),
    outlet=st.just(""),
    title=_names,
    pack=st.one_of(st.just(""), st.from_regex(r"[a-z'\"&]{1,9}x", fullmatch=True)),
)


@given(st.lists(_feeds, max_size=6, unique_by=lambda f: f.url))
def test_what_is_written_comes_back(feeds: list[Feed]) -> None:
    """Export, then import: the same addresses, languages and folders, whatever the names."""
    found = read(write(feeds, "My <feeds>").encode())
    listed = {(f.url.replace(" ", "%20"), f.language) for f in found.feeds}

    assert {(f.url, f.language) for f in feeds} == listed
    assert () == found.problems
    assert {bool(f.pack) for f in feeds} == {bool(f.folders) for f in found.feeds}


def page(body: bytes, now: datetime, charset: str = "") -> Fetched:
    return Fetched(
        body=body, media_type="text/html", charset=charset, url="https://a.example/x/y", at=now
    )


def test_a_page_names_its_feeds(now: datetime) -> None:
    """Alternate links of a feed's type, once each, made absolute; comment feeds come last."""
    body = """<html><head><title>x</title>
    <link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed">
    <link rel="stylesheet alternate" type="application/atom+xml; charset=utf-8" href="atom.xml" title="Гавань &amp; co">
    <link rel="alternate" type="application/atom+xml" href="atom.xml" title="again">
    <link rel="alternate" type="text/html" href="/mobile">
    <link rel="alternate" type="application/feed+json" href="//b.example/feed.json" href="/second">
    <link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">
    <link rel="alternate" type="application/rss+xml">
    <link type="application/rss+xml" href="/no-rel"><link></head></html>"""
    found = discover.feeds(page(body.encode("cp1251"), now, "windows-1251"))

    assert [
        ("https://a.example/x/atom.xml", "Гавань & co"),
        ("https://b.example/feed.json", ""),
        ("https://a.example/comments/feed", "Comments"),
    ] == [(f.url, f.title) for f in found]


def test_a_page_that_names_none_may_link_to_some(now: datetime) -> None:
    """Addresses such as feeds have, by the words of their links; others are no feeds."""
    body = b"""<html><body><a href="/feed-the-world">Charity</a> <a href="/news/rss.xml">All <b>news</b></a>
    <a href="/rss/ports" title="Ports">RSS</a> <a href="/?feed=rss2">x</a> <a href="/about">About</a>
    <a href="/quay.atom"><img src=i></a><a href="/quay.atom">again</a> <a href="mailto:rss@a.example">m</a>
    <a href="https://feeds.a.example/atom/">Atom</a></body></html>"""
    found = discover.feeds(page(body, now))

    assert [
        ("https://a.example/news/rss.xml", "All"),
        ("https://a.example/rss/ports", "Ports"),
        ("https://a.example/?feed=rss2", "x"),
        ("https://a.example/quay.atom", "again"),
        ("https://feeds.a.example/atom/", "Atom"),
    ] == [(f.url, f.title) for f in found]
    assert {""} == {f.media_type for f in found}


def test_a_page_that_names_one_needs_no_guess(now: datetime) -> None:
    """rel=feed, a vague type with a telling address; what is named counts, what is linked does not."""
    body = b"""<html><head><link rel="feed" href="/one"><link rel="alternate" type="text/xml" href="/rss.xml">
    <link rel="alternate" type="text/xml" href="/map.xml"></head><body><a href="/feed/">Feed</a>
    <a rel="alternate" type="application/rss+xml" href="/two" title="Two">x</a></body></html>"""

    assert ["https://a.example/one", "https://a.example/rss.xml", "https://a.example/two"] == [
        f.url for f in discover.feeds(page(body, now))
    ]


def test_a_header_may_name_feeds(now: datetime) -> None:
    """RFC 8288: before the page, whatever the page says."""
    header = (
        '</h.xml>; rel="alternate"; type="application/rss+xml"; title="H", <https://b.example/>; '
        'rel=hub, </f>; type=application/atom+xml; rel=feed, <nonsense; rel="alternate", </x>; rel'
    )
    named = replace(page(b"<html></html>", now), link_header=header)

    assert [("https://a.example/h.xml", "H"), ("https://a.example/f", "")] == [
        (f.url, f.title) for f in discover.feeds(named)
    ]


def test_a_base_counts(now: datetime) -> None:
    """<base> changes what the links after it mean; a bad one does not."""
    link = b'<link rel=alternate type=application/rss+xml href="f">'
    good = discover.feeds(page(b"<base href='https://c.example/d/'>" + link, now))
    bad = discover.feeds(page(b"<base href='file:///d/'>" + link, now, "no-such-charset"))

    assert ["https://c.example/d/f", "https://a.example/x/f"] == [f.url for f in (*good, *bad)]


def test_only_so_many_are_named(now: datetime) -> None:
    """Fifty feeds of a page are enough."""
    links = b"".join(
        b'<link rel=alternate type=application/rss+xml href="/%d">' % n for n in range(200)
    )

    assert 50 == len(discover.feeds(page(links, now)))
    assert () == discover.feeds(replace(page(b"", now)))
