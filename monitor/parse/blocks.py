"""
Cut the items already known out of the bytes, before anything slow looks at them. PURE.

A feed of 30 entries with one new costs feedparser 17 ms; the new one alone 2. The cut is made
only where it is provably the same: opening and closing tags alternate, nothing depends on a
DTD or on a shifting encoding, and the last full parse gave one entry for each block.
"""

import re
from base64 import urlsafe_b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

PREFIX: Final = "b:"  # of block hashes among Claim.known's keys
LISTED: Final = "e:"  # of ids alone, for documents that cannot be cut
MOST_REMEMBERED: Final = 2_000  # blocks or ids a feed; the rest is parsed again
_EDGE = re.compile(rb"<(/?)(item|entry)(?=[\s>/])[^<>]*>")
_SHIFTING: Final = (b"\x1b", b"\x00", b"<!DOCTYPE", b"<!doctype", b"<!ENTITY")


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """A document taken apart: what is around the items, and each item's own bytes."""

    body: bytes
    spans: tuple[tuple[int, int], ...]  # of each item with its tags, in order

    def keys(self) -> tuple[str, ...]:
        """One key for each item, made of its bytes."""
        return tuple(_key(self.body[start:end]) for start, end in self.spans)

    def without(self, positions: Collection[int]) -> bytes:
        """The document less those items."""
        kept, last = [], 0
        for position, (start, end) in enumerate(self.spans):
            if position in positions:
                kept.append(self.body[last:start])
                last = end
        kept.append(self.body[last:])
        return b"".join(kept)


def split(body: bytes) -> Blocks | None:
    """The document's items, or None where cutting might change what the others say."""
    if any(mark in body for mark in _SHIFTING):
        return None
    spans: list[tuple[int, int]] = []
    start, name = -1, b""
    for edge in _EDGE.finditer(body):
        closing, tag = edge.group(1) == b"/", edge.group(2)
        if closing != (start >= 0) or (closing and tag != name):
            return None  # nested, unbalanced, or inside CDATA
        if edge.group().endswith(b"/>"):
            return None
        if closing:
            spans.append((start, edge.end()))
            start = -1
        else:
            start, name = edge.start(), tag
    if start >= 0 or not spans or not _whole(body, spans):
        return None
    return Blocks(body=body, spans=tuple(spans))


def _whole(body: bytes, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether no comment and no CDATA section reaches over the edge of an item."""
    if b"<!--" not in body and b"<![CDATA[" not in body:
        return True
    last = 0
    for start, end in (*spans, (len(body), len(body))):
        if not _closed(body[last:start]) or not _closed(body[start:end]):
            return False
        last = end
    return True


_SECTION = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>", re.S)


def _closed(part: bytes) -> bool:
    left = _SECTION.sub(b"", part) if b"<!" in part else part
    return b"<!--" not in left and b"<![CDATA[" not in left and b"]]>" not in left


def _key(block: bytes) -> str:
    return PREFIX + urlsafe_b64encode(blake2b(block, digest_size=12).digest()).decode()


def remembered(keys: Sequence[str], ids: Sequence[str]) -> Mapping[str, str]:
    """What to keep for the next poll: the block of every item with the item's id."""
    return dict(zip(keys[:MOST_REMEMBERED], ids, strict=False))


def listed(ids: Sequence[str]) -> Mapping[str, str]:
    """The same where the document cannot be cut: ids alone, to see what overlaps."""
    return {f"{LISTED}{n}": i for n, i in enumerate(ids[:MOST_REMEMBERED])}
