"""Tables and columns that came later, a migration each; see _schema."""

from typing import Final

from monitor.stores import _schema_articles

_REPAIRS: Final = """
create table repairs (  -- what people did to stories, undone or not
    id text primary key,
    deed text not null check (deed in ('merge', 'split', 'mark')),
    story text not null references stories (id),
    others text not null,   -- JSON: the stories merged into it, or the one split off
    mark text,              -- null: it is no mark
    was text not null,      -- what undoing brings back: JSON, by story; or the mark before
    at text not null,
    author text not null,
    comment text not null,
    undone_at text,         -- null: it holds
    undone_by text not null default ''
) strict
"""
_MOVES: Final = """
create table moves (  -- which members a repair moved, and out of which story
    repair text not null references repairs (id),
    feed_id text not null,
    entry_id text not null,
    story text not null references stories (id),
    primary key (repair, feed_id, entry_id)
) strict, without rowid
"""
_PINS: Final = """
create table pins (  -- entries that a person placed: they stay, and splits stay between stories
    feed_id text not null,
    entry_id text not null,
    repair text not null references repairs (id),
    side text not null check (side in ('together', 'moved', 'stayed')),
    part text not null,   -- of a merge: the story it stands for when others are compared
    story text not null references stories (id),  -- where the entry is now
    ended text,           -- the later repair that ended it, or its own when undone; null: it holds
    primary key (feed_id, entry_id, repair)
) strict, without rowid
"""

REPAIRS: Final = (
    _REPAIRS,
    _MOVES,
    _PINS,
    "create index repairs_story on repairs (story)",
    "create index pins_story on pins (story) where ended is null",
    "create index pins_repair on pins (repair)",
    "alter table stories add column mark text not null default 'open'",
    "insert into alert_facets (kind, value, at, alert)"
    " select 'mark', 'open', at, id from alerts where latest = 1 and test = 0 and story <> ''",
    # One story, one line on the desk: what was told of a story that was merged later steps back.
    "update alerts set latest = 0 where story in (select g.id from stories g"
    " join alerts h on h.story = g.merged_into where g.merged_into is not null)",
    "delete from alert_facets where alert in"
    " (select id from alerts group by id having max(latest) = 0)",
)
PAUSES: Final = (
    # What somebody said by command or on a page; it wins over the file.
    "alter table feeds add column pause_wish integer",  # null: nobody said anything
    "alter table feeds add column paused_by text not null default ''",  # or let go by
    "alter table feeds add column paused_at text",  # of pause_wish; null as it
)
_FLOWS: Final = """
create table alert_flows (  -- who supplies whom with what, of each alert as it is shown
    alert text not null,
    supplier text not null,
    recipient text not null,
    category text not null,  -- '' when none is named
    stage text not null,
    at text not null,        -- of the alert's latest revision
    primary key (alert, supplier, recipient, category, stage)
) strict, without rowid
"""
_FLOWED: Final = """
insert into alert_flows (alert, supplier, recipient, category, stage, at)
select s.alert, s.value, r.value, coalesce(k.value, ''), coalesce(t.value, ''), s.at
from alert_facets s
join alert_facets r on r.alert = s.alert and r.kind = 'recipient'
left join alert_facets k on k.alert = s.alert and k.kind = 'category'
left join alert_facets t on t.alert = s.alert and t.kind = 'stage'
where s.kind = 'supplier'
"""
FLOWS: Final = (
    _FLOWS,
    _FLOWED,
    # In the order of the groups: 125,000 rows are summed in 0.15 s, not in 1.9 s.
    "create index alert_flows_all on alert_flows (supplier, recipient, category, stage, at)",
    "create index alert_flows_at on alert_flows (at, supplier, recipient, category, stage)",
)
COUNTED: Final = (
    # How many of each state every destination has: 100,000 are counted in 15 ms, not in 130.
    "create index deliveries_counted on deliveries (sink, state)",
)
PUSHES: Final = (
    # What hubs said of a feed, and how far that is to be relied on.
    "alter table feeds add column push_until text",  # null: no hub has confirmed a subscription
    "alter table feeds add column pushed_at text",  # null: no hub has ever told of news
    "alter table feeds add column unpushed_at text",  # null: polling found nothing hubs kept back
)
LATER: Final = (REPAIRS, _schema_articles.ARTICLES, PAUSES, FLOWS, COUNTED, PUSHES)
TABLES: Final = ("repairs", "moves", "pins", "alert_flows", *_schema_articles.TABLES)
