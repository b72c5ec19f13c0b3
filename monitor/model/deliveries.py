"""How an alert reaches its receiver."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final

from monitor.model.alerts import Alert

STORY: Final = "story"  # among a delivery's links: the page of the whole story


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
    # Opinion → where to say it, and STORY → where it is told; not stored.
    links: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How often a destination may be sent to."""

    per_second: float
    burst: int = 1  # at once, after a pause


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """
    How a destination has fared lately.

    Open while it failed OPENS times in a row: nothing is sent to it but one probe at a time,
    so that a dead receiver costs neither time nor the deliveries' own attempts.
    """

    failures: int = 0  # in a row
    held_until: datetime | None = None  # None: nothing holds it

    OPENS: ClassVar[int] = 5

    @property
    def open(self) -> bool:
        return self.failures >= self.OPENS

    def after(self, outcome: "Outcome", now: datetime) -> "Circuit":
        """
        What one more attempt makes of it.

        A receiver that names a time is left alone until then, and so is one that keeps failing:
        30 s, then twice as long each time, 15 minutes at most.
        """
        if outcome.verdict is not Verdict.RETRY:
            return Circuit()  # it answered; that it refused a payload is no trouble of its own
        asked = now + outcome.retry_after if outcome.retry_after else None
        failures = self.failures + 1
        if failures < self.OPENS:
            return Circuit(failures=failures, held_until=asked)
        doubled = min(timedelta(seconds=30) * 2 ** min(failures - self.OPENS, 9), _LONGEST_HOLD)
        held = now + doubled
        return Circuit(failures=failures, held_until=max(held, asked) if asked else held)


_LONGEST_HOLD: Final = timedelta(minutes=15)


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
