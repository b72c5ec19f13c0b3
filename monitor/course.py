"""What polls go by, and one poll on its way by it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from monitor.fetch import doors
from monitor.fetch.domains import owner as host_of
from monitor.fetch.politeness import Hosts
from monitor.fetch.shared import SharedHosts
from monitor.model import Claim, Failed, FailureReason
from monitor.pipeline import Polled, Stages

# For a host's Retry-After; its feeds keep their own.
_LONGEST_CLOSED: Final = timedelta(hours=1)
_ZERO: Final = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What polls go by now; a reload replaces it, polls under way keep theirs."""

    stages: Stages
    hosts: Hosts | SharedHosts

    def enter(self, claim: Claim) -> timedelta:
        """
        Zero: in at every door of the claim, and leave() is owed. Otherwise try again after this.

        A redirect to somebody else's server is a request there: a hundred feeds that all lead to
        one are as far apart as that one wants.
        """
        now, entered, every = self.stages.now(), list[str](), doors(claim)
        if len(every) > 1:  # so that nobody enters the first in vain
            delay = max(self.hosts.wait(url, now) for url in every)
            if delay > _ZERO:
                return delay
        for url in every:
            delay = self.hosts.enter(url, now)
            if delay > _ZERO:
                for left in entered:
                    self.hosts.leave(left)
                return delay
            entered.append(url)
        return _ZERO

    def leave(self, claim: Claim) -> None:
        """Give the places back."""
        for url in doors(claim):
            self.hosts.leave(url)

    def heed(self, polled: Polled) -> None:
        """
        A publisher that says Retry-After to one feed means all of them; an address does not, nor
        a platform whose feeds are told one by one (poll.retry_after).
        """
        outcome, url = polled.changes.outcome, doors(polled.changes.claim)[-1]
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
