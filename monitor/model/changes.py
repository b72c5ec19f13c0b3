"""Everything one poll writes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.model.alerts import Alert, Decision
from monitor.model.articles import ArticleWant
from monitor.model.deliveries import Delivery
from monitor.model.entries import Entry
from monitor.model.feeds import Claim, Failed, Fetched, Unchanged
from monitor.model.stories import Told

Said = bool | Exception  # of one poll: whether it was written, or why it could not be


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """When to ask a feed again, and the facts that said so."""

    next_due: datetime
    interval: timedelta
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Our own network is down: what failed since then says nothing about whose feed it was."""

    since: datetime
    weights: Mapping[str, float]  # what each failure that it explains was counted with


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Everything one poll writes, in one transaction, outbox included."""

    claim: Claim
    at: datetime
    outcome: Fetched | Unchanged | Failed
    pace: Pace
    entries: tuple[Entry, ...] = ()  # new ones and new revisions
    decisions: tuple[Decision, ...] = ()
    told: tuple[Told, ...] = ()
    alerts: tuple[Alert, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    read: int = 0  # entries in the document, known ones included
    gap: bool = False  # nothing overlapped the previous poll: entries may have been missed
    quiet: bool = False  # the first poll that finds the feed still, against its own rhythm
    unpushed_at: datetime | None = None  # since when its hub keeps news back; None: it does not
    failures: float = 0.0  # the feed's new failure count
    known: Mapping[str, str] = field(default_factory=dict)  # replaces Claim.known
    seen: tuple[str, ...] = ()  # ids of every entry in the document, for retention
    defects: tuple[str, ...] = ()
    articles: tuple[ArticleWant, ...] = ()  # of entries that are to be judged again
    outage: Outage | None = None  # None: there is none, so far as this poll can tell
