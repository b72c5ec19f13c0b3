"""A queue of polls in the same database: batches put with their claims, taken over by fences."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from monitor.model import Claim
from monitor.stores import _pg_schedule
from monitor.stores._pg_connection import conninfo, refusals
from monitor.stores._pg_server import Server


class Spreads:
    """See sharing.Spreading."""

    _server: Server

    def claim_into(
        self,
        now: datetime,
        limit: int,
        *,
        owner: str,
        lease: timedelta,
        put: Callable[[Any, Sequence[Claim]], object],
    ) -> int:
        with self._server.session() as c, c.transaction():
            claims = _pg_schedule.claim(c, now, limit, owner=owner, lease=lease, everything=False)
            if claims:
                with refusals(c.place):
                    put(c.raw, claims)
            return len(claims)

    def take_over(
        self, feeds: Sequence[tuple[str, int]], now: datetime, *, owner: str, lease: timedelta
    ) -> Sequence[Claim]:
        with self._server.session() as c, c.transaction():
            return _pg_schedule.take_over(c, feeds, now, owner=owner, lease=lease)

    def address(self) -> str:
        return conninfo(self._server.url)

    def make_queue(self, tables: str) -> None:
        with self._server.writing(alone=True) as c:
            if c.value("select to_regclass('procrastinate_jobs')") is None:
                c.script(tables)

    def queued(self) -> int:
        with self._server.reading() as c:
            return int(c.value("select count(*) from procrastinate_jobs where status = 'todo'"))
