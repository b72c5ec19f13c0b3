"""
The way to the server: statements, transactions, and PostgreSQL's refusals as errors of ours.

The only file importing psycopg.
"""

import contextlib
import os
import select
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import dict_row

from monitor.errors import StoreBusy, StoreDamaged, StoreError, StoreFull, UsageError
from monitor.stores._pg_dialect import said

Row = Mapping[str, Any]  # one row by column name: foreign data, read once by the caller
Values = Sequence[Any] | dict[str, Any]

LEAST: Final = 140000  # PostgreSQL 14, 2021

# A network that was cut is noticed within half a minute, by whichever side still speaks.
_ASKED: Final = {
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
    "application_name": "monitor",
    "client_encoding": "utf8",
}
# A node that was stopped inside a transaction (a sleeping laptop, SIGSTOP) would hold up all
# the others; the server ends its transaction, and what it wakes up with is refused.
_SETTINGS: Final = (
    "set default_transaction_isolation = 'read committed'",
    "set lock_timeout = '30s'",
    "set idle_in_transaction_session_timeout = '20s'",
    "set idle_session_timeout = 0",
    "set tcp_keepalives_idle = 10",
    "set tcp_keepalives_interval = 5",
    "set tcp_keepalives_count = 3",
    "set jit = off",
)

_BUSY: Final = {"55P03", "40P01", "40001", "57014"}
_FULL: Final = {"53100", "25006", "42501"}
_DAMAGED: Final = {"XX001", "XX002"}
_AGAIN: Final = "what was under way is undone and is done again when it answers"
_CHECK: Final = (
    "check store.url, that the server runs, and who may connect "
    "(pg_hba.conf; the password goes into PGPASSWORD or ~/.pgpass)"
)


def _readable(seconds: float, *files: int) -> bool:
    """Whether one of them can be read within so many seconds."""
    looked = select.poll()  # select() refuses files numbered beyond 1,023
    for file in files:
        looked.register(file, select.POLLIN)
    return bool(looked.poll(seconds * 1_000))


class Bell:
    """Ends a wait from another thread."""

    def __init__(self) -> None:
        self._ear, self._hand = os.pipe()

    def ring(self) -> None:
        """Whoever waits goes on at once, and nobody waits any more."""
        os.write(self._hand, b"!")

    def wait(self, seconds: float, *others: int) -> bool:
        """Until it rings, or one of these files can be read: True; False after so many seconds."""
        return _readable(seconds, self._ear, *others)

    def __del__(self) -> None:
        for end in (self._ear, self._hand):
            os.close(end)


class Session:
    """
    One connection, as the parts of the store want one.

    Not for two threads at once; statements commit unless in transaction().
    """

    def __init__(self, raw: "psycopg.Connection[dict[str, Any]]", place: str) -> None:
        self._raw, self.place = raw, place
        self._outdated = False  # a newer program changed the tables under its prepared statements

    @property
    def raw(self) -> Any:
        """The library's own connection, for another library that writes on it."""
        return self._raw

    def rows(self, sql: str, values: Values = ()) -> list[Row]:
        """Every row the statement gives."""
        spoken = said(sql)
        with refusals(self.place):
            asked = _held(spoken.values(values))
            found: list[Row] = [*self._asked(spoken.sql.encode(), asked).fetchall()]
        return found

    def _asked(self, sql: bytes, values: Values) -> "psycopg.Cursor[dict[str, Any]]":
        """
        Once more, where the tables have got new columns since this connection first asked so.

        In a transaction it is too late for that: it is undone, and done again elsewhere.
        """
        try:
            return self._raw.execute(sql, values)
        except psycopg.errors.FeatureNotSupported:
            self._outdated = True
            if self._raw.info.transaction_status:
                raise
            return self._raw.execute(sql, values, prepare=False)

    def one(self, sql: str, values: Values = ()) -> Row | None:
        """The first row; None when there is none."""
        found = self.rows(sql, values)
        return found[0] if found else None

    def value(self, sql: str, values: Values = ()) -> Any:
        """The first column of the first row; None when there is none."""
        row = self.one(sql, values)
        return None if row is None else next(iter(row.values()))

    def counts(self, tables: Sequence[str]) -> dict[str, int]:
        """How many rows each of these tables has, at one moment."""
        each = (f"(select count(*) from {table}) as {table}" for table in tables)  # noqa: S608 our own tables
        return dict(self.rows(f"select {', '.join(each)}")[0])

    def run(self, sql: str, values: Values = ()) -> int:
        """How many rows the statement changed."""
        spoken = said(sql)
        with refusals(self.place):
            return self._raw.execute(spoken.sql.encode(), _held(spoken.values(values))).rowcount

    def many(self, sql: str, each: Iterable[Values]) -> int:
        """Run it with each of these values; how many rows were changed in all."""
        spoken = said(sql)
        asked = [_held(spoken.values(values)) for values in each]
        if not asked:
            return 0
        with refusals(self.place), self._raw.cursor() as cursor:
            cursor.executemany(spoken.sql.encode(), asked)
            changed = cursor.rowcount
            # A pipeline leaves the server's clock for idle transactions unset (15 of 16 times,
            # PostgreSQL 18): whoever is stopped then would hold up everybody.
            cursor.execute(b"select 1")
        return changed

    def script(self, sql: str) -> None:
        """Statements as they stand, in one message; nothing is translated."""
        with refusals(self.place):
            self._raw.execute(sql.encode())

    def stream(self, sql: str) -> Iterator[Row]:
        """Rows as they come, for tables that do not fit into memory; inside a transaction."""
        with refusals(self.place), self._raw.cursor("monitor") as cursor:
            cursor.itersize = 2_000
            yield from cursor.execute(sql.encode())

    def copy(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Write rows as fast as the server takes them."""
        sql = f"copy {table} ({', '.join(columns)}) from stdin"
        with refusals(self.place), self._raw.cursor() as c, c.copy(sql.encode()) as sheet:
            for row in rows:
                sheet.write_row(row)

    @contextmanager
    def transaction(self, begin: str = "begin") -> Iterator[None]:
        """All or nothing; `begin` may say how, and take locks."""
        try:
            self.script(begin)
            yield
            self.script("commit")
        except BaseException:
            # The server may be gone, and then there is nothing to undo.
            with contextlib.suppress(psycopg.Error):
                self._raw.rollback()
            raise

    def listen(self, channel: str) -> None:
        """Hear what is said on this channel in this schema; see heard()."""
        name = self.value("select quote_ident(? || current_schema())", [channel])
        self.script(f"listen {name}")

    def heard(self, bell: Bell, seconds: float) -> bool:
        """Whether anything is said within so many seconds, or until the bell rings."""
        with refusals(self.place):
            if not bell.wait(seconds, self._raw.fileno()):
                return False
            return bool(list(self._raw.notifies(timeout=0)))

    def usable(self) -> bool:
        """Whether it is idle and nobody has hung up, found out without asking the server."""
        if self._outdated or self._raw.closed or self._raw.info.transaction_status:
            return False
        # Nothing is expected: what can be read is the server's farewell.
        return not _readable(0, self._raw.fileno())

    def secrets(self) -> Mapping[str, str]:
        """How another program reaches the same place: variables of its environment."""
        info = self._raw.info
        found = {"PGHOST": info.host, "PGPORT": str(info.port), "PGUSER": info.user,
                 "PGDATABASE": info.dbname, "PGPASSWORD": info.password}  # fmt: skip
        return {name: value for name, value in found.items() if value}

    def close(self) -> None:
        self._raw.close()


def _held(values: Values) -> Values:
    if isinstance(values, dict):
        return {name: held(value) for name, value in values.items()}
    return [held(value) for value in values]


def held(value: Any) -> Any:
    """The value as PostgreSQL can hold it: a text of its own has no NUL in it."""
    if isinstance(value, list):
        return [held(one) for one in value]
    return value.replace("\0", "\ufffd") if isinstance(value, str) and "\0" in value else value


def parameters(url: str) -> dict[str, str]:
    """
    What the URL says, by libpq's names.

    Raises:
        UsageError: it is no URL of PostgreSQL.
    """
    try:
        if not url.startswith(("postgresql://", "postgres://")):
            raise psycopg.ProgrammingError("it begins otherwise")
        return {name: str(value) for name, value in conninfo_to_dict(url).items()}
    except psycopg.ProgrammingError as e:
        raise UsageError(
            "store: that is no URL of PostgreSQL; write postgresql://user@host/database "
            f"({_line(e)})"
        ) from e


def conninfo(url: str) -> str:
    """
    The URL as libpq wants it, with our patience where it says nothing.

    Raises:
        UsageError: it is no URL of PostgreSQL.
    """
    return make_conninfo("", **{**_ASKED, **parameters(url)})


def connect(url: str) -> Session:
    """
    A connection, set up.

    Raises:
        UsageError: the URL is none.
        StoreError: the server is not there, refuses us, or is too old.
    """
    asked = parameters(url)
    place = f"postgresql://{asked.get('host', 'localhost')}/{asked.get('dbname', '')}"
    try:
        raw = psycopg.connect(conninfo(url), autocommit=True, row_factory=dict_row)
    except psycopg.Error as e:
        raise StoreError(f"{place}: cannot be reached ({_line(e)}); {_CHECK}") from e
    session = Session(raw, place)
    try:
        if raw.info.server_version < LEAST:
            raise StoreError(f"{place}: PostgreSQL {LEAST // 10000} or newer is needed")
        session.script("; ".join(_SETTINGS))
    except BaseException:
        session.close()
        raise
    return session


@contextmanager
def refusals(place: str) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as e:
        raise refusal(e, place) from e


def refusal(e: psycopg.Error, place: str) -> StoreError:
    """What PostgreSQL said, as one line that says what to do."""
    code, said_ = e.sqlstate or "", _line(e)
    if code in _BUSY:
        return StoreBusy(f"{place}: another node writes to it and did not end in time ({said_})")
    if code == "42501":
        return StoreFull(f"{place}: this user may not ({said_}); let it own the schema")
    if code in _FULL:
        return StoreFull(f"{place}: no space left, or not writable ({said_})")
    if code in _DAMAGED:
        return StoreDamaged(f"{place}: not a sound store ({said_}); restore a backup")
    if isinstance(e, psycopg.errors.FeatureNotSupported):
        return StoreError(f"{place}: a newer program changed the tables ({said_}); {_AGAIN}")
    if isinstance(e, psycopg.OperationalError):
        return StoreError(f"{place}: the server does not answer ({said_}); {_AGAIN}")
    return StoreError(f"{place}: {said_}")


def _line(e: BaseException) -> str:
    return " ".join(str(e).split())
