"""monitor.fetch.file: feeds that lie on this machine."""

import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from monitor.fetch.file import read
from monitor.model import Failed, FailureReason, Fetched, Unchanged
from tests.fetch.life import claim, rss


def test_a_file_is_read_once(tmp_path: Path, now: datetime) -> None:
    """The first time its bytes, then unchanged by time stamp, then unchanged by its bytes."""
    path = tmp_path / "a feed.json"
    path.write_bytes(rss("a"))
    asked = claim(path.as_uri())
    first = read(asked, now, limit_bytes=9_999)
    assert isinstance(first, Fetched)
    known = replace(asked, validators=first.validators)
    second = read(known, now, limit_bytes=9_999)
    os.utime(path, (1, 1))
    third = read(known, now, limit_bytes=9_999)
    path.write_bytes(rss("b"))
    fourth = read(known, now, limit_bytes=9_999)

    assert (rss("a"), "application/json") == (first.body, first.media_type)
    assert isinstance(second, Unchanged)
    assert (304, first.validators) == (second.status, second.validators)
    assert isinstance(third, Unchanged)
    assert 200 == third.status
    assert third.validators.etag != first.validators.etag
    assert isinstance(fourth, Fetched)


def test_what_cannot_be_read_is_named(tmp_path: Path, now: datetime) -> None:
    """Missing, a folder, a pipe, too large, empty: each says so, without the whole path."""
    (tmp_path / "large.xml").write_bytes(bytes(100))
    (tmp_path / "empty.xml").write_bytes(b" \n")
    (tmp_path / "folder.xml").mkdir()
    reasons = {}
    for name in ("large.xml", "empty.xml", "folder.xml", "missing.xml"):
        found = read(claim((tmp_path / name).as_uri()), now, limit_bytes=99)
        assert isinstance(found, Failed)
        assert str(tmp_path) not in found.detail
        reasons[name] = found.reason

    assert {
        "large.xml": FailureReason.TOO_LARGE,
        "empty.xml": FailureReason.EMPTY,
        "folder.xml": FailureReason.UNREADABLE_FILE,
        "missing.xml": FailureReason.UNREADABLE_FILE,
    } == reasons


def test_a_device_is_no_feed(now: datetime) -> None:
    """What is not a regular file would block for ever."""
    found = read(claim("file:///dev/null"), now, limit_bytes=99)

    assert isinstance(found, Failed)
    assert "not a regular file" in found.detail


def test_an_impossible_path_is_named(now: datetime) -> None:
    """A zero byte in the path is a failure, not an exception."""
    found = read(claim("file:///a%00b"), now, limit_bytes=99)

    assert isinstance(found, Failed)
    assert FailureReason.UNREADABLE_FILE == found.reason
