"""What an analyst is told, and why not."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model.entries import Entry
from monitor.model.matches import Act, Match, Reason
from monitor.model.stories import Relation


class Severity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for low to 3 for critical."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegimeFact:
    """An embargo as an alert shows it: always with its legal act and as-of date."""

    id: str
    name: str
    act: str
    as_of: str
    note: str = ""  # "disputed", "renewal not verified since …"; "" when neither


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    outlet: str
    url: str
    published: datetime | None
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What an analyst is told: the payload, frozen when it is decided."""

    id: str  # "al-…", one per story
    story: str
    revision: int  # 1 for the first; higher for updates
    topic: str
    severity: Severity
    title: str
    url: str
    outlet: str
    published: datetime | None
    first_seen: datetime
    at: datetime
    summary: str
    act: Act | None
    reasons: tuple[Reason, ...] = ()
    regimes: tuple[RegimeFact, ...] = ()
    sources: tuple[Source, ...] = ()
    independent_sources: int = 1
    changes: tuple[str, ...] = ()  # empty for the first
    score: float = 0.0
    language: str = ""
    severity_why: str = ""
    feed_id: str = ""
    test: bool = False  # a marked test alert of `monitor sinks test`
    digest: tuple["Line", ...] = ()  # what a digest holds; empty for any other alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One alert within a digest."""

    alert: str
    severity: Severity
    text: str  # who, what and how far, and the title
    url: str
    outlet: str


class Stop(StrEnum):
    """The stage that kept an entry from being a new alert; kept with every decision."""

    MATCH = "match"  # below the threshold or vetoed
    BASELINE = "baseline"  # older than poll.baseline on the feed's first poll
    STORY = "story"  # a copy or report of a story already told
    MUTED = "muted"  # silence, quiet hours, cool-down
    ROUTE = "route"  # no route takes it
    REVISION = "revision"  # a changed text of an entry already decided, nothing new


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What became of one entry under one topic. There is one for every entry and topic."""

    entry: Entry
    match: Match
    stopped_by: Stop | None  # None: it raised an alert or an update
    why: str
    story: str = ""
    relation: Relation | None = None  # None when it never reached the story stage
    alert: str = ""
