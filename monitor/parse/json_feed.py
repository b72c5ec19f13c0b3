"""
JSON Feed 1.0 and 1.1.

Format: https://www.jsonfeed.org/version/1.1/
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from monitor.errors import ParseError
from monitor.model import Entry, Feed, Fetched, Parsed
from monitor.parse.clean import (
    SUMMARY_LENGTH,
    TEXT_LENGTH,
    TITLE_LENGTH,
    Defects,
    capped,
    language,
    link,
    plain,
    text_of,
)
from monitor.parse.dates import when
from monitor.parse.identity import Claimed, identify, told_apart
from monitor.ports import Format

_TYPES: Final = ("application/feed+json", "application/json", "text/json")
_VERSION: Final = b"jsonfeed.org/version/"


class JsonFeed:
    """Feeds without XML."""

    def accepts(self, media_type: str, head: bytes) -> bool:
        """By the brace that opens it, and its label or its version."""
        opens = head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
        return opens and (media_type in _TYPES or _VERSION in head.replace(b"\\/", b"/"))

    def parse(self, document: Fetched, feed: Feed) -> Parsed:
        """
        Every item that has an id, which the format requires.

        Raises:
            ParseError: not JSON, or JSON of another kind: half a document is worth nothing here.
        """
        said = _read(document.body)
        items, defects = said["items"], Defects()
        home = link(_text(said, "home_page_url"), document.url) or document.url
        spoken = language(_text(said, "language"))
        page = _Page(feed=feed, base=home, at=document.at, defects=defects)
        made = [page.entry(item) if isinstance(item, Mapping) else None for item in items]
        entries = [entry for entry in made if entry is not None]
        if len(entries) < len(made):
            defects.note("item without an id")
        return Parsed(
            format="json_feed",
            title=text_of(_text(said, "title"), TITLE_LENGTH, "feed title", defects),
            entries=told_apart(entries, defects),
            language=spoken,
            hub=_hub(said),
            topic=link(_text(said, "feed_url"), ""),
            next_page=_next(said, document.url),
            ended=said.get("expired") is True,
            defects=defects.all(),
            dropped=len(made) - len(entries),
        )


FORMAT: Format = JsonFeed()


def _read(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError) as e:
        raise ParseError(f"not JSON: {str(e)[:100]}") from e
    if not isinstance(said, dict) or not isinstance(said.get("items"), list):
        raise ParseError("JSON, but not a JSON Feed: there is no list of items")
    return said


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """What its items have in common."""

    feed: Feed
    base: str
    at: datetime
    defects: Defects

    def entry(self, item: Mapping[str, Any]) -> Entry | None:
        """None when it has no id: the format says to discard it."""
        guid = _identifier(item.get("id"))
        if not guid:
            return None
        title = text_of(_text(item, "title"), TITLE_LENGTH, "title", self.defects)
        url = link(_text(item, "url"), self.base) or link(_text(item, "external_url"), self.base)
        published = self._date(item, "date_published")
        summary, text = self._texts(item)
        return Entry(
            feed_id=self.feed.id,
            id=identify(Claimed(guid=guid, url=url, title=title, date=published)),
            url=url,
            title=title,
            summary=summary,
            text=text,
            language=language(_text(item, "language")) or self.feed.language,
            outlet=self.feed.outlet,
            published=published,
            updated=self._date(item, "date_modified"),
        )

    def _texts(self, item: Mapping[str, Any]) -> tuple[str, str]:
        """Summary and full text; the text only where it says more than the summary."""
        markup = _text(item, "content_html")
        text = (
            text_of(markup, TEXT_LENGTH, "text", self.defects)
            if markup
            else capped(plain(_text(item, "content_text")), TEXT_LENGTH, "text", self.defects)
        )
        summary = capped(plain(_text(item, "summary")), SUMMARY_LENGTH, "summary", self.defects)
        summary = summary or capped(text, SUMMARY_LENGTH, "summary", Defects())
        return summary, "" if text == summary else text

    def _date(self, item: Mapping[str, Any], name: str) -> datetime | None:
        written = _text(item, name)
        found = when(written, self.at)
        if written and found is None:
            self.defects.note(f"unreadable or impossible date {plain(written)[:60]!r}")
        return found


def _identifier(value: object) -> str:
    """Numbers are taken as their text, as the format says; other kinds are no id."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return plain(str(value))


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _hub(said: Mapping[str, Any]) -> str:
    """The first WebSub hub."""
    hubs = said.get("hubs")
    found = (h for h in hubs if isinstance(h, Mapping)) if isinstance(hubs, list) else ()
    good = (h for h in found if _text(h, "type").lower() == "websub")
    return next((link(_text(h, "url"), "") for h in good), "")


def _next(said: Mapping[str, Any], url: str) -> str:
    """The next page; "" also where it leads back to this one."""
    found = link(_text(said, "next_url"), url)
    return "" if found == url else found
