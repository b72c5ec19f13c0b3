"""
RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0, broken ones too. The only file importing feedparser.

Format: https://www.rssboard.org/rss-specification, https://www.rfc-editor.org/rfc/rfc4287,
https://web.resource.org/rss/1.0/modules/syndication/
"""

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import feedparser
from feedparser import api

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
from monitor.parse.dates import of_tuple, when
from monitor.parse.identity import Claimed, face, identify, told_apart
from monitor.ports import Format

# Another SAX driver, were one installed, would not keep the same promises about entities.
api.PREFERRED_XML_PARSERS = []

_TYPES: Final = ("application/rss+xml", "application/atom+xml", "application/rdf+xml")
_ROOTS = re.compile(rb"<(?:\w+:)?(?:rss|feed|RDF|rdf|channel)[\s>]|<(?:item|entry)[\s>]", re.I)
_XML = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml")
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\x00<", b"<\x00")
_PAGE = re.compile(rb"<(?:!doctype\s+html|html)\b", re.I)
_PERIODS: Final = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class RssAtom:
    """What news mostly comes in."""

    def accepts(self, media_type: str, head: bytes) -> bool:
        """By the root element; a declared XML that is not a web page gets its chance too."""
        if _ROOTS.search(head):
            return True
        if _PAGE.search(head):
            return False
        return media_type in _TYPES or bool(_XML.match(head)) or head.startswith(_WIDE)

    def parse(self, document: Fetched, feed: Feed) -> Parsed:
        """
        Every item, also of a document that breaks off half-way.

        Raises:
            ParseError: there is no channel and no item in it.
        """
        found = _read(document)
        if not found.entries and not found.get("version") and not found.feed.get("title"):
            raise ParseError("the document holds no feed")
        channel, defects = found.feed, Defects()
        if found.get("bozo"):
            defects.note(f"not well-formed: {plain(str(found.get('bozo_exception')))[:200]}")
        spoken = language(str(channel.get("language") or ""))
        page = _Page(
            feed=feed,
            base=_base(channel, document),
            at=document.at,
            defects=defects,
        )
        entries, dropped = page.entries(found.entries)
        return Parsed(
            format="rss_atom",
            title=text_of(str(channel.get("title") or ""), TITLE_LENGTH, "feed title", defects),
            entries=told_apart(entries, defects),
            language=spoken,
            ttl=_ttl(channel),
            skip_hours=frozenset(_hours(document.body)),
            skip_days=frozenset(_days(document.body)),
            hub=_rel(channel, "hub"),
            topic=_rel(channel, "self"),
            next_page=_older(channel, document.url),
            defects=defects.all(),
            dropped=dropped,
        )


FORMAT: Format = RssAtom()


def _read(document: Fetched) -> Any:
    """
    feedparser's view of the bytes.

    Never as str or bytes: one that looks like a URL is fetched, one like a path is opened.
    Always as application/xml: for text/xml it insists on us-ascii (RFC 7303 does not). Without
    its address: ids would be made absolute with it, and all change on the day the feed moves.

    Raises:
        ParseError: it gave up on it.
    """
    declared = "application/xml" + (f"; charset={document.charset}" if document.charset else "")
    try:
        return feedparser.parse(
            io.BytesIO(document.body),
            response_headers={"content-type": declared},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except (MemoryError, RecursionError):
        raise
    except Exception as e:
        # Damage makes it raise nearly anything: ValueError for a namespace, for example.
        raise ParseError(f"too damaged to be read: {plain(str(e))[:100]}") from e


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """What its items have in common."""

    feed: Feed
    base: str
    at: datetime
    defects: Defects

    def entries(self, items: Sequence[dict[str, Any]]) -> tuple[list[Entry], int]:
        """The items as entries, and how many were nothing at all."""
        made = [self._entry(item) for item in items]
        good = [entry for entry in made if entry is not None]
        return good, len(made) - len(good)

    def _entry(self, item: dict[str, Any]) -> Entry | None:
        """None when there is nothing to tell it by."""
        title = text_of(_text(item, "title"), TITLE_LENGTH, "title", self.defects)
        published = self._date(item, "published") or self._date(item, "updated")
        guid, url = plain(_text(item, "id")), self._url(item)
        summary, text = self._texts(item)
        shown = face(title, summary)
        name = identify(Claimed(guid=guid, url=url, title=shown, date=published))
        if not name:
            self.defects.note("item without id, link, title and text")
            return None
        return Entry(
            feed_id=self.feed.id,
            id=name,
            url=url,
            title=title,
            summary=summary,
            text=text,
            language=self._language(item),
            outlet=self.feed.outlet,
            published=published,
            updated=self._date(item, "updated"),
        )

    def _url(self, item: dict[str, Any]) -> str:
        """The item's link, else a guid that is an address: one that is a word is none."""
        written, guid = _text(item, "link"), _text(item, "id")
        found = link(written, self.base) if written != guid else ""
        return found or link(guid, "")

    def _texts(self, item: dict[str, Any]) -> tuple[str, str]:
        """Summary and full text; the text only where it says more than the summary."""
        parts = dict.get(item, "content") or ()
        content = max((_value(c) for c in parts), key=len, default="")
        markup = _text(item, "summary")
        text = text_of(content, TEXT_LENGTH, "text", self.defects)
        if markup == content or not markup:
            summary = capped(text, SUMMARY_LENGTH, "summary", Defects())
        else:
            summary = text_of(markup, SUMMARY_LENGTH, "summary", self.defects)
        return summary, "" if text == summary else text

    def _date(self, item: dict[str, Any], name: str) -> datetime | None:
        """feedparser knows many odd forms; where it fails, ours may still know."""
        written = dict.get(item, name)  # its own get("updated") answers with the publication
        if not written:
            return None
        found = of_tuple(dict.get(item, f"{name}_parsed"), self.at) or when(str(written), self.at)
        if found is None:
            self.defects.note(f"unreadable or impossible date {plain(str(written))[:60]!r}")
        return found

    def _language(self, item: dict[str, Any]) -> str:
        """The item's own, else the configured; "en-US" of a channel is often a default."""
        return language(_text(item, "language")) or self.feed.language


def _text(item: dict[str, Any], name: str) -> str:
    value = dict.get(item, name)  # its own get() tries old names first, at twenty times the cost
    return value if isinstance(value, str) else ""


def _value(content: Any) -> str:
    value = content.get("value") if isinstance(content, Mapping) else ""
    return value if isinstance(value, str) else ""


def _base(channel: dict[str, Any], document: Fetched) -> str:
    own = link(_text(channel, "link"), document.url)
    return own or (document.url if document.url.startswith(("http:", "https:")) else "")


def _rel(channel: dict[str, Any], rel: str) -> str:
    links: Iterable[Any] = channel.get("links") or ()
    return next((link(str(a.get("href", "")), "") for a in links if a.get("rel") == rel), "")


def _older(channel: dict[str, Any], url: str) -> str:
    """Where older entries are: as the feed says, else as WordPress numbers its pages."""
    return _rel(channel, "prev-archive") or _rel(channel, "next") or _paged(channel, url)


def _paged(channel: dict[str, Any], url: str) -> str:
    """Source: https://developer.wordpress.org/reference/classes/wp_query/#pagination-parameters"""
    if "wordpress.org" not in _text(channel, "generator") or not url.startswith("http"):
        return ""
    parts = urlsplit(url)
    said = [(name, value) for name, value in parse_qsl(parts.query) if name != "paged"]
    numbers = [value for name, value in parse_qsl(parts.query) if name == "paged"]
    number = int(numbers[0]) if numbers and re.fullmatch(r"[0-9]{1,4}", numbers[0]) else 1
    return urlunsplit(parts._replace(query=urlencode([*said, ("paged", str(number + 1))])))


def _ttl(channel: dict[str, Any]) -> timedelta | None:
    """The longest of RSS ttl (minutes) and sy:updatePeriod / updateFrequency."""
    said = [_minutes(_text(channel, "ttl")), _period(channel)]
    return max((s for s in said if s), default=None)


def _minutes(text: str) -> timedelta | None:
    text = text.strip()
    good = text.isascii() and text.isdecimal() and len(text) < 7
    return timedelta(minutes=int(text)) if good and int(text) else None


def _period(channel: dict[str, Any]) -> timedelta | None:
    period = _PERIODS.get(_text(channel, "sy_updateperiod").strip().lower())
    often = _text(channel, "sy_updatefrequency").strip()
    if period is None:
        return None
    times = int(often) if often.isascii() and often.isdecimal() and len(often) < 6 else 1
    return period / max(times, 1)


# feedparser drops skipHours and skipDays, so they are read from the bytes of the channel's head.
_HEAD: Final = 16_384
_SKIPPED_HOURS = re.compile(rb"<skiphours>(.*?)</skiphours>", re.I | re.S)
_SKIPPED_DAYS = re.compile(rb"<skipdays>(.*?)</skipdays>", re.I | re.S)
_HOUR = re.compile(rb"<hour>\s*(\d{1,2})\s*</hour>", re.I)
_DAY = re.compile(rb"<day>\s*([a-z]{6,9})\s*</day>", re.I)


def _hours(body: bytes) -> Iterable[int]:
    """GMT hours; the 24 of RSS 0.91 is midnight."""
    block = _SKIPPED_HOURS.search(body[:_HEAD])
    hours = _HOUR.findall(block.group(1)) if block else ()
    return (int(h) % 24 for h in hours if int(h) <= 24)


def _days(body: bytes) -> Iterable[int]:
    block = _SKIPPED_DAYS.search(body[:_HEAD])
    days = [d.decode().lower() for d in _DAY.findall(block.group(1))] if block else []
    return (_DAYS.index(d) for d in days if d in _DAYS)
