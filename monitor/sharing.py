"""
What several daemons on one store owe each other: who is there, what time it is, whose turn.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from monitor.model import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """What a daemon says of itself to those who share the store with it."""

    role: str = "all"
    configuration: str = ""  # a digest of what it works by; "" when it does not say
    woken: Callable[[], object] = lambda: None  # called when another one queued a delivery
    told: Callable[[str], object] = lambda _said: None  # why it is out of step; "" when it is not


ALONE: Final = Presence()


class Turnstile(Protocol):
    """How many requests a host gets at once, and how close together, from all who share it."""

    def enter(self, host: str, now: datetime) -> timedelta:
        """Zero: entered, and leave() is owed. Otherwise not entered: try again after this."""

    def leave(self, host: str) -> None:
        """Give the place back."""

    def close(self, host: str, until: datetime) -> None:
        """Nobody enters before `until`: the host said Retry-After for all it serves."""


class Runner(Protocol):
    """Sees to it that what is due is polled."""

    def round(self) -> int:
        """
        Claim what is due, as far as there is room for it; how many feeds. Never waits for them.

        Raises:
            StoreError: nothing was claimed.
        """

    def stop(self, patience: timedelta) -> bool:
        """
        Give back what has not begun, wait for what has, give back what takes too long.

        True when no poll is left running here.
        """


class Spreading(Protocol):
    """What a queue of polls asks of the store that it is in."""

    def address(self) -> str:
        """How a library of its own reaches the same database."""

    def make_queue(self, tables: str) -> None:
        """Make its tables by this script, unless they are there."""

    def queued(self) -> int:
        """How many batches wait in it."""

    def claim_into(
        self,
        now: datetime,
        limit: int,
        *,
        owner: str,
        lease: timedelta,
        put: Callable[[Any, Sequence[Claim]], object],
    ) -> int:
        """
        As Store.claim(), and put() in the same transaction, given its connection; how many.

        Any: the connection is the library's that the queue is made of, and no business of ours.
        """

    def take_over(
        self, feeds: Sequence[tuple[str, int]], now: datetime, *, owner: str, lease: timedelta
    ) -> Sequence[Claim]:
        """Of these feeds and fences those that still hold, now with a lease of this owner's."""


class Sharing(Protocol):
    """The part of the store that is about who works on it."""

    def time(self, own: datetime) -> datetime:
        """What time it is for all who share the store; `own` where nobody shares it."""

    def turnstile(self, owner: str, connections: int, spacing: timedelta) -> Turnstile | None:
        """The one that all daemons share; None where there is but one daemon."""

    def hold(
        self, owner: str, now: datetime, presence: Presence = ALONE
    ) -> AbstractContextManager[None]:
        """
        Be the one daemon on this store until exit, or one of those where several may be; leases
        left by those who are no more end.

        Raises:
            StoreBusy: another process is the one, named with its host, pid and start.
            UsageError: its configuration was replaced by a newer one.
        """

    def work_by(self, configuration: str) -> None:
        """
        From now on this daemon works by another configuration; the same as Presence's at hold().

        Raises:
            UsageError: it was replaced by a newer one since; adopt() brings it back.
        """

    def adopt(self, configuration: str, owner: str) -> None:
        """Make this the configuration that daemons are to work by."""

    def nodes(self) -> Sequence[Mapping[str, object]]:
        """Who holds the store: owner, host, pid, since, and how many feeds and deliveries."""
