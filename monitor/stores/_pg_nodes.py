"""
Who is at work on the store: several may be, each named, each alive as long as it is heard of.

A node says every few seconds that it lives, by the server's clock, through a connection of its
own. It also holds an advisory lock through it, which the server lets go when the process dies:
a killed node is noticed sooner than a silent one. Whoever lives buries the dead.
"""

import os
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Final, cast

from monitor import __version__, log
from monitor.errors import StoreError
from monitor.stores import _codec as codec
from monitor.stores import _pg_versions, _reports
from monitor.stores._pg_clock import Clock
from monitor.stores._pg_connection import Bell, Row, Session, connect

if TYPE_CHECKING:
    from monitor.stores._connection import Connection

_BEAT: Final = 5.0  # seconds between two signs of life
_RETRY: Final = 1.0  # seconds until the next try after one that failed
_SWEEP: Final = 60.0  # seconds between two looks for leases that nobody has
# After a death every beat looks: what the dead was writing is passed over, being locked, until the
# server ends its transaction, which may take as long as calling it dead did. A feed that was passed
# over waited 88 s for its cut-off node to come back and give it up.
_RESTLESS: Final = 30.0  # seconds
_CHANNEL: Final = "monitor_outbox_"  # and the schema's name
_log = log.get("nodes")

# Half of the lock's name is the schema's, the other the node's number. In pg_locks both are
# unsigned, and hashtext() is not.
_KIND: Final = "hashtext(current_schema() || ' node')"
_CONNECTED: Final = f"""
exists (
    select 1 from pg_locks l join pg_database d on d.oid = l.database
    where l.locktype = 'advisory' and l.objsubid = 2 and d.datname = current_database()
        and l.classid::bigint = ({_KIND}::bigint & 4294967295) and l.objid::bigint = n.number
)
"""  # noqa: S608 our own words
# A restart of the server cuts everybody off: for a while, those who have not come back since
# may still do so, and what they were sending is theirs.
_GONE: Final = f"""
not {_CONNECTED} and (
    n.named_at > pg_postmaster_start_time()
    or pg_postmaster_start_time() < now() - interval '1 minute'
)
"""
_SILENT: Final = """
greatest(n.heard_at, pg_postmaster_start_time()) < clock_timestamp() - interval '20 seconds'
"""
# A connection that was cut is not a death: who lives is back within a beat.
_DEAD: Final = f"""
({_SILENT} or n.heard_at < clock_timestamp() - interval '6 seconds' and {_GONE})
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a node says of itself."""

    owner: str
    since: datetime
    role: str = "all"
    configuration: str = ""  # a digest of what it works by; "" when it does not say


class Place:
    """A node's place among the nodes, from enter() to leave()."""

    def __init__(
        self,
        url: str,
        card: Card,
        clock: Clock,
        *,
        woken: Callable[[], object] = lambda: None,
        told: Callable[[str], object] = lambda _said: None,
        beat: float = _BEAT,
    ) -> None:
        """`woken` and `told` are called from a thread of ours; see Presence."""
        self._url, self._card, self._clock = url, card, clock
        self._woken, self._told = woken, told
        self._every = beat
        self._session: Session | None = None  # None: not entered, or cut off
        self._bell, self._left = Bell(), threading.Event()
        self._swept, self._restless, self._cut = monotonic(), monotonic(), False
        self._thread = threading.Thread(target=self._live, name="node", daemon=True)

    def enter(self) -> None:
        """
        Be named, end the leases of those who are dead, and be heard of from now on.

        Raises:
            StoreError: we are not.
            UsageError: our configuration was replaced by a newer one.
        """
        self._connect(f"{_DEAD} or {_GONE}", _pg_versions.bring)
        self._thread.start()

    def _connect(
        self, dead: str, agree: Callable[[Session, str, str], object] = lambda _s, _c, _o: None
    ) -> None:
        session = connect(self._url)
        try:
            with session.transaction():
                agree(session, self._card.configuration, self._card.owner)
                self._name_us(session)
                _bury(session, dead)
                _sweep(session)
            session.listen(_CHANNEL)
            self._clock.ask(lambda: time(session))
        except BaseException:
            session.close()
            raise
        self._session = session
        if self._left.is_set():  # nobody waits for us any more
            self._cut_off(StoreError("left"))

    def _name_us(self, session: Session) -> None:
        card = self._card
        number = session.value(
            "insert into nodes (owner, host, pid, since, version, role, configuration, named_at,"
            " heard_at) values (?, ?, ?, ?, ?, ?, ?, now(), clock_timestamp())"
            " on conflict (owner) do update set configuration = excluded.configuration,"
            " named_at = excluded.named_at, heard_at = excluded.heard_at returning number",
            [card.owner, socket.gethostname(), os.getpid(), codec.moment(card.since), __version__,
             card.role, card.configuration],
        )  # fmt: skip
        session.rows(f"select pg_try_advisory_lock_shared({_KIND}, ?)", [number])

    def _live(self) -> None:
        """Say that we live until we leave, whatever goes wrong in between."""
        beats = monotonic() + self._every
        while not self._left.is_set():
            try:
                self._listen(max(0.0, beats - monotonic()))
                if monotonic() >= beats and not self._left.is_set():
                    beats = monotonic() + self._every
                    self.beat()
            except Exception as e:
                self._cut_off(e)
                beats = monotonic() + min(_RETRY, self._every)

    def _listen(self, seconds: float) -> None:
        if self._session is None:
            self._bell.wait(seconds)
        elif self._session.heard(self._bell, seconds):
            self._woken()

    def _cut_off(self, why: Exception) -> None:
        if not self._left.is_set() and not self._cut:
            _log.warning("node is cut off", owner=self._card.owner, why=str(why))
            self._told(f"cut off from the others ({why})")
        self._cut = True
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def beat(self) -> None:
        """
        Say once that we live, and bury who is dead.

        Raises:
            StoreError: nobody heard it.
        """
        if self._session is None:
            self._connect(_DEAD)
            self._cut = False
            _log.info("node is back", owner=self._card.owner)
            return
        session = self._session
        self._clock.ask(lambda: time(session))
        heard = "update nodes set heard_at = clock_timestamp() where owner = ?"
        if not session.run(heard, [self._card.owner]):
            # We slept, and were taken for dead: what we held is another's.
            _log.warning("node was taken for dead", owner=self._card.owner)
            self._name_us(session)
        self._take_over(session)
        self._told(_pg_versions.out_of_step(session, self._card.configuration))

    def _take_over(self, session: Session) -> None:
        with session.transaction():
            buried = _bury(session, _DEAD)
            if buried:
                self._restless = monotonic() + _RESTLESS
            if monotonic() < self._restless or monotonic() - self._swept > _SWEEP:
                self._swept = monotonic()
                _sweep(session)
        for owner in buried:
            _log.warning("node is dead", owner=owner)

    def work_by(self, session: Session, configuration: str) -> None:
        """See Sharing.work_by; in a transaction."""
        _pg_versions.bring(session, configuration, self._card.owner)
        session.run(
            "update nodes set configuration = ? where owner = ?", [configuration, self._card.owner]
        )
        self._card = replace(self._card, configuration=configuration)

    def leave(self) -> None:
        """Be named no longer; what we still hold is another's at once."""
        self._left.set()
        self._bell.ring()
        if self._thread.ident is not None:
            self._thread.join(_BEAT)
        session, self._session = self._session, None
        if session is None:
            return
        try:
            with session.transaction():
                _bury(session, "n.owner = ?", [self._card.owner])
        except StoreError as e:
            _log.info("node left without a word", why=str(e))
        session.close()


def time(session: Session) -> datetime:
    """The server's clock."""
    at: datetime = session.value("select clock_timestamp()")
    return at.astimezone(UTC)


def wake(session: Session) -> None:
    """Tell every node, once this transaction is kept, that something waits to be delivered."""
    session.rows("select pg_notify(? || current_schema(), '')", [_CHANNEL])


# ── the dead ────────────────────────────────────────────────────────────────────

# "skip locked": what a sleeper still writes to holds nobody up; it is looked at again.
_LEASES: Final = tuple(
    f"update {table} set lease_until = null, owner = '' where {key} in (select {key}"  # noqa: S608 our own words
    f" from {table} where lease_until is not null and CHOSEN for no key update skip locked)"
    for table, key in (("feeds", "id"), ("deliveries", "seq"), ("articles", "entry"))
)
_THEIRS: Final = "owner = any(?)"
_NOBODYS: Final = "owner not in (select owner from nodes)"


# Places of those who are no more, and hosts that let anybody in anyway.
_PLACES: Final = (
    """
    update hosts h set inside = coalesce((
        select array_agg(o) from unnest(h.inside) o where o in (select owner from nodes)
    ), '{}') where exists (
        select 1 from unnest(h.inside) o where o not in (select owner from nodes)
    )
    """,
    "delete from hosts where inside = '{}' and opens_at < clock_timestamp() - interval '1 hour'",
)


def _bury(session: Session, dead: str, values: Sequence[str] = ()) -> Sequence[str]:
    """End the leases of those of whom this is true; who they were."""
    rows = session.rows(f"delete from nodes n where {dead} returning owner", values)  # noqa: S608 our own words
    owners = [str(row["owner"]) for row in rows]
    if owners:
        for statement in _LEASES:
            session.run(statement.replace("CHOSEN", _THEIRS), [owners])
        session.run(_PLACES[0])
    return owners


def _sweep(session: Session) -> None:
    """End every lease, and free every place, of somebody who is not among the nodes."""
    for statement in _LEASES:
        session.run(statement.replace("CHOSEN", _NOBODYS))
    for statement in _PLACES:
        session.run(statement)


def connected(session: Session) -> Sequence[str]:
    """Who is at work, by host, process and version; of a schema of any version."""
    rows = session.rows(f"select n.host, n.pid, n.version from nodes n where {_CONNECTED}")  # noqa: S608 our own words
    return [f"process {r['pid']} on {r['host']} (version {r['version']})" for r in rows]


_NODES: Final = f"""
select n.owner, n.host, n.pid, n.since, n.version, n.role, n.configuration,
    case when {_CONNECTED} and not {_SILENT} then 'alive' else 'dead' end as state,
    extract(epoch from clock_timestamp() - n.heard_at)::float as silent,
    coalesce((
        select greatest(0, extract(epoch from clock_timestamp() - min(f.next_due_at)::timestamptz))
        from feeds f where f.owner = n.owner and f.lease_until is not null
    ), 0)::float as late
from nodes n order by n.since, n.owner
"""  # noqa: S608 our own words


def nodes(s: Session) -> Sequence[Row]:
    """See Store.nodes; oldest first.

    Also version, role, configuration; state: alive or dead; silent: seconds since it was heard
    of; late: seconds that the feeds it holds have been due, at most.
    """
    part = cast("Connection", s)
    return [
        {**row, "since": codec.when(row["since"]), **_reports.held(part, row["owner"])}
        for row in s.rows(_NODES)
    ]
