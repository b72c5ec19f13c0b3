"""
The feeds a web page points to.

Source: https://www.rssboard.org/rss-autodiscovery
"""

from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final

from monitor.model import Fetched
from monitor.parse.clean import TITLE_LENGTH, Defects, link, text_of

_TYPES: Final = (
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/feed+json",
)
_HEAD_BYTES: Final = 128_000
_MOST: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One feed that a page names."""

    url: str
    title: str  # "" when the page gives none
    media_type: str


class _Links(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__(convert_charrefs=True)
        self.base, self.found = base, dict[str, Found]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in reversed(attrs)}  # the first of two counts
        if tag == "base":
            self.base = link(said.get("href", ""), self.base) or self.base
        if tag == "link" and "alternate" in said.get("rel", "").lower().split():
            self._feed(said)

    def _feed(self, said: dict[str, str]) -> None:
        media_type = said.get("type", "").partition(";")[0].strip().lower()
        url = link(said.get("href", ""), self.base)
        if media_type in _TYPES and url and len(self.found) < _MOST:
            title = text_of(said.get("title", ""), TITLE_LENGTH, "title", Defects())
            self.found.setdefault(url, Found(url=url, title=title, media_type=media_type))


def feeds(page: Fetched) -> tuple[Found, ...]:
    """The feeds the page names in its head, in its order; of comment feeds the last."""
    parser = _Links(page.url)
    parser.feed(page.body[:_HEAD_BYTES].decode(_codec(page.charset), "replace"))
    found = list(parser.found.values())
    return tuple(sorted(found, key=lambda f: "/comments/" in f.url))


def _codec(charset: str) -> str:
    """A name that decode() knows: what is sought is ASCII in every encoding of the web."""
    try:
        "".encode(charset or "utf-8")
    except (LookupError, ValueError):
        return "utf-8"
    return charset or "utf-8"
