"""
The words that prove it, where an alert can show them.

What decided may stand in an article that the feed does not carry: then the alert quotes it, and
says that it does.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from monitor.model import Entry, Reason

TITLE: Final = 500  # characters, far above any headline; a feed may send a megabyte
SUMMARY: Final = 2_000
_REASONS: Final = 40
_BEFORE_QUOTE: Final = 1_000  # of the summary, where a quotation follows it
_QUOTED: Final = 500  # from the first word that counts to the last
_AROUND: Final = 160  # characters on each side, at most, in search of a sentence's bounds
_SAID: Final = "From the article: “"
_END = re.compile(r"[.!?…](?=[\s\"'”’)])\s*|[。！？؟।]\s*")
_SPACE = re.compile(r"\s+")


def shown(entry: Entry, reasons: Sequence[Reason]) -> tuple[str, tuple[Reason, ...]]:
    """The alert's summary, and the reasons as far as it carries the text they stand in."""
    own = [r for r in reasons if r.field == "article"]
    if not own:
        limits = {"title": TITLE, "summary": SUMMARY}
        kept = [r for r in reasons if r.end <= limits.get(r.field, r.end)]
        return entry.summary[:SUMMARY], tuple(kept)[:_REASONS]
    head = entry.summary[:_BEFORE_QUOTE]
    lead = f"{head} {_SAID}" if head else _SAID
    start, end = _window(entry.text, own)
    limits = {"title": TITLE, "summary": len(head)}
    kept = [r for r in reasons if r.end <= limits.get(r.field, r.end)]
    placed = (_placed(r, start, end, len(lead) - start) for r in kept)
    return f"{lead}{entry.text[start:end]}”", tuple(placed)[:_REASONS]


def _window(text: str, reasons: Sequence[Reason]) -> tuple[int, int]:
    """The part of the article that holds the heaviest words, by whole sentences where it can."""
    weightiest = max(reasons, key=lambda r: (abs(r.weight), -r.start))
    near = [r for r in reasons if weightiest.start - _QUOTED < r.start <= weightiest.start]
    first = min(r.start for r in near)
    last = max(
        r.end for r in reasons if (r.start >= first and r.end <= first + _QUOTED) or r is weightiest
    )
    return _opened(text, first), _closed(text, last)


def _opened(text: str, start: int) -> int:
    """Where the sentence begins, or a word where that is far."""
    floor = max(0, start - _AROUND)
    ends = [m.end() for m in _END.finditer(text, floor, start)]
    if ends:
        return ends[-1]
    space = _SPACE.search(text, floor, start)
    return 0 if floor == 0 else space.end() if space else start


def _closed(text: str, end: int) -> int:
    """Where the sentence ends, or a word where that is far."""
    ceiling = min(len(text), end + _AROUND)
    found = _END.search(text, end, ceiling + 1)
    if found and found.start() < ceiling:
        return min(len(text[: found.end()].rstrip()), ceiling)
    spaces = [m.start() for m in _SPACE.finditer(text, end, ceiling)]
    return ceiling if ceiling == len(text) or not spaces else spaces[-1]


def _placed(reason: Reason, start: int, end: int, moved: int) -> Reason:
    """The reason where the quotation has its words; one beyond it stays the article's."""
    if reason.field != "article" or reason.start < start or reason.end > end:
        return reason
    return replace(reason, field="summary", start=reason.start + moved, end=reason.end + moved)
