"""
PostgreSQL through psycopg: one store for several machines.

The laws are those of the store everywhere, so the parts are SQLite's own, said in
PostgreSQL's dialect (_pg_dialect); only what several nodes do at once is done otherwise.
API: https://www.psycopg.org/psycopg3/docs/
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from monitor.errors import StoreError, UsageError
from monitor.model import (
    Alert,
    ArticleChanges,
    Attempt,
    Changes,
    Circuit,
    Claim,
    Delivery,
    Entry,
    Feed,
    Label,
    Rate,
    Said,
    Silence,
    Story,
)
from monitor.ports import Row, Store
from monitor.sharing import ALONE, Presence, Turnstile
from monitor.stores import _desk, _digests, _limits, _outbox, _polls, _schedule
from monitor.stores._articles import Articles
from monitor.stores._connection import Connection
from monitor.stores._mending import Mends
from monitor.stores._together import keep_all

try:
    from monitor.stores import (
        _pg_memory,
        _pg_move,
        _pg_nodes,
        _pg_polls,
        _pg_schedule,
        _pg_upkeep,
        _pg_versions,
    )
    from monitor.stores._pg_clock import Clock
    from monitor.stores._pg_connection import parameters
    from monitor.stores._pg_hosts import Hosts
    from monitor.stores._pg_reader import Reader, as_part
    from monitor.stores._pg_server import Server, opened
    from monitor.stores._pg_spreading import Spreads
except ImportError as e:  # psycopg, or the libpq that it stands on
    raise UsageError(
        f"store: PostgreSQL needs the extra \"cluster\": pip install 'arms-monitor[cluster]' ({e})"
    ) from e

_PLENTY: Final = 1 << 50  # bytes; how full its disk is only the server can see


class PostgresStore(Reader, Mends, Articles, Spreads):
    """See ports.Store."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self._clock = Clock()
        self._place: _pg_nodes.Place | None = None  # None: nobody holds the store through us

    @contextmanager
    def _looking(self) -> Iterator[Connection]:
        with self._server.reading() as c:
            yield as_part(c)

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        with self._server.writing() as c:
            yield as_part(c)

    # the schedule

    def sync(self, feeds: Sequence[Feed], now: datetime) -> None:
        with self._server.writing(alone=True) as c:
            _schedule.sync(as_part(c), feeds, now)

    def claim(
        self, now: datetime, limit: int, *, owner: str, lease: timedelta, everything: bool = False
    ) -> Sequence[Claim]:
        with self._server.session() as c, c.transaction():
            return _pg_schedule.claim(
                c, now, limit, owner=owner, lease=lease, everything=everything
            )

    def release(self, claims: Sequence[Claim]) -> None:
        with self._server.writing() as c:
            _schedule.release(as_part(c), claims)

    # one poll

    def unseen(self, feed_id: str, entries: Sequence[Entry]) -> Sequence[Entry]:
        with self._server.reading() as c:
            return _polls.unseen(as_part(c), feed_id, entries)

    @contextmanager
    def writing(self) -> Iterator[None]:
        with self._server.writing():
            yield

    def commit(self, changes: Changes) -> bool:
        if not self._server.writes():
            raise StoreError("commit() is only for inside writing()")
        with self._server.writing() as c:
            kept = _pg_polls.commit(c, changes)
            if kept and changes.deliveries:
                _pg_nodes.wake(c)
            return kept

    def settle_article(self, changes: ArticleChanges) -> bool:
        with self._server.writing() as c:
            kept = super().settle_article(changes)
            if kept and changes.deliveries:
                _pg_nodes.wake(c)
            return kept

    def keep_all(self, each: Sequence[Changes]) -> Sequence[Said]:
        # An outage of ours is forgiven to all feeds: those are not the polls' own rows.
        alone = any(changes.outage for changes in each)
        whole = partial(self._server.writing, alone=True) if alone else self._server.keeping
        return keep_all(whole, _pg_polls.commit, each)

    def candidates(self, keys: Sequence[str], since: datetime) -> Sequence[Story]:
        with self._server.reading() as c:
            return _pg_memory.candidates(c, keys, since)

    # the outbox

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
        # Asked every second and mostly in vain: take the write lock only when there is work.
        with self._server.reading() as c:
            if not _outbox.waiting(as_part(c), now):
                return ()
        with self._server.writing() as c:
            return _outbox.due(
                as_part(c), now, limit, owner=owner, lease=lease, room=room, rates=rates
            )

    def circuit(self, sink: str) -> Circuit:
        with self._server.reading() as c:
            return _limits.circuit(as_part(c), sink)

    def record(self, delivery: Delivery, attempt: Attempt, next_due: datetime | None) -> bool:
        with self._server.writing() as c:
            return _outbox.record(as_part(c), delivery, attempt, next_due)

    def add_deliveries(self, deliveries: Sequence[Delivery]) -> int:
        with self._server.writing() as c:
            queued = _outbox.add(as_part(c), deliveries)
            _pg_nodes.wake(c)
            return queued

    def retry(self, ids: Sequence[str], now: datetime) -> int:
        with self._server.writing() as c:
            found = _outbox.retry(as_part(c), ids, now)
            _pg_nodes.wake(c)
            return found

    def enable_sink(self, sink: str, *, enabled: bool, why: str, now: datetime) -> None:
        with self._server.writing() as c:
            _outbox.enable(as_part(c), sink, enabled=enabled, why=why, now=now)

    def digests(self, now: datetime) -> Sequence[Sequence[Delivery]]:
        with self._server.reading() as c:
            return _digests.due(as_part(c), now)

    def bundle(self, parts: Sequence[Delivery], whole: Delivery) -> bool:
        with self._server.writing() as c:
            return _digests.bundle(as_part(c), parts, whole, whole.due)

    # the desk

    def recent_alerts(self, since: datetime) -> Sequence[Alert]:
        with self._server.reading() as c:
            return _desk.recent(as_part(c), since)

    def last_alert(self, story_id: str) -> Alert | None:
        with self._server.reading() as c:
            return _desk.last(as_part(c), story_id)

    def silences(self, now: datetime) -> Sequence[Silence]:
        with self._server.reading() as c:
            return _desk.silences(as_part(c), now)

    def add_silence(self, silence: Silence) -> None:
        with self._server.writing() as c:
            _desk.add_silence(as_part(c), silence)

    def end_silence(self, silence_id: str, now: datetime) -> bool:
        with self._server.writing() as c:
            return _desk.end_silence(as_part(c), silence_id, now)

    def add_label(self, label: Label) -> None:
        with self._server.writing() as c:
            _desk.add_label(as_part(c), label)

    def labels(self, since: datetime | None = None) -> Sequence[Row]:
        with self._server.reading() as c:
            return _desk.labels(as_part(c), since)

    # upkeep

    def time(self, own: datetime) -> datetime:
        """The server's: clocks of several machines are never quite one."""
        self._asked_once()
        return self._clock.now(own)

    def _asked_once(self) -> None:
        if not self._clock.known:
            with self._server.session() as c:
                self._clock.ask(lambda: _pg_nodes.time(c))

    def turnstile(self, owner: str, connections: int, spacing: timedelta) -> Turnstile:
        return Hosts(self._server, owner, connections, spacing)

    @contextmanager
    def hold(self, owner: str, now: datetime, presence: Presence = ALONE) -> Iterator[None]:
        """Be named among the nodes: here several daemons share a store."""
        card = _pg_nodes.Card(
            owner=owner, since=now, role=presence.role, configuration=presence.configuration
        )
        place = _pg_nodes.Place(
            self._server.url, card, self._clock, woken=presence.woken, told=presence.told
        )
        place.enter()
        self._place = place
        try:
            yield
        finally:
            self._place = None
            place.leave()

    def work_by(self, configuration: str) -> None:
        if self._place is not None:
            with self._server.session() as c, c.transaction():
                self._place.work_by(c, configuration)

    def adopt(self, configuration: str, owner: str) -> None:
        with self._server.session() as c, c.transaction():
            _pg_versions.adopt(c, configuration, owner)

    def nodes(self) -> Sequence[Row]:
        with self._server.reading() as c:
            return _pg_nodes.nodes(c)

    def prune(self, before: datetime, limit: int) -> int:
        with self._server.writing(alone=True) as c:
            return _pg_upkeep.prune(c, before, limit)

    def checkpoint(self) -> None:
        """Nothing: the server sees to its own log."""

    def integrity(self) -> Sequence[str]:
        with self._server.reading() as c:
            return _pg_upkeep.integrity(c)

    def backup(self, path: Path) -> Mapping[str, int]:
        with self._server.session() as c:
            return _pg_upkeep.backup(c, path)

    def free_bytes(self) -> int:
        return _PLENTY

    def close(self) -> None:
        self._server.close()

    # feeds by command

    def wake(self, feed_id: str, now: datetime, *, apart: timedelta) -> bool:
        with self._server.writing() as c:
            return _schedule.wake(as_part(c), feed_id, now, apart)

    def subscribed(self, feed_id: str, until: datetime | None) -> None:
        with self._server.writing() as c:
            _schedule.subscribed(as_part(c), feed_id, until)

    def add_feed(self, feed: Feed, now: datetime) -> bool:
        with self._server.writing() as c:
            return _schedule.add(as_part(c), feed, now)

    def remove_feed(self, feed_id: str) -> bool:
        with self._server.writing() as c:
            return _schedule.remove(as_part(c), feed_id)

    def pause_feed(self, feed_id: str, now: datetime, *, paused: bool, author: str) -> bool:
        with self._server.writing() as c:
            return _schedule.pause(as_part(c), feed_id, now, paused=paused, author=author)


def open(url: str, *, create: bool = True) -> Store:
    """
    The store at postgresql://user@host/database, in the first schema of the search path.

    Raises:
        UsageError: the URL is none of PostgreSQL.
        StoreError: it cannot be reached, is of a newer version, or (create=False) not there.
    """
    parameters(url)
    return PostgresStore(opened(url, create=create))


def move(path: Path, url: str, progress: _pg_move.Progress) -> Mapping[str, int]:
    """Everything of the SQLite store at path into the empty one at url; see _pg_move.move()."""
    with closing(opened(url, create=True)) as server:
        return _pg_move.move(path, server, progress)
