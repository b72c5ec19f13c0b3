"""
Every table, as a list of migrations: appended to, never changed once released.

Moments are text, UTC to the microsecond (2026-08-01T12:00:00.000000Z), so that text order
is time order; lengths are seconds; booleans 0 and 1; JSON is text. Empty text means "none";
null is used only where a comment says what it means.
"""

from typing import Final

from monitor.stores import _schema_later

APPLICATION: Final = 0x61726D73  # "arms": marks the file as ours in its header

_FEEDS: Final = """
create table feeds (
    id text primary key,
    url text not null,
    origin text not null check (origin in ('config', 'command')),
    active integer not null,        -- 0: no longer configured, or removed; its history stays
    paused integer not null,
    position integer not null,      -- in the configuration; orders feeds due at one moment
    language text not null,
    outlet text not null,
    pack text not null,
    title text not null,
    last_known_live text not null,
    full_text text not null,
    asked_interval real,            -- null: poll.default_interval
    next_due_at text not null,
    lease_until text,               -- null: nobody polls it
    owner text not null default '',
    fence integer not null default 0,
    etag text not null default '',
    last_modified text not null default '',
    body_sha256 text not null default '',
    interval real,                  -- the one last used; null before the first poll
    why text not null default '',   -- what set next_due_at
    failures real not null default 0,
    attempted_at text,              -- last poll of any outcome; null before the first
    polled_at text,                 -- last success; null before the first at this address
    new_at text,                    -- last time an entry was new; null before the first
    failed_at text,                 -- last failure; null when there was none
    failure text not null default '',   -- reason of the last poll when it failed
    detail text not null default '',
    status integer not null default 0,
    moved_to text not null default '',
    defects text not null default '[]', -- JSON: survivable faults of the last document
    polls integer not null default 0,
    unchanged integer not null default 0,
    failed integer not null default 0,
    throttled integer not null default 0,
    entries integer not null default 0, -- new ones and new revisions
    gaps integer not null default 0
) strict
"""
_FEEDS_DUE: Final = """
create index feeds_due on feeds (next_due_at, position) where active = 1 and paused = 0
"""
_KNOWN: Final = """
create table feed_memory (  -- what stages remember of a feed between polls (Claim.known)
    feed_id text not null references feeds (id),
    name text not null,
    value text not null,
    primary key (feed_id, name)
) strict, without rowid
"""
_EVENTS: Final = """
create table feed_events (
    seq integer primary key,
    feed_id text not null references feeds (id),
    at text not null,
    kind text not null check (kind in ('gap', 'moved', 'gone', 'failing', 'recovered', 'quiet')),
    detail text not null
) strict
"""
_SIGHTINGS: Final = """
create table sightings (  -- outlives the entry, so that nothing still published is news twice
    feed_id text not null references feeds (id),
    entry_id text not null,
    revision integer not null,
    content text not null,  -- checksum of title, summary and text of that revision
    gone_at text,           -- null: it stood in the feed's last document
    primary key (feed_id, entry_id)
) strict, without rowid
"""
_ENTRIES: Final = """
create table entries (  -- one row per revision; a row is never changed but for held
    seq integer primary key,
    feed_id text not null references feeds (id),
    id text not null,
    revision integer not null,
    url text not null,
    title text not null,
    summary text not null,
    text text not null,
    language text not null,
    outlet text not null,
    published text,  -- null when absent, unreadable or in the future
    updated text,    -- null when the item does not say
    seen_at text not null,
    content text not null,
    held integer not null default 0,  -- 1: a story holds it, and pruning leaves it
    unique (id, feed_id, revision)
) strict
"""
# No content of its own: words in scripts without spaces are cut before they are indexed.
_SEARCH: Final = """
create virtual table search using fts5 (
    title, summary, text, content = '', tokenize = "unicode61 remove_diacritics 2"
)
"""
_DECISIONS: Final = """
create table decisions (
    seq integer primary key,
    entry integer not null references entries (seq) on delete cascade,
    topic text not null,
    at text not null,
    flagged integer not null,
    score real not null,
    threshold real not null,
    rule_version text not null,
    language text not null,
    act text,  -- JSON; null when none was found
    reasons text not null,
    vetoes text not null,
    parts text not null,
    match_why text not null,
    stopped_by text,  -- null: it raised an alert or an update
    why text not null,
    story text not null,
    relation text,  -- null when it never reached the story stage
    alert text not null,
    unique (entry, topic)
) strict
"""
_STORIES: Final = """
create table stories (
    seq integer primary key,
    id text not null unique,
    first_seen text not null,
    last_seen text not null,
    size integer not null,
    revision integer not null,  -- the highest alert of it or of a story merged into it; 0: none
    merged_into text references stories (id)  -- null: it stands for itself
) strict
"""
_MEMBERS: Final = """
create table members (
    seq integer primary key,
    story text not null references stories (id),
    feed_id text not null,
    entry_id text not null,
    title text not null,
    summary text not null,
    url text not null,
    outlet text not null,
    language text not null,
    published text,  -- null when unknown
    seen text not null,
    topic text not null,
    score real not null,
    act text,  -- JSON; null when none was found
    relation text not null,
    link text not null,
    credit text not null,
    unique (feed_id, entry_id, story)
) strict
"""
_KEYS: Final = """
create table story_keys (
    key text not null,
    story integer not null references stories (seq),
    seen text not null,  -- when a member last brought the key
    primary key (key, story)
) strict, without rowid
"""
_ALERTS: Final = """
create table alerts (  -- one row per revision, frozen
    id text not null,
    revision integer not null,
    story text not null,
    topic text not null,
    severity text not null,
    title text not null,
    outlet text not null,
    url text not null,
    at text not null,
    test integer not null,
    payload text not null,   -- JSON of the whole alert
    checksum text not null,  -- of the payload
    primary key (id, revision)
) strict
"""
_DELIVERIES: Final = """
create table deliveries (
    seq integer primary key,
    id text not null unique,
    alert text not null,
    revision integer not null,
    sink text not null references sinks (name),
    due text not null,
    state text not null check (state in ('due', 'done', 'dead')),
    attempt integer not null,
    fence integer not null default 0,
    lease_until text,  -- null: nobody sends it
    owner text not null default '',
    reason text not null default '',  -- why the last attempt failed
    queued_at text not null,
    ended_at text,  -- null while due
    foreign key (alert, revision) references alerts (id, revision)
) strict
"""
_ATTEMPTS: Final = """
create table attempts (
    seq integer primary key,
    delivery text not null references deliveries (id),
    number integer not null,
    fence integer not null,
    at text not null,
    verdict text not null,
    reason text not null,
    status integer not null,
    retry_after real,  -- null: the receiver did not say
    answer text not null,
    milliseconds integer not null,
    state text not null,  -- JSON: what the sink wants remembered
    unique (delivery, number, fence)
) strict
"""
_SINKS: Final = """
create table sinks (
    name text primary key,
    enabled integer not null default 1,
    why text not null default '',
    changed_at text,    -- null: never switched
    delivered_at text,  -- last success; null before the first
    failed_at text,     -- last failure; null when there was none
    failure text not null default ''
) strict
"""
_FACETS: Final = """
create table alert_facets (
    kind text not null,   -- party, supplier, recipient, category, stage, regime, language, …
    value text not null,
    at text not null,     -- of the alert's latest revision
    alert text not null,
    primary key (kind, value, at desc, alert)
) strict, without rowid
"""
_SILENCES: Final = """
create table silences (
    id text primary key,
    conditions text not null,  -- JSON: condition → list of values
    since text not null,
    until text not null,
    author text not null,
    comment text not null
) strict
"""
_LABELS: Final = """
create table labels (  -- what people say; the latest of each author on each thing counts
    author text not null,
    subject text not null,  -- the alert, or the address of the page that was missed
    opinion text not null,
    at text not null,
    alert text not null,
    url text not null,
    note text not null,
    primary key (author, subject)
) strict, without rowid
"""
_INDICES: Final = (
    "create index feeds_url on feeds (url)",
    "create index feeds_attempted on feeds (attempted_at)",
    "create index feed_events_feed on feed_events (feed_id, at)",
    "create index sightings_present on sightings (feed_id) where gone_at is null",
    "create index sightings_gone on sightings (gone_at) where gone_at is not null",
    "create index entries_url on entries (url)",
    "create index entries_prunable on entries (seen_at) where held = 0",
    "create index decisions_story on decisions (story) where story <> ''",
    "create index decisions_alert on decisions (alert) where alert <> ''",
    "create index members_story on members (story, seen, seq)",
    "create index stories_merged on stories (merged_into) where merged_into is not null",
    "create index story_keys_story on story_keys (story)",
    "create index story_keys_newest on story_keys (key, seen)",
    "create index alerts_at on alerts (at)",
    "create index alerts_topic on alerts (topic, at)",
    "create index deliveries_due on deliveries (sink, due, seq) where state = 'due'",
    "create index deliveries_dead on deliveries (sink) where state = 'dead'",
    "create index deliveries_alert on deliveries (alert, sink)",
)

# Migration n brings a file of version n to version n + 1.
MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        _FEEDS,
        _FEEDS_DUE,
        _KNOWN,
        _EVENTS,
        _SIGHTINGS,
        _ENTRIES,
        _SEARCH,
        _DECISIONS,
        _STORIES,
        _MEMBERS,
        _KEYS,
        _ALERTS,
        _SINKS,
        _DELIVERIES,
        _ATTEMPTS,
        *_INDICES,
    ),
    (
        "alter table deliveries add column digest text not null default ''",
        "drop index deliveries_due",
        "create index deliveries_due on deliveries (sink, due, seq)"
        " where state = 'due' and digest = ''",
        "create index deliveries_digest on deliveries (due, sink, digest)"
        " where state = 'due' and digest <> ''",
        "create index alerts_story on alerts (story, revision)",
        # A destination's circuit and token bucket: shared by all who deliver to it.
        "alter table sinks add column failures integer not null default 0",  # in a row
        "alter table sinks add column held_until text",  # null: nothing holds it
        "alter table sinks add column tokens real",  # null: the bucket was never used
        "alter table sinks add column filled_at text",  # when tokens was true; null as tokens
        _SILENCES,
        "create index silences_until on silences (until)",
        _LABELS,
        "create index labels_at on labels (at)",
    ),
    (
        # What a page of alerts is filtered by, for the latest revision of each alert.
        "alter table alerts add column latest integer not null default 1",
        "update alerts set latest = 0 where exists ("
        " select 1 from alerts n where n.id = alerts.id and n.revision > alerts.revision)",
        "create index alerts_latest on alerts (at desc, id) where latest = 1 and test = 0",
        _FACETS,
        "create index alert_facets_alert on alert_facets (alert)",
        "create index decisions_near on decisions (at) where flagged = 0 and score >= 0.2",
    ),
    (),  # PostgreSQL alone: how nodes share it (_pg_schema)
    *_schema_later.LATER,
)
TABLES: Final = (
    "feeds", "feed_memory", "feed_events", "sightings", "entries", "decisions", "stories",
    "members", "story_keys", "alerts", "deliveries", "attempts", "sinks",
    "silences", "labels", "alert_facets", *_schema_later.TABLES,
)  # fmt: skip
