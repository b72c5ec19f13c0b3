"""What a store keeps of articles: a seam of ports.Store."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from monitor.model import ArticleChanges, ArticleClaim, Robots


class Library(Protocol):
    """Articles still to be read, and what came of those that were."""

    def articles_due(self, now: datetime, limit: int) -> Sequence[ArticleClaim]:
        """The one longest due of each host, as far as nobody has it; nothing is taken."""

    def take_article(
        self, claim: ArticleClaim, now: datetime, *, owner: str, lease: timedelta
    ) -> tuple[ArticleClaim, int] | None:
        """
        It with fence + 1 and a lease, and how many were asked of its host today, this one
        included; None when it is not to be had any more.
        """

    def settle_article(self, changes: ArticleChanges) -> bool:
        """
        Write it all and end the lease, or write nothing and say False: the fence is lost.

        Must be called inside writing(). What the feed's words decided is kept beside it.
        """

    def articles(self, since: datetime) -> Mapping[str, int]:
        """How many were asked for or put off since then, by their state and reason."""

    def robots(self, origin: str) -> Robots | None:
        """What that server said last, valid still or not; None when it was never asked."""

    def keep_robots(self, said: Robots) -> None: ...
