"""
The seams: each has, or is promised, a second implementation.

Format (parse/), Language (languages/), Sink (sinks/), Store (stores/).
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from monitor.library import Library as Library
from monitor.model import (
    Attempt,
    Changes,
    Circuit,
    Claim,
    Delivery,
    Entry,
    Feed,
    Fetched,
    Outcome,
    Parsed,
    Place,
    Rate,
    Said,
    Story,
)
from monitor.people import Desk as Desk
from monitor.people import Mending as Mending
from monitor.people import Reading as Reading
from monitor.people import Row as Row
from monitor.sharing import Sharing


class Format(Protocol):
    """Reads one kind of feed document. Pure; runs inside the child process."""

    def accepts(self, media_type: str, head: bytes) -> bool:
        """Whether this looks like ours: media type first, then the first 1,024 bytes."""

    def parse(self, document: Fetched, feed: Feed) -> Parsed:
        """
        Every entry of the document.

        Raises:
            ParseError: it is not a document of this format.
        """


class Language(Protocol):
    """What one language's words need beyond Unicode folding. Pure."""

    code: str

    def fold(self, text: str) -> str:
        """The comparable form; must keep the number of characters."""


class Sink(Protocol):
    """Sends one alert to one place; a remote failure is an Outcome, never an exception."""

    def send(self, delivery: Delivery, now: datetime) -> Outcome: ...

    def close(self) -> None: ...


class SinkKind(Protocol):
    """
    One kind of sink; sinks/<kind>.py ends with its SINK.

    Any, because the settings are the kind's own, and the configuration's Table and the
    gate's Egress live above or beside this layer.
    """

    def read(self, table: Any) -> Any:
        """The settings in its Table, every fault reported there; never raises."""

    def defaults(self) -> Any:
        """The settings when nothing is written; None where something must be."""

    def rate(self, settings: Any) -> Rate | None:
        """How often the service itself lets us send; None when it sets no limit."""

    def build(self, settings: Any, egress: Any) -> Sink:
        """A sink of these settings that reaches the world through this Egress alone."""


class Memory(Protocol):
    """What the story stage may ask about the past."""

    def candidates(self, keys: Sequence[str], since: datetime) -> Sequence[Story]:
        """
        Stories holding any of the keys, last seen at or after since; most shared first, then
        newest. At most 8, and of each key only its 100 newest stories.
        """

    def placed(self, entries: Sequence[Place]) -> Mapping[Place, Story]:
        """Of those that a person put where they are, the stories they are in."""


class Outbox(Protocol):
    """What the delivery loop may do with queued deliveries."""

    def due_deliveries(
        self,
        now: datetime,
        limit: int,
        *,
        owner: str,
        lease: timedelta,
        room: Mapping[str, int] | None = None,
        rates: Mapping[str, Rate] | None = None,
    ) -> Sequence[Delivery]:
        """
        Take due deliveries, oldest first, with fence + 1 and a lease; never two revisions of
        one alert for one sink at once, and never one to a disabled sink. Each carries in `state`
        what its sink remembered of the alert (Outcome.state of every recorded attempt for the
        same alert and sink, later ones winning key by key).

        `room`: at most so many of each sink named in it; any number of the others. `rates`: as
        often as each sink may be sent to, whoever sends. A sink whose circuit is open, or that
        asked for time, gives one when its hold is over and nothing of it is under way.
        """

    def circuit(self, sink: str) -> Circuit:
        """How a destination fares; as good as new when it was never heard of."""

    def record(self, delivery: Delivery, attempt: Attempt, next_due: datetime | None) -> bool:
        """
        Note an attempt and what follows: done, due again at next_due, or dead when None.

        False: the fence is lost; the attempt is still kept, the state is not touched.
        """

    def add_deliveries(self, deliveries: Sequence[Delivery]) -> int:
        """Queue again or anew (resend); how many were new."""

    def retry(self, ids: Sequence[str], now: datetime) -> int:
        """Make dead or waiting deliveries due now; how many."""

    def enable_sink(self, sink: str, *, enabled: bool, why: str, now: datetime) -> None: ...

    def digests(self, now: datetime) -> Sequence[Sequence[Delivery]]:
        """
        Deliveries whose digest is due, gathered by sink and digest, oldest alert first.

        due_deliveries() never gives one that waits for a digest.
        """

    def bundle(self, parts: Sequence[Delivery], whole: Delivery) -> bool:
        """
        Queue the digest and mark its parts as sent in it, in one transaction.

        False: a part is no longer waiting, and nothing was written.
        """


class Store(Memory, Outbox, Desk, Reading, Mending, Sharing, Library, Protocol):
    """
    Remembers. Safe from several threads; every write is safe to repeat.

    Raises everywhere: StoreError.
    """

    # the schedule

    def sync(self, feeds: Sequence[Feed], now: datetime) -> None:
        """
        Make these the configured feeds.

        New ones are due at once in the order given; ones no longer configured keep their
        history but are never claimed. Feeds added by command stand in the store alone and stay.
        """

    def claim(
        self, now: datetime, limit: int, *, owner: str, lease: timedelta, everything: bool = False
    ) -> Sequence[Claim]:
        """
        Take due feeds, oldest due first, each with fence + 1 and a lease until now + lease.

        A leased feed is not due before its lease ends. `everything` ignores due times.
        """

    def release(self, claims: Sequence[Claim]) -> None:
        """Give unpolled feeds back, due as before, where the fence is still ours."""

    # one poll

    def unseen(self, feed_id: str, entries: Sequence[Entry]) -> Sequence[Entry]:
        """
        Entries whose (feed, id) is new, and changed ones with their next revision number.

        Advisory: a stale answer costs work, not correctness.
        """

    def writing(self) -> AbstractContextManager[None]:
        """
        Until it exits nobody else writes, but for keep_all(); exiting by an error undoes it all.
        """

    def commit(self, changes: Changes) -> bool:
        """
        Write it all and end the lease, or write nothing and say False: the fence is lost.

        Must be called inside writing(). A replayed commit adds no second alert or delivery.
        """

    def keep_all(self, each: Sequence[Changes]) -> Sequence[Said]:
        """
        As commit() of each, outside writing(), for polls that told nothing and so read no story.

        In few transactions: one that cannot be written spoils no other. Never raises; what was
        kept is safe on disk when it returns.
        """

    # upkeep

    def prune(self, before: datetime, limit: int) -> int:
        """Delete entries (with decisions) seen before then that no story holds; how many."""

    def checkpoint(self) -> None: ...

    def integrity(self) -> Sequence[str]:
        """What is wrong with the file; empty when sound."""

    def backup(self, path: Path) -> Mapping[str, int]:
        """
        Copy the live store to path, verify the copy, and return its row counts by table.

        Raises:
            StoreError: path exists, or the copy is not sound.
        """

    def free_bytes(self) -> int: ...

    def close(self) -> None: ...

    # asking

    def feeds(self) -> Sequence[Row]: ...

    def events(self, *, feed_id: str = "", limit: int = 50) -> Sequence[Row]:
        """
        Turns in the life of feeds, newest first: gap, moved, gone, failing, recovered, quiet.

        And "push-broken" of those whose hub keeps back news just now.
        """

    def wake(self, feed_id: str, now: datetime, *, apart: timedelta) -> bool:
        """
        Make a feed due: a hub says it has news. False when there is no such feed.

        So long after its last poll at least, and not while it fails: its own waits hold. A word
        that comes during a poll is heeded after it.
        """

    def subscribed(self, feed_id: str, until: datetime | None) -> None:
        """Its hub has confirmed that it will tell of news until then, or (None) that it won't."""

    def add_feed(self, feed: Feed, now: datetime) -> bool:
        """False when its id or URL is already there."""

    def remove_feed(self, feed_id: str) -> bool: ...

    def pause_feed(self, feed_id: str, now: datetime, *, paused: bool, author: str) -> bool:
        """
        Not to be claimed until it is let go, or let go, whatever its file says of that.

        False when there is no such feed.
        """

    def own_feeds(self) -> Sequence[Feed]:
        """Feeds added by command."""

    def alerts(
        self, *, limit: int = 50, topic: str = "", since: datetime | None = None
    ) -> Sequence[Row]: ...

    def alert(self, alert_id: str) -> Sequence[Delivery]:
        """Every delivery of every revision, with its payload; empty when there is no such alert."""

    def deliveries(
        self, *, state: str = "", sink: str = "", alert: str = "", limit: int = 50, after: str = ""
    ) -> Sequence[Row]:
        """
        Newest first; state is due, done or dead; an empty text asks for all.

        `after`: only those queued before the one of that id.
        """

    def attempts(self, delivery_id: str) -> Sequence[Row]: ...

    def story(self, story_id: str) -> Story | None: ...

    def search(self, query: str, *, limit: int = 20) -> Sequence[Row]:
        """Entries by full text, best first, with a snippet and their story."""

    def decisions(self, reference: str) -> Sequence[Row]:
        """The whole path of an entry found by id, URL, alert or story id; newest first."""

    def counts(self) -> Mapping[str, int]:
        """Rows by table, and queued, dead and overdue deliveries."""

    def sinks(self) -> Sequence[Row]:
        """Per sink: state, queued, delivered, dead, last success, last failure."""
