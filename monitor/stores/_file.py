"""
The file of the store: made whole or not at all, opened only when it is ours and sound.

One connection writes, a few read; a reader never waits for the writer, nor the writer for it.
"""

import contextlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from monitor.errors import StoreDamaged, StoreError, StoreFull
from monitor.stores._connection import RESTORE, Connection, connect
from monitor.stores._hold import alone
from monitor.stores._schema import APPLICATION, MIGRATIONS

_IDLE_READERS: Final = 8
_CLOSING: Final = 5.0  # seconds


class File:
    """Thread-safe."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._writing_thread: int | None = None  # None: no thread writes
        self._pool_lock, self._idle, self._closed = threading.Lock(), list[Connection](), False
        self._writer: Connection | None = None  # None until something is written

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Until it exits nobody else writes; an error undoes all. Joins the thread's own."""
        with self._lock:
            if self._writing_thread is not None:  # the lock is ours, so it is our own
                yield self._write_connection()
                return
            connection = self._write_connection()
            with connection.transaction():
                self._writing_thread = threading.get_ident()
                try:
                    yield connection
                finally:
                    self._writing_thread = None

    @contextmanager
    def outside(self) -> Iterator[Connection]:
        """The writing connection with no transaction begun, for pragmas that refuse one."""
        with self._lock:
            yield self._write_connection()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection nobody else uses; the writer itself for the thread that is writing."""
        if self._writing_thread == threading.get_ident():
            yield self._write_connection()
            return
        connection = self._reader()
        try:
            yield connection
        finally:
            self._give_back(connection)

    def writes(self) -> bool:
        """Whether this thread is inside writing()."""
        return self._writing_thread == threading.get_ident()

    def close(self) -> None:
        """Close every connection, each when its thread is done with it."""
        with self._pool_lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
        # A thread that waits for another process's write must not keep us from ending.
        if self._lock.acquire(timeout=_CLOSING):
            try:
                if self._writer is not None:
                    self._writer.close()
            finally:
                self._lock.release()

    def _write_connection(self) -> Connection:
        if self._closed:
            raise StoreError(f"{self.path}: the store is closed")
        if self._writer is None:
            self._writer = connect(self.path, writable=True)
        return self._writer

    def _reader(self) -> Connection:
        with self._pool_lock:
            if self._closed:
                raise StoreError(f"{self.path}: the store is closed")
            if self._idle:
                return self._idle.pop()
        return connect(self.path, writable=False)

    def _give_back(self, connection: Connection) -> None:
        with self._pool_lock:
            if not self._closed and len(self._idle) < _IDLE_READERS:
                self._idle.append(connection)
                return
        connection.close()


def opened(path: Path, *, create: bool) -> File:
    """
    The store at path, made when it is not there, brought up to date.

    With create=False nothing is made or changed, and reading works where writing does not.

    Raises:
        StoreError: it is not there, not ours, damaged, or of a newer version.
    """
    if create:
        make(path)
    elif not path.exists():
        raise StoreError(f"{path}: there is no store yet; start the daemon once")
    file = File(path)
    try:
        _ready(file, upgrade=create)
    except BaseException:
        file.close()
        raise
    return file


def _ready(file: File, *, upgrade: bool) -> None:
    with file.reading() as c:
        version = examine(c, file.path)
    if upgrade and version < len(MIGRATIONS):
        # Not beside a daemon of the old version, which would find its tables changed.
        with alone(file.path), file.writing() as c:
            migrate(c)


def make(path: Path) -> None:
    """
    A new store at path, unless there is one.

    It appears whole: a process killed here leaves nothing that looks like a store.

    Raises:
        StoreFull: the folder cannot be written.
        StoreDamaged: only the log of a lost store is there.
    """
    if path.exists():
        return
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size:
        raise StoreDamaged(f"{path}: is gone but {log.name} is still there; {RESTORE}")
    draft = path.with_name(f"{path.name}.new-{os.getpid()}-{threading.get_ident()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.touch(mode=0o600)
        _draft(draft)
        with contextlib.suppress(FileExistsError):  # another process was quicker: its store stays
            publish(draft, path)
    except OSError as e:
        raise StoreFull(f"{path}: cannot be made: {e.strerror}") from e
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def _draft(path: Path) -> None:
    """Every table, on the disk when this returns; synced once, not at every page."""
    connection = connect(path, writable=True)
    try:
        connection.rows("pragma synchronous = off")
        with connection.transaction():
            connection.run(f"pragma application_id = {APPLICATION}")
            migrate(connection)
        connection.rows("pragma journal_mode = wal")
    finally:
        connection.close()
    sync(path)


def publish(draft: Path, path: Path) -> None:
    """
    Give a finished file its name, for good.

    Raises:
        FileExistsError: the name is taken.
        OSError: the folder cannot be written.
    """
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links; then a moment remains for somebody else
        if path.exists():
            raise FileExistsError(path) from None
        draft.rename(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Make a file, or the names in a folder, survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def examine(connection: Connection, path: Path) -> int:
    """
    The schema's version, after a look that costs under a millisecond.

    Raises:
        StoreDamaged: it is no store of ours, of a newer version, or visibly broken.
    """
    if path.stat().st_size == 0:
        raise StoreDamaged(f"{path}: is empty, which a store never is; {RESTORE}")
    application = connection.value("pragma application_id")
    version: int = connection.value("pragma user_version")
    if application != APPLICATION:
        raise StoreDamaged(
            f"{path}: is a database of something else (application id {application}); "
            "point store.url at another file"
        )
    if version > len(MIGRATIONS):
        raise StoreDamaged(
            f"{path}: has schema version {version}, this program knows up to "
            f"{len(MIGRATIONS)}; run the newer program, or restore a backup made before it"
        )
    connection.rows("select name from sqlite_schema")  # a broken schema speaks up here
    return version


def migrate(connection: Connection, version: int | None = None) -> None:
    """
    Apply what is missing up to this version; None: the latest.

    Inside a transaction: all of it or nothing.
    """
    found: int = connection.value("pragma user_version")
    wanted = len(MIGRATIONS) if version is None else version
    for statements in MIGRATIONS[found:wanted]:
        for statement in statements:
            connection.run(statement)
    connection.run(f"pragma user_version = {wanted}")
