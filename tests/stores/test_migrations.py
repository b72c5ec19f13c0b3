"""Schemas of every age become today's, all at once or not at all."""

import re
import sqlite3
from pathlib import Path

import pytest

from monitor.errors import StoreBusy, StoreDamaged, StoreError
from monitor.stores import _schema, sqlite
from monitor.stores._hold import alone
from tests.contract import making as m
from tests.samples import NOW


def _schema_of(path: Path) -> list[tuple[str, str]]:
    """Names of everything with the columns of tables, in order."""
    with sqlite3.connect(path) as c:
        names = [
            str(n) for (n,) in c.execute("select name from sqlite_schema where sql is not null")
        ]
        columns = {
            n: str(c.execute("select * from pragma_table_xinfo(?)", [n]).fetchall()) for n in names
        }
    c.close()
    return sorted(columns.items())


def _of_version(path: Path, version: int) -> None:
    """A store as an older program made it."""
    with sqlite3.connect(path) as c:
        for statements in _schema.MIGRATIONS[:version]:
            for statement in statements:
                c.execute(statement)
        c.execute(f"pragma user_version = {version}")
        c.execute(f"pragma application_id = {_schema.APPLICATION}")
    c.close()


@pytest.mark.parametrize("version", range(1, len(_schema.MIGRATIONS)))
def test_every_older_version_becomes_todays(tmp_path: Path, version: int) -> None:
    """An upgrade and a new store end with the same schema."""
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    _of_version(old, version)
    for path in (old, new):
        sqlite.open(f"sqlite:///{path}").close()

    assert _schema_of(new) == _schema_of(old)


def test_a_store_in_use_is_not_migrated(tmp_path: Path) -> None:
    """A command of the new program, run beside a daemon of the old one, would break it."""
    path = tmp_path / "old.db"
    _of_version(path, 1)
    reader = sqlite.open(f"sqlite:///{path}", create=False)
    with alone(path), pytest.raises(StoreBusy, match="stop that one first"):
        sqlite.open(f"sqlite:///{path}")
    reader.close()

    sqlite.open(f"sqlite:///{path}").close()


def test_rows_survive_every_migration(tmp_path: Path) -> None:
    """What version 1 knew is still known."""
    path = tmp_path / "old.db"
    _of_version(path, 1)
    with sqlite3.connect(path) as c:
        c.execute("insert into sinks (name) values ('desk')")
    c.close()
    store = sqlite.open(f"sqlite:///{path}")

    assert ["desk"] == [row["sink"] for row in store.sinks()]
    store.close()


def test_without_create_an_older_store_is_left_as_it_is(tmp_path: Path) -> None:
    """A backup before an upgrade must not be an upgrade; it can be taken all the same."""
    path = tmp_path / "old.db"
    _of_version(path, 1)
    before = _schema_of(path)
    store = sqlite.open(f"sqlite:///{path}", create=False)

    assert [] == list(store.own_feeds())
    store.backup(tmp_path / "copy.db")
    store.close()
    assert before == _schema_of(path) == _schema_of(tmp_path / "copy.db")


def test_a_failed_migration_leaves_the_old_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it or nothing: the old program can still run on it."""
    path = tmp_path / "monitor.db"
    sqlite.open(f"sqlite:///{path}").close()
    before = _schema_of(path)
    broken = (*_schema.MIGRATIONS, ("create table more (x text) strict", "no sql at all"))
    monkeypatch.setattr("monitor.stores._file.MIGRATIONS", broken)

    with pytest.raises(StoreError, match="syntax error"):
        sqlite.open(f"sqlite:///{path}")
    assert before == _schema_of(path)


def test_a_store_of_a_newer_program_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Going back a version needs the backup from before; the message says so."""
    path = tmp_path / "monitor.db"
    newer = (*_schema.MIGRATIONS, ("create table more (x text) strict",))
    monkeypatch.setattr("monitor.stores._file.MIGRATIONS", newer)
    sqlite.open(f"sqlite:///{path}").close()
    monkeypatch.undo()

    with pytest.raises(StoreDamaged, match=f"up to {len(_schema.MIGRATIONS)}"):
        sqlite.open(f"sqlite:///{path}")


def test_every_table_is_counted_and_strict(tmp_path: Path) -> None:
    """A table that TABLES forgets is missing from counts, metrics and backups' proof."""
    path = tmp_path / "monitor.db"
    sqlite.open(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as c:
        listed = c.execute("select name, strict from pragma_table_list where type = 'table'")
        found = dict(listed.fetchall())
    c.close()
    found.pop("sqlite_schema")
    found.pop("sqlite_temp_schema")

    assert dict.fromkeys(_schema.TABLES, 1) == found


def test_every_nullable_column_says_what_null_means() -> None:
    """In the line that declares it."""
    column = re.compile(r"    \w+ (text|real|integer)\b")
    lines = [
        line
        for statements in _schema.MIGRATIONS
        for statement in statements
        if statement.lstrip().startswith("create table")
        for line in statement.splitlines()
        if column.match(line) and "not null" not in line and "primary key" not in line
    ]

    assert [] == [line for line in lines if "-- null" not in line and "; null" not in line]
    assert len(lines) > 10


def test_the_due_feeds_are_found_by_an_index(tmp_path: Path) -> None:
    """100,000 feeds of which none is due cost no more than one of which none is."""
    store = sqlite.open(f"sqlite:///{tmp_path}/monitor.db")
    store.sync([m.feed()], NOW)
    store.close()
    with sqlite3.connect(tmp_path / "monitor.db") as c:
        plan = c.execute(
            "explain query plan select * from feeds where active = 1 and paused = 0"
            " and next_due_at <= 'x' and (lease_until is null or lease_until <= 'x')"
            " order by next_due_at, position limit 9"
        ).fetchall()
    c.close()

    assert ["SEARCH feeds USING INDEX feeds_due (next_due_at<?)"] == [row[-1] for row in plan]
