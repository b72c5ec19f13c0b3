"""The turnstile before each publisher's host, shared by all nodes: a row a host, a place a row."""

from datetime import datetime, timedelta
from typing import Final

from monitor.stores._pg_server import Server

_LOOK_AGAIN: Final = timedelta(milliseconds=50)  # at least, while all places are taken

# One statement, so that two who come at once see each other: the second waits for the first's
# row and judges what that left. A clock that went back must not shut a host for as long.
_ENTER: Final = """
insert into hosts as h (name, opens_at, inside) values (:host, :opens, array[:owner]::text[])
on conflict (name) do update set
    opens_at = excluded.opens_at, inside = h.inside || excluded.inside
where h.opens_at <= :now and cardinality(h.inside) < :most
returning name
"""
_WAIT: Final = "select opens_at, cardinality(inside) >= ? as full from hosts where name = ?"
_LEAVE: Final = """
update hosts set inside = array(
    select o from unnest(inside) with ordinality u (o, n) where n <> array_position(inside, ?)
) where name = ? and ? = any(inside)
"""
_CLOSE: Final = """
insert into hosts as h (name, opens_at, inside) values (?, ?, '{}')
on conflict (name) do update set opens_at = greatest(h.opens_at, excluded.opens_at)
"""


class Hosts:
    """See sharing.Turnstile. Thread-safe; StoreError when nobody can be asked."""

    def __init__(self, server: Server, owner: str, connections: int, spacing: timedelta) -> None:
        self._server, self._owner = server, owner
        self._connections, self._spacing = connections, spacing

    def enter(self, host: str, now: datetime) -> timedelta:
        with self._server.session() as c:
            asked = {"host": host, "opens": now + self._spacing, "now": now}
            if c.rows(_ENTER, {**asked, "owner": self._owner, "most": self._connections}):
                return timedelta(0)
            row = c.one(_WAIT, [self._connections, host])
        wait: timedelta = row["opens_at"] - now if row else _LOOK_AGAIN
        full = max(self._spacing / 4, _LOOK_AGAIN) if row and row["full"] else timedelta(0)
        return max(wait, full, _LOOK_AGAIN)

    def leave(self, host: str) -> None:
        with self._server.session() as c:
            c.run(_LEAVE, [self._owner, host, self._owner])

    def close(self, host: str, until: datetime) -> None:
        with self._server.session() as c:
            c.run(_CLOSE, [host, until])
