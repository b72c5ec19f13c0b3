"""What a topic makes of an entry."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Stage(StrEnum):
    """How far a transfer has come; reference values of the field, see docs/labelling.md."""

    REQUESTED = "requested"
    OFFERED = "offered"
    NEGOTIATING = "negotiating"
    AGREED = "agreed"
    DELIVERED = "delivered"
    REFUSED = "refused"
    INTERCEPTED = "intercepted"
    EMBARGO = "embargo"
    REPORTED = "reported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who supplies what to whom, at which stage, under which embargo."""

    stage: Stage
    suppliers: tuple[str, ...] = ()  # ids: ISO 3166 alpha-2 lower case, eu, nato, un, or gazetteer
    recipients: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()  # gazetteer ids of named weapon systems
    quantity: str = ""  # as written; "" when the item does not count or value the transfer
    regimes: tuple[str, ...] = ()  # ids of embargoes in force between the parties
    denied: bool = False  # a party denies it
    doubted: bool = False  # "no indication that", "alleged", "rumoured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """The words that made us think so: entry.<field>[start:end] == text."""

    field: str  # "title" | "summary" | "text"
    start: int  # code points of the original field
    end: int
    text: str
    concept: str  # "recipient:ru", "weapon:artillery", "stage:requested", …
    weight: float  # what it added to the score; 0 for words that only mark a role


@dataclass(frozen=True, slots=True, kw_only=True)
class Veto:
    """A reason against: what it was and what it cost."""

    name: str  # "sport", "space", …
    text: str
    weight: float  # negative


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What one topic makes of one entry, flagged or not."""

    topic: str
    flagged: bool
    score: float  # 0..1
    threshold: float
    rule_version: str  # changes whenever rules, lexicons, entities or weights change
    language: str  # given or detected
    act: Act | None  # None when nothing was found
    reasons: tuple[Reason, ...] = ()
    vetoes: tuple[Veto, ...] = ()
    parts: Mapping[str, float] = field(default_factory=dict)  # name → share of the score
    why: str = ""  # one line: what carried it, or what it lacked
