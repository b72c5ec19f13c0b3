"""
What makes an item the same item tomorrow: its GUID, else its link, else title and date; where it
has no title, what it says stands for one.

Publishers leave ids out, give one id to every item, and change them at every build. An id is
trusted only as far as one document can tell; the store then compares texts.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Final

from monitor.model import Entry
from monitor.parse.clean import Defects

_FACE: Final = 300  # characters
_LONGEST: Final = 500  # longer ids are hashed; they are keys in the store


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """What an item says it is."""

    guid: str  # "" when it says nothing
    url: str  # as in Entry.url
    title: str  # as face() gives it
    date: datetime | None  # None when unknown


def face(title: str, summary: str) -> str:
    """What people know an item by; RSS asks for a title or a description, not for both."""
    return title or summary[:_FACE]


def identify(claimed: Claimed) -> str:
    """The item's id; "" when there is nothing to tell it by."""
    if claimed.guid:
        return _short(claimed.guid)
    if claimed.url:
        return _short(claimed.url.partition("#")[0])
    if claimed.title:
        return _hashed(claimed)
    return ""


def _short(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    return f"sha256:{sha256(text.encode('utf-8', 'replace')).hexdigest()}"


def _hashed(claimed: Claimed) -> str:
    day = claimed.date.isoformat() if claimed.date else ""
    text = f"{claimed.title}\n{day}"
    return f"sha256:{sha256(text.encode('utf-8', 'replace')).hexdigest()[:32]}"


COLLIDING: Final = "one id stands on different items"


def told_apart(entries: Sequence[Entry], defects: Defects) -> tuple[Entry, ...]:
    """
    The entries with one id each, in order; of true repetitions the first.

    Where one id stands on items with different links or titles it is worth nothing, and each
    of them goes by its link where those differ, else by its title and date.
    """
    colliding = _colliding(entries)
    if colliding:
        defects.note(COLLIDING)
    kept: dict[str, Entry] = {}
    for entry in entries:
        if entry.id in colliding:
            entry = replace(entry, id=_own(entry, by_link=colliding[entry.id]))
        kept.setdefault(entry.id, entry)
    return tuple(kept.values())


def by_link(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries of a feed whose ids change at every build: each goes by its link."""
    return told_apart([replace(e, id=_own(e, by_link=bool(e.url))) for e in entries], Defects())


def _colliding(entries: Sequence[Entry]) -> dict[str, bool]:
    """Ids that stand on different items, and whether every one of those has its own link."""
    counts = Counter(e.id for e in entries)
    faces: dict[str, set[tuple[str, str]]] = {i: set() for i, n in counts.items() if n > 1}
    for e in entries:
        if e.id in faces:
            faces[e.id].add((e.url, face(e.title, e.summary)))
    return {
        i: all(url for url, _ in f) and len({url for url, _ in f}) == len(f)
        for i, f in faces.items()
        if len(f) > 1
    }


def _own(entry: Entry, *, by_link: bool) -> str:
    url = entry.url if by_link else ""
    bare = Claimed(guid="", url=url, title=face(entry.title, entry.summary), date=entry.published)
    return identify(bare) or entry.id
