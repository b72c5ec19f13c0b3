"""
The nouns that cross stage boundaries, in the order a story meets them.

    Feed → Fetched → Entry → Match → Story → Alert → Delivery → Attempt

All are frozen; all datetimes are timezone-aware UTC; all text is NFC str without
control characters. Identifiers are deterministic: the same cause, replayed after a
crash, gives the same id.
"""

from monitor.model.alerts import Alert, Decision, Line, RegimeFact, Severity, Source, Stop
from monitor.model.articles import (
    ArticleChanges,
    ArticleClaim,
    ArticleState,
    ArticleWant,
    Robots,
)
from monitor.model.changes import Changes, Outage, Pace, Said
from monitor.model.deliveries import STORY, Attempt, Circuit, Delivery, Outcome, Rate, Verdict
from monitor.model.desk import Label, Opinion, Page, Silence, View
from monitor.model.entries import Entry, Parsed
from monitor.model.feeds import (
    Claim,
    Failed,
    FailureReason,
    Feed,
    Fetched,
    Freshness,
    Unchanged,
    Validators,
)
from monitor.model.known import Known, turned
from monitor.model.matches import Act, Match, Reason, Stage, Veto
from monitor.model.repairs import Deed, Mark, Place, Repair
from monitor.model.stories import Member, Relation, Story, Told

__all__ = [
    "STORY",
    "Act",
    "Alert",
    "ArticleChanges",
    "ArticleClaim",
    "ArticleState",
    "ArticleWant",
    "Attempt",
    "Changes",
    "Circuit",
    "Claim",
    "Decision",
    "Deed",
    "Delivery",
    "Entry",
    "Failed",
    "FailureReason",
    "Feed",
    "Fetched",
    "Freshness",
    "Known",
    "Label",
    "Line",
    "Mark",
    "Match",
    "Member",
    "Opinion",
    "Outage",
    "Outcome",
    "Pace",
    "Page",
    "Parsed",
    "Place",
    "Rate",
    "Reason",
    "RegimeFact",
    "Relation",
    "Repair",
    "Robots",
    "Said",
    "Severity",
    "Silence",
    "Source",
    "Stage",
    "Stop",
    "Story",
    "Told",
    "Unchanged",
    "Validators",
    "Verdict",
    "Veto",
    "View",
    "turned",
]
