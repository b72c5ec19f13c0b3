"""
What the parts of the store say to SQLite, said to PostgreSQL. PURE.

The parts (_schedule, _outbox, _polls, …) hold the laws of the store and speak to whatever
connection they are given. Most of their statements need only other placeholders and a few
other names, which rules see to; the rest stand in a table, each beside the one it is for.
A statement that neither covers is refused by PostgreSQL, so the contract's tests find it.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from monitor.stores import _memory, _reports, _search
from monitor.stores._pg_words import query

Values = Sequence[Any] | dict[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """A statement for PostgreSQL, and what becomes of its values."""

    sql: str
    values: Callable[[Values], Values] = lambda values: values


# In order: later rules see what earlier ones made.
_RULES: Final = tuple(
    (re.compile(pattern, re.DOTALL), spoken)
    for pattern, spoken in (
        (r"iif\((:\w+), ([^,()]+), ([^,()]+)\)", r"case when \1 <> 0 then \2 else \3 end"),
        (r"iif\(([^,()]+), ([^,()]+), ([^,()]+)\)", r"case when \1 then \2 else \3 end"),
        (r"\bmax\(([^,()]+), ", r"greatest(\1, "),
        (r"\bmin\(([^,()]+), ", r"least(\1, "),
        (r"sum\((\w+\.\w+ = '\w+')\)", r"count(*) filter (where \1)"),
        (r"\bnot s\.enabled\b", r"s.enabled = 0"),
        (r"json_extract\((\w+), '\$\.(\w+)'\)", r"\1::json ->> '\2'"),
        (r"julianday\((\w+)\) - julianday\((\w+)\) > (\d+)",
         r"\1::timestamptz - \2::timestamptz > interval '\3 days'"),
        (r"\bcross join (\w+ \w+) on\b", r"join \1 on"),
        (r"\band 1(?=\s)", r"and true"),
        (r"(select count\(\*\) from \(select .+\))$", r"\1 found"),
        (r"select value from json_each\((\?|:\w+)\)",
         r"select value from json_array_elements_text(replace(\1, '\\u0000', '\\ufffd')::json)"),
        (r"%", r"%%"),
        (r"\?", r"%s"),
        (r"(?<![:\w]):(\w+)", r"%(\1)s"),
    )
)  # fmt: skip
_UPSERT: Final = re.compile(r"(insert into (\w+).+ do update set)(.+)", re.DOTALL)
# A bare column where a value is meant: after a bracket, between commas, right of > or >=.
_BARE: Final = re.compile(
    r"(\()([a-z]\w*)(?= =|,)|(, )(?!null)([a-z]\w*)(?=[,)])|(>=? )([a-z]\w*)\b(?!\.)"
)


@cache
def said(sql: str) -> Said:
    """The statement as PostgreSQL has it."""
    if sql in _OTHERWISE:
        return _OTHERWISE[sql]
    return Said(_spoken(sql))


def _spoken(sql: str) -> str:
    sql = _UPSERT.sub(_owned, sql)
    for pattern, spoken in _RULES:
        sql = pattern.sub(spoken, sql)
    return sql


def _owned(found: re.Match[str]) -> str:
    """An upsert whose columns say whose they are: PostgreSQL does not guess."""
    head, table, changes = found.groups()
    return head + _BARE.sub(
        lambda m: f"{m[1] or m[3] or m[5]}{table}.{m[2] or m[4] or m[6]}", changes
    )


# ── what is another statement ───────────────────────────────────────────────────

_MOVED: Final = """
update members m set story = %(home)s where m.story = %(other)s and not exists (
    select 1 from members h
    where h.story = %(home)s and h.feed_id = m.feed_id and h.entry_id = m.entry_id
)
"""
_KEYS_MOVED: Final = """
insert into story_keys (key, story, seen)
select k.key, h.seq, k.seen
from stories o join story_keys k on k.story = o.seq cross join stories h
where o.id = %(other)s and h.id = %(home)s
on conflict (key, story) do update set seen = greatest(story_keys.seen, excluded.seen)
"""
_OVERDUE: Final = _reports._OUTBOX.replace(
    "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-5 minutes')",
    "to_char(now() at time zone 'UTC' - interval '5 minutes', 'YYYY-MM-DD\"T\"HH24:MI:SS')",
)
# A hit in the title weighs 8, in the summary 2, in the text 1; the best rank is the lowest.
_SEARCH: Final = """
select e.*, f.rank, coalesce((
        select m.story from members m where m.feed_id = e.feed_id and m.entry_id = e.id
        order by m.seq desc limit 1
    ), '') as story
from (
    select s.entry, -ts_rank('{0.125, 0.125, 0.25, 1.0}', s.words, q.asked) as rank
    from (select %s::tsquery as asked) q join search s on s.words @@ q.asked
    order by rank, s.entry desc limit %s
) f join entries e on e.seq = f.entry
order by f.rank, e.seq desc
"""
_ALERTS: Final = """
select d.alert from search s join decisions d on d.entry = s.entry
where s.words @@ %s::tsquery and d.alert <> '' order by s.entry desc limit 5000
"""


def _asked(values: Values) -> Values:
    expression, *rest = values
    return [query(expression), *rest]


_OTHERWISE: Final[dict[str, Said]] = {
    _memory._MERGE[0]: Said(_MOVED),
    _memory._MERGE[2]: Said(_KEYS_MOVED),
    _reports._OUTBOX: Said(_OVERDUE),
    _search._SEARCH: Said(_SEARCH, _asked),
    _search._ALERTS: Said(_ALERTS, _asked),
}
