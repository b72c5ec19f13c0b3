"""monitor.terminal: what people see, and nothing that a stranger's text could make of it."""

import io
import os
import pty
import re
import sys
import unicodedata
from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import given, settings

from monitor.model import Act, Alert, Stage
from monitor.terminal import card, picture, progress, table, visible
from tests.samples import ALERT, NOW, alert, any_alert

_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def columns(text: str) -> int:
    """Cells the text takes: wide characters two, combining ones none."""
    return sum(
        0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF")
        for c in text
    )


def test_a_card_says_it_in_ten_seconds() -> None:
    """Severity, stage, parties, item, quantity, the embargo with act and date, the proof."""
    shown = card(ALERT, width=100, colour=False)

    for expected in (
        "─ HIGH · REQUESTED · arms-transfers ─",
        ALERT.title,
        "parties   Sylvania (ZZ) → Freedonia (QQ)",
        "item      millions · artillery, ammunition",
        "embargo   UN arms embargo on Sylvania (S/RES/1 (2006)), as of 2026-07-01",
        "evidence  “artillery shells” “asks” “Freedonia” “Sylvania” “embargo”",
        "source    example.org, 2026-08-01 11:00 UTC  https://www.example.org/news/1?a=1&b=2",
        "砲弾の購入を打診した。",
        "al-0123456789abcdef01234567 · revision 1 · 2026-08-01 12:00 UTC",
    ):
        assert expected in shown


def test_every_line_is_as_wide_as_the_card() -> None:
    """Wide characters push no border out of its column."""
    lines = card(ALERT, width=70, colour=False).split("\n")

    assert {70} == {columns(line) for line in lines}


def test_evidence_is_underlined_where_it_stands() -> None:
    """In colour, the words that prove it are marked in title and summary."""
    shown = card(ALERT, width=100, colour=True)

    assert "\x1b[1;4mFreedonia" in shown
    assert "\x1b[1;4martillery shells" in shown
    assert "\x1b[4membargo" in shown
    assert card(ALERT, width=100, colour=False) == "\n".join(
        line.rstrip() for line in _ESCAPES.sub("", shown).split("\n")
    )


def test_an_update_leads_with_what_changed() -> None:
    """Changes stand below the title; a test alert says so first."""
    shown = card(alert(revision=2, changes=("Now delivered.",), test=True), width=90, colour=False)

    assert "─ TEST · HIGH · REQUESTED · arms-transfers · update ─" in shown
    assert "│ Δ Now delivered. " in shown


def test_an_alert_of_almost_nothing() -> None:
    """No act, no evidence, no source: a card all the same."""
    bare = alert(act=None, reasons=(), regimes=(), sources=(), summary="", published=None)
    shown = card(bare, width=80, colour=False)

    assert "source  example.org, date unknown  https://www.example.org" in shown
    assert "│ parties" not in shown
    assert card(alert(sources=(), url="", act=None), width=60, colour=False)


def test_many_of_anything_are_counted() -> None:
    """Some are shown, the others are named by number; an unknown side is a question mark."""
    act = Act(stage=Stage.AGREED, suppliers=("houthis_group",), denied=True, doubted=True)
    many = alert(sources=ALERT.sources * 4, regimes=ALERT.regimes * 6, act=act)
    shown = card(many, width=90, colour=False)

    assert "and 3 more" in shown
    assert "and 2 more" in shown
    assert "houthis group → ?" in shown
    assert "but       denied and doubted" in shown


@settings(max_examples=60, deadline=None)
@given(any_alert)
def test_no_text_commands_the_terminal(found: Alert) -> None:
    """No escape, no control, no direction character of a feed's reaches the screen."""
    shown = card(found, width=80, colour=False)

    assert not [c for c in shown if c != "\n" and unicodedata.category(c) in ("Cc", "Cf")]


def test_visible() -> None:
    """Line breaks become spaces, what hides or reorders is gone, everything else stays."""
    nasty = "a\nb\t\u202egnp.exe\x1b[31m\u200b é[red]"

    assert "a b gnp.exe[31m é[red]" == visible(nasty)


def test_a_table() -> None:
    """Columns under each other; what is absent is a dash, markup is text."""
    rows: list[Mapping[str, object]] = [
        {"id": "a", "at": NOW, "score": 0.98765, "n": 12345},
        {"id": "[red]b", "at": None, "score": 1.0},
    ]

    assert [
        "id     at               score n",
        "a      2026-08-01 12:00 0.988 12345",
        "[red]b –                1     –",
    ] == table(rows, ("id", "at", "score", "n"), width=80, colour=False).split("\n")


def test_a_bar_only_at_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pipe sees nothing; a terminal sees the label."""
    with progress(10, "reading") as advance:
        advance(5)
    assert "" == capsys.readouterr().err
    master, slave = pty.openpty()
    with open(slave, "w", encoding="utf-8") as screen:
        monkeypatch.setattr(sys, "stderr", screen)
        with progress(10, "reading") as advance:
            advance(5)
        with progress(0, "size unknown") as advance:
            advance(5)

    assert b"reading" in os.read(master, 65_536)
    os.close(master)


def test_colour_follows_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal has colour, unless NO_COLOR or TERM=dumb; a file has none."""
    master, slave = pty.openpty()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with open(slave, "w", encoding="utf-8") as screen:
        assert "\x1b[" in card(ALERT, stream=screen)
        monkeypatch.setenv("NO_COLOR", "1")
        assert "\x1b[" not in card(ALERT, stream=screen)
        monkeypatch.setenv("NO_COLOR", "")
        monkeypatch.setenv("TERM", "dumb")
        assert "\x1b[" not in card(ALERT, stream=screen)
    os.close(master)
    assert "\x1b[" not in card(ALERT, stream=io.StringIO())


def test_the_picture_is_an_image() -> None:
    """The card as SVG, with its words in it."""
    shown = picture(alert(at=NOW + timedelta(hours=1)), "monitor run")

    assert shown.startswith("<svg")
    assert "Freedonia" in shown
