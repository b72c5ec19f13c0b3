"""Stories by their keys, in two questions however many keys and stories there are."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, cast

from monitor.model import Story
from monitor.stores import _codec as codec
from monitor.stores import _memory
from monitor.stores._pg_connection import Row, Session

if TYPE_CHECKING:
    from monitor.stores._connection import Connection

# The statements of _memory, but for the keys: theirs is one posting a key, here they are asked
# for as one list.
_NEWEST: Final = _memory._NEWEST.removeprefix("select * from ").replace("?", "asked.key")
_POSTINGS: Final = (
    f"select p.story from unnest(?::text[]) asked (key) cross join lateral {_NEWEST} p"  # noqa: S608 our own words
)
_SHARED: Final = _memory._SHARED.replace("(POSTINGS)", f"({_POSTINGS}) postings")
_MEMBERS: Final = f"""
select * from (
    select m.*, row_number() over (partition by story order by seen, seq) as nth,
        row_number() over (partition by story order by seen desc, seq desc) as last
    from members m where story = any(?)
) ranked where nth = 1 or last <= {_memory._LATEST} or exists (
    select 1 from pins p where p.story = ranked.story and p.feed_id = ranked.feed_id
        and p.entry_id = ranked.entry_id and p.part <> '' and p.ended is null
) order by story, seen, seq
"""  # noqa: S608 our own words


def candidates(s: Session, keys: Sequence[str], since: datetime) -> Sequence[Story]:
    """See Memory.candidates."""
    asked = [codec.words(key) for key in dict.fromkeys(keys)][: _memory._MOST_KEYS]
    if not asked:
        return ()
    rows = s.rows(_SHARED, [asked, codec.moment(since)])
    members: defaultdict[str, list[Row]] = defaultdict(list)
    for row in s.rows(_MEMBERS, [[r["id"] for r in rows]]) if rows else ():
        members[row["story"]].append(row)
    pins = _memory.pinned(cast("Connection", s), [r["id"] for r in rows]) if rows else {}
    return [codec.story(r, members[r["id"]], pins.get(r["id"], ())) for r in rows]
