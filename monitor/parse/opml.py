"""
Lists of feeds in and out: OPML 2.0, nested, with every bad line told.

Format: https://opml.org/spec2.opml
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers import expat
from xml.sax.saxutils import escape

from monitor.errors import ParseError
from monitor.model import Feed
from monitor.parse.clean import TITLE_LENGTH, Defects, language, link, text_of

_DEEPEST: Final = 50
_MOST: Final = 100_000  # outlines


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One feed of a list."""

    url: str
    title: str  # "" when the list gives none
    language: str  # "" when the list gives none
    folders: tuple[str, ...]  # from the outside in
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriptions:
    """What a list held, and what was wrong with it."""

    feeds: tuple[Listed, ...]  # the first of each address, in the order of the list
    duplicates: tuple[str, ...] = ()  # one line each for people
    problems: tuple[str, ...] = ()  # one line each for people


@dataclass(slots=True)
class _Reader:
    """Follows the outlines; expat says the line."""

    found: list[Listed] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    path: list[str] = field(default_factory=list)  # of open outlines; "" for feeds
    lines: dict[str, int] = field(default_factory=dict)  # address → where it stood first
    count: int = 0
    root: str = ""

    def start(self, tag: str, attributes: dict[str, str], line: int) -> None:
        self.root = self.root or tag.lower()
        if tag.lower() != "outline":
            return
        self.count += 1
        if self.count > _MOST or len(self.path) >= _DEEPEST:
            raise ParseError(f"line {line}: more than {_MOST} outlines, or {_DEEPEST} deep")
        said = {name.lower(): value.strip() for name, value in attributes.items()}
        title = text_of(said.get("title") or said.get("text", ""), TITLE_LENGTH, "", Defects())
        address = said.get("xmlurl", "")
        if address or said.get("type", "").lower() in ("rss", "atom"):
            self._feed(address, title, said.get("language", ""), line)
            self.path.append("")
        else:
            self.path.append(title)

    def _feed(self, address: str, title: str, spoken: str, line: int) -> None:
        url = link(_plain_scheme(address), "")
        if not url:
            wrong = f"{address[:100]!r} is no http address" if address else "xmlUrl is missing"
            self.problems.append(f"line {line}: {title or 'a feed'}: {wrong}")
        elif url in self.lines:
            self.duplicates.append(f"line {line}: {url} stands already in line {self.lines[url]}")
        else:
            self.lines[url] = line
            folders = tuple(name for name in self.path if name)
            listed = Listed(
                url=url, title=title, language=language(spoken), folders=folders, line=line
            )
            self.found.append(listed)

    def end(self, tag: str) -> None:
        if tag.lower() == "outline":
            self.path.pop()


def _plain_scheme(address: str) -> str:
    """feed://host/x and feed:https://host/x are what some browsers made of feeds."""
    if address.lower().startswith("feed://"):
        return f"http{address[4:]}"
    return address[5:] if address.lower().startswith("feed:http") else address


def read(body: bytes) -> Subscriptions:
    """
    Every feed of the list. What stands before a fault in the XML is kept, the fault is told.

    Raises:
        ParseError: it is not OPML, or declares entities of its own.
    """
    reader, parser = _Reader(), expat.ParserCreate()

    def start(tag: str, attributes: dict[str, str]) -> None:
        reader.start(tag, attributes, parser.CurrentLineNumber)

    def refuse(*_declared: Any) -> None:
        raise ParseError(f"line {parser.CurrentLineNumber}: a list may not declare entities")

    parser.StartElementHandler, parser.EndElementHandler = start, reader.end
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except expat.ExpatError as e:
        if reader.root != "opml":
            raise ParseError(f"not OPML: {e}") from e
        why = expat.ErrorString(e.code)
        reader.problems.append(f"line {e.lineno}: the list breaks off here: {why}")
    if reader.root != "opml":
        raise ParseError(f"not OPML: its root is <{reader.root[:40]}>")
    return Subscriptions(
        feeds=tuple(reader.found),
        duplicates=tuple(reader.duplicates),
        problems=tuple(reader.problems),
    )


def write(feeds: Sequence[Feed], title: str) -> str:
    """The feeds as OPML, a folder for each pack; read() gives them back."""
    return "\n".join(_lines(feeds, title)) + "\n"


def _lines(feeds: Sequence[Feed], title: str) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<opml version="2.0">'
    yield f"  <head><title>{escape(title)}</title></head>"
    yield "  <body>"
    packs = dict.fromkeys(feed.pack for feed in feeds)
    for pack in packs:
        inside = [feed for feed in feeds if feed.pack == pack]
        if pack:
            yield f"    <outline text={_attribute(pack)}>"
        yield from (_outline(feed, "      " if pack else "    ") for feed in inside)
        if pack:
            yield "    </outline>"
    yield "  </body>"
    yield "</opml>"


def _outline(feed: Feed, indent: str) -> str:
    name = _attribute(feed.title or feed.id)
    spoken = f" language={_attribute(feed.language)}" if feed.language else ""
    return f'{indent}<outline type="rss" text={name} xmlUrl={_attribute(feed.url)}{spoken}/>'


def _attribute(text: str) -> str:
    """In double quotes, whatever stands in it."""
    return '"' + escape(text, {'"': "&quot;"}) + '"'
