"""
Feeds scribbled over, as a broken or hostile publisher might send them.

Every mutant comes of a seed, so that one that hurt can be made again.
"""

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Final

MOST: Final = 5_000_000  # bytes, as much as the gate lets in
_TAG: Final = re.compile(rb"<[^<>]{1,200}>")
_TOKENS: Final[Sequence[bytes]] = (
    b"<item>", b"</item>", b"<entry>", b"</entry>", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"&lt;",
    b"&#0;", b"&#x1F600;", b"&#xD800;", b"&#99999999999;", b"&nbsp;", b"&undefined;", b"&", b"<",
    b">", b'"', b"\x00", b"\x1b$B", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3(", b"\xed\xa0\x80",
    b"<?xml version='1.0' encoding='utf-16'?>", b"<?xml version='1.0' encoding='shift_jis'?>",
    b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"xml:base='//'", b" xmlns=''", b"<channel>", b"</channel>",
    b"<guid>", b"</guid>", b"<link/>", b"<link href='http://[::1'/>", b"http://[", b"javascript:",
    b"<pubDate>9999-99-99T99:99:99Z</pubDate>", b"<pubDate>Mon, 32 Foo 0000 25:61:61 +9999</pubDate>",
    b"<ttl>1e999</ttl>", b"<skipHours><hour>99</hour></skipHours>", b"<content type='xhtml'>",
    b"<div xmlns='http://www.w3.org/1999/xhtml'>", b"null", b"[[", b"{}", b"-0", b"1e400", b"\\ud800",
    b"\xe2\x80\xae", b"\r", b"\x0c", b"<a:b xmlns:a='a'>", b"</", b"<a ", b"=''",
)  # fmt: skip
Mutation = Callable[[bytes, Random], bytes]


def _span(body: bytes, chance: Random, most: int = 2_000) -> tuple[int, int]:
    start = chance.randrange(len(body) + 1)
    return start, min(len(body), start + chance.randrange(most))


def _flip(body: bytes, chance: Random) -> bytes:
    data = bytearray(body or b"<rss/>")
    for _ in range(chance.choice((1, 3, 30))):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


def _delete(body: bytes, chance: Random) -> bytes:
    start, end = _span(body, chance)
    return body[:start] + body[end:]


def _truncate(body: bytes, chance: Random) -> bytes:
    return body[: chance.randrange(len(body) + 1)]


def _double(body: bytes, chance: Random) -> bytes:
    start, end = _span(body, chance)
    times: int = chance.choice((1, 2, 50))
    return body[:end] + body[start:end] * times + body[end:]


def _move(body: bytes, chance: Random) -> bytes:
    start, end = _span(body, chance)
    rest = body[:start] + body[end:]
    at = chance.randrange(len(rest) + 1)
    return rest[:at] + body[start:end] + rest[at:]


def _insert(body: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(body) + 1)
    many = chance.choice((1, 1, 1, 5, 500))
    return body[:at] + chance.choice(_TOKENS) * many + body[at:]


def _flood(body: bytes, chance: Random) -> bytes:
    """One token or tag over and over: what is quadratic shows."""
    tags = _TAG.findall(body[:50_000]) or [b"<a>"]
    token: bytes = chance.choice((*_TOKENS, *tags[:200]))
    at = chance.randrange(len(body) + 1)
    return body[:at] + token * (chance.choice((2_000, 60_000)) // len(token)) + body[at:]


def _untag(body: bytes, chance: Random) -> bytes:
    tags = list(_TAG.finditer(body))
    for found in chance.sample(tags, min(len(tags), chance.choice((1, 2, 8)))):
        # Of the same length, so that the other places stay right.
        body = body[: found.start()] + b" " * len(found.group()) + body[found.end() :]
    return body


def _recode(body: bytes, chance: Random) -> bytes:
    text = body.decode("utf-8", "replace")
    return text.encode(
        chance.choice(("utf-16", "utf-32-be", "cp1251", "shift_jis", "utf-7")), "replace"
    )


def _nest(body: bytes, chance: Random) -> bytes:
    depth = chance.choice((50, 3_000))
    tag = chance.choice((b"item", b"div", b"b", b"entry", b"x"))
    at = chance.randrange(len(body) + 1)
    inside = b"<%s>" % tag * depth + b"</%s>" % tag * chance.choice((0, depth))
    return body[:at] + inside + body[at:]


_MUTATIONS: Final[Sequence[Mutation]] = (
    _flip, _delete, _truncate, _double, _move, _insert, _insert, _flood, _untag, _recode, _nest,
)  # fmt: skip


def mutant(seeds: Sequence[bytes], number: int) -> tuple[bytes, bytes]:
    """A document, and the same one damaged: what an earlier poll may have read, and a later."""
    chance = Random(number)
    whole = chance.choice(seeds)
    body = whole
    if chance.random() < 0.15:
        other = chance.choice(seeds)
        body = body[: chance.randrange(len(body) + 1)] + other[chance.randrange(len(other) + 1) :]
    for _ in range(chance.choice((1, 1, 2, 4))):
        body = chance.choice(_MUTATIONS)(body, chance)[:MOST]
    return whole, body
