"""Entries with their matches become Members: what a story remembers of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from monitor.model import Entry, Match, Member
from monitor.story.credits import credit
from monitor.urls import site

_SUMMARY: Final = 600  # characters
_TITLE: Final = 300  # no headline is longer; a feed may send a megabyte


def member(entry: Entry, matches: Sequence[Match], now: datetime) -> Member:
    """The entry as its story remembers it; the strongest match speaks for it."""
    ranked = sorted(matches, key=lambda m: -m.score)
    best = ranked[0] if ranked else None
    summary = entry.summary or entry.text
    return Member(
        feed_id=entry.feed_id,
        entry_id=entry.id,
        title=(entry.title or summary)[:_TITLE],
        summary=summary[:_SUMMARY],
        url=entry.url,
        outlet=entry.outlet or site(entry.url),
        language=(best.language if best else "") or entry.language,
        published=entry.published,
        seen=now,
        topic=best.topic if best else "",
        score=best.score if best else 0.0,
        act=next((m.act for m in ranked if m.act is not None), None),
        credit=credit(entry.title, entry.summary, entry.text),
    )
