"""
News sitemaps: what publishers give search engines, often sooner than their feeds.

Format: https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap
"""

import io
import re
from collections.abc import Iterator
from datetime import datetime
from xml.etree.ElementTree import Element, iterparse
from xml.etree.ElementTree import ParseError as XmlError

from monitor.errors import ParseError
from monitor.model import Entry, Feed, Fetched, Parsed
from monitor.parse.clean import SUMMARY_LENGTH, TITLE_LENGTH, Defects, language, link, text_of
from monitor.parse.dates import when
from monitor.parse.identity import Claimed, identify, told_apart
from monitor.ports import Format

_ROOT = re.compile(rb"<(?:\w+:)?urlset[\s>]", re.I)


class NewsSitemap:
    """A urlset whose urls carry news."""

    def accepts(self, media_type: str, head: bytes) -> bool:
        """By its root element; media types say nothing here."""
        return _ROOT.search(head) is not None

    def parse(self, document: Fetched, feed: Feed) -> Parsed:
        """
        Every url with its news title; urls without news are dropped and counted.

        Raises:
            ParseError: no well-formed XML, or with a DTD of its own.
        """
        defects = Defects()
        entries: list[Entry] = []
        dropped, title = 0, ""
        for url in _urls(document.body):
            entry = _entry(url, document, feed, defects)
            if entry is None:
                dropped += 1
            else:
                title = title or _first(url, "name")
                entries.append(entry)
        return Parsed(
            format="news_sitemap",
            title=text_of(title, TITLE_LENGTH, "feed title", defects),
            entries=told_apart(entries, defects),
            defects=defects.all(),
            dropped=dropped,
        )


FORMAT: Format = NewsSitemap()


def _urls(body: bytes) -> Iterator[Element]:
    """Each url element, freed when the next is asked for."""
    # No entity of the document's own is ever expanded: a sitemap has no use for a DTD.
    if b"<!DOCTYPE" in body[:4096] or b"<!ENTITY" in body:
        raise ParseError("a sitemap with a DTD is not read")
    try:
        for _, element in iterparse(io.BytesIO(body)):  # noqa: S314 no DTD, in the sandbox
            if isinstance(element, Element) and _name(element) == "url":
                yield element
                element.clear()
    except (XmlError, ValueError) as e:
        raise ParseError(f"the sitemap is not well-formed: {str(e)[:100]}") from e


def _entry(url: Element, document: Fetched, feed: Feed, defects: Defects) -> Entry | None:
    """None when it carries no news or no address."""
    title = text_of(_first(url, "title"), TITLE_LENGTH, "title", defects)
    address = link(_first(url, "loc"), document.url)
    if not title or not address:
        return None
    published = _date(_first(url, "publication_date"), document.at, defects)
    spoken = language(_first(url, "language"))
    return Entry(
        feed_id=feed.id,
        id=identify(Claimed(guid="", url=address, title=title, date=published)),
        url=address,
        title=title,
        summary=text_of(_first(url, "keywords"), SUMMARY_LENGTH, "keywords", defects),
        language=spoken or feed.language,
        outlet=feed.outlet,
        published=published,
        updated=when(_first(url, "lastmod"), document.at),
    )


def _date(written: str, at: datetime, defects: Defects) -> datetime | None:
    found = when(written, at)
    if written and found is None:
        defects.note(f"unreadable or impossible date {written[:60]!r}")
    return found


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def _first(url: Element, name: str) -> str:
    """The text of the first element of that name below; "" when there is none."""
    found = (e.text or "" for e in url.iter() if _name(e) == name)
    return next(found, "").strip()
