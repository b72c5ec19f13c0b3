"""
Bodies off the wire, decoded under a cap.

The decoders of HTTP clients inflate a whole chunk at once: 405 bytes of brotli became one
chunk of 500 MB under a cap of 10 MB, as did 982 bytes of twice-gzipped zeros. Hence only gzip,
only once, and zlib's max_length.
"""

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from monitor.egress.request import Limits, Refused
from monitor.model import FailureReason

_GZIP: Final = 16 + zlib.MAX_WBITS
_STEP: Final = 65_536
_RATIO_FROM: Final = 1_000_000  # a small page of blanks may well shrink a thousandfold
_MOST_CHUNKS: Final = 200_000  # each costs 10 µs; an honest server needs a few hundred


def read_body(chunks: Iterable[bytes], coding: str, limits: Limits) -> tuple[bytes, bool]:
    """
    The decoded body, and whether it was cut at the limit.

    Raises:
        Refused: unknown, double or broken coding, or beyond the limits.
    """
    coding = coding.strip().lower()
    if coding in ("", "identity"):
        return _plain(_counted(chunks), limits)
    if coding in ("gzip", "x-gzip"):
        return _gunzip(_counted(chunks), limits)
    raise Refused(FailureReason.ENCODING, f"the body is encoded as {coding[:40]!r}, not gzip")


def _counted(chunks: Iterable[bytes]) -> Iterable[bytes]:
    for number, chunk in enumerate(chunks):
        if number > _MOST_CHUNKS:
            raise Refused(FailureReason.PROTOCOL, f"the body came in over {_MOST_CHUNKS} chunks")
        yield chunk


def _plain(chunks: Iterable[bytes], limits: Limits) -> tuple[bytes, bool]:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > limits.body_bytes:
            return _over(body, limits)
    return bytes(body), False


def _over(body: bytearray, limits: Limits) -> tuple[bytes, bool]:
    if limits.truncate:
        return bytes(body[: limits.body_bytes]), True
    raise Refused(FailureReason.TOO_LARGE, f"the body is over {limits.body_bytes} bytes")


def _gunzip(chunks: Iterable[bytes], limits: Limits) -> tuple[bytes, bool]:
    wire = 0
    unpacked = _Members()
    for chunk in chunks:
        wire += len(chunk)
        for piece in unpacked.pieces(chunk):
            if piece > limits.body_bytes:
                return _over(unpacked.body, limits)
            if piece > _RATIO_FROM and piece > wire * limits.ratio:
                detail = f"the body inflates over {limits.ratio}-fold"
                raise Refused(FailureReason.TOO_LARGE, detail)
    if unpacked.cut_short:
        raise Refused(FailureReason.ENCODING, "the gzip body is cut short")
    return bytes(unpacked.body), False


class _Members:
    """The members of a gzip body, one after another."""

    def __init__(self) -> None:
        self.body = bytearray()
        self._inflater = zlib.decompressobj(_GZIP)
        self._started = False

    @property
    def cut_short(self) -> bool:
        return self._started and not self._inflater.eof

    def pieces(self, chunk: bytes) -> Iterator[int]:
        """Inflate the chunk, a step at a time; the length of the body after each."""
        pending = chunk
        while pending:
            if self._inflater.eof:  # a further member, or padding that everybody ignores
                if not pending.startswith(b"\x1f"):
                    return
                self._inflater = zlib.decompressobj(_GZIP)
            self._started = True
            self.body += _inflate(self._inflater, pending)
            pending = self._inflater.unused_data or self._inflater.unconsumed_tail
            yield len(self.body)


def _inflate(inflater: "zlib._Decompress", data: bytes) -> bytes:
    try:
        return inflater.decompress(data, _STEP)
    except zlib.error as e:
        raise Refused(FailureReason.ENCODING, f"the gzip body is damaged: {e}") from e
