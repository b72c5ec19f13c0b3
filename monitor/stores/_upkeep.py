"""Keeping the file small, sound and copied."""

import contextlib
import os
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from monitor.errors import StoreBusy, StoreDamaged, StoreError, StoreFull
from monitor.stores import _articles, _search
from monitor.stores import _codec as codec
from monitor.stores._connection import Connection, connect, scratch
from monitor.stores._file import migrate, publish, sync
from monitor.stores._schema import TABLES

# Keys are needed for as long as the story stage looks back (21 days); they outlive the
# retention by this much, whatever it is set to.
_KEYS_KEPT: Final = timedelta(days=60)
_MOMENT: Final = 0.2  # seconds


def prune(c: Connection, before: datetime, limit: int) -> int:
    """See Store.prune."""
    values = {"before": codec.moment(before), "limit": limit}
    rows = c.rows(
        "select seq, title, summary, text from entries where held = 0 and seen_at < :before"
        " order by seen_at limit :limit",
        values,
    )
    _search.forget(c, rows)
    c.many("delete from entries where seq = ?", [(r["seq"],) for r in rows])  # and decisions
    # An entry that still stands in its feed must stay known, or it would be news again.
    c.run(
        "delete from sightings where (feed_id, entry_id) in (select feed_id, entry_id"
        " from sightings where gone_at is not null and gone_at < :before limit :limit)",
        values,
    )
    c.run(
        "delete from feed_events where seq in (select seq from feed_events where at < :before"
        " order by seq limit :limit)",
        values,
    )
    c.run(
        "delete from story_keys where (key, story) in (select k.key, k.story from stories s"
        " join story_keys k on k.story = s.seq where s.last_seen < :old limit :limit)",
        {"old": codec.moment(before - _KEYS_KEPT), "limit": limit},
    )
    _articles.prune(c, before)
    return len(rows)


def checkpoint(c: Connection) -> None:
    """Fold the log into the file and cut it; a reader in the way leaves the rest for later."""
    with c.patience(_MOMENT):  # it holds up every write while it waits for readers
        c.rows("pragma wal_checkpoint(truncate)")


# ── soundness ───────────────────────────────────────────────────────────────────


def integrity(c: Connection) -> Sequence[str]:
    """See Store.integrity."""
    try:
        return [*_structure(c), *_schema(c), *_contents(c), *_index(c)]
    except StoreBusy:
        raise
    except StoreError as e:
        return [str(e)]


def _structure(c: Connection) -> Sequence[str]:
    said = [str(r["integrity_check"]) for r in c.rows("pragma integrity_check")]
    strays = [
        f"{r['table']}: row {r['rowid']} refers to nothing in {r['parent']}"
        for r in c.rows("pragma foreign_key_check")
    ]
    return [line for line in said if line != "ok"] + strays


_SHAPE: Final = """
select m.name as name, group_concat(x.name || ' ' || x.type, ', ') as columns
from sqlite_schema m join pragma_table_xinfo(m.name) x
group by m.name order by m.name
"""


def _schema(c: Connection) -> Sequence[str]:
    """Tables and indices that are not those of this version: a name changed on disk, or by hand."""
    model = scratch()
    try:
        with model.transaction():
            migrate(model, c.value("pragma user_version"))
        expected = {(r["name"], r["columns"]) for r in model.rows(_SHAPE)}
    finally:
        model.close()
    found = {(r["name"], r["columns"]) for r in c.rows(_SHAPE)}
    strange = sorted({str(name) for name, _ in expected ^ found})
    return [f"{name}: is not what this version makes of it" for name in strange]


def _checksum_of(*columns: bytes | None) -> str:
    return codec.checksum_of(column or b"" for column in columns)


def _contents(c: Connection) -> Sequence[str]:
    """
    Rows that are not what was written.

    SQLite has no checksums: of 200 flipped bits its own check saw 65, and 81 silently
    changed what rows say.
    """
    c.define("checksum_of", _checksum_of)
    # As bytes: a flipped bit may leave a text that is none, or a number in its place.
    entries = c.rows(
        "select feed_id, id, revision from entries where content <>"
        " checksum_of(cast(title as blob), cast(summary as blob), cast(text as blob))"
    )
    alerts = c.rows(
        "select id, revision from alerts where checksum <> checksum_of(cast(payload as blob))"
    )
    return [
        *(f"entry {r['id']} of {r['feed_id']}, revision {r['revision']}: changed on disk"
          for r in entries),
        *(f"alert {r['id']}, revision {r['revision']}: changed on disk" for r in alerts),
    ]  # fmt: skip


def _index(c: Connection) -> Sequence[str]:
    """Full-text pages, which SQLite's own check passes over before its version 3.44."""
    try:
        c.rehearse("insert into search (search) values ('integrity-check')")
    except StoreDamaged as e:
        return [f"search index: {e}"]
    except StoreFull:
        return []  # where nothing can be written the index cannot be asked
    return []


# ── copies ──────────────────────────────────────────────────────────────────────


def backup(c: Connection, path: Path) -> Mapping[str, int]:
    """
    See Store.backup.

    It appears under its name only when it is proved sound.
    """
    if path.exists():
        raise StoreError(f"{path}: is already there; a backup never overwrites")
    draft = path.with_name(f"{path.name}.partial-{os.getpid()}-{threading.get_ident()}")
    try:
        draft.touch(mode=0o600)
        with c.snapshot():
            expected = c.counts(TABLES)
            c.copy_to(draft)
        _verify(draft, expected)
        sync(draft)
        publish(draft, path)
    except FileExistsError as e:
        raise StoreError(f"{path}: is already there; a backup never overwrites") from e
    except OSError as e:
        raise StoreFull(f"{path}: cannot be written: {e.strerror}") from e
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
    return expected


def _verify(copy: Path, expected: Mapping[str, int]) -> None:
    connection = connect(copy, writable=False)
    try:
        faults = list(integrity(connection))
        found = {} if faults else connection.counts(TABLES)
    finally:
        connection.close()
    if found != expected:
        said = faults[0] if faults else f"has {found} rows instead of {expected}"
        raise StoreError(f"the copy is not sound and was thrown away: {said}")
