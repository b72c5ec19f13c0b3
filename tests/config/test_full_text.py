"""[full_text]: which articles are read, and how much of a server's patience that may take."""

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config.full_text import FULL_TEXT, FullTextSettings, read
from tests.samples import table


def test_nothing_written_is_the_default(tmp_path: Path) -> None:
    """Near misses, at most fifty of a host and day."""
    document, problems = table("", tmp_path)

    assert FULL_TEXT == read(document)
    assert ("near", 50) == (FULL_TEXT.mode, FULL_TEXT.daily)
    assert [] == problems.lines


def test_everything_written_is_read(tmp_path: Path) -> None:
    """Every key arrives where it belongs."""
    text = """
mode = "always"
nearest = 0.3
daily = 7
tries = 2
max_bytes = 5000
timeout = "9s"
parse_timeout = "8s"
"""
    document, problems = table(text, tmp_path)

    expected = FullTextSettings(
        mode="always", nearest=0.3, daily=7, tries=2, max_bytes=5000,
        timeout=timedelta(seconds=9), parse_timeout=timedelta(seconds=8),
    )  # fmt: skip
    assert expected == read(document)
    assert [] == problems.lines


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('mode = "nearly"', "mode: 'nearly' is unknown; did you mean 'near'?"),
        ("nearest = 1.5", "nearest: 1.5 is no score; write one between 0 and 1"),
        ("nearest = 0", "nearest: 0 is no score; write one between 0 and 1"),
        ("daily = 0", "daily: 0 is too small; write a whole number of at least 1"),
        ('timeout = "10ms"', "timeout: '10ms' is too short; write at least '1s'"),
        ('parse_timeout = "soon"', "parse_timeout: 'soon' is not a duration; write one such as"),
        ("robots = false", "robots: is not a known key"),
    ],
)
def test_what_makes_no_sense_is_said(line: str, said: str, tmp_path: Path) -> None:
    """With the key, and what would be right; nobody can turn the rules for robots off."""
    document, problems = table(line, tmp_path)
    read(document)
    [problem] = problems.lines

    assert said in problem
