"""sinks/jsonl: whole lines only, on the disk, in whichever file bears the name now."""

import json
import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from monitor.egress import Egress, EgressSettings
from monitor.model import Verdict
from monitor.sinks.jsonl import SINK, Jsonl, JsonlSettings
from tests.samples import NOW, delivery, table


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out" / "alerts.jsonl"


def ids(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_text("utf-8").splitlines()]


def test_a_line_for_each_delivery(path: Path) -> None:
    """The folder is made, the event has the delivery's id, and nobody else may read it."""
    one = Jsonl(JsonlSettings(path=path))

    assert [Verdict.DELIVERED] * 2 == [one.send(delivery(), NOW).verdict for _ in range(2)]
    one.close()
    assert [delivery().id] * 2 == ids(path)
    assert delivery().alert.title == json.loads(path.read_bytes().splitlines()[0])["data"]["title"]
    assert 0o600 == path.stat().st_mode & 0o777


def test_a_file_moved_away_is_made_anew(path: Path) -> None:
    """Log rotation needs no signal."""
    one = Jsonl(JsonlSettings(path=path))
    one.send(delivery(), NOW)
    path.rename(path.with_suffix(".1"))
    one.send(delivery(), NOW)

    assert 1 == len(ids(path)) == len(ids(path.with_suffix(".1")))


def test_a_line_torn_by_a_crash_spoils_no_other(path: Path) -> None:
    """What follows half a line starts on a line of its own."""
    path.parent.mkdir()
    path.write_bytes(b'{"id":"half')
    Jsonl(JsonlSettings(path=path)).send(delivery(), NOW)

    torn, whole = path.read_bytes().splitlines()
    assert b'{"id":"half' == torn
    assert delivery().id == json.loads(whole)["id"]


@contextmanager
def no_room() -> Iterator[None]:
    """
    Files of this process end at 3 kB: a write past that fails, in the middle of a line.

    No fixture: the test runner's own report may be a file, and longer than that.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, old)


def test_no_room_is_another_try_and_no_half_line(path: Path) -> None:
    """The line that does not fit is taken back whole; it is sent again later."""
    one = Jsonl(JsonlSettings(path=path))
    with no_room():
        outcomes = [one.send(delivery(), NOW) for _ in range(4)]

    assert Verdict.DELIVERED is outcomes[0].verdict
    assert (Verdict.RETRY, "unwritable", "File too large") == (
        outcomes[-1].verdict, outcomes[-1].reason, outcomes[-1].answer,
    )  # fmt: skip
    delivered = [o for o in outcomes if o.verdict is Verdict.DELIVERED]
    assert len(delivered) == len(ids(path))
    assert path.read_bytes().endswith(b"\n")


def test_a_full_disk_is_another_try() -> None:
    """/dev/full answers as a full disk does."""
    outcome = Jsonl(JsonlSettings(path=Path("/dev/full"))).send(delivery(), NOW)

    assert (Verdict.RETRY, "disk-full") == (outcome.verdict, outcome.reason)


def test_a_folder_in_its_place_is_another_try(tmp_path: Path) -> None:
    """Whatever stands in the way can be moved out of it."""
    outcome = Jsonl(JsonlSettings(path=tmp_path)).send(delivery(), NOW)

    assert (Verdict.RETRY, "unwritable") == (outcome.verdict, outcome.reason)


def test_settings(tmp_path: Path) -> None:
    """A path is needed, and it is a file's."""
    document, problems = table(
        '[sinks.a]\nkind="jsonl"\n[sinks.b]\nkind="jsonl"\npath="x/"', tmp_path
    )
    for one in document.named_tables("sinks").values():
        SINK.read(one)

    assert [
        'monitor.toml:1: sinks.a.path: is missing; a file such as "data/alerts.jsonl"',
        "monitor.toml:5: sinks.b.path: 'x/' is a folder; name a file in it",
    ] == problems.lines
    assert SINK.defaults() is None
    found = JsonlSettings(path=tmp_path / "a.jsonl")
    built = SINK.build(found, Egress(EgressSettings()))
    assert Verdict.DELIVERED is built.send(delivery(), NOW).verdict
    assert os.path.exists(found.path)
