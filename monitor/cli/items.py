"""Items as JSON Lines: a bad line is named by its number, the others are still answered."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from monitor.desk.silencing import moment
from monitor.errors import UsageError
from monitor.model import Entry
from monitor.terminal import progress

_TEXTS = ("summary", "text", "url", "language", "outlet", "published")


@dataclass(slots=True)
class Items:
    """Reads a file or, for "-" and no name, the standard input."""

    name: str | None
    bad: int = 0  # lines that could not be read, so far
    raw: list[dict[str, Any]] = field(default_factory=list)  # kept only when asked to

    def __iter__(self) -> Iterator[Entry]:
        """
        Entries in the order given.

        Raises:
            UsageError: the file cannot be opened.
        """
        with self._open() as stream:
            size = 0 if stream is sys.stdin.buffer else Path(self.name or "").stat().st_size
            with progress(size, "reading items") as advance:
                for number, line in enumerate(stream, 1):
                    if line.strip():
                        yield from self._one(number, line)
                    advance(len(line))

    def _open(self) -> IO[bytes]:
        if self.name in (None, "-"):
            return sys.stdin.buffer
        try:
            return Path(str(self.name)).open("rb")
        except OSError as e:
            raise UsageError(f"cannot read {self.name}: {e.strerror}") from e

    def _one(self, number: int, line: bytes) -> Iterator[Entry]:
        try:
            item = json.loads(line)
            entry = as_entry(item)
        except (ValueError, TypeError, RecursionError) as e:
            self.bad += 1
            said = f"not JSON: {e}" if isinstance(e, json.JSONDecodeError) else str(e)
            print(f"{self.name or 'stdin'}:{number}: {said}", file=sys.stderr)
            return
        yield entry


def as_entry(item: Any) -> Entry:
    """
    The item of docs/contracts.md as an entry of no feed.

    Raises:
        ValueError: `id` or `title` is missing, or a field is not a text.
    """
    if not isinstance(item, dict):
        raise ValueError("an item is an object with at least id and title")
    for key in ("id", "title"):
        if not isinstance(item.get(key), str if key == "title" else str | int):
            raise ValueError(f"{key}: is missing or not a text")
    for key in _TEXTS:
        if not isinstance(item.get(key, ""), str | None):
            raise ValueError(f"{key}: is not a text")
    return Entry(
        feed_id="",
        id=str(item["id"]),
        title=item["title"],
        summary=item.get("summary") or "",
        text=item.get("text") or "",
        url=item.get("url") or "",
        language=(item.get("language") or "").partition("-")[0].lower(),
        outlet=item.get("outlet") or "",
        published=moment(item.get("published") or ""),
    )
