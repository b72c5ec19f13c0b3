"""sinks/console: a card for each alert, and no terminal can take the daemon down."""

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest

from monitor.egress import Egress, EgressSettings
from monitor.model import Outcome, Verdict
from monitor.sinks.console import SINK, ConsoleSettings, TerminalSink
from tests.samples import ALERT, NOW, delivery, table


def sent(stream: TextIO | None, monkeypatch: pytest.MonkeyPatch, **settings: object) -> Outcome:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        one = TerminalSink(ConsoleSettings(**settings))  # type: ignore[arg-type]
        outcome = one.send(delivery(), NOW)
        one.close()
    return outcome


def test_a_card_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain where there is no terminal; coloured when asked for."""
    plain, coloured = io.StringIO(), io.StringIO()

    assert Verdict.DELIVERED is sent(plain, monkeypatch).verdict
    assert ALERT.title in plain.getvalue()
    assert "\x1b" not in plain.getvalue()
    sent(coloured, monkeypatch, colour="always", width=60)
    assert "\x1b[" in coloured.getvalue()


def test_a_terminal_of_few_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Characters the terminal's encoding lacks become question marks, not an error."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, "ascii")

    assert Verdict.DELIVERED is sent(stream, monkeypatch).verdict
    assert b"HIGH" in raw.getvalue()


@pytest.fixture
def pipe() -> Iterator[TextIO]:
    """Standard output into a pipe whose reader has gone, as in `monitor run | head`."""
    reading, writing = os.pipe()
    os.close(reading)
    stream = open(writing, "w", encoding="utf-8")  # noqa: SIM115
    yield stream
    with pytest.raises(BrokenPipeError):
        stream.close()


def test_nobody_reading_is_a_dead_letter(pipe: TextIO, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closed, absent or broken: said once for each alert, and nothing raised."""
    closed = io.StringIO()
    closed.close()

    for stream in (closed, None, pipe):
        outcome = sent(stream, monkeypatch)
        assert (Verdict.REFUSED, "closed") == (outcome.verdict, outcome.reason)


def test_a_full_disk_behind_it_is_another_try(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard output may be a file."""
    stream = open("/dev/full", "w", encoding="utf-8")  # noqa: SIM115
    outcome = sent(stream, monkeypatch)
    with pytest.raises(OSError, match="No space"):
        stream.close()

    assert (Verdict.RETRY, "disk-full") == (outcome.verdict, outcome.reason)


def test_settings(tmp_path: Path) -> None:
    """All have defaults; a wrong colour is named."""
    document, problems = table('[sinks.a]\nkind="console"\ncolour="red"\nwidth=80', tmp_path)
    found = SINK.read(document.named_tables("sinks")["a"])

    assert [
        "monitor.toml:3: sinks.a.colour: 'red' is unknown; known here: auto, always, never"
    ] == problems.lines
    assert ConsoleSettings(width=80) == found
    assert ConsoleSettings() == SINK.defaults()
    assert isinstance(SINK.build(SINK.defaults(), Egress(EgressSettings())), TerminalSink)
