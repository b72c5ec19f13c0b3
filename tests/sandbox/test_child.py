"""monitor.sandbox.child: a child that lies, hangs or dies is one failure and no more."""

import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.model import Failed, FailureReason, Feed, Fetched
from monitor.sandbox import Parser, parser

FEED = Feed(id="f", url="https://feed.example/feed", language="", outlet="feed.example")
CRASH, TIMEOUT = FailureReason.PARSER_CRASH, FailureReason.PARSER_TIMEOUT
CHILDREN = {
    "ends at once": ("exit 3", CRASH, "died (status 3)"),
    "never reads": ("sleep 30", TIMEOUT, "too long"),
    "says nothing": ("cat > /dev/null", TIMEOUT, "too long"),
    "promises too much": (r"printf '\377\377\377\377'; cat > /dev/null", CRASH, "nonsense"),
    "breaks off": (r"printf '\000\000\000\011{'; head -c 100 > /dev/null", CRASH, "died"),
    "talks nonsense": (r"printf '\000\000\000\005hello'; cat > /dev/null", CRASH, "nonsense"),
    "answers in part": (r"printf '\000\000\000\002{}'; cat > /dev/null", CRASH, "nonsense"),
    "uses up its time": ("kill -XCPU $$", TIMEOUT, "processor time"),
    "is killed": ("kill -KILL $$", CRASH, "status -9"),
}


def document(at: datetime, size: int = 2_000_000) -> Fetched:
    """Larger than a pipe holds, so that a child that does not read blocks the parent."""
    return Fetched(
        body=b"x" * size, media_type="", charset="", url="https://feed.example/feed", at=at
    )


@pytest.mark.parametrize("kind", CHILDREN)
def test_whatever_a_child_does(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    """Each misbehaviour has its reason, ends in time, and leaves no process."""
    script, reason, words = CHILDREN[kind]
    fake = tmp_path / "python"
    fake.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))
    monkeypatch.setattr(parser, "_START_SECONDS", 0.0)
    made = Parser(timeout=timedelta(seconds=0.7))
    began = time.monotonic()
    found = made.parse(document(now), FEED)
    took = time.monotonic() - began
    slots = [slot.child for slot in made._slots]
    made.close()

    assert isinstance(found, Failed)
    assert (reason, True) == (found.reason, words in found.detail), found.detail
    assert took < 6
    assert [None] == slots


def test_close_waits_for_who_is_at_work(now: datetime) -> None:
    """A parser that is closed while somebody holds its child gives up after its time-out."""
    made = Parser(timeout=timedelta(seconds=0.2))
    held = made._free.get()
    began = time.monotonic()
    made.close()

    assert 0.1 < time.monotonic() - began < 5
    made._free.put(held)
