"""Earlier alerts and people's wishes: what a new alert is held against."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from monitor.model import Alert, Label, Silence
from monitor.stores import _codec as codec
from monitor.stores._connection import Connection, Row

_RECENT: Final = """
select a.payload from alerts a
where a.at >= ? and a.test = 0 and not exists (
    select 1 from alerts n where n.id = a.id and n.revision > a.revision
) order by a.at desc limit 2000
"""


def recent(c: Connection, since: datetime) -> Sequence[Alert]:
    """See Desk.recent_alerts."""
    return [codec.alert(r["payload"]) for r in c.rows(_RECENT, [codec.moment(since)])]


# A story merged into this one was told as well.
_LAST: Final = """
select payload from alerts
where story in (select :story union select id from stories where merged_into = :story)
order by at desc, revision desc limit 1
"""


def last(c: Connection, story_id: str) -> Alert | None:
    """See Desk.last_alert."""
    row = c.one(_LAST, {"story": story_id})
    return None if row is None else codec.alert(row["payload"])


def silences(c: Connection, now: datetime) -> Sequence[Silence]:
    """See Desk.silences."""
    rows = c.rows(
        "select id, conditions, since, until, author, comment from silences where until > ?"
        " order by until, id",
        [codec.moment(now)],
    )
    return [_silence(r) for r in rows]


def _silence(row: Row) -> Silence:
    given = json.loads(row["conditions"])
    return Silence(
        id=row["id"],
        conditions={key: tuple(values) for key, values in given.items()},
        since=codec.when(row["since"]),
        until=codec.when(row["until"]),
        author=row["author"],
        comment=row["comment"],
    )


def add_silence(c: Connection, silence: Silence) -> None:
    """See Desk.add_silence; the same one again changes nothing."""
    c.run(
        "insert into silences (id, conditions, since, until, author, comment)"
        " values (?, ?, ?, ?, ?, ?) on conflict (id) do nothing",
        [
            silence.id,
            codec.dumps(silence.conditions),
            codec.moment(silence.since),
            codec.moment(silence.until),
            codec.words(silence.author),
            codec.words(silence.comment),
        ],
    )


def end_silence(c: Connection, silence_id: str, now: datetime) -> bool:
    """See Desk.end_silence."""
    at = codec.moment(now)
    sql = "update silences set until = ? where id = ? and until > ?"
    return 1 == c.run(sql, [at, silence_id, at])


def add_label(c: Connection, label: Label) -> None:
    """See Desk.add_label."""
    c.run(
        "insert into labels (author, subject, opinion, at, alert, url, note)"
        " values (?, ?, ?, ?, ?, ?, ?) on conflict (author, subject) do update set"
        " opinion = excluded.opinion, at = excluded.at, note = excluded.note"
        # That somebody has seen it takes back no judgement of theirs.
        " where excluded.at >= at and (excluded.opinion <> 'seen' or labels.opinion = 'seen')",
        [
            codec.words(label.author),
            label.alert or codec.words(label.url),
            label.opinion.value,
            codec.moment(label.at),
            label.alert,
            codec.words(label.url),
            codec.words(label.note),
        ],
    )


# The decision that raised the alert says which topic, rules, feed and language it is about.
_LABELS: Final = """
select l.at, l.opinion, l.author, l.note, l.alert,
    coalesce(nullif(l.url, ''), a.url, '') as url, coalesce(a.title, '') as title,
    coalesce(a.topic, '') as topic, coalesce(a.outlet, '') as outlet,
    coalesce(d.rule_version, '') as rule_version, coalesce(d.language, '') as language,
    coalesce(e.feed_id, '') as feed, coalesce(e.summary, '') as summary
from labels l
left join alerts a on a.id = l.alert and a.revision = (
    select min(revision) from alerts where id = l.alert
)
left join decisions d on d.seq = (
    select min(seq) from decisions where alert = l.alert and alert <> '' and topic = a.topic
)
left join entries e on e.seq = d.entry
where l.at >= ? order by l.at desc, l.author, l.subject
"""


def labels(c: Connection, since: datetime | None) -> Sequence[Row]:
    """See Desk.labels."""
    rows = c.rows(_LABELS, ["" if since is None else codec.moment(since)])
    return [dict(r) for r in rows]
