"""What one poll writes, in few messages: a question to a server costs more than its answer."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from monitor.model import Changes
from monitor.stores import _codec as codec
from monitor.stores import _memory, _outage, _outbox, _polls
from monitor.stores._pg_connection import Session, held
from monitor.stores._pg_words import vector
from monitor.stores._search import spaced

if TYPE_CHECKING:
    from monitor.stores._connection import Connection

_OURS: Final = """
select failure, moved_to, new_at, polled_at from feeds
where id = ? and fence = ? and lease_until is not null for no key update
"""
_FIELDS: Final = ("title", "summary", "text")
_NUMBERS: Final = """
select e.seq, e.id, e.revision, s.entry is null as fresh
from entries e left join search s on s.entry = e.seq
where e.feed_id = ? and e.id = any(?)
"""
_INDEX: Final = "insert into search (entry, words) values (?, ?::tsvector)"
_HOLD: Final = "update entries set held = 1 where id = any(?) and feed_id = ? and held = 0"


def commit(s: Session, changes: Changes) -> bool:
    """See Store.commit; _polls.commit() step by step, but for the entries."""
    c = cast("Connection", s)
    # As _polls.ours(), and until we are done nobody else changes the feed.
    before = s.one(_OURS, [changes.claim.feed.id, changes.claim.fence])
    if before is None:
        return False
    _outage.take_back(c, changes)
    _polls._write_feed(c, changes)
    _polls._write_memory(c, changes)
    _polls._note_events(c, changes, before)
    _write_entries(s, changes)
    _memory.write(c, changes.told, changes.alerts)
    _outbox.write(c, changes.alerts, changes.deliveries, changes.at)
    return True


def _write_entries(s: Session, changes: Changes) -> None:
    c, feed_id, at = cast("Connection", s), changes.claim.feed.id, codec.moment(changes.at)
    if changes.seen:
        _polls._note_sightings(c, feed_id, changes.seen, at)
    if changes.entries:
        numbers = _numbered(s, feed_id, [_polls.entry_row(e, at) for e in changes.entries])
        rows = {
            (e.id, e.revision): numbers[held(codec.words(e.id)), e.revision]
            for e in changes.entries
        }
        _polls._write_decisions(c, changes.decisions, rows, at)
        _polls.want(c, changes.articles, rows, at)
    if changes.told:
        ids = [codec.words(t.member.entry_id) for t in changes.told]
        s.run(_HOLD, [ids, feed_id])


def _numbered(
    s: Session, feed_id: str, rows: Sequence[dict[str, Any]]
) -> dict[tuple[str, int], int]:
    """Write the entries that are new and make them findable; the row number of each."""
    s.many(_polls._SIGHTING, rows)
    s.many(_polls._ENTRY, rows)
    found = s.rows(_NUMBERS, [feed_id, [row["id"] for row in rows]])
    numbers = {(r["id"], r["revision"]): int(r["seq"]) for r in found}
    fresh = {r["seq"] for r in found if r["fresh"]}
    indexed = {numbers[held(row["id"]), row["revision"]]: row for row in rows}
    s.many(
        _INDEX,
        [
            (seq, vector(*(spaced(row[field]) for field in _FIELDS)))
            for seq, row in indexed.items()
            if seq in fresh
        ],
    )
    return numbers
