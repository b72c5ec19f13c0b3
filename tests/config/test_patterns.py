"""Patterns that people write: in linear time whatever they are, or refused in a sentence."""

from time import process_time

import pytest

from monitor.config.queries import QueryError, pattern

SECONDS = 1.0  # of CPU; each takes a hundredth of it


@pytest.mark.parametrize("text", ["(a+)+$", "(a|aa)+$", "(a|a?)+$", "(.*a){20}$", "([a-z]+)*!"])
def test_no_pattern_backtracks(text: str) -> None:
    """What takes other engines seconds at 26 letters is nothing here at 30,000."""
    found = pattern(text)
    began = process_time()
    found.regex.search("a" * 30_000 + "!b")

    assert process_time() - began < SECONDS


@pytest.mark.parametrize("text", [r"(a)\1", "(?=a)b", "(?<!a)b", "a{1001}", "(", "x" * 5_000])
def test_what_needs_it_is_refused(text: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Back-references, look-around and huge repeats, in a sentence and nothing on stderr."""
    with pytest.raises(QueryError, match=r"RE2 pattern|longer than"):
        pattern(text)

    assert ("", "") == capfd.readouterr()
