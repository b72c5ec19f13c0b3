"""Articles read beside their entries: a migration of its own; see _schema."""

from typing import Final

_ARTICLES: Final = """
create table articles (  -- what was read beside what the feed says; no part of the entry itself
    entry integer primary key references entries (seq) on delete cascade,
    url text not null,
    host text not null,
    state text not null check (state in ('wanted', 'read', 'refused', 'given-up')),
    wanted_at text not null,
    due text not null,
    hops integer not null default 0,   -- redirects followed to url
    tries integer not null default 0,  -- requests begun
    lease_until text,                  -- null: nobody asks for it
    owner text not null default '',
    fence integer not null default 0,
    asked_at text,                     -- null: nobody has asked for it yet
    reason text not null default '',   -- why the last request brought nothing
    detail text not null default '',
    text text not null default ''
) strict
"""
_SHARES: Final = """
create table article_hosts (  -- how many articles were asked of each host on each day, in UTC
    host text not null,
    day text not null,
    asked integer not null,
    primary key (host, day)
) strict, without rowid
"""
_ROBOTS: Final = """
create table robots (  -- robots.txt as each server said it last
    origin text primary key,
    until text not null,
    closed integer not null,  -- 1: it could not be read, and nothing may be asked
    why text not null,
    rules text not null
) strict
"""
ARTICLES: Final = (
    _ARTICLES,
    _SHARES,
    _ROBOTS,
    "create index articles_due on articles (host, due, entry) where state = 'wanted'",
    "create index articles_asked on articles (asked_at) where asked_at is not null",
    # Whose words decided, "feed" or "article"; and the decision by the other words, as JSON;
    # null: there was only one.
    "alter table decisions add column basis text not null default 'feed'",
    "alter table decisions add column other text",
)
TABLES: Final = ("articles", "article_hosts", "robots")
