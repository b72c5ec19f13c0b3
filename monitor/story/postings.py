"""Which numbers stand under which key: a table of eight bytes an entry, for millions of them."""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final
from zlib import crc32

_BITS: Final = 32
_LOW: Final = (1 << _BITS) - 1
_FIRST: Final = 1 << 12  # slots of an empty table; always a power of two
_CROWD: Final = 6  # numbers of one key in the table
_FULL: Final = 0.6  # of the slots, from where searching gets long


class Postings:
    """
    Numbers under keys, the newest `most` of each key.

    An entry is the checksum of its key above its number: two keys of one checksum, one in 4
    billion pairs, bring a number more. A dict of the same takes twelve times the memory; the few
    keys of many numbers have lists of their own.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._used = 0
        self._slots = array("Q", bytes(8 * _FIRST))
        self._crowded: dict[int, array[int]] = {}  # mark → its numbers, lowest first

    def add(self, key: str, number: int) -> None:
        """Put the number, from 0 on, under the key; the lowest goes when there are too many."""
        mark = crc32(key.encode("utf-8", "surrogatepass"))
        listed = self._crowded.get(mark)
        if listed is not None:
            self._list(listed, number)
            return
        found, end = self._search(mark)
        if number in found:
            return
        if len(found) < min(_CROWD, self._most):
            self._slots[end] = mark << _BITS | number + 1
            self._used += 1
            if self._used > _FULL * len(self._slots):
                self._grow()
            return
        # Its slots stay as they are: to empty one would cut what was put behind it.
        self._crowded[mark] = array("I", sorted(found))
        self._list(self._crowded[mark], number)

    def _list(self, listed: "array[int]", number: int) -> None:
        at = bisect_left(listed, number)
        if listed[at : at + 1] != array("I", (number,)):
            listed.insert(at, number)
        del listed[: -self._most]

    def of(self, key: str) -> Sequence[int]:
        """The numbers under the key, each once."""
        mark = crc32(key.encode("utf-8", "surrogatepass"))
        listed = self._crowded.get(mark)
        return self._search(mark)[0] if listed is None else listed

    def _search(self, mark: int) -> tuple[list[int], int]:
        """The numbers of a mark, and the free slot where its next entry goes."""
        slots, last = self._slots, len(self._slots) - 1
        at, step = mark & last, mark >> 15 | 1  # odd: every slot is come by
        found = []
        while entry := slots[at]:
            if entry >> _BITS == mark:
                found.append((entry & _LOW) - 1)
            at = at + step & last
        return found, at

    def _grow(self) -> None:
        entries = [entry for entry in self._slots if entry]
        self._slots = array("Q", bytes(16 * len(self._slots)))
        slots, last = self._slots, len(self._slots) - 1
        for entry in entries:
            mark = entry >> _BITS
            at, step = mark & last, mark >> 15 | 1
            while slots[at]:
                at = at + step & last
            slots[at] = entry
