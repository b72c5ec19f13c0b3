"""From a SQLite store into an empty one in PostgreSQL: all of it, proved, or nothing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from monitor.errors import StoreDamaged, StoreError
from monitor.stores import _codec as codec
from monitor.stores import _file, _upkeep
from monitor.stores._connection import Connection
from monitor.stores._hold import alone
from monitor.stores._pg_connection import Session, held
from monitor.stores._pg_server import Server
from monitor.stores._pg_words import vector
from monitor.stores._schema import MIGRATIONS
from monitor.stores._search import spaced

Advance = Callable[[int], None]  # told of so many rows more
Progress = Callable[[int], AbstractContextManager[Advance]]  # given how many there are

# What is referred to comes before what refers to it.
_ORDER: Final = (
    "feeds", "feed_memory", "feed_events", "sightings", "entries", "decisions", "stories",
    "members", "story_keys", "alerts", "alert_facets", "sinks", "deliveries", "attempts",
    "silences", "labels", "repairs", "moves", "pins", "alert_flows",
    "articles", "article_hosts", "robots",
)  # fmt: skip
_BATCH: Final = 2_000
_FIELDS: Final = ("title", "summary", "text")
_TEXTS: Final = "select seq, title, summary, text from entries where seq > ? order by seq limit ?"
_COLUMNS: Final = "select name, pk from pragma_table_info(?) order by cid"
_NEXT: Final = (
    "select setval(pg_get_serial_sequence('{0}', 'seq'), (select max(seq) from {0}))"
    " where exists (select 1 from {0})"
)


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    columns: Sequence[str]
    key: Sequence[str]  # of the columns, in the order of which rows are read

    def select(self, after: str = "") -> str:
        named, key = ", ".join(self.columns), ", ".join(self.key)
        return f"select {named} from {self.name} {after} order by {key}"  # noqa: S608 our own tables


def move(path: Path, target: Server, progress: Progress) -> Mapping[str, int]:
    """
    Copy every row, read it back, compare, and only then keep it; rows by table.

    Deliveries keep their ids, attempts and states, so that nothing is sent once more. The
    source is only read. Progress counts every row twice: written, and read back.

    Raises:
        StoreBusy: a daemon runs on the source.
        StoreDamaged: the source is not sound, or of another version.
        StoreError: the target is not empty, or what came back is not what went in.
    """
    with alone(path):
        source = _file.opened(path, create=False)
        try:
            with source.reading() as c:
                _examine(c, path)
                total = 2 * sum(c.counts(_ORDER).values())
                with c.snapshot(), target.writing() as s, progress(total) as advance:
                    return _moved(c, s, advance)
        finally:
            source.close()


def _examine(c: Connection, path: Path) -> None:
    version = c.value("pragma user_version")
    if version != len(MIGRATIONS):
        raise StoreDamaged(
            f"{path}: has schema version {version}, this program moves {len(MIGRATIONS)}; "
            "start its daemon once, which brings it up to date"
        )
    faults = _upkeep.integrity(c)
    if faults:
        raise StoreDamaged(f"{path}: not a sound store ({faults[0]}); restore a backup first")


def _moved(c: Connection, s: Session, advance: Advance) -> Mapping[str, int]:
    there = {table: n for table, n in s.counts([*_ORDER, "nodes"]).items() if n}
    if there:
        said = ", ".join(f"{n} {table}" for table, n in there.items())
        raise StoreError(f"{s.place}: is not empty ({said}); move into a new schema or database")
    tables = [_table(c, name) for name in _ORDER]
    sums = {table.name: _copy(c, s, table, advance) for table in tables}
    _find_words(s)
    for table in tables:
        if "seq" in table.columns:
            s.rows(_NEXT.format(table.name))
    for table in tables:
        if sums[table.name] != _sum(_counted(s.stream(table.select()), advance)):
            raise StoreError(f"{s.place}: {table.name} did not come back as written; kept nothing")
    return s.counts(_ORDER)


def _table(c: Connection, name: str) -> _Table:
    rows = c.rows(_COLUMNS, [name])
    key = sorted((row for row in rows if row["pk"]), key=lambda row: int(row["pk"]))
    return _Table(name, [r["name"] for r in rows], [r["name"] for r in key])


def _copy(c: Connection, s: Session, table: _Table, advance: Advance) -> str:
    """Write the whole table; the sum of what was written."""
    digest = sha256()

    def written() -> Iterator[Sequence[Any]]:
        for row in _counted(_rows(c, table), advance):
            digest.update(_line(row))
            yield list(row.values())

    s.copy(table.name, table.columns, written())
    return digest.hexdigest()


def _rows(c: Connection, table: _Table) -> Iterator[Mapping[str, Any]]:
    """Every row in the order of its key, a batch at a time."""
    key = ", ".join(table.key)
    further = f"where ({key}) > ({', '.join('?' * len(table.key))})"
    after: list[Any] = []
    while True:
        rows = c.rows(f"{table.select(further if after else '')} limit {_BATCH}", after)
        for row in rows:
            yield {column: held(row[column]) for column in table.columns}
        if len(rows) < _BATCH:
            return
        after = [rows[-1][column] for column in table.key]


def _counted(rows: Iterator[Mapping[str, Any]], advance: Advance) -> Iterator[Mapping[str, Any]]:
    for number, row in enumerate(rows, 1):
        yield row
        if number % _BATCH == 0:
            advance(_BATCH)


def _sum(rows: Iterator[Mapping[str, Any]]) -> str:
    digest = sha256()
    for row in rows:
        digest.update(_line(row))
    return digest.hexdigest()


def _line(row: Mapping[str, Any]) -> bytes:
    """A row as bytes: what differs in any column, type included, differs here."""
    return codec.dumps(list(row.values())).encode() + b"\n"


def _find_words(s: Session) -> None:
    """Make every entry findable, a batch at a time."""
    last = 0
    while rows := s.rows(_TEXTS, [last, _BATCH]):
        found = [(r["seq"], vector(*(spaced(r[f]) for f in _FIELDS))) for r in rows]
        s.copy("search", ("entry", "words"), found)
        last = rows[-1]["seq"]
