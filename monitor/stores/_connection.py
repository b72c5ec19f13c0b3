"""
The way to the file: statements, transactions, and SQLite's refusals as errors of ours.

The only file importing sqlite3 and sqlite_utils.
"""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlite_utils import Database

from monitor.errors import StoreBusy, StoreDamaged, StoreError, StoreFull

Row = Mapping[str, Any]  # one row by column name: foreign data, read once by the caller
Values = Sequence[Any] | dict[str, Any]

LEAST: Final = (3, 37, 0)  # strict tables; 2021-11
PATIENCE: Final = 30.0  # seconds a write waits for another process's write

# FULL: what was answered as committed survives a power cut; at our batch sizes it costs no
# more than NORMAL (0.060 and 0.066 ms a poll). The log is cut back to 64 MB once it was larger.
_WRITER: Final = (
    "pragma journal_mode = wal",
    "pragma synchronous = full",
    "pragma foreign_keys = on",
    "pragma journal_size_limit = 67108864",
    "pragma cache_size = -4000",
    "pragma trusted_schema = off",
)
# Eight readers would keep 2 MB each of what the system keeps for all of them anyway.
_READER: Final = (
    "pragma query_only = on",
    "pragma trusted_schema = off",
    "pragma cache_size = -500",
)

_BUSY: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_FULL: Final = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}
_DAMAGED: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}
RESTORE: Final = "stop the daemon, put a backup in its place (docs/store.md), never delete it first"


class Connection:
    """One connection. Not for two threads at once; statements commit unless in transaction()."""

    def __init__(self, raw: sqlite3.Connection, path: Path) -> None:
        raw.row_factory = sqlite3.Row
        self._db = Database(raw, recursive_triggers=False, execute_plugins=False)
        self._path = path

    def rows(self, sql: str, values: Values = ()) -> list[Row]:
        """Every row the statement gives."""
        with _refusals(self._path):
            found: list[Row] = self._db.execute(sql, values).fetchall()
        return found

    def one(self, sql: str, values: Values = ()) -> Row | None:
        """The first row; None when there is none."""
        found = self.rows(sql, values)
        return found[0] if found else None

    def value(self, sql: str, values: Values = ()) -> Any:
        """The first column of the first row; None when there is none."""
        found: list[Any] = self.rows(sql, values)
        return found[0][0] if found else None

    def counts(self, tables: Sequence[str]) -> dict[str, int]:
        """How many rows each of these tables has, of those there are."""
        with _refusals(self._path):
            there = set(self._db.table_names())
            return {table: self._db.table(table).count for table in tables if table in there}

    def run(self, sql: str, values: Values = ()) -> int:
        """How many rows the statement changed."""
        with _refusals(self._path):
            return self._db.execute(sql, values).rowcount

    def many(self, sql: str, each: Iterable[Values]) -> int:
        """Run it with each of these values; how many rows were changed in all."""
        rows = each if isinstance(each, list) else list(each)
        if not rows:
            return 0
        with _refusals(self._path):
            return self._db.conn.executemany(sql, rows).rowcount

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """
        All or nothing, and nobody else writes meanwhile.

        Raises:
            StoreBusy: somebody else wrote for longer than our patience.
        """
        # Not Database.atomic(): its deferred BEGIN takes the write lock only at the first
        # write, and two such nodes deadlock into "database is locked" (155 of 200 in WAL).
        with _refusals(self._path):
            self._db.execute("begin immediate")
        try:
            yield
            with _refusals(self._path):
                self._db.commit()
        except BaseException:
            # A full disk has already rolled back, and then there is nothing to undo.
            with contextlib.suppress(sqlite3.Error):
                self._db.rollback()
            raise

    @contextmanager
    def patience(self, seconds: float) -> Iterator[None]:
        """Wait so long for other connections, not PATIENCE, until it exits."""
        self.rows(f"pragma busy_timeout = {round(seconds * 1000)}")
        try:
            yield
        finally:
            self.rows(f"pragma busy_timeout = {round(PATIENCE * 1000)}")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Reads inside see one state, whatever is written meanwhile."""
        with _refusals(self._path):
            self._db.execute("begin")
        try:
            yield
        finally:
            with contextlib.suppress(sqlite3.Error):
                self._db.rollback()

    def rehearse(self, sql: str) -> None:
        """Run a statement on a connection for reading, and take back whatever it did."""
        self.rows("pragma query_only = off")
        try:
            with self.snapshot():
                self.run(sql)
        finally:
            self.rows("pragma query_only = on")

    def copy_to(self, path: Path) -> None:
        """The file as this connection sees it now, as one new file without a log beside it."""
        with _refusals(self._path), contextlib.closing(sqlite3.connect(path)) as target:
            self._db.conn.backup(target)
            target.execute("pragma journal_mode = delete")

    def define(self, name: str, function: Callable[..., str]) -> None:
        """Make a pure Python function of any number of arguments known to SQL."""
        self._db.conn.create_function(name, -1, function, deterministic=True)

    def close(self) -> None:
        self._db.close()


def connect(path: Path, *, writable: bool) -> Connection:
    """
    A connection to an existing file, also to one that cannot be written, until it is.

    Raises:
        StoreError: there is no such file, or it cannot be opened.
    """
    if sqlite3.sqlite_version_info < LEAST:
        raise StoreError(
            f"this Python has SQLite {sqlite3.sqlite_version}, the store needs "
            f"{'.'.join(map(str, LEAST))} or newer"
        )
    with _refusals(path):
        raw = sqlite3.connect(
            f"{path.absolute().as_uri()}?{_mode(path)}",
            uri=True,
            timeout=PATIENCE,
            isolation_level=None,  # no implicit BEGIN: every transaction is ours to begin
            check_same_thread=False,
            cached_statements=256,
        )
    connection = Connection(raw, path)
    try:
        # Not mode=ro: a reader that closes last could not clear away the log.
        for pragma in _WRITER if writable else _READER:
            connection.rows(pragma)
    except StoreError:
        connection.close()
        raise
    return connection


def scratch() -> Connection:
    """A database in memory, empty."""
    return Connection(sqlite3.connect(":memory:", isolation_level=None), Path(":memory:"))


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as e:
        raise refusal(e, path) from e


def _mode(path: Path) -> str:
    """How to open it: where nobody can write, SQLite needs to be told not to look for a log."""
    log = path.with_name(path.name + "-wal")  # there while a daemon runs, maybe another user's
    dead = not os.access(path.parent, os.W_OK) and not log.exists()
    return "mode=ro&immutable=1" if dead else "mode=rw"


def refusal(e: sqlite3.Error, path: Path) -> StoreError:
    """What SQLite said, as one line that names the file and what to do."""
    code = (getattr(e, "sqlite_errorcode", None) or 0) & 0xFF
    if code in _BUSY:
        return StoreBusy(f"{path}: another process writes to it and did not end in time")
    if code == sqlite3.SQLITE_READONLY:
        return StoreFull(f"{path}: cannot be written; check its owner and the file system")
    if code in _FULL:
        return StoreFull(f"{path}: no space left, or not writable ({e}); free some space")
    if code in _DAMAGED:
        return StoreDamaged(f"{path}: not a sound store ({e}); {RESTORE}")
    if code == sqlite3.SQLITE_IOERR:
        return StoreError(f"{path}: the disk does not answer ({e}); check it and free space")
    if code == sqlite3.SQLITE_CANTOPEN:
        return StoreFull(f"{path}: cannot be opened; check that its folder may be written")
    return StoreError(f"{path}: {e}")
