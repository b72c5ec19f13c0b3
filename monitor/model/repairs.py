"""What a person repairs in stories: the machine never does it otherwise again."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

Place = tuple[str, str]  # feed and entry


class Deed(StrEnum):
    MERGE = "merge"
    SPLIT = "split"
    MARK = "mark"


class Mark(StrEnum):
    """What a person made of a whole story."""

    OPEN = "open"  # nothing yet, or somebody took the mark away
    DONE = "done"  # dealt with; whatever is new about it opens it again
    IRRELEVANT = "irrelevant"  # nobody is told of it any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One thing somebody did to stories; kept for ever, also when it is undone."""

    id: str  # "re-…"
    deed: Deed
    story: str  # that goes on: the oldest of a merge, what is left of a split, what was marked
    others: tuple[str, ...] = ()  # merged into it; or the one story that was split off
    entries: tuple[Place, ...] = ()  # that were moved
    mark: Mark | None = None  # None unless it is one
    at: datetime
    author: str
    comment: str = ""
    undone_at: datetime | None = None  # None: it holds
    undone_by: str = ""
