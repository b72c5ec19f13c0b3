"""What polls go by, and one poll on its way by it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from monitor.fetch.domains import owner as host_of
from monitor.fetch.politeness import Hosts
from monitor.fetch.shared import SharedHosts
from monitor.model import Claim, Failed, FailureReason
from monitor.pipeline import Polled, Stages

# For a host's Retry-After; its feeds keep their own.
_LONGEST_CLOSED: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What polls go by now; a reload replaces it, polls under way keep theirs."""

    stages: Stages
    hosts: Hosts | SharedHosts

    def heed(self, polled: Polled) -> None:
        """
        A publisher that says Retry-After to one feed means all of them; an address does not, nor
        a platform whose feeds are told one by one (poll.retry_after).
        """
        outcome, url = polled.changes.outcome, polled.changes.claim.feed.url
        if not isinstance(outcome, Failed) or outcome.reason is not FailureReason.THROTTLED:
            return
        if self.stages.poll.retry_after == "feed":
            return
        asked, host = outcome.freshness.retry_after, host_of(url)
        if asked and not host.replace(".", "").isdecimal() and ":" not in host:
            self.hosts.close(url, outcome.at + min(asked, _LONGEST_CLOSED))


@dataclass(slots=True, eq=False)
class Flight:
    """A poll from its start until what came of it is on disk."""

    claim: Claim
    course: Course
    began: float = 0.0  # monotonic
    polled: Polled | None = None  # None: it is not over
