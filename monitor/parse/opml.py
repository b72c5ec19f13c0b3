"""
Lists of feeds in and out: OPML 2.0, nested, with every bad line told.

Format: https://opml.org/spec2.opml
"""

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import unescape
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
        if said.get("type", "").lower() == "include" and not address:
            there = said.get("url", "")[:100]
            self.problems.append(f"line {line}: another list, which is not read: {there!r}")
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
    Every feed of the list; bad lines are told, and cost no other line.

    Raises:
        ParseError: it is not OPML, or declares entities of its own.
    """
    bare = body.removeprefix(codecs.BOM_UTF8).lstrip()
    above = body[: len(body) - len(bare)].count(b"\n")
    reader, parser = _Reader(), expat.ParserCreate()

    def start(tag: str, attributes: dict[str, str]) -> None:
        reader.start(tag, attributes, above + parser.CurrentLineNumber)

    def refuse(*_declared: Any) -> None:
        line = above + parser.CurrentLineNumber
        raise ParseError(f"line {line}: a list may not declare entities")

    parser.StartElementHandler, parser.EndElementHandler = start, reader.end
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(bare, True)
    except expat.ExpatError as e:
        if reader.root != "opml":
            raise ParseError(f"not OPML: {e}") from e
        why = expat.ErrorString(e.code)
        reader.problems.append(f"line {above + e.lineno}: from here on it is no XML: {why}")
        _loosely(reader, bare, parser.ErrorByteIndex, above)
    if reader.root != "opml":
        raise ParseError(f"not OPML: its root is <{reader.root[:40]}>")
    return Subscriptions(
        feeds=tuple(reader.found),
        duplicates=tuple(reader.duplicates),
        problems=tuple(reader.problems),
    )


# An address with a bare "&" in it, a name with "&nbsp;", a byte of another encoding: what people
# write by hand breaks XML, and a list is read from there on by its tags alone.
_OUTLINE = re.compile(
    r"""<(/?)outline\b((?:[^<>"']|"[^"]{0,4000}"|'[^']{0,4000}')*+)>""", re.IGNORECASE
)
_ATTRIBUTE = re.compile(r"""([\w:.-]{1,40})\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def _loosely(reader: _Reader, body: bytes, fault: int, above: int) -> None:
    """What stands from the outline that the fault is in, or behind it."""
    begun = body.rfind(b"<outline", 0, fault + 1)
    where = begun if begun >= 0 and b">" not in body[begun:fault] else fault
    text = _text(body[where:])
    line, last = above + body.count(b"\n", 0, where) + 1, 0
    for outline in _OUTLINE.finditer(text):
        line += text.count("\n", last, outline.start())
        last = outline.start()
        if not outline[1]:
            found = _ATTRIBUTE.findall(outline[2])
            reader.start("outline", {n: unescape(one or two) for n, one, two in found}, line)
        if (outline[1] or outline[2].endswith("/")) and reader.path:
            reader.end("outline")


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")  # as most bytes are that are no UTF-8


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
