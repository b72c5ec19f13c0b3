"""Answers to people and machines: rows whose keys are column names, stable for --json."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from monitor.model import Delivery
from monitor.stores import _codec as codec
from monitor.stores._connection import Connection, Row
from monitor.stores._schema import TABLES

_MOMENTS: Final = {
    "at", "due", "published", "updated", "seen", "first_seen", "last_seen", "last_success",
    "last_failure", "next_due", "last_new", "last_poll", "leased_until", "ended", "held_until",
    "article_due", "paused_at", "push_until", "pushed_at", "unpushed_at",
}  # fmt: skip
_JSON: Final = {"act", "reasons", "vetoes", "parts", "state_kept", "defects", "client", "other"}
_TRUTHS: Final = {"flagged", "test", "paused"}


def _report(row: Row) -> Row:
    return {name: _cell(name, row[name]) for name in row.keys()}  # noqa: SIM118 a Row iterates values


def _cell(name: str, value: Any) -> object:
    if value is None:
        return None
    if name in _MOMENTS:
        return codec.when(value)
    if name in _JSON:
        return json.loads(value)
    return bool(value) if name in _TRUTHS else value


def _ask(c: Connection, sql: str, values: dict[str, object]) -> Sequence[Row]:
    return [_report(row) for row in c.rows(sql, values)]


# ── feeds ───────────────────────────────────────────────────────────────────────

_FEEDS: Final = """
select id, case
        when active = 0 then 'retired'
        when paused = 1 then 'paused'
        when failure = 'gone' then 'gone'
        when failure <> '' then 'failing'
        when polled_at is null then 'new'
        when julianday(polled_at) - julianday(new_at) > 30 then 'quiet'
        else 'ok'
    end as state,
    language, outlet, pack, title, url, origin, paused,
    polled_at as last_success, attempted_at as last_poll, failed_at as last_failure,
    new_at as last_new, next_due_at as next_due, lease_until as leased_until, owner, fence,
    iif(pause_wish is null, '', paused_by) as paused_by, paused_at,
    interval, why, asked_interval, failures, failure, detail, status, moved_to, defects,
    last_known_live, full_text, push_until, pushed_at, unpushed_at,
    polls, unchanged, failed, throttled, entries, gaps,
    (select value from feed_memory m where m.feed_id = feeds.id and m.name = 'client') as client
from feeds order by active desc, position, id
"""


def feeds(c: Connection) -> Sequence[Row]:
    """See Store.feeds."""
    return _ask(c, _FEEDS, {})


_UNPUSHED: Final = """
select unpushed_at as at, id as feed, 'push-broken' as kind,
    'polling found what its hub had not told of' as detail
from feeds where unpushed_at is not null and (:feed = '' or id = :feed)
order by unpushed_at desc limit :limit
"""


def events(c: Connection, feed_id: str, limit: int) -> Sequence[Row]:
    """See Store.events."""
    asked: dict[str, object] = {"feed": feed_id, "limit": limit}
    found = _ask(
        c,
        "select at, feed_id as feed, kind, detail from feed_events"
        " where :feed = '' or feed_id = :feed order by seq desc limit :limit",
        asked,
    )
    return newest((*found, *_ask(c, _UNPUSHED, asked)))[:limit]


def newest(found: Sequence[Row]) -> Sequence[Row]:
    """By time; what came at one moment as it was."""
    return sorted(found, key=lambda row: str(row["at"]), reverse=True)


# ── alerts and deliveries ───────────────────────────────────────────────────────


def alerts(c: Connection, *, limit: int, topic: str, since: datetime | None) -> Sequence[Row]:
    """See Store.alerts."""
    return _ask(
        c,
        "select at, severity, topic, id as alert, revision, title, outlet, url, story, test"
        " from alerts where (:topic = '' or topic = :topic) and at >= :since"
        " order by at desc, id, revision desc limit :limit",
        {"topic": topic, "since": codec.moment(since) if since else "", "limit": limit},
    )


def alert(c: Connection, alert_id: str) -> Sequence[Delivery]:
    """See Store.alert."""
    rows = c.rows(
        "select d.id, d.sink, d.due, d.attempt, d.fence, a.payload from deliveries d"
        " join alerts a on a.id = d.alert and a.revision = d.revision"
        " where d.alert = ? order by d.seq",
        [alert_id],
    )
    return [
        Delivery(
            id=r["id"],
            alert=codec.alert(r["payload"]),
            sink=r["sink"],
            due=codec.when(r["due"]),
            attempt=r["attempt"],
            fence=r["fence"],
        )
        for r in rows
    ]


def deliveries(
    c: Connection, *, state: str, sink: str, alert: str, limit: int, after: str
) -> Sequence[Row]:
    """See Store.deliveries."""
    return _ask(
        c,
        "select d.id, d.sink, d.state, d.attempt, d.due, d.reason, a.title, d.alert, d.revision,"
        " d.queued_at as at, d.ended_at as ended, d.lease_until as leased_until, d.owner"
        " from deliveries d join alerts a on a.id = d.alert and a.revision = d.revision"
        " where (:state = '' or d.state = :state) and (:sink = '' or d.sink = :sink)"
        " and (:alert = '' or d.alert = :alert)"
        " and (:after = '' or d.seq < (select seq from deliveries where id = :after))"
        " order by d.seq desc limit :limit",
        {"state": state, "sink": sink, "alert": alert, "limit": limit, "after": after},
    )


def attempts(c: Connection, delivery_id: str) -> Sequence[Row]:
    """See Store.attempts."""
    return _ask(
        c,
        "select number, at, verdict, status, milliseconds, reason, answer, retry_after,"
        " state as state_kept, fence from attempts where delivery = :id order by seq",
        {"id": delivery_id},
    )


_SINKS: Final = """
select s.name as sink,
    case when not s.enabled then 'disabled' when s.failures >= 5 then 'failing'
        when s.held_until is not null then 'held' else 'enabled' end as state,
    s.why, s.failures, s.held_until,
    n.queued, n.delivered, n.dead, s.delivered_at as last_success, s.failed_at as last_failure,
    s.failure
from sinks s left join (
    select d.sink, sum(d.state = 'due') as queued, sum(d.state = 'done') as delivered,
        sum(d.state = 'dead') as dead
    from deliveries d group by d.sink
) n on n.sink = s.name order by s.name
"""


def sinks(c: Connection) -> Sequence[Row]:
    """See Store.sinks."""
    counted = ("queued", "delivered", "dead")
    return [{**row, **{k: row[k] or 0 for k in counted}} for row in _ask(c, _SINKS, {})]


_HELD: Final = """
select
    (select count(*) from feeds where owner = :owner and lease_until is not null) as feeds,
    (select count(*) from deliveries where owner = :owner and lease_until is not null)
        as deliveries
"""


def held(c: Connection, owner: str) -> Row:
    """How many feeds and deliveries this node has a lease on; see Store.nodes."""
    return dict(c.rows(_HELD, {"owner": owner})[0])


# ── why ─────────────────────────────────────────────────────────────────────────

_DECISIONS: Final = """
select d.seq, e.feed_id as feed, e.id as entry, e.revision, e.url, e.title, e.outlet, e.published,
    e.seen_at as seen, d.at, d.topic, d.flagged, d.score, d.threshold, d.rule_version, d.language,
    d.act, d.reasons, d.vetoes, d.parts, d.match_why, d.stopped_by, d.why, d.story, d.relation,
    d.alert, d.basis, d.other, a.state as article, a.url as article_url, a.due as article_due,
    a.reason as article_reason, a.detail as article_detail, a.text as article_text
from decisions d join entries e on e.seq = d.entry left join articles a on a.entry = e.seq
where d.seq in (
    select seq from decisions where story = :ref and story <> ''
    union select d.seq from stories s join decisions d on d.story = s.id
        where s.merged_into = :ref and d.story <> ''
    union select d.seq from pins p join entries e on e.id = p.entry_id and e.feed_id = p.feed_id
        join decisions d on d.entry = e.seq where p.story = :ref and p.side = 'moved'
    union select seq from decisions where alert = :ref and alert <> ''
    union select seq from decisions
        where entry in (select seq from entries where id = :ref union
                        select seq from entries where url = :ref and url <> '')
)
order by d.at desc, d.seq desc
"""


def decisions(c: Connection, reference: str) -> Sequence[Row]:
    """See Store.decisions."""
    return _ask(c, _DECISIONS, {"ref": codec.words(reference)})


_OUTBOX: Final = """
select
    (select count(*) from deliveries where state = 'due') as queued,
    (select count(*) from deliveries where state = 'dead') as dead,
    (select count(*) from deliveries where state = 'due'
        and due < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-5 minutes')) as overdue
"""


def counts(c: Connection) -> Mapping[str, int]:
    """See Store.counts; overdue is due for more than five minutes by the store's own clock."""
    rows = c.counts(TABLES)
    return rows | {name: int(n) for row in c.rows(_OUTBOX) for name, n in dict(row).items()}
