"""What people repair in stories: merged, split and marked, kept so, and taken back."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from monitor.model import Alert, Deed, Delivery, Mark, Member, Place, Repair, Story
from monitor.stores import _codec as codec
from monitor.stores import _facets, _memory, _outbox
from monitor.stores._connection import Connection, Row

_PART: Final = 13  # members that stand for a story within the one it was merged into


def mend(
    c: Connection,
    repair: Repair,
    keys: Sequence[str],
    alerts: Sequence[Alert],
    deliveries: Sequence[Delivery],
) -> bool:
    """See Mending.mend."""
    if not _sensible(c, repair):
        return False
    if repair.deed is Deed.MERGE:
        _note(c, repair, {s: [_heirs(c, s), _doubles(c, s, repair)] for s in repair.others})
        _merge(c, repair)
    elif repair.deed is Deed.SPLIT:
        _note(c, repair, {})
        _split(c, repair, keys)
    else:
        was = c.value("select mark from stories where id = ?", [repair.story])
        _note(c, repair, was)
        mark(c, repair.story, repair.mark or Mark.OPEN)
    _outbox.write(c, alerts, deliveries, repair.at)
    c.many(
        "update stories set revision = max(revision, ?) where id = ?",
        [(a.revision, a.story) for a in alerts],
    )
    return True


def _sensible(c: Connection, repair: Repair) -> bool:
    """Whether every story and entry is still where it was thought to be."""
    old = repair.others if repair.deed is Deed.MERGE else ()
    stand = all(_stands(c, s) for s in (repair.story, *old))
    if not stand or len({repair.story, *repair.others}) != 1 + len(repair.others):
        return False
    if repair.deed is not Deed.SPLIT:
        return repair.deed is not Deed.MERGE or bool(old)
    there = {codec.place(r) for r in _members(c, repair.story)}
    moved = {_words(p) for p in repair.entries}
    return bool(moved) and moved < there and _memory.row(c, repair.others[0]) is None


def _stands(c: Connection, story: str) -> bool:
    row = _memory.row(c, story)
    return row is not None and row["merged_into"] is None


def _words(place: Place) -> Place:
    return place[0], codec.words(place[1])


def _note(c: Connection, repair: Repair, was: object) -> None:
    story = repair.story
    c.run(
        "insert into repairs (id, deed, story, others, mark, was, at, author, comment)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            repair.id, repair.deed.value, story, codec.dumps(repair.others),
            None if repair.mark is None else repair.mark.value, codec.dumps(was),
            codec.moment(repair.at), codec.words(repair.author), codec.words(repair.comment),
        ],
    )  # fmt: skip


def _members(c: Connection, story: str) -> Sequence[Row]:
    return c.rows("select * from members where story = ? order by seen, seq", [story])


def _heirs(c: Connection, story: str) -> Sequence[str]:
    """The stories merged into it before."""
    rows = c.rows("select id from stories where merged_into = ? order by id", [story])
    return [r["id"] for r in rows]


_DOUBLES: Final = """
select distinct m.feed_id, m.entry_id from members m join members o
    on o.feed_id = m.feed_id and o.entry_id = m.entry_id
where m.story = :story and o.story in (select value from json_each(:rest))
"""


def _doubles(c: Connection, story: str, repair: Repair) -> Sequence[Place]:
    """Entries that another of the stories has too: one revision told this, another one that."""
    rest = [s for s in (repair.story, *repair.others) if s != story]
    return [codec.place(r) for r in c.rows(_DOUBLES, {"story": story, "rest": codec.dumps(rest)})]


# ── merging ─────────────────────────────────────────────────────────────────────

_MOVE: Final = "insert into moves (repair, feed_id, entry_id, story) values (?, ?, ?, ?)"
_PIN: Final = """
insert into pins (feed_id, entry_id, repair, side, part, story) values (?, ?, ?, ?, ?, ?)
on conflict (feed_id, entry_id, repair) do nothing
"""


def _merge(c: Connection, repair: Repair) -> None:
    home = repair.story
    for story in (home, *repair.others):
        rows = _members(c, story)
        latest = {r["seq"] for r in (*rows[:1], *rows[1 - _PART :])}
        c.many(
            _PIN,
            [
                (*codec.place(r), repair.id, "together", story if r["seq"] in latest else "", home)
                for r in rows
            ],
        )
        if story != home:
            c.many(_MOVE, [(repair.id, *codec.place(r), story) for r in rows])
            _memory.merge(c, story, home)
    recount(c, home)
    reconcile(c, repair.id, home)


_RECONCILE: Final = """
update pins set ended = :repair where ended is null and side = 'moved' and story = :home
    and repair in (
        select p.repair from pins p
        where p.story = :home and p.side = 'stayed' and p.ended is null
    )
"""


def reconcile(c: Connection, repair_id: str, home: str) -> None:
    """A split whose parts are one story again, by a later wish, keeps nothing apart in it."""
    c.run(_RECONCILE, {"repair": repair_id, "home": home})


# ── splitting ───────────────────────────────────────────────────────────────────

_NEW: Final = """
insert into stories (id, first_seen, last_seen, size, revision)
select :new, first_seen, last_seen, 0, 0 from stories where id = :old
"""


def _split(c: Connection, repair: Repair, keys: Sequence[str]) -> None:
    old, new, moved = repair.story, repair.others[0], {_words(p) for p in repair.entries}
    c.run(_NEW, {"new": new, "old": old})
    sides = [(codec.place(r), codec.place(r) in moved) for r in _members(c, old)]
    c.many(_MOVE, [(repair.id, *p, old) for p, gone in sides if gone])
    transfer(c, [p for p, gone in sides if gone], old, new)
    c.many(
        _PIN,
        [
            (*p, repair.id, *(("moved", "", new) if gone else ("stayed", "", old)))
            for p, gone in sides
        ],
    )
    find(c, new, keys)
    recount(c, old)
    recount(c, new)


def transfer(c: Connection, places: Sequence[Place], old: str, new: str) -> None:
    """Members and their pins become another story's."""
    values = [(new, old, *p) for p in places]
    where = "set story = ? where story = ? and feed_id = ? and entry_id = ?"
    c.many(f"update members {where}", values)
    c.many(f"update pins {where}", values)


def find(c: Connection, story: str, keys: Sequence[str]) -> None:
    """Make a story findable under these keys."""
    row = _memory.row(c, story)
    assert row is not None
    values = [(codec.words(key), row["seq"], row["last_seen"]) for key in keys]
    c.many(_memory.KEY, values)


_RECOUNT: Final = """
update stories set
    size = (select count(*) from members where story = :id),
    first_seen = (select min(seen) from members where story = :id),
    last_seen = (select max(seen) from members where story = :id),
    revision = coalesce((select max(revision) from alerts where story in
        (select :id union select id from stories where merged_into = :id)), 0)
where id = :id
"""
_FIRST: Final = """
update members set relation = iif(seq = :first, 'first', 'report')
where story = :id and (seq = :first or relation = 'first')
"""


def recount(c: Connection, story: str) -> None:
    """Size, times, how far it was told, and who is first, by what it has now."""
    c.run(_RECOUNT, {"id": story})
    first = c.value("select seq from members where story = ? order by seen, seq limit 1", [story])
    c.run(_FIRST, {"id": story, "first": first})


# ── marking ─────────────────────────────────────────────────────────────────────


def mark(c: Connection, story: str, mark: Mark) -> None:
    c.run("update stories set mark = ? where id = ?", [mark.value, story])
    _facets.marked(c, story, mark)


# ── asking ──────────────────────────────────────────────────────────────────────

_PLACED: Final = """
select p.feed_id, p.entry_id, p.story from pins p
where p.feed_id = ? and p.entry_id = ? and p.ended is null limit 1
"""


def placed(c: Connection, entries: Sequence[Place]) -> Mapping[Place, Story]:
    """See Memory.placed."""
    if c.value("select 1 from pins limit 1") is None:  # nobody ever repaired anything
        return {}
    found: dict[Place, Story] = {}
    for entry in entries:
        row = c.one(_PLACED, list(_words(entry)))
        story = _memory.story(c, row["story"]) if row else None
        if story is not None:
            found[entry] = story
    return found


_NAMED: Final = """
select * from repairs
where id = ? or story in (select value from json_each(?)) or OTHERS order by at desc, id desc
"""


def repairs(c: Connection, reference: str, limit: int) -> Sequence[Repair]:
    """See Mending.repairs."""
    if not reference:
        rows = c.rows("select * from repairs order by at desc, id desc limit ?", [limit])
        return [_repair(c, r) for r in rows]
    ref = codec.words(reference)
    home = _memory.home(c, ref)
    family = {ref, home, *_heirs(c, home)}
    others = " or ".join(["others like ?"] * len(family))  # nothing but question marks
    rows = c.rows(
        _NAMED.replace("OTHERS", others),
        [ref, codec.dumps(sorted(family)), *(f'%"{story}"%' for story in sorted(family))],
    )
    own = [r for r in rows if r["id"] == ref or family & {r["story"], *json.loads(r["others"])}]
    return [_repair(c, r) for r in own[:limit]]


def _repair(c: Connection, row: Row) -> Repair:
    moved = c.rows(
        "select feed_id, entry_id from moves where repair = ? order by feed_id, entry_id",
        [row["id"]],
    )
    return Repair(
        id=row["id"],
        deed=Deed(row["deed"]),
        story=row["story"],
        others=tuple(json.loads(row["others"])),
        entries=tuple(codec.place(r) for r in moved),
        mark=None if row["mark"] is None else Mark(row["mark"]),
        at=codec.when(row["at"]),
        author=row["author"],
        comment=row["comment"],
        undone_at=codec.when_or_none(row["undone_at"]),
        undone_by=row["undone_by"],
    )


def accounts(c: Connection, story: str, limit: int) -> Sequence[Member]:
    """See Mending.accounts."""
    rows = _members(c, _memory.home(c, story))
    return [codec.member(r) for r in rows[:limit]]
