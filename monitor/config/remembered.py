"""
What was read last from a folder of knowledge, as long as its files are the same.

The detector and the judge of stories both want all names and lexicons: 0.25 s and 15 MB. A
reload that touches neither gets them again without reading.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Generic, TypeVar

from monitor.config.reading import Problems

T = TypeVar("T")


class Remembered(Generic[T]):
    """One value and the files it was read from, by their content."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._last: tuple[str, T] | None = None  # replaced whole: threads see the old or the new

    def get(self, key: str) -> T | None:
        """What was kept under this key last; None when that was another, or no key."""
        last = self._last
        return last[1] if last and key and last[0] == key else None

    def keep(self, key: str, value: T, problems: Problems, before: int) -> T:
        """The value, kept unless there was a problem beyond so many: it must be said again."""
        if key and len(problems.lines) == before:
            self._last = key, value
        return value


def content(files: Sequence[Path]) -> str:
    """A hash of names and bytes; "" when one cannot be read, or asks for a ${VARIABLE}."""
    seen = hashlib.sha256()
    for file in files:
        try:
            data = file.read_bytes()
        except OSError:
            return ""
        if b"${" in data:
            return ""
        seen.update(b"%s\0%d\0" % (file.name.encode(errors="surrogateescape"), len(data)))
        seen.update(data)
    return seen.hexdigest()
