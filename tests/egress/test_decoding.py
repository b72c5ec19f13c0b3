"""monitor.egress.decoding: bodies under a cap."""

import gzip
import tracemalloc
import zlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.egress.decoding import read_body
from monitor.egress.request import Limits, Refused
from monitor.model import FailureReason


def refusal(chunks: Sequence[bytes], coding: str, limits: Limits) -> FailureReason:
    with pytest.raises(Refused) as caught:
        read_body(chunks, coding, limits)
    return caught.value.reason


@given(st.binary(max_size=5_000), st.integers(1, 700))
def test_gzip_comes_back_however_it_is_cut(data: bytes, step: int) -> None:
    """Decoding does not depend on where the network cut the bytes."""
    packed = gzip.compress(data)
    chunks = [packed[n : n + step] for n in range(0, len(packed), step)]

    assert (data, False) == read_body(chunks, "gzip", Limits())


@pytest.mark.parametrize("coding", ["", "identity", " Identity "])
def test_plain_bodies_pass(coding: str) -> None:
    """No coding is no decoding."""
    assert (b"abc", False) == read_body([b"a", b"bc"], coding, Limits())


@pytest.mark.parametrize(
    "coding", ["br", "zstd", "deflate", "compress", "gzip, gzip", "gzip, br", "identity, gzip"]
)
def test_other_and_double_codings_are_refused(coding: str) -> None:
    """Only gzip, only once: 405 bytes of brotli can be 500 MB."""
    assert FailureReason.ENCODING == refusal([gzip.compress(b"x")], coding, Limits())


def test_members_follow_one_another() -> None:
    """A body of several gzip members is all of them; padding after them is nothing."""
    packed = gzip.compress(b"one ") + gzip.compress(b"two") + b"\0" * 20

    assert (b"one two", False) == read_body([packed], "x-gzip", Limits())


@pytest.mark.parametrize("cut", [1, 5, 9, 15, 30, -1])
def test_cut_short_gzip_is_refused(cut: int) -> None:
    """Half a body is not taken for a whole one."""
    packed = gzip.compress(b"many words " * 50)

    assert FailureReason.ENCODING == refusal([packed[:cut]], "gzip", Limits())


def test_damaged_gzip_is_refused() -> None:
    """A wrong checksum and plain bytes labelled gzip are named."""
    packed = bytearray(gzip.compress(b"words " * 50))
    packed[-5] ^= 0xFF

    assert FailureReason.ENCODING == refusal([bytes(packed)], "gzip", Limits())
    assert FailureReason.ENCODING == refusal([b"<rss></rss>"], "gzip", Limits())


def test_a_bomb_stays_small_in_memory() -> None:
    """500 MB in half a megabyte of gzip are refused at the cap, in a few MB of memory."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(500)) + packer.flush()
    tracemalloc.start()

    reason = refusal([bomb], "gzip", Limits(body_bytes=4_000_000, ratio=10_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert FailureReason.TOO_LARGE == reason
    assert peak < 16_000_000


def test_the_ratio_is_capped_before_the_size() -> None:
    """What inflates a thousandfold is refused long before it is as large as a body may be."""
    bomb = gzip.compress(bytes(40_000_000))
    limits = Limits(body_bytes=30_000_000)

    with pytest.raises(Refused, match="200-fold"):
        read_body([bomb], "gzip", limits)


def test_limits_cut_or_refuse() -> None:
    """Beyond the limit a body is refused, or cut where a beginning is enough."""
    cut = Limits(body_bytes=10, truncate=True)

    assert (b"x" * 10, False) == read_body([b"x" * 10], "", Limits(body_bytes=10))
    assert (b"x" * 10, True) == read_body([b"x" * 11], "", cut)
    assert (b"x" * 10, True) == read_body([gzip.compress(b"x" * 99)], "gzip", cut)
    assert FailureReason.TOO_LARGE == refusal([b"x" * 11], "", Limits(body_bytes=10))


def test_crumbs_are_refused() -> None:
    """A body in hundreds of thousands of crumbs costs more than it can be worth."""
    assert FailureReason.PROTOCOL == refusal([b"x"] * 200_002, "", Limits())


def test_an_empty_gzip_body_is_empty() -> None:
    """No bytes at all are an empty body, whatever they are labelled."""
    assert (b"", False) == read_body([], "gzip", Limits())
