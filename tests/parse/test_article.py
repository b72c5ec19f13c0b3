"""monitor.parse.article: an article's text out of its page, and names for what is none."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Failed, FailureReason, Feed, Fetched, Parsed
from monitor.parse import article
from monitor.sandbox import Parser
from tests.conftest import NOW

FEED = Feed(id="f", url="https://paper.example/feed", language="", outlet="paper.example")
SENTENCE = "The ministry said on Tuesday that it would not confirm the delivery. "
RUSSIAN = "Министерство сообщило во вторник, что не подтверждает поставку. "
CHILD_BYTES = 50_000_000  # of a child that has read an article


def page(body: bytes, media_type: str = "text/html", charset: str = "") -> Fetched:
    return Fetched(
        body=body, media_type=media_type, charset=charset, url="https://paper.example/1", at=NOW
    )


def html(text: str, head: str = "") -> str:
    # The library takes a paragraph that stands twice for a part of the page around it.
    paragraphs = "".join(f"<p>{n}. {text * 4}</p>" for n in range(3))
    return (
        f"<!doctype html><html lang='de-AT'><head><title>x</title>{head}</head><body>"
        f"<nav><a href='/'>Home</a></nav><article><h1>Head</h1>{paragraphs}</article>"
        "<footer>All rights reserved</footer></body></html>"
    )


def text_of(found: Parsed | Failed) -> str:
    assert isinstance(found, Parsed), found
    [entry] = found.entries
    return entry.text


def why(found: Parsed | Failed) -> FailureReason:
    assert isinstance(found, Failed), found
    return found.reason


def test_the_article_is_all_that_is_left() -> None:
    """On one line, without the page around it; with the language that the page names."""
    found = article.read(page(html(SENTENCE).encode()), FEED)
    text = text_of(found)

    assert 12 == text.count(SENTENCE.strip())
    assert "Home" not in text
    assert "rights" not in text
    assert "\n" not in text
    assert isinstance(found, Parsed)
    assert ("article", "de", "f") == (found.format, found.language, found.entries[0].feed_id)


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (html(RUSSIAN).encode(), ""),
        (html(RUSSIAN).encode(), "iso-8859-1"),  # labelled by default, UTF-8 by its bytes
        (html(RUSSIAN).encode("cp1251"), "windows-1251"),
        (html(RUSSIAN, "<meta charset=windows-1251>").encode("cp1251"), ""),
        (html(RUSSIAN, "<meta http-equiv='Content-Type' content='text/html; charset=koi8-r'>").encode("koi8-r"), ""),
        (html(RUSSIAN).encode("utf-16"), ""),
        (b"\xef\xbb\xbf" + html(RUSSIAN).encode(), ""),
    ],
)  # fmt: skip
def test_every_encoding_is_read(body: bytes, charset: str) -> None:
    """By its bytes, the server's word and the page's own."""
    assert RUSSIAN.strip() in text_of(article.read(page(body, charset=charset), FEED))


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (page(b"%PDF-1.7 \0\1\2", "text/html"), FailureReason.NOT_A_PAGE),
        (page(b"\x89PNG\r\n\x1a\n" + bytes(500), "text/html"), FailureReason.NOT_A_PAGE),
        (page(html(SENTENCE).encode(), "application/pdf"), FailureReason.NOT_A_PAGE),
        (page(b'{"a": 1}'), FailureReason.NOT_A_PAGE),
        (page(b"https://paper.example/other"), FailureReason.NOT_A_PAGE),
        (page(b"/etc/passwd"), FailureReason.NOT_A_PAGE),
        (page(b"<html></html>"), FailureReason.NO_TEXT),
        (page(b"<html><body><p>Enable JavaScript.</p></body></html>"), FailureReason.NO_TEXT),
        (
            page(b'<html><script>{"isAccessibleForFree": false}</script><p>' + SENTENCE.encode()),
            FailureReason.PAYWALL,
        ),
        (
            page(b"<html><meta itemprop=isAccessibleForFree content=x>isAccessibleForFree='False'<p>x"),
            FailureReason.PAYWALL,
        ),
    ],
)  # fmt: skip
def test_what_is_no_article_is_named(document: Fetched, reason: FailureReason) -> None:
    """No page, no text, or no more of it than a teaser."""
    assert reason is why(article.read(document, FEED))


def test_a_page_that_is_not_free_but_shown_is_read() -> None:
    """Publishers that count their readers' visits send the whole article."""
    head = '<script type="application/ld+json">{"isAccessibleForFree":"False"}</script>'

    assert SENTENCE.strip() in text_of(article.read(page(html(SENTENCE, head).encode()), FEED))


def test_what_was_mended_is_said() -> None:
    """A stray byte, and a text that is longer than anybody reads."""
    body = html(RUSSIAN).encode() + b"<p>\xff</p>"
    long = html(SENTENCE * 300).encode()
    stray, cut = (article.read(page(b), FEED) for b in (body, long))

    assert isinstance(stray, Parsed)
    assert isinstance(cut, Parsed)
    assert "1 bytes that are not utf-8" in stray.defects
    assert "text cut to 50000 characters" in cut.defects
    assert 50_000 >= len(text_of(cut)) > 49_000


def test_warming_up_needs_nothing() -> None:
    """The child does it before its doors close: nothing comes of it, and twice does no harm."""
    article.warm()
    article.warm()


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 2_000), st.sampled_from(["", "utf-8", "x", "gbk"]))
def test_no_bytes_break_it(junk: bytes, where: int, charset: str) -> None:
    """Whatever a page is damaged by: a text, or a name for why there is none."""
    whole = html(SENTENCE).encode()
    damaged = whole[: where % len(whole)] + junk + whole[where % len(whole) :]
    found = article.read(page(damaged, charset=charset), FEED)

    assert isinstance(found, Parsed | Failed)


# ── in its child ────────────────────────────────────────────────────────────────


@pytest.fixture
def reader() -> Iterator[Parser]:
    made = Parser(reads="articles", timeout=timedelta(seconds=3))
    yield made
    made.close()


def test_the_child_gives_what_we_would(reader: Parser) -> None:
    """Without a file to open or a socket, for what is hard to take apart too."""
    for body in (
        html(SENTENCE),
        html(RUSSIAN),
        "<html><body><div>" + "<div><span>word </span>" * 300,
        "<html><body>" + "<a href='/x'>link</a> " * 300,
        "<html><body><table>" + f"<tr><td>{SENTENCE}</td></tr>" * 30,
        "<html>",
    ):
        source = page(body.encode())
        expected, found = article.read(source, FEED), reader.parse(source, FEED)

        if isinstance(expected, Failed):
            assert (expected.reason, expected.detail) == (why(found), getattr(found, "detail", ""))
        else:
            assert text_of(expected) == text_of(found)


def test_the_child_is_small_and_the_daemon_smaller(reader: Parser) -> None:
    """Where an article is read there are 50 MB at most, and here none of the library."""
    text_of(reader.parse(page(html(SENTENCE).encode()), FEED))
    [slot] = reader._slots
    assert slot.child is not None
    pages = int(Path(f"/proc/{slot.child.pid}/statm").read_text("utf-8").split()[1])

    assert pages * os.sysconf("SC_PAGE_SIZE") < CHILD_BYTES


def test_what_takes_too_long_is_killed(reader: Parser) -> None:
    """A page that would take minutes ends with its child; the next one has a new child."""
    text_of(reader.parse(page(html(SENTENCE).encode()), FEED))  # so that it is warm
    hog = b"<html><body>" + b"<p>x</p>" * 370_000
    found = reader.parse(page(hog), FEED)

    assert FailureReason.PARSER_TIMEOUT is why(found)
    assert SENTENCE.strip() in text_of(reader.parse(page(html(SENTENCE).encode()), FEED))


def test_the_library_is_not_in_the_daemon() -> None:
    """Importing all that a daemon is made of loads neither it nor what it stands on."""
    said = subprocess.run(
        [sys.executable, "-c", "import sys, monitor.cli.daemon, monitor.parse.article;"
         " print([m for m in ('trafilatura', 'lxml', 'justext') if m in sys.modules])"],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip

    assert "[]" == said.stdout.strip()
