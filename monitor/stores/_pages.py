"""Pages of alerts under conditions, and what they come to: for people who look."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from monitor.model import Page, Severity, View
from monitor.stores import _codec as codec
from monitor.stores import _search
from monitor.stores._connection import Connection, Row

_ALL: Final = """
select a.id, a.at, a.payload from alerts a
where a.latest = 1 and a.test = 0 and a.story <> '' and {}
order by a.at desc, a.id limit :limit
"""
# The facet leads: its index is in the order of time, and its alerts are looked up one by one.
_LED: Final = """
select a.id, a.at, a.payload from alert_facets l
cross join alerts a on a.id = l.alert and a.latest = 1
where l.kind = :kind0 and l.value = :value0 and {}
order by l.at desc, l.alert limit :limit
"""
_HELD: Final = (
    "exists (select 1 from alert_facets f where f.kind = :kind{n} and f.value = :value{n}"
    " and f.at = a.at and f.alert = a.id)"
)
_MANY: Final = 2_000  # facets with more alerts than that are all called common


def page(c: Connection, view: View, *, limit: int, after: str) -> Page:
    """See Reading.page."""
    asked = sorted(view.facets.items(), key=lambda facet: _common(c, *facet))
    conditions, values = _conditions(c, view, asked)
    if after:
        at, _, name = after.partition("~")
        column = "l.at" if asked else "a.at"
        conditions.append(f"({column} < :after or ({column} = :after and a.id > :name))")
        values |= {"after": at, "name": name}
    sql = (_LED if asked else _ALL).format(" and ".join(conditions) or "1")
    rows = c.rows(sql, {**values, "limit": limit + 1})
    shown = rows[:limit]
    more = len(rows) > limit
    return Page(
        alerts=tuple(codec.alert(r["payload"]) for r in shown),
        labels=_labels(c, [r["id"] for r in shown]),
        next=f"{shown[-1]['at']}~{shown[-1]['id']}" if more else "",
    )


def _common(c: Connection, kind: str, value: str) -> int:
    """How many alerts have the facet, as far as it matters."""
    found: int = c.value(
        "select count(*) from (select 1 from alert_facets where kind = ? and value = ? limit ?)",
        [kind, codec.words(value), _MANY],
    )
    return found


def _conditions(
    c: Connection, view: View, asked: Sequence[tuple[str, str]]
) -> tuple[list[str], dict[str, Any]]:
    """SQL in which no value stands, and the values; the first facet's are those of the lead."""
    conditions, values = list[str](), dict[str, Any]()
    for number, (kind, value) in enumerate(asked):
        if number:
            conditions.append(_HELD.format(n=number))
        values |= {f"kind{number}": kind, f"value{number}": codec.words(value)}
    if view.min_severity is not Severity.LOW:
        graver = [s.value for s in Severity if s.rank >= view.min_severity.rank]
        conditions.append("a.severity in (select value from json_each(:graver))")
        values["graver"] = codec.dumps(graver)
    for name, moment, sign in (("since", view.since, ">="), ("until", view.until, "<=")):
        if moment is not None:
            conditions.append(f"a.at {sign} :{name}")
            values[name] = codec.moment(moment)
    if view.words.strip():
        conditions.append("a.id in (select value from json_each(:told))")
        values["told"] = codec.dumps(_search.alerts(c, view.words))
    return conditions, values


def _labels(c: Connection, alerts: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in c.rows(
        "select alert, opinion, author from labels"
        " where subject in (select value from json_each(?)) order by at",
        [codec.dumps(list(alerts))],
    ):
        found[row["alert"]].append(f"{row['opinion']} by {row['author']}")
    for row in c.rows(_MARKED, [codec.dumps(list(alerts))]):
        found[row["alert"]].append(f"{row['mark']} by {row['author']}")
    return {alert: tuple(said) for alert, said in found.items()}


_MARKED: Final = """
select distinct f.alert, r.mark, r.author, r.at from alert_facets f
join alerts a on a.id = f.alert and a.latest = 1 join repairs r on r.story = a.story
where f.kind = 'mark' and f.value <> 'open' and r.mark = f.value and r.undone_at is null
    and f.alert in (select value from json_each(?))
order by r.at
"""


_FLOWS: Final = """
select f.supplier, f.recipient, f.category, f.stage, count(*) as alerts, min(f.at) as first,
    max(f.at) as last
from alert_flows f {} group by 1, 2, 3, 4
order by alerts desc, last desc, 1, 2, 3, 4 limit :limit
"""


def flows(c: Connection, since: datetime | None, limit: int) -> Sequence[Row]:
    """See Reading.flows."""
    # Without a condition the index in the order of the groups is walked once.
    sql = _FLOWS.format("" if since is None else "where f.at >= :since")
    values = {"since": "" if since is None else codec.moment(since), "limit": limit}
    rows = c.rows(sql, values)
    return [
        {**dict(r), "first": codec.when(r["first"]), "last": codec.when(r["last"])} for r in rows
    ]


def counted(c: Connection, kind: str, since: datetime | None, limit: int) -> Sequence[Row]:
    """See Reading.facets."""
    rows = c.rows(
        "select value, count(*) as alerts from alert_facets where kind = ? and at >= ?"
        " group by value order by alerts desc, value limit ?",
        [kind, "" if since is None else codec.moment(since), limit],
    )
    return [dict(r) for r in rows]


_NEAR: Final = """
select e.feed_id as feed, e.id as entry, e.url, e.title, e.outlet, d.at, d.topic, d.score,
    d.threshold, d.threshold - d.score as missing, d.why
from decisions d join entries e on e.seq = d.entry
where d.flagged = 0 and d.score >= 0.2 and d.at >= ? and not exists (
    select 1 from decisions o where o.entry = d.entry and o.flagged = 1
) order by d.threshold - d.score, d.seq desc limit ?
"""
_TOPICS: Final = 4  # that may come near one entry; the nearest is shown


def near(c: Connection, since: datetime, limit: int) -> Sequence[Row]:
    """See Reading.near_misses."""
    rows = c.rows(_NEAR, [codec.moment(since), _TOPICS * limit])
    nearest: dict[tuple[str, str], Row] = {}
    for row in rows:
        nearest.setdefault((row["feed"], row["entry"]), row)
    return [{**dict(r), "at": codec.when(r["at"])} for r in list(nearest.values())[:limit]]


_LAG: Final = """
select a.published, a.seen, a.at, d.ended_at from (
    select id, revision, at, json_extract(payload, '$.published') as published,
        json_extract(payload, '$.first_seen') as seen
    from alerts where revision = 1 and test = 0 and story <> '' order by at desc limit ?
) a left join deliveries d on d.seq = (
    select min(seq) from deliveries where alert = a.id and revision = 1 and state = 'done'
)
"""


def lags(c: Connection, limit: int) -> Sequence[Row]:
    """See Reading.lags."""
    rows = c.rows(_LAG, [limit])
    return [{name: codec.when_or_none(r[name]) for name in r.keys()} for r in rows]  # noqa: SIM118 a Row iterates values
