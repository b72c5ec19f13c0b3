"""
A document becomes entries, by the first format that accepts it.

    Fetched → Parsed
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from hashlib import sha256
from typing import Final

from monitor import parse as formats
from monitor.errors import ParseError
from monitor.model import Feed, Fetched, Parsed
from monitor.parse.blocks import FRAME, MOST_REMEMBERED, Blocks, listed, remembered, split
from monitor.parse.encoding import settled
from monitor.parse.identity import COLLIDING, by_link
from monitor.ports import Format
from monitor.registry import load, names

_HEAD_BYTES: Final = 1024
_BLANK = re.compile(rb"[\s\x00\xef\xbb\xbf\xfe\xff]*")
# Atomic groups: a comment ends at its first "-->", whatever comes after.
_PAGE = re.compile(rb"(?:\s|(?><!--.*?-->))*+<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)


@cache
def _formats() -> tuple[Format, ...]:
    """Every module here that ends with a FORMAT, in order of name."""
    modules = (load(formats, name) for name in names(formats))
    return tuple(module.FORMAT for module in modules if hasattr(module, "FORMAT"))


def parse(document: Fetched, feed: Feed) -> Parsed:
    """
    What the document holds.

    Raises:
        ParseError: it is empty, a web page, or of no format we read.
    """
    document, repair = settled(document)
    return _told(_parse(document, feed), repair)


def _told(found: Parsed, repair: str) -> Parsed:
    """With what had to be repaired among its defects."""
    return replace(found, defects=(repair, *found.defects)) if repair else found


def _parse(document: Fetched, feed: Feed) -> Parsed:
    if blank(document.body):
        raise ParseError("the document is empty")
    head = document.body[:_HEAD_BYTES]
    for candidate in _formats():
        if candidate.accepts(document.media_type, head):
            return candidate.parse(document, feed)
    if web_page(document.body):
        raise ParseError("the document is a web page")
    raise ParseError("the document is of no format we read")


def read(document: Fetched, feed: Feed, known: Mapping[str, str], limit: int) -> Parsed:
    """
    As parse(), less the items whose very bytes the last poll knew; those stand in `seen` alone.

    At most `limit` entries; the others are counted as dropped.

    Raises:
        ParseError: as parse().
    """
    document, repair = settled(document)
    blocks = split(document.body)
    found = _cut(document, feed, known, blocks) if blocks else None
    found = found or _whole(document, feed, known, blocks)
    return _limited(_told(found, repair), limit)


def _cut(document: Fetched, feed: Feed, known: Mapping[str, str], blocks: Blocks) -> Parsed | None:
    """By the new blocks alone; None when that would not be the same as the whole."""
    frame, keys = blocks.frame(document.url, document.charset), blocks.keys()
    old = {n for n, key in enumerate(keys) if key in known}
    if not old or frame != known.get(FRAME) or len(set(keys)) < len(keys):
        return None
    shorter = replace(document, body=blocks.without(old))
    try:
        found = _parse(shorter, feed)
    except ParseError:
        return None
    ids = {known[keys[n]] for n in old}
    same = len(found.entries) == len(keys) - len(old) and not found.dropped
    # An item with the id of one cut out is a revision of it, or the id collides: only the
    # whole document can tell.
    if not same or _guessed(found) or any(e.id in ids for e in found.entries):
        return None
    fresh = iter(found.entries)
    seen = tuple(known[key] if n in old else next(fresh).id for n, key in enumerate(keys))
    kept = dict(remembered(keys, seen, frame))
    if LINKS in known:  # the new ones first: the oldest fall off the end
        kept[LINKS] = (_links(found) + known[LINKS])[: len(seen) * _HASH_LENGTH]
    return replace(found, seen=seen, known=kept)


def _whole(
    document: Fetched, feed: Feed, known: Mapping[str, str], blocks: Blocks | None
) -> Parsed:
    """By every block, with what the next poll needs to cut."""
    found = _parse(document, feed)
    if _rotates(found, known):
        entries = by_link(found.entries)
        ids = tuple(e.id for e in entries)
        return replace(found, entries=entries, seen=ids, known={**listed(ids), ROTATING: "1"})
    ids = tuple(e.id for e in found.entries)
    sure = blocks and len(blocks.spans) == len(ids) and not found.dropped and not _guessed(found)
    frame = blocks.frame(document.url, document.charset) if blocks and sure else ""
    kept = remembered(blocks.keys(), ids, frame) if blocks and sure else listed(ids)
    links = _links(found)
    return replace(found, seen=ids, known={**kept, LINKS: links} if links else kept)


def _guessed(found: Parsed) -> bool:
    """Whether tags or ids had to be guessed: a shorter document may be guessed differently."""
    return any(d == COLLIDING or d.startswith("not well-formed") for d in found.defects)


ROTATING: Final = "rotating"  # this feed's ids change at every build
LINKS: Final = "links"  # hashes of links, where ids are something else
_HASH_LENGTH: Final = 8
_FEW: Final = 3


def _links(found: Parsed) -> str:
    """Hashes of the links of those items that an id of their own tells apart."""
    urls = [e.url for e in found.entries if e.url and e.url != e.id][:MOST_REMEMBERED]
    return "".join(sha256(url.encode()).hexdigest()[:_HASH_LENGTH] for url in urls)


def _rotates(found: Parsed, known: Mapping[str, str]) -> bool:
    """Whether every id is new while the links are mostly those of the last poll."""
    if ROTATING in known:
        return True
    text, before = known.get(LINKS, ""), set(known.values())
    if not text or any(e.id in before for e in found.entries):
        return False
    old = {text[n : n + _HASH_LENGTH] for n in range(0, len(text), _HASH_LENGTH)}
    mine = _links(found)
    again = sum(mine[n : n + _HASH_LENGTH] in old for n in range(0, len(mine), _HASH_LENGTH))
    return again >= _FEW and again * _HASH_LENGTH * 2 >= len(mine)


def _limited(found: Parsed, limit: int) -> Parsed:
    over = len(found.entries) - limit
    if over <= 0:
        return found
    kept = found.entries[:limit]
    names = {e.id for e in found.entries[limit:]}
    return replace(
        found,
        entries=kept,
        seen=tuple(i for i in found.seen if i not in names),
        known={k: v for k, v in found.known.items() if v not in names},
        dropped=found.dropped + over,
        defects=(*found.defects, f"{over} items over the limit of {limit}"),
    )


def blank(body: bytes) -> bool:
    """Whether there is nothing but white space and byte order marks."""
    return _BLANK.fullmatch(body) is not None


def web_page(body: bytes) -> bool:
    """Whether it begins as HTML; feeds are often labelled text/html, so labels do not count."""
    return _PAGE.match(body.removeprefix(b"\xef\xbb\xbf")[:8192]) is not None
