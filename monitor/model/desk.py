"""What people wish and say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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
