"""Bodies made to fill our memory, over real sockets, measured."""

import gzip
import tracemalloc
import zlib
from collections.abc import Iterator
from datetime import datetime

import pytest

from monitor.egress import Egress, EgressSettings, Request, Response
from monitor.model import Failed, FailureReason
from tests.hostile import Script, answer, hostile

MANY = 50_000_000
MOST = 24_000_000  # bytes of Python memory that any of these may cost


def send(url: str, now: datetime) -> tuple[Response | Failed, int]:
    """What came, and the peak of memory meanwhile."""
    out = Egress(EgressSettings(allow_private=("127.0.0.1/32",)))
    tracemalloc.start()
    found = out.send(Request(url=url, follow=3), now)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found, peak


def zeros() -> bytes:
    """50 MB of zeros as 48 kB of gzip, made in little memory."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [packer.compress(bytes(1_000_000)) for _ in range(MANY // 1_000_000)]
    return b"".join(parts) + packer.flush()


def squeezed(body: bytes, coding: str, status: str = "200 OK") -> Script:
    return answer(body, status, {"Content-Encoding": coding})


def endless(request: bytes) -> Iterator[bytes | float]:
    yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    while True:
        data = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_SYNC_FLUSH)
        yield f"{len(data):x}\r\n".encode() + data + b"\r\n"


def redirecting(request: bytes) -> Iterator[bytes | float]:
    """The bomb is in the body of the redirect."""
    bomb = zeros()
    yield (
        b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Encoding: gzip\r\n"
        + f"Content-Length: {len(bomb)}\r\n\r\n".encode()
        + bomb
    )


BOMBS = {
    "gzip": (squeezed(zeros(), "gzip"), FailureReason.TOO_LARGE),
    "gzip twice": (squeezed(gzip.compress(zeros()), "gzip, gzip"), FailureReason.ENCODING),
    "gzip in gzip": (squeezed(gzip.compress(zeros()), "gzip"), None),
    "two headers": (
        answer(b"x", headers={"Content-Encoding": "gzip\r\nContent-Encoding: gzip"}),
        FailureReason.ENCODING,
    ),
    "many members": (squeezed(gzip.compress(bytes(200_000)) * 400, "gzip"), FailureReason.TOO_LARGE),
    "brotli": (squeezed(b"\x0f" * 405, "br"), FailureReason.ENCODING),
    "zstd": (squeezed(b"\x28\xb5\x2f\xfd" * 400, "zstd"), FailureReason.ENCODING),
    "deflate": (squeezed(zlib.compress(bytes(MANY)), "deflate"), FailureReason.ENCODING),
    "an error page": (squeezed(zeros(), "gzip", "500 Oops"), FailureReason.TOO_LARGE),
    "endless": (endless, FailureReason.TOO_LARGE),
    "a redirect": (redirecting, FailureReason.TOO_LARGE),
    "plain": (answer(bytes(MANY // 5)), FailureReason.TOO_LARGE),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_go_off_outside(name: str, now: datetime) -> None:
    """Each is refused by name, or stays packed, within a few megabytes."""
    script, reason = BOMBS[name]
    with hostile(script) as server:
        found, peak = send(server.url(), now)

    assert (found.reason if isinstance(found, Failed) else None) == reason
    assert peak < MOST


def test_lies_about_length_are_caught(now: datetime) -> None:
    """A body longer than declared ends where it was declared to; a shorter one is a failure."""
    long = answer(b"<rss/>" * 10, headers={"Content-Length": "6"})
    short = answer(b"<rss/>", headers={"Content-Length": "60"})
    with hostile(long) as first, hostile(short) as second:
        whole, _ = send(first.url(), now)
        torn, _ = send(second.url(), now)

    assert isinstance(whole, Response)
    assert b"<rss/>" == whole.body
    assert isinstance(torn, Failed)
    assert FailureReason.PROTOCOL == torn.reason
