"""
PostgreSQL through psycopg: one store for several machines.

The laws are those of the store everywhere, so the parts are SQLite's own, said in
PostgreSQL's dialect (_pg_dialect); only what several nodes do at once is done otherwise.
API: https://www.psycopg.org/psycopg3/docs/
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from monitor.errors import StoreError, UsageError
from monitor.model import (
    Alert,
    Attempt,
    Changes,
    Circuit,
    Claim,
    Delivery,
    Entry,
    Feed,
    Label,
    Page,
    Rate,
    Silence,
    Story,
    View,
)
from monitor.ports import Row, Store
from monitor.stores import (
    _desk,
    _digests,
    _limits,
    _memory,
    _outbox,
    _pages,
    _polls,
    _reports,
    _schedule,
    _search,
)

try:
    from monitor.stores import _pg_memory, _pg_move, _pg_nodes, _pg_polls, _pg_schedule, _pg_upkeep
    from monitor.stores._pg_connection import Session, parameters
    from monitor.stores._pg_server import Server, opened
except ImportError as e:  # psycopg, or the libpq that it stands on
    raise UsageError(
        f"store: PostgreSQL needs the extra \"cluster\": pip install 'arms-monitor[cluster]' ({e})"
    ) from e

if TYPE_CHECKING:
    from monitor.stores._connection import Connection

_PLENTY: Final = 1 << 50  # bytes; how full its disk is only the server can see


def _as_part(session: Session) -> "Connection":
    """
    The session as the parts name it.

    They ask rows(), one(), value(), run(), many() and counts() of a connection, and no more.
    """
    return cast("Connection", session)


class PostgresStore:
    """See ports.Store."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._place: _pg_nodes.Place | None = None  # None: nobody holds the store through us

    # the schedule

    def sync(self, feeds: Sequence[Feed], now: datetime) -> None:
        with self._server.writing() as c:
            _schedule.sync(_as_part(c), feeds, now)

    def claim(
        self, now: datetime, limit: int, *, owner: str, lease: timedelta, everything: bool = False
    ) -> Sequence[Claim]:
        if self._place is not None:
            self._place.tend(now)
        with self._server.session() as c, c.transaction():
            return _pg_schedule.claim(
                c, now, limit, owner=owner, lease=lease, everything=everything
            )

    def release(self, claims: Sequence[Claim]) -> None:
        with self._server.writing() as c:
            _schedule.release(_as_part(c), claims)

    # one poll

    def unseen(self, feed_id: str, entries: Sequence[Entry]) -> Sequence[Entry]:
        with self._server.reading() as c:
            return _polls.unseen(_as_part(c), feed_id, entries)

    @contextmanager
    def writing(self) -> Iterator[None]:
        with self._server.writing():
            yield

    def commit(self, changes: Changes) -> bool:
        if not self._server.writes():
            raise StoreError("commit() is only for inside writing()")
        with self._server.writing() as c:
            return _pg_polls.commit(c, changes)

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
            if not _outbox.waiting(_as_part(c), now):
                return ()
        with self._server.writing() as c:
            return _outbox.due(
                _as_part(c), now, limit, owner=owner, lease=lease, room=room, rates=rates
            )

    def circuit(self, sink: str) -> Circuit:
        with self._server.reading() as c:
            return _limits.circuit(_as_part(c), sink)

    def record(self, delivery: Delivery, attempt: Attempt, next_due: datetime | None) -> bool:
        with self._server.writing() as c:
            return _outbox.record(_as_part(c), delivery, attempt, next_due)

    def add_deliveries(self, deliveries: Sequence[Delivery]) -> int:
        with self._server.writing() as c:
            return _outbox.add(_as_part(c), deliveries)

    def retry(self, ids: Sequence[str], now: datetime) -> int:
        with self._server.writing() as c:
            return _outbox.retry(_as_part(c), ids, now)

    def enable_sink(self, sink: str, *, enabled: bool, why: str, now: datetime) -> None:
        with self._server.writing() as c:
            _outbox.enable(_as_part(c), sink, enabled=enabled, why=why, now=now)

    def digests(self, now: datetime) -> Sequence[Sequence[Delivery]]:
        with self._server.reading() as c:
            return _digests.due(_as_part(c), now)

    def bundle(self, parts: Sequence[Delivery], whole: Delivery) -> bool:
        with self._server.writing() as c:
            return _digests.bundle(_as_part(c), parts, whole, whole.due)

    # the desk

    def recent_alerts(self, since: datetime) -> Sequence[Alert]:
        with self._server.reading() as c:
            return _desk.recent(_as_part(c), since)

    def last_alert(self, story_id: str) -> Alert | None:
        with self._server.reading() as c:
            return _desk.last(_as_part(c), story_id)

    def silences(self, now: datetime) -> Sequence[Silence]:
        with self._server.reading() as c:
            return _desk.silences(_as_part(c), now)

    def add_silence(self, silence: Silence) -> None:
        with self._server.writing() as c:
            _desk.add_silence(_as_part(c), silence)

    def end_silence(self, silence_id: str, now: datetime) -> bool:
        with self._server.writing() as c:
            return _desk.end_silence(_as_part(c), silence_id, now)

    def add_label(self, label: Label) -> None:
        with self._server.writing() as c:
            _desk.add_label(_as_part(c), label)

    def labels(self, since: datetime | None = None) -> Sequence[Row]:
        with self._server.reading() as c:
            return _desk.labels(_as_part(c), since)

    # reading

    def page(self, view: View, *, limit: int = 50, after: str = "") -> Page:
        with self._server.reading() as c:
            return _pages.page(_as_part(c), view, limit=limit, after=after)

    def flows(self, since: datetime | None = None, *, limit: int = 500) -> Sequence[Row]:
        with self._server.reading() as c:
            return _pages.flows(_as_part(c), since, limit)

    def facets(self, kind: str, since: datetime | None = None, *, limit: int = 50) -> Sequence[Row]:
        with self._server.reading() as c:
            return _pages.counted(_as_part(c), kind, since, limit)

    def near_misses(self, since: datetime, *, limit: int = 50) -> Sequence[Row]:
        with self._server.reading() as c:
            return _pages.near(_as_part(c), since, limit)

    def lags(self, *, limit: int = 500) -> Sequence[Row]:
        with self._server.reading() as c:
            return _pages.lags(_as_part(c), limit)

    # upkeep

    @contextmanager
    def hold(self, owner: str, now: datetime) -> Iterator[None]:
        """Be named among the nodes: here several daemons share a store."""
        place = _pg_nodes.Place(self._server, owner, now)
        place.enter()
        self._place = place
        try:
            yield
        finally:
            self._place = None
            place.leave()

    def nodes(self) -> Sequence[Row]:
        with self._server.reading() as c:
            return _pg_nodes.nodes(c)

    def prune(self, before: datetime, limit: int) -> int:
        with self._server.writing() as c:
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

    # asking

    def feeds(self) -> Sequence[Row]:
        with self._server.reading() as c:
            return _reports.feeds(_as_part(c))

    def events(self, *, feed_id: str = "", limit: int = 50) -> Sequence[Row]:
        with self._server.reading() as c:
            return _reports.events(_as_part(c), feed_id, limit)

    def wake(self, feed_id: str, now: datetime, *, apart: timedelta) -> bool:
        with self._server.writing() as c:
            return _schedule.wake(_as_part(c), feed_id, now, apart)

    def add_feed(self, feed: Feed, now: datetime) -> bool:
        with self._server.writing() as c:
            return _schedule.add(_as_part(c), feed, now)

    def remove_feed(self, feed_id: str) -> bool:
        with self._server.writing() as c:
            return _schedule.remove(_as_part(c), feed_id)

    def pause_feed(self, feed_id: str, *, paused: bool) -> bool:
        with self._server.writing() as c:
            return _schedule.pause(_as_part(c), feed_id, paused=paused)

    def own_feeds(self) -> Sequence[Feed]:
        with self._server.reading() as c:
            return _schedule.own(_as_part(c))

    def alerts(
        self, *, limit: int = 50, topic: str = "", since: datetime | None = None
    ) -> Sequence[Row]:
        with self._server.reading() as c:
            return _reports.alerts(_as_part(c), limit=limit, topic=topic, since=since)

    def alert(self, alert_id: str) -> Sequence[Delivery]:
        with self._server.reading() as c:
            return _reports.alert(_as_part(c), alert_id)

    def deliveries(
        self, *, state: str = "", sink: str = "", alert: str = "", limit: int = 50
    ) -> Sequence[Row]:
        with self._server.reading() as c:
            return _reports.deliveries(
                _as_part(c), state=state, sink=sink, alert=alert, limit=limit
            )

    def attempts(self, delivery_id: str) -> Sequence[Row]:
        with self._server.reading() as c:
            return _reports.attempts(_as_part(c), delivery_id)

    def story(self, story_id: str) -> Story | None:
        with self._server.reading() as c:
            return _memory.story(_as_part(c), story_id)

    def search(self, query: str, *, limit: int = 20) -> Sequence[Row]:
        with self._server.reading() as c:
            return _search.search(_as_part(c), query, limit)

    def decisions(self, reference: str) -> Sequence[Row]:
        with self._server.reading() as c:
            return _reports.decisions(_as_part(c), reference)

    def counts(self) -> Mapping[str, int]:
        with self._server.reading() as c:
            return _reports.counts(_as_part(c))

    def sinks(self) -> Sequence[Row]:
        with self._server.reading() as c:
            return _reports.sinks(_as_part(c))


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
