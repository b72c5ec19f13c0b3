"""
Who is at work on the store: several may be, each named, each alive as long as it is connected.

A node holds an advisory lock through a connection of its own; the server lets it go when the
process dies or the network to it is cut, so no clock has to say who lives.
"""

import contextlib
import os
import socket
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, cast

from monitor import __version__
from monitor.errors import StoreError
from monitor.stores import _codec as codec
from monitor.stores import _reports
from monitor.stores._pg_connection import Row, Session, connect
from monitor.stores._pg_server import WRITING, Server

if TYPE_CHECKING:
    from monitor.stores._connection import Connection

# Half of the lock's name is the schema's, the other the node's number. In pg_locks both are
# unsigned, and hashtext() is not.
_KIND: Final = "hashtext(current_schema() || ' node')"
_ALIVE: Final = f"""
exists (
    select 1 from pg_locks l join pg_database d on d.oid = l.database
    where l.locktype = 'advisory' and l.objsubid = 2 and d.datname = current_database()
        and l.classid::bigint = ({_KIND}::bigint & 4294967295) and l.objid::bigint = n.number
)
"""  # noqa: S608


# A restart of the server cuts everybody off: for a minute, those who have not come back since
# may still do so, and what they were sending is theirs.
_DEAD: Final = f"""
not {_ALIVE} and (
    n.named_at > pg_postmaster_start_time()
    or pg_postmaster_start_time() < now() - interval '1 minute'
)
"""
_LOOK: Final = timedelta(seconds=10)  # between two looks for the dead


class Place:
    """A node's place among the nodes, from enter() to leave(); not for two threads at once."""

    def __init__(self, server: Server, owner: str, since: datetime) -> None:
        self._server, self._owner, self._since = server, owner, since
        self._looked = since
        self._session: Session | None = None  # None: not entered

    def enter(self) -> None:
        """Be named, and end the leases of those who are dead."""
        session = connect(self._server.url)
        try:
            with session.transaction(WRITING):
                self._name_us(session)
                _bury(session)
        except BaseException:
            session.close()
            raise
        self._session = session

    def _name_us(self, session: Session) -> None:
        number = session.value(
            "insert into nodes (owner, host, pid, since, version, named_at)"
            " values (?, ?, ?, ?, ?, now()) on conflict (owner) do update set"
            " version = excluded.version, named_at = excluded.named_at returning number",
            [
                self._owner,
                socket.gethostname(),
                os.getpid(),
                codec.moment(self._since),
                __version__,
            ],
        )
        session.rows(f"select pg_try_advisory_lock_shared({_KIND}, ?)", [number])

    def tend(self, now: datetime) -> None:
        """Enter anew when the server was away, and look now and then whether others have died."""
        if self._session is None:
            return
        if not self._session.usable():
            self._session.close()
            self.enter()
        elif abs(now - self._looked) >= _LOOK:
            self._looked = now
            if self._session.value(f"select 1 from nodes n where {_DEAD} limit 1"):  # noqa: S608
                with self._server.writing() as session:
                    _bury(session)

    def leave(self) -> None:
        """Be named no longer; what we still hold is another's at once."""
        session, self._session = self._session, None
        if session is None:
            return
        with contextlib.suppress(StoreError):
            session.run("delete from nodes where owner = ?", [self._owner])
        session.close()


_LEASES: Final = (
    "update feeds set lease_until = null, owner = ''"
    " where lease_until is not null and owner not in (select owner from nodes)",
    "update deliveries set lease_until = null, owner = ''"
    " where state = 'due' and lease_until is not null and owner not in (select owner from nodes)",
)


def _bury(session: Session) -> None:
    """Whoever is not among the nodes is dead: nobody need wait for his leases, ten minutes."""
    session.run(f"delete from nodes n where {_DEAD}")  # noqa: S608
    for statement in _LEASES:
        session.run(statement)


_NODES: Final = f"""
select n.owner, n.host, n.pid, n.since, n.version,
    case when {_ALIVE} then 'alive' else 'dead' end as state
from nodes n order by n.since, n.owner
"""  # noqa: S608


def nodes(s: Session) -> Sequence[Row]:
    """See Store.nodes; oldest first, also with version, and state: alive or dead."""
    part = cast("Connection", s)
    return [
        {**row, "since": codec.when(row["since"]), **_reports.held(part, row["owner"])}
        for row in s.rows(_NODES)
    ]
