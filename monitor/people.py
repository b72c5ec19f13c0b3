"""What people may ask of a store, wish of it and repair in it: seams of ports.Store."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from monitor.model import (
    Alert,
    Delivery,
    Label,
    Member,
    Page,
    Repair,
    Silence,
    View,
)

Row = Mapping[str, object]  # one line of a report; keys are column names, stable for --json


class Desk(Protocol):
    """What earlier alerts and people's wishes have to say about a new one."""

    def recent_alerts(self, since: datetime) -> Sequence[Alert]:
        """The latest revision of every alert raised or updated since, newest first."""

    def last_alert(self, story_id: str) -> Alert | None:
        """The latest revision told of a story; None when nothing was told of it."""

    def silences(self, now: datetime) -> Sequence[Silence]:
        """Those that have not ended, by their end."""

    def add_silence(self, silence: Silence) -> None: ...

    def end_silence(self, silence_id: str, now: datetime) -> bool:
        """Let it end now; False when there is none of that name that has not ended."""

    def add_label(self, label: Label) -> None: ...

    def labels(self, since: datetime | None = None) -> Sequence[Row]:
        """Every opinion, newest first, with topic, rule version, feed and language it is about."""


class Reading(Protocol):
    """What people who look at the store may ask; quick, and never in the daemon's way."""

    def page(self, view: View, *, limit: int = 50, after: str = "") -> Page:
        """The latest revision of each alert in view, newest first; `after` is a page's `next`."""

    def flows(self, since: datetime | None = None, *, limit: int = 500) -> Sequence[Row]:
        """Supplier, recipient, category, stage, how many alerts, first and last; most first."""

    def facets(self, kind: str, since: datetime | None = None, *, limit: int = 50) -> Sequence[Row]:
        """Values of a kind of View.KINDS and how many alerts have them; most first."""

    def near_misses(self, since: datetime, *, limit: int = 50) -> Sequence[Row]:
        """Entries no topic took, nearest to its threshold first."""

    def lags(self, *, limit: int = 500) -> Sequence[Row]:
        """Of the latest first alerts: published, seen, alerted (at) and delivered (ended_at)."""


class Mending(Protocol):
    """What a person may repair in stories, and how it stays."""

    def mend(
        self,
        repair: Repair,
        *,
        keys: Sequence[str] = (),
        alerts: Sequence[Alert] = (),
        deliveries: Sequence[Delivery] = (),
    ) -> bool:
        """
        Do it, with what is told of it; a split brings the keys of what was split off.

        False, and nothing is written: a story or an entry is not where it was thought to be.
        """

    def undo(
        self, repair_id: str, now: datetime, *, author: str, keys: Mapping[str, Sequence[str]]
    ) -> bool:
        """
        Take it back; `keys` of the entries that a merge moved, by the story they came from.

        False, and nothing is written: it does not hold, or a later repair built on it.
        """

    def repairs(self, reference: str = "", *, limit: int = 50) -> Sequence[Repair]:
        """Newest first: all; of a story, by any name it had; or the one of that id."""

    def accounts(self, story_id: str, *, limit: int = 1000) -> Sequence[Member]:
        """Every member of a story, oldest first; of a merged one, those of what it became."""
