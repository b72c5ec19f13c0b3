"""What may be asked of the store in PostgreSQL: SQLite's own questions, from any connection."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, cast

from monitor.model import Delivery, Feed, Page, Story, View
from monitor.ports import Row
from monitor.stores import _memory, _pages, _reports, _schedule, _search
from monitor.stores._pg_connection import Session
from monitor.stores._pg_server import Server

if TYPE_CHECKING:
    from monitor.stores._connection import Connection


def as_part(session: Session) -> "Connection":
    """
    The session as the parts name it.

    They ask rows(), one(), value(), run(), many() and counts() of a connection, and no more.
    """
    return cast("Connection", session)


class Reader:
    """See ports.Store; what changes nothing."""

    def __init__(self, server: Server) -> None:
        self._server = server

    # reading

    def page(self, view: View, *, limit: int = 50, after: str = "") -> Page:
        with self._server.reading() as c:
            return _pages.page(as_part(c), view, limit=limit, after=after)

    def flows(self, since: datetime | None = None, *, limit: int = 500) -> Sequence[Row]:
        with self._server.reading() as c:
            return _pages.flows(as_part(c), since, limit)

    def facets(self, kind: str, since: datetime | None = None, *, limit: int = 50) -> Sequence[Row]:
        with self._server.reading() as c:
            return _pages.counted(as_part(c), kind, since, limit)

    def near_misses(self, since: datetime, *, limit: int = 50) -> Sequence[Row]:
        with self._server.reading() as c:
            return _pages.near(as_part(c), since, limit)

    def lags(self, *, limit: int = 500) -> Sequence[Row]:
        with self._server.reading() as c:
            return _pages.lags(as_part(c), limit)

    # asking

    def feeds(self) -> Sequence[Row]:
        with self._server.reading() as c:
            return _reports.feeds(as_part(c))

    def events(self, *, feed_id: str = "", limit: int = 50) -> Sequence[Row]:
        with self._server.reading() as c:
            return _reports.events(as_part(c), feed_id, limit)

    def own_feeds(self) -> Sequence[Feed]:
        with self._server.reading() as c:
            return _schedule.own(as_part(c))

    def alerts(
        self, *, limit: int = 50, topic: str = "", since: datetime | None = None
    ) -> Sequence[Row]:
        with self._server.reading() as c:
            return _reports.alerts(as_part(c), limit=limit, topic=topic, since=since)

    def alert(self, alert_id: str) -> Sequence[Delivery]:
        with self._server.reading() as c:
            return _reports.alert(as_part(c), alert_id)

    def deliveries(
        self, *, state: str = "", sink: str = "", alert: str = "", limit: int = 50, after: str = ""
    ) -> Sequence[Row]:
        with self._server.reading() as c:
            return _reports.deliveries(
                as_part(c), state=state, sink=sink, alert=alert, limit=limit, after=after
            )

    def attempts(self, delivery_id: str) -> Sequence[Row]:
        with self._server.reading() as c:
            return _reports.attempts(as_part(c), delivery_id)

    def story(self, story_id: str) -> Story | None:
        with self._server.reading() as c:
            return _memory.story(as_part(c), story_id)

    def search(self, query: str, *, limit: int = 20) -> Sequence[Row]:
        with self._server.reading() as c:
            return _search.search(as_part(c), query, limit)

    def decisions(self, reference: str) -> Sequence[Row]:
        with self._server.reading() as c:
            return _reports.decisions(as_part(c), reference)

    def counts(self) -> Mapping[str, int]:
        with self._server.reading() as c:
            return _reports.counts(as_part(c))

    def sinks(self) -> Sequence[Row]:
        with self._server.reading() as c:
            return _reports.sinks(as_part(c))
