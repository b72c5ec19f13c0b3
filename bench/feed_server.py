"""
Many small feeds on many loopback addresses, served by a process of its own.

    python -m bench.feed_server COUNT      prints its port, serves until stdin closes

Every 127.x.y.z is a host of its own. Two builds of every feed, the second with one new entry and
without the oldest. `/control/<mode>` chooses what is served: "first", "second", or "stubborn": the
first build again, without validators.
"""

import asyncio
import gzip
import random
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import blake2b
from typing import Final

ENTRIES: Final = 30
_START: Final = datetime(2026, 7, 1, tzinfo=UTC)
_WORDS: Final = (
    "harbour crane berth pilot tide ferry ledger minister council bridge river market school "
    "orchard railway signal museum theatre bakery lantern copper timber canal summit valley"
).split()


def sentence(chance: random.Random, least: int, most: int) -> str:
    words = [chance.choice(_WORDS) for _ in range(chance.randint(least, most))]
    return " ".join(words).capitalize() + "."


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    name: str
    title: str
    text: str
    at: datetime


def items(number: int) -> list[Item]:
    """One more than a build shows, newest first."""
    chance = random.Random(number)
    return [
        Item(
            name=f"{number}-{ENTRIES - n}",
            title=sentence(chance, 5, 12),
            text=f"<p>{sentence(chance, 30, 80)} <a href='/x'>{sentence(chance, 3, 5)}</a></p>",
            at=_START + timedelta(hours=ENTRIES - n),
        )
        for n in range(ENTRIES + 1)
    ]


def rss(number: int, shown: list[Item]) -> bytes:
    rows = "".join(
        f"<item><title>{i.title}</title><link>https://p{number}.example/{i.name}</link>"
        f"<guid isPermaLink='false'>{i.name}</guid><pubDate>{format_datetime(i.at)}</pubDate>"
        f"<description><![CDATA[{i.text}]]></description></item>\n"
        for i in shown
    )
    return (
        f"<?xml version='1.0' encoding='UTF-8'?>\n<rss version='2.0'><channel><title>Paper {number}"
        f"</title><link>https://p{number}.example/</link><lastBuildDate>"
        f"{format_datetime(shown[0].at)}</lastBuildDate>\n{rows}</channel></rss>"
    ).encode()


def atom(number: int, shown: list[Item]) -> bytes:
    rows = "".join(
        f"<entry><id>tag:p{number}.example,2026:{i.name}</id><title>{i.title}</title>"
        f"<link href='https://p{number}.example/{i.name}'/><published>{i.at.isoformat()}</published>"
        f"<updated>{i.at.isoformat()}</updated><summary type='html'><![CDATA[{i.text}]]></summary>"
        "</entry>\n"
        for i in shown
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n<feed xmlns='http://www.w3.org/2005/Atom'><title>"
        f"Paper {number}</title><id>tag:p{number}.example,2026:all</id><updated>"
        f"{shown[0].at.isoformat()}</updated>\n{rows}</feed>"
    ).encode()


def builds(number: int) -> tuple[bytes, bytes]:
    """Before and after one new entry."""
    made, draw = items(number), rss if number % 2 else atom
    return draw(number, made[1:]), draw(number, made[:-1])


class Farm:
    """What is served now."""

    def __init__(self, count: int) -> None:
        self.pages = {
            build: [self._answer(builds(n)[build]) for n in range(count)] for build in (0, 1)
        }
        self.mode = "first"

    def _answer(self, body: bytes) -> tuple[bytes, bytes, bytes]:
        """The tag, a whole answer without validators, the lines with them."""
        packed = gzip.compress(body, 6)
        tag = f'"{blake2b(body, digest_size=8).hexdigest()}"'
        lines = f"ETag: {tag}\r\nLast-Modified: Sat, 01 Aug 2026 10:00:00 GMT\r\n"
        rest = (
            "Content-Type: application/rss+xml\r\nContent-Encoding: gzip\r\nConnection: close\r\n"
            f"Content-Length: {len(packed)}\r\n\r\n"
        ).encode() + packed
        return tag.encode(), rest, lines.encode()

    def answer(self, head: bytes) -> bytes:
        path = head.split(b" ", 2)[1].decode()
        if path.startswith("/control/"):
            self.mode = path.rpartition("/")[2]
            return b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
        tag, rest, lines = self.pages[int(self.mode == "second")][int(path.strip("/"))]
        if self.mode == "stubborn":
            return b"HTTP/1.1 200 OK\r\n" + rest
        if tag in head:
            return b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n" + lines + b"\r\n"
        return b"HTTP/1.1 200 OK\r\n" + lines + rest


async def serve(count: int) -> None:
    farm = Farm(count)

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(farm.answer(await reader.readuntil(b"\r\n\r\n")))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(one, "0.0.0.0", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
