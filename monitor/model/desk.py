"""What people wish and say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from monitor.model.alerts import Alert, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Somebody's wish not to be told of something for a while."""

    id: str  # "si-…"
    conditions: Mapping[str, tuple[str, ...]]  # as config.matchers.Matcher names them
    since: datetime
    until: datetime
    author: str
    comment: str = ""


class Opinion(StrEnum):
    """What a person says of an alert, or of a page that should have been one."""

    RELEVANT = "relevant"
    NOT_RELEVANT = "not-relevant"
    MISSED = "missed"
    SEEN = "seen"  # somebody has taken it on; no judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One opinion of one person; a later one of the same person on the same thing replaces it."""

    opinion: Opinion
    at: datetime
    author: str
    alert: str = ""  # "" for what was missed
    url: str = ""  # of the page that was missed; "" otherwise
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Which alerts somebody wants to see; empty conditions hold for all."""

    facets: Mapping[str, str] = field(default_factory=dict)  # kind → value, all must hold
    min_severity: Severity = Severity.LOW
    since: datetime | None = None  # None: from the beginning
    until: datetime | None = None  # None: until now
    words: str = ""  # full text of what was read

    KINDS: ClassVar[tuple[str, ...]] = (
        *("topic", "party", "supplier", "recipient", "category", "system", "stage", "regime"),
        *("language", "severity", "outlet", "story", "mark"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some alerts, newest first, and where the next ones begin."""

    alerts: tuple[Alert, ...]
    labels: Mapping[str, tuple[str, ...]]  # alert → "seen by kim", …
    next: str = ""  # a cursor; "" when there are no more
