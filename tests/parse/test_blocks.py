"""monitor.parse.blocks: what is cut out changes nothing of what is left."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Entry, Feed, Fetched, Parsed
from monitor.parse import read
from monitor.parse.blocks import FRAME, PREFIX, split
from monitor.parse.reading import LINKS, ROTATING
from tests.conftest import NOW

FOLDER = Path(__file__).parent.parent / "data" / "feeds"
CAPTURED = Path(__file__).parents[3] / "shared" / "data" / "feeds"
OURS = sorted(p for p in FOLDER.iterdir() if not p.name.endswith(".expected.toml"))
THEIRS = sorted(CAPTURED.glob("*.xml"))
FEED = Feed(id="f", url="https://feed.example/feed", language="", outlet="feed.example")
MOST = 50_000


def document(body: bytes, at: datetime = NOW) -> Fetched:
    return Fetched(body=body, media_type="", charset="", url="https://feed.example/feed", at=at)


def parsed(body: bytes, known: Mapping[str, str] | None = None) -> Parsed:
    return read(document(body), FEED, known or {}, MOST)


@cache
def whole(path: Path) -> Parsed:
    """What a full parse of the file gives."""
    return parsed(path.read_bytes())


def blocks(known: Mapping[str, str]) -> Sequence[str]:
    return [key for key in known if key.startswith(PREFIX)]


def agree(path: Path, chance: Random) -> None:
    """With any of its items known, a document gives the others as a full parse does."""
    full = whole(path)
    kept = {k for k in blocks(full.known) if chance.random() < 0.5}
    known = {k: v for k, v in full.known.items() if k in kept or not k.startswith(PREFIX)}
    old = {full.known[k] for k in kept}
    found = parsed(path.read_bytes(), known)

    expected = full.entries if not kept else tuple(e for e in full.entries if e.id not in old)
    assert expected == found.entries, path.name
    assert full.seen == found.seen, path.name
    assert (full.title, full.ttl, full.next_page) == (found.title, found.ttl, found.next_page)
    assert {k: full.known[k] for k in blocks(full.known)} == {
        k: found.known[k] for k in blocks(found.known)
    }, path.name


@given(st.sampled_from(OURS), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_cutting_known_items_changes_nothing_of_ours(path: Path, chance: Random) -> None:
    """For our own documents and any subset of their items known."""
    if "error" not in (FOLDER / f"{path.stem}.expected.toml").read_text("utf-8").split():
        agree(path, chance)


@pytest.mark.skipif(not THEIRS, reason=f"no captured feeds at {CAPTURED}")
@pytest.mark.parametrize("path", THEIRS, ids=lambda p: p.stem[-8:])
@given(chance=st.randoms(use_true_random=False))
@settings(max_examples=4, deadline=None)
def test_cutting_known_items_changes_nothing(path: Path, chance: Random) -> None:
    """For every captured feed and any subset of its items known."""
    agree(path, chance)


@pytest.mark.skipif(not THEIRS, reason=f"no captured feeds at {CAPTURED}")
@pytest.mark.parametrize("path", THEIRS, ids=lambda p: p.stem[-8:])
def test_the_next_build_gives_what_is_new(path: Path) -> None:
    """Two builds that overlap: the second, read after the first, gives exactly what is new."""
    taken = split(path.read_bytes())
    if taken is None:
        return
    count = len(taken.spans)
    first = taken.without(range(count // 4 + 1))
    second = taken.without(range(count - count // 4, count))
    before, full = parsed(first), parsed(second)
    found = parsed(second, before.known)
    old = {before.known[k] for k in blocks(before.known)}

    assert tuple(e for e in full.entries if e.id not in old) == found.entries
    assert full.seen == found.seen


RSS = b"""<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<title>t</title><link>https://a.example/</link><lastBuildDate>%s</lastBuildDate>%s</channel></rss>"""


def build(stamp: bytes, *items: bytes) -> bytes:
    return RSS % (stamp, b"\n".join(items))


def item(name: str, title: str = "") -> bytes:
    return f"<item><guid isPermaLink='false'>{name}</guid><title>{title or name}</title><link>/{name}</link></item>".encode()


def titles(found: Sequence[Entry]) -> list[str]:
    return [e.title for e in found]


def test_dates_of_the_channel_do_not_matter() -> None:
    """A build stamp that moves leaves the cut possible."""
    before = parsed(build(b"Mon 1", item("a"), item("b")))
    found = parsed(build(b"Tue 2", item("c"), item("a")), before.known)

    assert ["c"] == titles(found.entries)
    assert ("c", "a") == found.seen
    assert before.known[FRAME] == found.known[FRAME]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"https://a.example/", b"https://b.example/"),
        (b"purl.org/dc/elements/1.1/", b"purl.org/dc/elements/1.0/"),
        (b'version="2.0"', b'version="0.91"'),
    ],
)
def test_a_changed_frame_is_read_whole(old: bytes, new: bytes) -> None:
    """Where namespaces, version or base address changed, no item is taken as known."""
    body = build(b"1", item("a"), item("b"))
    before = parsed(body)
    found = parsed(body.replace(old, new), before.known)

    assert ["a", "b"] == titles(found.entries)


def test_another_address_or_encoding_is_another_text() -> None:
    """Relative addresses mean something else elsewhere, and bytes in another encoding."""
    source = document(build(b"1", item("a"), item("b", "Å")).decode().encode("latin-1"))
    source = replace(source, charset="latin-1")
    known = read(source, FEED, {}, MOST).known
    moved = read(replace(source, url="https://else.example/"), FEED, known, MOST)
    other = read(replace(source, charset="koi8-r"), FEED, known, MOST)

    assert ["a", "b"] == [e.id for e in moved.entries]
    assert [("b", "е")] == [(e.id, e.title) for e in other.entries]
    assert () == read(source, FEED, known, MOST).entries


def test_a_changed_item_comes_again() -> None:
    """A changed text is another block: the entry is there, under its id of before."""
    before = parsed(build(b"1", item("a"), item("b")))
    found = parsed(build(b"1", item("a", "changed"), item("b")), before.known)

    assert [("a", "changed")] == [(e.id, e.title) for e in found.entries]
    assert ("a", "b") == found.seen


def test_an_id_that_comes_twice_is_read_whole() -> None:
    """A new item with the id of one cut out: only the whole document can tell them apart."""
    before = parsed(build(b"1", item("a")))
    twin = b"<item><guid isPermaLink='false'>a</guid><title>other</title><link>/other</link></item>"
    found = parsed(build(b"1", twin, item("a")), before.known)

    assert ["https://a.example/other", "https://a.example/a"] == [e.id for e in found.entries]
    assert [] == blocks(found.known)
    third = parsed(build(b"1", item("c"), twin, item("a")), found.known)
    assert ["c", "other", "a"] == titles(third.entries)


@pytest.mark.parametrize(
    "body",
    [
        b"<rss><item>a<item>b</item></item></rss>",
        b"<rss><item>a</entry></rss>",
        b"<rss><item>a</rss>",
        b"<rss>a</item></rss>",
        b"<rss><item/></rss>",
        b"<rss></rss>",
        b"<rss><!-- <item>a</item> --></rss>",
        b"<rss><item><![CDATA[ a ]]</item></rss>",
        b"<rss><item><!-- a --</item></rss>",
        b"<rss><item>a</item> words <item>b</item></rss>",
        b"<rss><item>a</item><!-- x --><item>b</item></rss>",
        b"<!DOCTYPE rss [<!ENTITY a 'b'>]><rss><item>&a;</item></rss>",
        b"<rss><item>\x1b$B</item></rss>",
        b"<rss><item>]]><!-- x --></item></rss>",
    ],
)
def test_what_is_not_provably_the_same_is_not_cut(body: bytes) -> None:
    """Nested, unbalanced, commented or shifting items are left to the full parse."""
    assert split(body) is None


def test_comments_inside_items_do_not_hinder() -> None:
    """A comment or CDATA section that ends within its item cuts nothing in two."""
    taken = split(
        b"<rss><item><![CDATA[ </item><item> ]]></item>\n<item><!-- </item> --></item></rss>"
    )

    assert taken is not None
    assert b"<rss>\n<item><!-- </item> --></item></rss>" == taken.without([0])
    assert 2 == len(set(taken.keys()))


def test_broken_documents_are_always_read_whole() -> None:
    """Where tags had to be guessed nothing is remembered to be cut."""
    body = build(b"1", item("a"), b"<item><title>x & y<b></title><guid>q</guid></item>")
    before = parsed(body)

    assert before.defects
    assert [] == blocks(before.known)
    assert 2 == len(parsed(body, before.known).entries)


def test_ids_that_change_at_every_build_are_seen_through() -> None:
    """When all ids are new and the links are not, links are the ids from then on."""
    pages = [b"<item><guid isPermaLink='false'>%d-{n}</guid><title>t</title><link>/p%d</link></item>" % (n, n) for n in range(6)]  # fmt: skip
    builds = [build(b"1", *(p.replace(b"{n}", b"%d" % n) for p in pages)) for n in range(4)]
    first = parsed(builds[0])
    second = parsed(builds[1], first.known)
    third = parsed(builds[2], second.known)

    assert LINKS in first.known
    assert ROTATING in second.known
    assert [f"https://a.example/p{n}" for n in range(6)] == [e.id for e in second.entries]
    assert second.seen == third.seen


def test_links_are_remembered_through_cuts() -> None:
    """A build that was cut leaves enough to see rotating ids at the next one."""
    first = parsed(build(b"1", *(item(f"n{n}") for n in range(5))))
    second = parsed(build(b"2", item("new"), *(item(f"n{n}") for n in range(4))), first.known)
    rotated = [item(f"n{n}").replace(b"'false'>", b"'false'>x") for n in range(4)]
    third = parsed(build(b"3", *rotated), second.known)

    assert ["new"] == titles(second.entries)
    assert len(second.seen) * 8 == len(second.known[LINKS])
    assert ROTATING in third.known


def test_a_document_of_items_alone_is_read_whole() -> None:
    """Without its items nothing is left that would be a feed: then nothing is cut."""
    body = b"<item><guid isPermaLink='false'>a</guid><title>one</title></item>"
    before = parsed(body)
    again = parsed(body, before.known)

    assert ["one"] == titles(before.entries)
    assert ("a",) == before.seen == again.seen


def test_at_most_so_many_are_kept() -> None:
    """Beyond the limit entries are dropped, from what is remembered too."""
    body = build(b"1", *(item(f"n{n}") for n in range(5)))
    found = read(document(body), FEED, {}, 3)
    again = read(document(body), FEED, found.known, 3)

    assert (3, 2) == (len(found.entries), found.dropped)
    assert {"n0", "n1", "n2"} == {found.known[k] for k in blocks(found.known)}
    assert 0 == len([e for e in again.entries if e.id in found.seen])
