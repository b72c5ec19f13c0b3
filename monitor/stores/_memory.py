"""Stories as the story stage asks for them, and as a poll writes them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from monitor.model import Alert, Member, Story, Told
from monitor.stores import _codec as codec
from monitor.stores import _facets
from monitor.stores._connection import Connection, Row

_MOST_KEYS: Final = 200  # SQLite joins up to 500 selects into one
_LATEST: Final = 12  # members beside the first, see Story.members


# A key that thousands of stories share tells none of them from the others: its newest
# stories stand for it, and with 50,000 stories a question still takes few milliseconds.
_NEWEST: Final = (
    "select * from (select story from story_keys where key = ? order by seen desc limit 100)"
)
_SHARED: Final = """
select s.* from (select story, count(*) as shared from (POSTINGS) group by story) k
join stories s on s.seq = k.story
where s.last_seen >= ? order by k.shared desc, s.seq desc limit 8
"""


def candidates(c: Connection, keys: Sequence[str], since: datetime) -> Sequence[Story]:
    """See Memory.candidates."""
    asked = [codec.words(key) for key in dict.fromkeys(keys)][:_MOST_KEYS]
    if not asked:
        return ()
    postings = " union all ".join([_NEWEST] * len(asked))
    rows = c.rows(_SHARED.replace("POSTINGS", postings), [*asked, codec.moment(since)])
    return told(c, rows)


def story(c: Connection, story_id: str) -> Story | None:
    """See Store.story; a merged one is found under its old name too."""
    found = row(c, home(c, story_id))
    return None if found is None else told(c, [found])[0]


def row(c: Connection, story_id: str) -> Row | None:
    return c.one("select * from stories where id = ?", [story_id])


def home(c: Connection, story_id: str) -> str:
    """The story that it is by now."""
    found = row(c, story_id)
    while found is not None and found["merged_into"] is not None:
        story_id = found["merged_into"]
        found = row(c, story_id)
    return story_id


def told(c: Connection, rows: Sequence[Row]) -> list[Story]:
    """Stories with the members and the repairs that matter to the next one."""
    pins = pinned(c, [r["id"] for r in rows])
    return [codec.story(r, _compared(c, r, pins.get(r["id"], ())), pins.get(r["id"], ()))
            for r in rows]  # fmt: skip


# Walls go with an entry wherever it is: its revisions may have told two stories.
_PINNED: Final = """
select m.story, m.feed_id, m.entry_id, p.repair, p.side, p.part from members m
join pins p on p.feed_id = m.feed_id and p.entry_id = m.entry_id
where p.ended is null and m.story in (select value from json_each(?))
    and (p.side <> 'together' or (p.part <> '' and p.story = m.story))
"""


def pinned(c: Connection, stories: Sequence[str]) -> Mapping[str, Sequence[Row]]:
    """What holds of entries that people placed, by the story they are in."""
    found: dict[str, list[Row]] = {}
    if c.value("select 1 from pins limit 1") is None:  # nobody ever repaired anything
        return found
    for one in c.rows(_PINNED, [codec.dumps(list(stories))]):
        found.setdefault(one["story"], []).append(one)
    return found


def _compared(c: Connection, row: Row, pins: Sequence[Row]) -> list[Row]:
    """The first member, the last twelve, and those that stand for a part; oldest first."""
    most = _LATEST + 1
    members = c.rows(
        "select * from members where story = ? order by seen, seq limit ?", [row["id"], most]
    )
    if row["size"] <= most:
        return members
    latest = c.rows(
        "select * from members where story = ? order by seen desc, seq desc limit ?",
        [row["id"], _LATEST],
    )
    lasting = (p for p in pins if p["part"])
    kept = [m for p in lasting for m in c.rows(_MEMBER_OF, [row["id"], *codec.place(p)])]
    found = {m["seq"]: m for m in (members[0], *kept, *latest)}
    return sorted(found.values(), key=lambda m: (m["seen"], m["seq"]))


_MEMBER_OF: Final = "select * from members where story = ? and feed_id = ? and entry_id = ?"


# ── what a poll writes ──────────────────────────────────────────────────────────

_STORY: Final = """
insert into stories (id, first_seen, last_seen, size, revision)
values (:id, :first_seen, :last_seen, 0, 0)
on conflict (id) do update set
    first_seen = min(first_seen, excluded.first_seen),
    last_seen = max(last_seen, excluded.last_seen)
"""
# A new revision of an entry brings its member's words up to date; its place stays.
_MEMBER: Final = """
insert into members (
    story, feed_id, entry_id, title, summary, url, outlet, language, published, seen, topic,
    score, act, relation, link, credit
) values (
    :story, :feed_id, :entry_id, :title, :summary, :url, :outlet, :language, :published, :seen,
    :topic, :score, :act, :relation, :link, :credit
) on conflict (feed_id, entry_id, story) do update set
    title = excluded.title, summary = excluded.summary, language = excluded.language,
    score = excluded.score, act = excluded.act, credit = excluded.credit
"""
KEY: Final = """
insert into story_keys (key, story, seen) values (?, ?, ?)
on conflict (key, story) do update set seen = excluded.seen where excluded.seen > seen
"""


def write(c: Connection, told: Sequence[Told], alerts: Sequence[Alert]) -> None:
    """Stories, stories merged, new members and keys, and how far each story was told."""
    # Told stands in the order of the document, in which a merge may come before what it
    # merges was opened; members come last, so that the newest words win.
    for t in told:
        seen = codec.moment(t.member.seen)
        c.run(_STORY, {"id": home(c, t.story.id), "first_seen": seen, "last_seen": seen})
    for t in told:
        for other in t.merged:
            merge(c, home(c, other), home(c, t.story.id))
    for t in told:
        _join(c, t, home(c, t.story.id))
    c.many(
        "update stories set revision = max(revision, ?) where id = ?",
        [(a.revision, home(c, a.story)) for a in alerts],
    )
    # What is new about a story that was dealt with is to be dealt with.
    c.many(
        "update stories set mark = 'open' where id = ? and mark = 'done'",
        [(home(c, a.story),) for a in alerts],
    )


def _join(c: Connection, told: Told, home: str) -> None:
    """Its member and its keys become the story's."""
    c.run(_MEMBER, _member(told.member, home))
    seq, seen = c.value(_SEQ, [home]), codec.moment(told.member.seen)
    c.many(KEY, [(codec.words(key), seq, seen) for key in told.keys])
    c.run(_SIZE, {"id": home})


_SEQ: Final = "select seq from stories where id = ?"
_SIZE: Final = """
update stories set size = (select count(*) from members where story = :id) where id = :id
"""


def _member(member: Member, story_id: str) -> dict[str, object]:
    return {
        "story": story_id,
        "feed_id": member.feed_id,
        "entry_id": codec.words(member.entry_id),
        "title": codec.words(member.title),
        "summary": codec.words(member.summary),
        "url": codec.words(member.url),
        "outlet": member.outlet,
        "language": member.language,
        "published": codec.moment_or_none(member.published),
        "seen": codec.moment(member.seen),
        "topic": member.topic,
        "score": member.score,
        "act": codec.act_json(member.act),
        "relation": member.relation.value,
        "link": codec.dumps(member.link),
        "credit": codec.words(member.credit),
    }


def merge(c: Connection, other: str, home: str) -> None:
    """
    Move the members and keys of a story into the one it proved to be.

    What was told of either counts as told, so that the merged story is not told again.
    """
    if other == home or row(c, other) is None:
        return
    for statement in _MERGE:
        c.run(statement, {"other": other, "home": home})
    _facets.merged(c, home)


_MERGE: Final = (
    "update or ignore members set story = :home where story = :other",
    "delete from members where story = :other",
    """
    insert into story_keys (key, story, seen)
    select k.key, h.seq, k.seen from stories o, stories h join story_keys k on k.story = o.seq
    where o.id = :other and h.id = :home
    on conflict (key, story) do update set seen = max(seen, excluded.seen)
    """,
    "delete from story_keys where story = (select seq from stories where id = :other)",
    """
    update stories set
        revision = max(h.revision, o.revision), first_seen = min(h.first_seen, o.first_seen),
        last_seen = max(h.last_seen, o.last_seen)
    from stories h, stories o where stories.id = :home and h.id = :home and o.id = :other
    """,
    "update stories set merged_into = :home, size = 0 where :other in (id, merged_into)",
    "update pins set story = :home where story = :other",
)
