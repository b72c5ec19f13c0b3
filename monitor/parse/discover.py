"""
The feeds a web page points to: those it names as such, then those its links look like.

Source: https://www.rssboard.org/rss-autodiscovery,
https://www.rfc-editor.org/rfc/rfc8288 (the Link header)
"""

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urlsplit

from monitor.model import Fetched
from monitor.parse.clean import TITLE_LENGTH, Defects, link, text_of

_TYPES: Final = (
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/feed+json",
)
_VAGUE: Final = (
    "application/xml",
    "text/xml",
    "application/json",
)  # of a feed, if its name says so
_PAGE_BYTES: Final = 400_000  # links to feeds often stand at the foot
_MOST: Final = 50
_LIKE_A_FEED = re.compile(
    r"(?:^|[/._-])(?:rss[0-9]?|feeds?|atom|syndication)(?:$|[/._])|\.(?:rdf|rss|atom)$", re.I
)
_ASKS_FOR_ONE = re.compile(
    r"(?:^|&)(?:feed|format|type|output|alt|view)=(?:rss2?|atom|feed)\b", re.I
)
_NAMED = re.compile(r"<([^<>]{1,2000})>((?:\s*;[^,;<>]{0,300}){0,10})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One feed that a page points to."""

    url: str
    title: str  # "" when the page gives none
    media_type: str  # "" where the page does not call it a feed: it only looks like one


class _Links(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__(convert_charrefs=True)
        self.base, self.found, self.likely = base, dict[str, Found](), dict[str, Found]()
        self._open = ""  # address of the link whose text is being read

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in reversed(attrs)}  # the first of two counts
        if tag == "base":
            self.base = link(said.get("href", ""), self.base) or self.base
        rels = said.get("rel", "").lower().split()
        if tag in ("link", "a") and ("alternate" in rels or "feed" in rels):
            self.name(said.get("href", ""), said.get("type", ""), said.get("title", ""), rels)
        elif tag == "a":
            self._guess(said)

    def name(self, href: str, kind: str, title: str, rels: list[str]) -> None:
        """The page calls this a feed."""
        media_type = kind.partition(";")[0].strip().lower()
        url = link(href, self.base)
        sure = media_type in _TYPES or ("feed" in rels and not media_type)
        if sure or (media_type in _VAGUE and _looks(url)):
            self._keep(self.found, url, title, media_type or "feed")

    def _guess(self, said: dict[str, str]) -> None:
        url = link(said.get("href", ""), self.base)
        self._open = url if url and _looks(url) else ""
        if self._open:
            self._keep(self.likely, url, said.get("title", ""), "")

    def _keep(self, where: dict[str, Found], url: str, title: str, kind: str) -> None:
        if url and len(where) < _MOST:
            shown = text_of(title, TITLE_LENGTH, "title", Defects())
            where.setdefault(url, Found(url=url, title=shown, media_type=kind))

    def handle_data(self, data: str) -> None:
        likely = self.likely.get(self._open)
        if likely and not likely.title and data.strip():
            shown = text_of(data, TITLE_LENGTH, "title", Defects())
            self.likely[likely.url] = Found(url=likely.url, title=shown, media_type="")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._open = ""


def _looks(url: str) -> bool:
    """Whether the address is such as feeds have."""
    parts = urlsplit(url)
    return bool(_LIKE_A_FEED.search(parts.path) or _ASKS_FOR_ONE.search(parts.query))


def feeds(page: Fetched) -> tuple[Found, ...]:
    """
    Those that its Link header or the page itself names, in order; of comment feeds the last.

    Where it names none, the links that look like one.
    """
    parser = _Links(page.url)
    for target, said in _NAMED.findall(page.link_header[:8_000]):
        name, kind, title = (_parameter(said, key) for key in ("rel", "type", "title"))
        if "alternate" in name.lower().split() or "feed" in name.lower().split():
            parser.name(target, kind, title, name.lower().split())
    parser.feed(page.body[:_PAGE_BYTES].decode(_codec(page.charset), "replace"))
    found = list((parser.found or parser.likely).values())
    return tuple(sorted(found, key=lambda f: "/comments/" in f.url))


def _parameter(said: str, name: str) -> str:
    found = re.search(rf";\s*{name}\s*=\s*(?:\"([^\"]*)\"|([^\s;]+))", said, re.I)
    return (found[1] or found[2] or "") if found else ""


def _codec(charset: str) -> str:
    """A name that decode() knows: what is sought is ASCII in every encoding of the web."""
    try:
        "".encode(charset or "utf-8")
    except (LookupError, ValueError):
        return "utf-8"
    return charset or "utf-8"
