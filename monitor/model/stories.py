"""Entries that tell one event."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from monitor.model.matches import Act
from monitor.model.repairs import Mark, Place


class Relation(StrEnum):
    """What an item is to its story."""

    FIRST = "first"
    COPY = "copy"
    REPORT = "report"
    UPDATE = "update"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One matched entry as its story remembers it: enough to compare the next one."""

    feed_id: str
    entry_id: str
    title: str
    summary: str  # first 600 characters
    url: str
    outlet: str
    language: str
    published: datetime | None
    seen: datetime
    topic: str
    score: float
    act: Act | None
    relation: Relation = Relation.FIRST
    link: Mapping[str, float] = field(default_factory=dict)  # feature → weight × value
    credit: str = ""  # wire agency credited in the text; "" when none


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Members that tell one event and what followed from it."""

    id: str
    first_seen: datetime
    last_seen: datetime
    members: tuple[Member, ...]  # oldest first; the first one and the last twelve
    size: int = 1  # how many members in all
    revision: int = 0  # of its alert; 0 before the first
    mark: Mark = Mark.OPEN
    # By the splits that a person made: which of them, and whether it is the part split off.
    walls: frozenset[tuple[str, bool]] = frozenset()
    # Of stories that a person merged: some members of each, which stay among `members`.
    parts: tuple[frozenset[Place], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Where one matched entry went, and why."""

    member: Member
    story: Story  # with the member in it
    opened: bool  # the member is its first
    reason: str  # as in docs/stories.md: "new", "revision", "url", … "merge", "pinned"
    changes: tuple[str, ...] = ()  # sentences, for an update
    merged: tuple[str, ...] = ()  # ids of stories this entry proved to be the same
    keys: tuple[str, ...] = ()  # under which later entries may find the story through the member
