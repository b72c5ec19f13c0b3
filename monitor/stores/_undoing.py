"""Taking back what people repaired in stories, the last repair of a story first."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from monitor.model import Deed, Mark
from monitor.stores import _codec as codec
from monitor.stores import _facets, _memory, _repairs
from monitor.stores._connection import Connection, Row


def undo(
    c: Connection, repair_id: str, now: datetime, author: str, keys: Mapping[str, Sequence[str]]
) -> bool:
    """See Mending.undo."""
    row = c.one("select * from repairs where id = ? and undone_at is null", [repair_id])
    if row is None or _built_on(c, row):
        return False
    back = {Deed.MERGE: _unmerge, Deed.SPLIT: _unsplit, Deed.MARK: _unmark}
    back[Deed(row["deed"])](c, row, keys)
    c.run(
        "update repairs set undone_at = ?, undone_by = ? where id = ?",
        [codec.moment(now), codec.words(author), repair_id],
    )
    return True


_LATER: Final = """
select id, deed, story, others from repairs
where undone_at is null and id <> :id and (at > :at or (at = :at and id > :id))
"""


def _built_on(c: Connection, row: Row) -> bool:
    """Whether a later repair of the same kind of thing has to be taken back first."""
    own, marks = _touched(c, row), row["deed"] == Deed.MARK
    later = c.rows(_LATER, {"id": row["id"], "at": row["at"]})
    return any((r["deed"] == Deed.MARK) == marks and own & _touched(c, r) for r in later)


def _touched(c: Connection, row: Row) -> set[str]:
    named = {row["story"], *json.loads(row["others"])}
    return named | {_memory.home(c, s) for s in named}


def _lift(c: Connection, repair_id: str) -> None:
    """Its own pins hold no more; those it ended hold again."""
    c.run("update pins set ended = null where ended = ? and repair <> ?", [repair_id, repair_id])
    c.run("update pins set ended = ? where repair = ?", [repair_id, repair_id])


_COPIED: Final = """
insert into members (
    story, feed_id, entry_id, title, summary, url, outlet, language, published, seen, topic,
    score, act, relation, link, credit
) select ?, feed_id, entry_id, title, summary, url, outlet, language, published, seen, topic,
    score, act, relation, link, credit
from members where story = ? and feed_id = ? and entry_id = ?
"""


def _unmerge(c: Connection, row: Row, keys: Mapping[str, Sequence[str]]) -> None:
    home, was = _memory.home(c, row["story"]), json.loads(row["was"])
    moved = c.rows("select * from moves where repair = ? order by story", [row["id"]])
    for other in json.loads(row["others"]):
        heirs, doubles = was[other][0], {tuple(p) for p in was[other][1]}
        places = [codec.place(r) for r in moved if r["story"] == other]
        back = [other, *heirs]
        c.run("update stories set merged_into = null where id = ?", [other])
        c.many("update stories set merged_into = ? where id = ?", [(other, heir) for heir in heirs])
        _repairs.transfer(c, [p for p in places if p not in doubles], home, other)
        c.many(_COPIED, [(other, home, *p) for p in places if p in doubles])
        _repairs.find(c, other, keys.get(other, ()))
        _repairs.recount(c, other)
        _facets.shown(c, back)
    _lift(c, row["id"])
    _repairs.recount(c, home)


def _unsplit(c: Connection, row: Row, _keys: Mapping[str, Sequence[str]]) -> None:
    home, part = _memory.home(c, row["story"]), _memory.home(c, json.loads(row["others"])[0])
    _lift(c, row["id"])
    if home != part:
        _memory.merge(c, part, home)
        _repairs.recount(c, home)
    _repairs.reconcile(c, row["id"], home)


def _unmark(c: Connection, row: Row, _keys: Mapping[str, Sequence[str]]) -> None:
    home = _memory.home(c, row["story"])
    now = c.value("select mark from stories where id = ?", [home])
    if now == row["mark"]:
        _repairs.mark(c, home, Mark(json.loads(row["was"])))
