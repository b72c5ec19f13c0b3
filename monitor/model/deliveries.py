"""How an alert reaches its receiver."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.model.alerts import Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One revision of one alert for one sink. Its id is the webhook-id of every attempt."""

    id: str  # "dl-…"
    alert: Alert
    sink: str
    due: datetime
    attempt: int = 0  # attempts already made
    fence: int = 0
    digest: str = ""  # sent with all others of this name and sink; "" for a message of its own
    # What this sink remembers of this alert, of whatever revision: the Outcome.state of earlier
    # attempts, later ones winning key by key.
    state: Mapping[str, str] = field(default_factory=dict)


class Verdict(StrEnum):
    DELIVERED = "delivered"
    RETRY = "retry"  # try again later
    REFUSED = "refused"  # the payload or our credentials: a dead letter
    GONE = "gone"  # 410: the sink is disabled


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one attempt came to."""

    verdict: Verdict
    reason: str = ""  # short, from a closed set: "429", "timeout", "tls", …
    status: int = 0  # 0 when no status was received
    retry_after: timedelta | None = None  # as the receiver asked; None leaves it to the schedule
    answer: str = ""  # first 2 kB of the answer, secrets removed
    milliseconds: int = 0
    state: Mapping[str, str] = field(
        default_factory=dict
    )  # what the sink wants remembered (Slack ts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at one delivery, as recorded."""

    delivery_id: str
    number: int  # 1 for the first
    at: datetime
    outcome: Outcome
