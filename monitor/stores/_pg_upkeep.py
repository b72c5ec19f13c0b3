"""Keeping the store small, sound and copied."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from monitor.errors import StoreError
from monitor.stores import _codec as codec
from monitor.stores._connection import scratch
from monitor.stores._file import migrate
from monitor.stores._pg_connection import Session
from monitor.stores._schema import MIGRATIONS, TABLES

_KEYS_KEPT: Final = timedelta(days=60)  # as in _upkeep

_PRUNE: Final = (
    # An entry that still stands in its feed must stay known, or it would be news again.
    "delete from sightings where (feed_id, entry_id) in (select feed_id, entry_id"
    " from sightings where gone_at is not null and gone_at < :before limit :limit)",
    "delete from feed_events where seq in (select seq from feed_events where at < :before"
    " order by seq limit :limit)",
    "delete from story_keys where (key, story) in (select k.key, k.story from stories s"
    " join story_keys k on k.story = s.seq where s.last_seen < :old limit :limit)",
    "delete from article_hosts where day < substr(:before, 1, 10)",
    "delete from robots where until < :before",
)


def prune(s: Session, before: datetime, limit: int) -> int:
    """See Store.prune. Decisions and words of an entry go with it."""
    values = {
        "before": codec.moment(before),
        "old": codec.moment(before - _KEYS_KEPT),
        "limit": limit,
    }
    gone = s.run(
        "delete from entries where seq in (select seq from entries where held = 0"
        " and seen_at < :before order by seen_at limit :limit)",
        values,
    )
    for statement in _PRUNE:
        s.run(statement, values)
    return gone


# ── soundness ───────────────────────────────────────────────────────────────────

# codec.checksum(), reckoned where the words are.
_ENTRIES: Final = """
select feed_id, id, revision from entries where content <> left(encode(sha256(
    convert_to(title, 'UTF8') || '\\x1f'::bytea || convert_to(summary, 'UTF8')
    || '\\x1f'::bytea || convert_to(text, 'UTF8')
), 'hex'), 32)
"""
_ALERTS: Final = """
select id, revision from alerts
where checksum <> left(encode(sha256(convert_to(payload, 'UTF8')), 'hex'), 32)
"""
_COLUMNS: Final = """
select table_name as table, column_name as column from information_schema.columns
where table_schema = current_schema() and table_name = any(?)
"""
_INVALID: Final = """
select c.relname as name from pg_index i join pg_class c on c.oid = i.indexrelid
where not i.indisvalid and c.relnamespace = current_schema()::regnamespace
"""


def integrity(s: Session) -> Sequence[str]:
    """
    See Store.integrity.

    Pages are the server's own business (data checksums, pg_amcheck); here, that every table
    has its columns, every index works, and entries and alerts say what was written.
    """
    faults: list[str] = []
    for look in (_schema, _contents):
        try:
            faults += look(s)
        except StoreError as e:
            faults.append(str(e))
    return faults


def _schema(s: Session) -> Sequence[str]:
    found = {(r["table"], r["column"]) for r in s.rows(_COLUMNS, [list(TABLES)])}
    ours, version = columns(), s.value("select max(version) from monitor_schema")
    differs = ours - found if version > len(MIGRATIONS) else ours ^ found
    strange = sorted({table for table, _ in differs})
    return [
        *(f"{table}: is not what this version makes of it" for table in strange),
        *(f"{r['name']}: an index that is not valid; reindex it" for r in s.rows(_INVALID)),
    ]


def columns() -> set[tuple[str, str]]:
    """(table, column) of every table, by the schema that all stores share."""
    model = scratch()
    try:
        migrate(model)
        return {
            (table, row["name"])
            for table in TABLES
            for row in model.rows("select name from pragma_table_info(?)", [table])
        }
    finally:
        model.close()


def _contents(s: Session) -> Sequence[str]:
    return [
        *(f"entry {r['id']} of {r['feed_id']}, revision {r['revision']}: changed on disk"
          for r in s.rows(_ENTRIES)),
        *(f"alert {r['id']}, revision {r['revision']}: changed on disk" for r in s.rows(_ALERTS)),
    ]  # fmt: skip


# ── copies ──────────────────────────────────────────────────────────────────────

_SNAPSHOT: Final = "begin isolation level repeatable read read only"


def backup(s: Session, path: Path) -> Mapping[str, int]:
    """
    See Store.backup: what pg_dump makes of one moment, read back by pg_restore.

    Raises:
        StoreError: also when there is no pg_dump; other tools do without us.
    """
    if path.exists():
        raise StoreError(f"{path}: is already there; a backup never overwrites")
    draft = path.with_name(f"{path.name}.partial-{os.getpid()}")
    try:
        with s.transaction(_SNAPSHOT):
            snapshot = s.value("select pg_export_snapshot()")
            schema = s.value("select current_schema()")
            rows = s.counts(TABLES)
            _ran(s, "pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--schema={schema}",
                 f"--file={draft}")  # fmt: skip
        _verify(s, draft, schema)
        os.link(draft, path)
    except OSError as e:
        raise StoreError(f"{path}: cannot be written: {e.strerror}") from e
    finally:
        draft.unlink(missing_ok=True)
    return rows


def _verify(s: Session, draft: Path, schema: str) -> None:
    """Every page of the copy can be read, and no table is missing."""
    _ran(s, "pg_restore", "--file=/dev/null", str(draft))
    listed = _ran(s, "pg_restore", "--list", str(draft))
    missing = [t for t in TABLES if f"TABLE DATA {schema} {t} " not in listed]
    if missing:
        raise StoreError(f"the copy is not sound and was thrown away: without {missing}")


def _ran(s: Session, program: str, *arguments: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise StoreError(
            f"there is no {program} here; copy the database by your usual tools "
            "(pg_dump, pg_basebackup, the provider's snapshots)"
        )
    done = subprocess.run(  # noqa: S603 a program of the server, words of ours
        [found, *arguments], capture_output=True, text=True, check=False,
        env={**os.environ, **s.secrets()},
    )  # fmt: skip
    if done.returncode:
        raise StoreError(f"{program}: {' '.join(done.stderr.split())}")
    return done.stdout
