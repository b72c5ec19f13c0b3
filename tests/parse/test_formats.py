"""Every document of tests/data/feeds gives what the file beside it says."""

import io
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import ParseError
from monitor.model import Entry, Feed, Fetched, Parsed
from monitor.parse import parse

FOLDER = Path(__file__).parent.parent / "data" / "feeds"
CASES = sorted(p for p in FOLDER.iterdir() if not p.name.endswith(".expected.toml"))
CAPTURED = Path(__file__).parents[3] / "shared" / "data" / "feeds"
FEED = Feed(id="f", url="https://feed.example/feed", language="", outlet="feed.example")


def document(body: bytes, at: datetime, media_type: str = "") -> Fetched:
    return Fetched(
        body=body, media_type=media_type, charset="", url="https://feed.example/feed", at=at
    )


def expected(case: Path) -> Mapping[str, Any]:
    return tomllib.loads((FOLDER / f"{case.stem}.expected.toml").read_text("utf-8"))


def shown(entry: Entry, keys: Mapping[str, Any]) -> Mapping[str, Any]:
    """Those fields that the expectation names, and every date."""
    names = {*keys, "published"}
    found = {name: getattr(entry, name) for name in names}
    return {name: value for name, value in found.items() if value is not None}


@pytest.mark.parametrize("case", CASES, ids=lambda p: p.name)
def test_documents_give_what_they_should(case: Path, now: datetime) -> None:
    """Formats, oddities and non-feeds: fields, defects and named refusals."""
    wanted, body = expected(case), case.read_bytes()
    media_type = "application/json" if case.suffix == ".json" else ""
    if "error" in wanted:
        with pytest.raises(ParseError, match=wanted["error"]):
            parse(document(body, now, media_type), FEED)
        return
    found = parse(document(body, now, media_type), FEED)

    assert wanted["format"] == found.format
    assert wanted["title"] == found.title
    assert wanted["entries"] == [
        shown(e, keys) for e, keys in zip(found.entries, wanted["entries"], strict=True)
    ]
    assert wanted.get("dropped", 0) == found.dropped
    for name in ("hub", "topic", "next_page", "language"):
        assert wanted.get(name, "") == getattr(found, name), name
    assert wanted.get("ttl_minutes", 0) * 60 == (found.ttl or timedelta()).total_seconds()
    assert wanted.get("skip_hours", []) == sorted(found.skip_hours)
    assert wanted.get("skip_days", []) == sorted(found.skip_days)
    if not wanted.get("broken"):
        assert tuple(wanted["defects"]) == found.defects
    else:
        assert found.defects[0].startswith("not well-formed")


def test_everything_captured_can_be_read(now: datetime) -> None:
    """Each of the captured feeds gives the items its list says, true repetitions once."""
    if not CAPTURED.is_dir():
        pytest.skip(f"no captured feeds at {CAPTURED}")
    wanted = _manifest()

    for begins, repeated in {"al-monitor": 9, "bbc-news--6e": 1, "le-figaro": 1}.items():
        wanted |= {n: items - repeated for n, items in wanted.items() if n.startswith(begins)}
    found = {name: _count((CAPTURED / name).read_bytes(), now) for name in wanted}

    assert 69 == len(found)
    assert {} == {n: (wanted[n], c) for n, c in found.items() if c != wanted[n]}


def _manifest() -> dict[str, int]:
    import csv

    with (CAPTURED / "MANIFEST.csv").open(encoding="utf-8") as stream:
        return {row["file"]: int(row["items"]) for row in csv.DictReader(stream)}


def _count(body: bytes, now: datetime) -> int:
    return len(parse(document(body, now), FEED).entries)


def test_a_feed_without_language_leaves_it_open(now: datetime) -> None:
    """An item's language is its own, else the configured one; a channel's label proves nothing."""
    body = (FOLDER / "rss-2.0.xml").read_bytes()
    german = Feed(id="f", url="https://feed.example/feed", language="de", outlet="")

    assert {""} == {e.language for e in parse(document(body, now), FEED).entries}
    assert {"de"} == {e.language for e in parse(document(body, now), german).entries}


def test_long_texts_are_cut_and_said_so(now: datetime) -> None:
    """A title of a megabyte is a thousand characters and a defect."""
    item = (
        f"<item><title>{'x' * 1_000_000}</title><description>{'y ' * 20_000}</description></item>"
    )
    found = parse(document(f"<rss><channel>{item}</channel></rss>".encode(), now), FEED)

    assert 1_000 == len(found.entries[0].title)
    assert len(found.entries[0].summary) <= 10_000
    assert {"title cut to 1000 characters", "summary cut to 10000 characters"} <= set(found.defects)


def test_feeds_in_other_encodings(now: datetime) -> None:
    """UTF-16 with a mark, a declared legacy encoding, and one only the server names."""
    feed = "<rss version='2.0'><channel><title>Гавань</title><item><title>Кран</title></item></channel></rss>"
    wide = parse(document(f'<?xml version="1.0"?>{feed}'.encode("utf-16"), now), FEED)
    declared = parse(
        document(f'<?xml version="1.0" encoding="koi8-r"?>{feed}'.encode("koi8-r"), now), FEED
    )
    served = parse(
        Fetched(
            body=feed.encode("cp1251"), media_type="application/rss+xml", charset="windows-1251",
            url="https://feed.example/", at=now,
        ),
        FEED,
    )  # fmt: skip

    for found in (wide, declared, served):
        assert ("Гавань", "Кран") == (found.title, found.entries[0].title)


def test_the_parser_is_given_no_string(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    """What feedparser gets is a stream: a str or bytes could be opened as address or path."""
    import feedparser

    given: list[object] = []
    original = feedparser.parse

    def spy(source: object, **options: object) -> object:
        given.append(source)
        return original(source, **options)

    monkeypatch.setattr(feedparser, "parse", spy)
    parse(document(b"<rss><channel><title>x</title></channel></rss>", now), FEED)

    assert [io.BytesIO] == [type(source) for source in given]
    assert [] == feedparser.api.PREFERRED_XML_PARSERS


def test_entities_reach_nothing(now: datetime) -> None:
    """An external entity reads no file, and a billion laughs stay a few bytes."""
    xxe = b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><item><title>a&x;b</title></item></channel></rss>'
    laughs = b"<!DOCTYPE r [<!ENTITY a '" + b"ha" * 50 + b"'>"
    for name, inner in zip(b"bcdefghi", b"abcdefgh", strict=True):
        laughs += b"<!ENTITY %c '%s'>" % (name, b"&%c;" % inner * 20)
    laughs += b"]><rss><channel><item><title>t &i;</title></item></channel></rss>"

    found = parse(document(xxe, now), FEED)
    bomb = parse(document(laughs, now), FEED)

    assert "root:" not in found.entries[0].title
    assert len(bomb.entries[0].title) <= 1_000


def test_parsed_is_plain_data(now: datetime) -> None:
    """The same bytes give equal values: nothing depends on order of hashing or on the clock."""
    body = (FOLDER / "rss-2.0.xml").read_bytes()
    later = now + timedelta(hours=1)

    first, second = parse(document(body, now), FEED), parse(document(body, later), FEED)

    assert isinstance(first, Parsed)
    assert first == second
    assert UTC == first.entries[0].published.tzinfo  # type: ignore[union-attr]
