"""
The store's place on a server: brought up to date as a whole, opened only when it is ours.

One connection writes, a few read, each made when it is needed and made anew after the server
was away.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from monitor.errors import StoreBusy, StoreDamaged, StoreError
from monitor.stores._pg_connection import Session, connect
from monitor.stores._pg_nodes import connected
from monitor.stores._pg_schema import LEAST, MIGRATIONS

_MOST: Final = 8  # connections at once, and one more for being a node; servers have 100 for all
_CLOSING: Final = 5.0  # seconds
# Two numbers name an advisory lock: what it is for, and the schema it is for. What tells a story
# is written by one at a time; what only keeps a feed's poll, by many, each on rows of its own.
# What goes through the rows of all feeds (upkeep, a new configuration) is alone. The order in
# which they are taken is the same for all, so nobody waits in a circle.
_TELLING, _ROWS = 1_836_019_561, 1_836_019_562
_HERE: Final = "hashtext(current_schema()::text)"
_KEEPING: Final = f"begin; select pg_advisory_xact_lock_shared({_ROWS}, {_HERE})"
_WRITING: Final = (
    f"begin; select pg_advisory_xact_lock({_TELLING}, {_HERE}),"
    f" pg_advisory_xact_lock_shared({_ROWS}, {_HERE})"
)
_ALONE: Final = (
    f"begin; select pg_advisory_xact_lock({_TELLING}, {_HERE}),"
    f" pg_advisory_xact_lock({_ROWS}, {_HERE})"
)


class Server:
    """Thread-safe."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._lock = threading.RLock()
        self._writing_thread: int | None = None  # None: no thread writes
        self._writer: Session | None = None  # None: nobody writes
        self._pool_lock, self._idle, self._closed = threading.Lock(), list[Session](), False
        self._places = threading.BoundedSemaphore(_MOST)

    @contextmanager
    def keeping(self) -> Iterator[Session]:
        """A transaction on one feed's own rows, beside those of others; an error undoes all."""
        with self.session() as session, session.transaction(_KEEPING):
            yield session

    @contextmanager
    def writing(self, *, alone: bool = False) -> Iterator[Session]:
        """
        Until it exits nobody else writes, but for polls that are kept, or not even those.

        An error undoes all. Joins the thread's own.
        """
        with self._lock:  # threads of one process wait here, and cost the server nothing
            if self._writer is not None:  # the lock is ours, so it is our own
                yield self._writer
                return
            with self.session() as session, session.transaction(_ALONE if alone else _WRITING):
                self._writer, self._writing_thread = session, threading.get_ident()
                try:
                    yield session
                finally:
                    self._writer, self._writing_thread = None, None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A connection nobody else uses; the writer itself for the thread that is writing."""
        if self.writes() and self._writer is not None:
            yield self._writer
            return
        with self.session() as session:
            yield session

    def writes(self) -> bool:
        """Whether this thread is inside writing()."""
        return self._writing_thread == threading.get_ident()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A connection of one's own for a while; waits for one when all are in use."""
        with self._places:
            session = self._taken()
            try:
                yield session
            finally:
                self._give_back(session)

    def close(self) -> None:
        """Close every connection, each when its thread is done with it."""
        with self._pool_lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for session in idle:
            session.close()
        if self._lock.acquire(timeout=_CLOSING):  # whoever writes may end
            self._lock.release()

    def _taken(self) -> Session:
        while True:
            with self._pool_lock:
                if self._closed:
                    raise StoreError("the store is closed")
                session = self._idle.pop() if self._idle else None
            if session is None:
                return connect(self.url)
            if session.usable():
                return session
            session.close()

    def _give_back(self, session: Session) -> None:
        usable = session.usable()
        with self._pool_lock:
            if usable and not self._closed:
                self._idle.append(session)
                return
        session.close()


def opened(url: str, *, create: bool) -> Server:
    """
    The store at url, its tables made when there are none, brought up to date.

    With create=False nothing is made or changed.

    Raises:
        StoreError: it cannot be reached or is not there, or is of a newer version.
    """
    server = Server(url)
    try:
        _ready(server, create=create)
    except BaseException:
        server.close()
        raise
    return server


def _ready(server: Server, *, create: bool) -> None:
    with server.session() as s:
        found = version(s)
    if found < len(MIGRATIONS) and create:
        with server.writing(alone=True) as s:
            migrate(s)
    elif found == 0:
        raise StoreError(f"{s.place}: there is no store yet; start the daemon once")
    elif found < len(MIGRATIONS):
        raise StoreError(
            f"{s.place}: has schema version {found}, this program needs {len(MIGRATIONS)}; "
            "start its daemon once, which brings it up to date"
        )


def version(session: Session) -> int:
    """
    The schema's version; 0 when there are no tables yet.

    Raises:
        StoreError: there is no schema to be in, or it holds something else or a newer store.
    """
    schema = session.value("select current_schema()")
    if schema is None:
        raise StoreError(
            f"{session.place}: the user's search_path names no schema that exists; "
            "create one (create schema monitor authorization …)"
        )
    if session.value("select to_regclass('monitor_schema')") is None:
        if session.value("select to_regclass('feeds')") is not None:
            raise StoreDamaged(
                f"{session.place}: schema {schema} holds tables of something else; "
                "give the monitor a schema or a database of its own"
            )
        return 0
    found: int = session.value("select max(version) from monitor_schema")
    if found > len(MIGRATIONS):
        _bear_newer(session, found)
    return found


def _bear_newer(session: Session, found: int) -> None:
    """A newer program's schema is ours as well, when it says that it only added to it."""
    least: int = session.value("select max(least) from monitor_schema")
    if least > len(MIGRATIONS):
        raise StoreDamaged(
            f"{session.place}: has schema version {found}, this program knows up to "
            f"{len(MIGRATIONS)}; run the newer program, or restore a backup made before it"
        )


def migrate(session: Session, wanted: int = len(MIGRATIONS)) -> None:
    """
    Apply what is missing up to this version. Inside writing(): all of it or nothing, once.

    Raises:
        StoreBusy: older programs are at work that could not go on afterwards.
    """
    found = version(session)
    steps = [statement for step in MIGRATIONS[found:wanted] for statement in step]
    if found >= wanted:
        return
    if 0 < found < LEAST <= wanted:
        _alone(session, found)
    session.script(";\n".join([*steps, "delete from monitor_schema"]))
    if wanted < _SAYS_LEAST:
        session.run("insert into monitor_schema (version) values (?)", [wanted])
    else:
        added = "insert into monitor_schema (version, least) values (?, ?)"
        session.run(added, [wanted, min(LEAST, wanted)])


_SAYS_LEAST: Final = 4  # the version of the schema since which it does


def _alone(session: Session, found: int) -> None:
    at_work = connected(session)
    if at_work:
        raise StoreBusy(
            f"{session.place}: schema version {found} becomes {len(MIGRATIONS)}, which those at "
            f"work cannot share: {', '.join(at_work)}; stop them all, then start this one"
        )
