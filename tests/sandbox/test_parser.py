"""monitor.sandbox: documents are read in children that can be killed."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.model import Failed, FailureReason, Feed, Fetched, Parsed
from monitor.parse import read
from monitor.sandbox import Parser

FEEDS = Path(__file__).parent.parent / "data" / "feeds"
CAPTURED = Path(__file__).parents[3] / "shared" / "data" / "feeds"
FEED = Feed(id="f", url="https://feed.example/feed", language="", outlet="feed.example")
SMALL = b"<rss><channel><title>t</title><item><title>one</title></item></channel></rss>"
IDLE_BYTES = 18_000_000  # of a child's own, every format loaded


def document(body: bytes, at: datetime) -> Fetched:
    return Fetched(body=body, media_type="", charset="", url="https://feed.example/feed", at=at)


@pytest.fixture
def parser() -> Iterator[Parser]:
    made = Parser(timeout=timedelta(seconds=20))
    yield made
    made.close()


def child_of(parser: Parser) -> int:
    """The process id of its only child."""
    (slot,) = [s for s in parser._slots if s.child is not None]
    assert slot.child is not None
    return slot.child.pid


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def parsed(found: Parsed | Failed) -> Parsed:
    assert isinstance(found, Parsed), found
    return found


def failed(found: Parsed | Failed) -> FailureReason:
    assert isinstance(found, Failed), found
    return found.reason


def test_the_child_gives_what_we_would(parser: Parser, now: datetime) -> None:
    """Every document of ours comes back from the child as it would be read here."""
    for case in sorted(FEEDS.glob("*[!0-9a-z].xml")) + sorted(FEEDS.glob("atom*.xml")):
        source = document(case.read_bytes(), now)

        assert read(source, FEED, {}, 50_000) == parser.parse(source, FEED), case.name


def test_every_captured_feed_ends(parser: Parser, now: datetime) -> None:
    """Each captured feed gives entries, and the second time, its items known, none."""
    if not CAPTURED.is_dir():
        pytest.skip(f"no captured feeds at {CAPTURED}")
    for path in sorted(CAPTURED.glob("*.xml")):
        source = document(path.read_bytes(), now)
        first = parsed(parser.parse(source, FEED))
        again = parsed(parser.parse(source, FEED, first.known))

        assert len(first.entries) >= 9, path.name
        assert first.seen == again.seen, path.name


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", FailureReason.EMPTY),
        (b"\xef\xbb\xbf\n \0", FailureReason.EMPTY),
        (b"<!DOCTYPE html><html><body>Sorry</body></html>", FailureReason.HTML),
        (b"<html><head><title>x</title></head></html>", FailureReason.HTML),
        (b"hello", FailureReason.NOT_A_FEED),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), FailureReason.NOT_A_FEED),
        (b"%PDF-1.7", FailureReason.NOT_A_FEED),
        (b"https://feed.example/other", FailureReason.NOT_A_FEED),
        (b"/etc/passwd", FailureReason.NOT_A_FEED),
        (b'{"items": 3}', FailureReason.NOT_A_FEED),
        (b"<?xml version='1.0'?><sitemapindex/>", FailureReason.NOT_A_FEED),
    ],
)
def test_what_is_no_feed_is_named(
    body: bytes, reason: FailureReason, parser: Parser, now: datetime
) -> None:
    """Empty bodies, web pages and other files are different failures."""
    assert reason == failed(parser.parse(document(body, now), FEED))


def test_what_takes_too_long_is_killed(now: datetime) -> None:
    """A document that would take minutes ends with its child; the next one has a new child."""
    parser = Parser(timeout=timedelta(seconds=1))
    hog = b"<rss><channel><item><title>" + b"<a " * 1_500_000
    try:
        began = time.monotonic()
        found = parser.parse(document(hog, now), FEED)
        took = time.monotonic() - began
        after = parser.parse(document(SMALL, now), FEED)
    finally:
        parser.close()

    assert FailureReason.PARSER_TIMEOUT == failed(found)
    assert took < 1 + 10 + 1
    assert 1 == len(parsed(after).entries)


def test_what_takes_too_much_memory_is_named(now: datetime) -> None:
    """A document that needs more memory than a child may have is a failure of its own."""
    parser = Parser(memory_bytes=90_000_000, timeout=timedelta(seconds=60))
    items = b"<item><title>x</title><link>https://feed.example/%d</link></item>"
    big = b"<rss><channel>" + b"".join(items % n for n in range(150_000)) + b"</channel></rss>"
    try:
        found = parser.parse(document(big, now), FEED)
        after = parser.parse(document(SMALL, now), FEED)
    finally:
        parser.close()

    assert failed(found) in (FailureReason.PARSER_MEMORY, FailureReason.PARSER_CRASH)
    assert 1 == len(parsed(after).entries)


def test_a_child_that_dies_is_replaced(parser: Parser, now: datetime) -> None:
    """Killed from outside, it costs one failure, and the next document is read."""
    parser.parse(document(SMALL, now), FEED)
    os.kill(child_of(parser), signal.SIGKILL)

    assert FailureReason.PARSER_CRASH == failed(parser.parse(document(SMALL, now), FEED))
    assert 1 == len(parsed(parser.parse(document(SMALL, now), FEED)).entries)


def test_idle_children_end(now: datetime) -> None:
    """Nobody asks for a while: no process is left, and the next document starts one."""
    parser = Parser(idle=timedelta(seconds=0.1))
    parser.parse(document(SMALL, now), FEED)
    pid = child_of(parser)
    deadline = time.monotonic() + 5
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)

    assert not alive(pid)
    assert 1 == len(parsed(parser.parse(document(SMALL, now), FEED)).entries)
    parser.close()


def test_close_ends_every_child(now: datetime) -> None:
    """After close() no child is left; who comes late is served, and leaves none either."""
    parser = Parser(workers=2)
    threads = [
        threading.Thread(target=parser.parse, args=(document(SMALL, now), FEED)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pids = [s.child.pid for s in parser._slots if s.child]
    parser.close()
    late = parser.parse(document(SMALL, now), FEED)
    parser.close()

    assert pids
    assert 1 == len(parsed(late).entries)
    assert not any(alive(pid) for pid in pids)
    assert all(slot.child is None for slot in parser._slots)


def test_children_share_the_work(now: datetime) -> None:
    """With two workers, more callers than that all get their own document's answer."""
    parser, found = Parser(workers=2), dict[int, str]()

    def ask(number: int) -> None:
        body = SMALL.replace(b"one", b"item %d" % number)
        found[number] = parsed(parser.parse(document(body, now), FEED)).entries[0].title

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    parser.close()

    assert {n: f"item {n}" for n in range(12)} == found


def test_the_child_has_nothing_to_give_away(
    parser: Parser, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No secret of our environment, no file or socket to open, no core to dump."""
    monkeypatch.setenv("DESK_SECRET", "canary-7f3a")
    parser.parse(document(SMALL, now), FEED)
    pid = child_of(parser)
    environment = Path(f"/proc/{pid}/environ").read_bytes()
    limits = Path(f"/proc/{pid}/limits").read_text().splitlines()
    rows = {line[:26].strip(): line[26:].split()[0] for line in limits}

    assert b"canary" not in environment
    assert ("3", "0", "0") == (
        rows["Max open files"], rows["Max file size"], rows["Max core file size"]
    )  # fmt: skip
    assert str(768 * 1024 * 1024) == rows["Max address space"]


def test_a_child_is_light(parser: Parser, now: datetime) -> None:
    """With every format loaded a child's own share of memory is small."""
    parser.parse(document(SMALL, now), FEED)
    rollup = Path(f"/proc/{child_of(parser)}/smaps_rollup").read_text()
    (line,) = [line for line in rollup.splitlines() if line.startswith("Pss_Anon:")]

    assert int(line.split()[1]) * 1024 < IDLE_BYTES


def test_a_child_is_kept_while_it_is_small(parser: Parser, now: datetime) -> None:
    """However large the daemon itself has grown, its child reads one document after another."""
    ballast = bytearray(b"x") * 150_000_000
    parser.parse(document(SMALL, now), FEED)
    first = child_of(parser)
    parser.parse(document(SMALL, now), FEED)

    assert first == child_of(parser)
    assert len(ballast) > 0


def test_a_child_that_has_grown_is_replaced(parser: Parser, now: datetime) -> None:
    """After a document that leaves it large a fresh child takes over."""
    item = b"<item><title>x%d</title><description>" + b"y " * 400 + b"</description></item>"
    big = b"<rss><channel>" + b"".join(item % n for n in range(9_000)) + b"</channel></rss>"
    parser.parse(document(SMALL, now), FEED)
    first = child_of(parser)
    found = parsed(parser.parse(document(big, now), FEED))
    parser.parse(document(SMALL, now), FEED)

    assert 9_000 == len(found.entries)
    assert first != child_of(parser)


def test_more_entries_than_allowed_are_counted(now: datetime) -> None:
    """50,000 items are read, those beyond the limit counted as dropped and told."""
    item = b"<item><title>n%d</title><guid>g%d</guid></item>"
    body = b"<rss><channel>" + b"".join(item % (n, n) for n in range(300)) + b"</channel></rss>"
    parser = Parser(max_entries=250)
    found = parsed(parser.parse(document(body, now), FEED))
    parser.close()

    assert (250, 50) == (len(found.entries), found.dropped)
    assert "50 items over the limit of 250" in found.defects
    assert 250 == len(found.seen)
