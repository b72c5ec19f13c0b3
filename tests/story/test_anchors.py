"""Numbers are read in every notation, and a series is never one story."""

import pytest

from monitor.story.anchors import anchors, numbers, series
from monitor.story.text import fold


@pytest.mark.parametrize(
    ("text", "found", "money"),
    [
        ("a deal of $8bn", frozenset(["8e+09"]), frozenset(["8e+09"])),
        ("8 billion euros for 1,200 drones", frozenset(["8e+09", "1.2e+03"]), frozenset()),
        ("1.200 Drohnen für 1,5 Milliarden", frozenset(["1.2e+03", "1.5e+09"]), frozenset()),
        ("320 млн долларов", frozenset(["3.2e+08"]), frozenset()),
        ("24億ドル", frozenset(["2.4e+09"]), frozenset()),
        ("F-16, T-72 and two men in 2026", frozenset(), frozenset()),
        ("3 tanks", frozenset(), frozenset()),
    ],
)
def test_numbers(text: str, found: frozenset[str], money: frozenset[str]) -> None:
    """Counts and values are scaled; names, years and small counts are none."""
    assert (found, money) == numbers(fold(text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("EU adopts 12th package of sanctions", "EU adopts 13th package of sanctions"),
        ("Panel's fourth report on Libya", "Panel's fifth report on Libya"),
        ("ЕС принял 12-й пакет", "ЕС принял 13-й пакет"),
        ("War briefing: day 1,200", "War briefing: day 1,201"),
        ("Bulletin no. 4 on arms", "Bulletin no. 5 on arms"),
        ("Bulletin #44 on arms", "Bulletin #45 on arms"),
        ("第4回会議", "第5回会議"),
        ("Assessment, November 21", "Assessment, November 22"),
        ("Lagebericht 21. November", "Lagebericht 22. November"),
        ("Assessment 2026-03-04", "Assessment 2026-03-05"),
        ("Arms package for March", "Arms package for April"),
        ("Monday briefing on arms", "Tuesday briefing on arms"),
        ("戦況 11月21日", "戦況 11月22日"),
        ("戦況 11月の報告", "戦況 12月の報告"),
    ],
)
def test_series_is_told_apart(one: str, other: str) -> None:
    """Another number or date of one series: never one story."""
    assert series(anchors(fold(one)), anchors(fold(other)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("EU adopts 12th package of sanctions", "EU's 12th package of sanctions hits shipping"),
        ("Deal signed on June 30", "Delivery of the first jets is due in April next year"),
        ("Monday talks on arms", "On Tuesday the ministers of both states met in Oslo"),
        ("Deal may come", "Deal in march of troops"),
        ("March of tanks", "April deal"),
        ("On 31 May", "On 31 May"),
    ],
)
def test_others_are_no_series(one: str, other: str) -> None:
    """Dates and numbers in different sentences are no series."""
    assert not series(anchors(fold(one)), anchors(fold(other)))
    assert not series(anchors(fold(other)), anchors(fold(one)))
