"""Alerts and their deliveries: queued with their cause, sent in order, every attempt kept."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from monitor.model import Alert, Attempt, Delivery, Rate, Verdict
from monitor.stores import _clock, _facets, _limits
from monitor.stores import _codec as codec
from monitor.stores._connection import Connection, Row

_ALERT: Final = """
insert into alerts (
    id, revision, story, topic, severity, title, outlet, url, at, test, payload, checksum
) values (
    :id, :revision, :story, :topic, :severity, :title, :outlet, :url, :at, :test, :payload,
    :checksum
) on conflict (id, revision) do nothing
"""
_DELIVERY: Final = """
insert into deliveries (id, alert, revision, sink, due, state, attempt, queued_at, digest)
values (:id, :alert, :revision, :sink, :due, 'due', :attempt, :at, :digest)
on conflict (id) do nothing
"""


def write(
    c: Connection, alerts: Sequence[Alert], deliveries: Sequence[Delivery], at: datetime
) -> int:
    """Keep the alerts, queue the deliveries; how many deliveries were new."""
    for one in alerts:
        if c.run(_ALERT, _alert(one)):
            _facets.write(c, one)
    c.many(
        "insert into sinks (name) values (?) on conflict (name) do nothing",
        [(sink,) for sink in dict.fromkeys(d.sink for d in deliveries)],
    )
    return max(0, c.many(_DELIVERY, [_delivery(d, at) for d in deliveries]))


def add(c: Connection, deliveries: Sequence[Delivery]) -> int:
    """See Outbox.add_deliveries."""
    return sum(write(c, [d.alert], [d], d.due) for d in deliveries)


def _alert(alert: Alert) -> dict[str, object]:
    payload = codec.alert_json(alert)
    return {
        "id": alert.id,
        "revision": alert.revision,
        "story": alert.story,
        "topic": codec.words(alert.topic),
        "severity": alert.severity.value,
        "title": codec.words(alert.title),
        "outlet": codec.words(alert.outlet),
        "url": codec.words(alert.url),
        "at": codec.moment(alert.at),
        "test": int(alert.test),
        "payload": payload,
        "checksum": codec.checksum(payload),
    }


def _delivery(delivery: Delivery, at: datetime) -> dict[str, object]:
    return {
        "id": delivery.id,
        "alert": delivery.alert.id,
        "revision": delivery.alert.revision,
        "sink": delivery.sink,
        "due": codec.moment(delivery.due),
        "attempt": delivery.attempt,
        "at": codec.moment(at),
        "digest": codec.words(delivery.digest),
    }


# ── taking and recording ────────────────────────────────────────────────────────

# A revision waits for the earlier ones of its alert at the same sink: an update must not
# overtake what it updates. Nor does anything go out beside one that is being sent.
_DUE: Final = """
select d.seq, d.id, d.alert, d.sink, d.due, d.attempt, d.fence, a.payload
from deliveries d join alerts a on a.id = d.alert and a.revision = d.revision
where d.state = 'due' and d.digest = '' and d.sink = :sink and d.due <= :now
    and (d.lease_until is null or d.lease_until <= :now)
    and not exists (
        select 1 from deliveries o
        where o.alert = d.alert and o.sink = d.sink and o.state = 'due' and o.digest = ''
            and o.seq <> d.seq
            and ((o.revision, o.seq) < (d.revision, d.seq) or o.lease_until > :now)
    )
order by d.due, d.seq limit :limit
"""


def due(
    c: Connection,
    now: datetime,
    limit: int,
    *,
    owner: str,
    lease: timedelta,
    room: Mapping[str, int] | None,
    rates: Mapping[str, Rate] | None,
) -> Sequence[Delivery]:
    """See Outbox.due_deliveries."""
    if _clock.wrong(c, now):
        _clock.mend(c, now, lease)
    rows: list[Row] = []
    for sink in _limits.open_sinks(c, now):
        most = min(limit, (room or {}).get(sink, limit), _limits.most(c, sink, now, rates or {}))
        if most > 0:
            rows += c.rows(_DUE, {"sink": sink, "now": codec.moment(now), "limit": most})
    taken = sorted(rows, key=lambda r: (r["due"], r["seq"]))[: max(0, limit)]
    until = codec.moment(now + lease)
    c.many(
        "update deliveries set fence = fence + 1, owner = ?, lease_until = ? where seq = ?",
        [(owner, until, r["seq"]) for r in taken],
    )
    _limits.spend(c, [r["sink"] for r in taken], now, rates or {})
    return [_taken(r, _remembered(c, r)) for r in taken]


def _remembered(c: Connection, row: Row) -> Mapping[str, str]:
    """What its sink wanted remembered of the alert, later attempts winning."""
    found: dict[str, str] = {}
    for kept in c.rows(
        "select t.state from attempts t join deliveries d on d.id = t.delivery"
        " where d.alert = ? and d.sink = ? and t.state <> '{}' order by t.seq",
        [row["alert"], row["sink"]],
    ):
        found |= json.loads(kept["state"])
    return found


def inherit(c: Connection) -> None:
    """End every lease, as _schedule.inherit() does; what was half sent is due at once."""
    c.run(
        "update deliveries set lease_until = null, owner = ''"
        " where state = 'due' and lease_until is not null"
    )


def waiting(c: Connection, now: datetime) -> bool:
    """Whether anything may be due: a look that locks nobody out."""
    sql = (
        "select 1 from deliveries where state = 'due' and digest = '' and sink = ? and due <= ?"
        " limit 1"
    )
    found = any(c.value(sql, [sink, codec.moment(now)]) for sink in _limits.open_sinks(c, now))
    return found or _clock.wrong(c, now)


def _taken(row: Row, state: Mapping[str, str]) -> Delivery:
    return Delivery(
        id=row["id"],
        alert=codec.alert(row["payload"]),
        sink=row["sink"],
        due=codec.when(row["due"]),
        attempt=row["attempt"],
        fence=row["fence"] + 1,
        state=state,
    )


_ATTEMPT: Final = """
insert into attempts (
    delivery, number, fence, at, verdict, reason, status, retry_after, answer, milliseconds, state
) values (
    :delivery, :number, :fence, :at, :verdict, :reason, :status, :retry_after, :answer,
    :milliseconds, :state
) on conflict (delivery, number, fence) do nothing
"""


def record(c: Connection, delivery: Delivery, attempt: Attempt, next_due: datetime | None) -> bool:
    """See Outbox.record."""
    _keep(c, delivery, attempt)
    outcome, at = attempt.outcome, codec.moment(attempt.at)
    delivered = outcome.verdict is Verdict.DELIVERED
    state = "done" if delivered else "dead" if next_due is None else "due"
    fenced = c.run(
        "update deliveries set attempt = :number, state = :state, due = coalesce(:due, due),"
        " reason = :reason, lease_until = null, owner = '', ended_at = :ended"
        " where id = :id and fence = :fence and lease_until is not null",
        {
            "number": attempt.number,
            "state": state,
            "due": codec.moment_or_none(next_due if state == "due" else None),
            "reason": "" if delivered else outcome.reason,
            "ended": None if state == "due" else at,
            "id": delivery.id,
            "fence": delivery.fence,
        },
    )
    return fenced == 1


def _keep(c: Connection, delivery: Delivery, attempt: Attempt) -> None:
    outcome, at = attempt.outcome, codec.moment(attempt.at)
    c.run(_ATTEMPT, {
        "delivery": attempt.delivery_id,
        "number": attempt.number,
        "fence": delivery.fence,
        "at": at,
        "verdict": outcome.verdict.value,
        "reason": codec.words(outcome.reason),
        "status": outcome.status,
        "retry_after": codec.seconds(outcome.retry_after),
        "answer": codec.words(outcome.answer),
        "milliseconds": outcome.milliseconds,
        "state": codec.dumps(outcome.state),
    })  # fmt: skip
    _limits.note(c, delivery.sink, outcome, attempt.at)


def retry(c: Connection, ids: Sequence[str], now: datetime) -> int:
    """See Outbox.retry; a dead one starts its schedule anew."""
    return c.run(
        "update deliveries set attempt = iif(state = 'dead', 0, attempt), state = 'due',"
        " due = :now, ended_at = null where id in (select value from json_each(:ids))"
        " and (state = 'dead' or (state = 'due' and coalesce(lease_until, '') <= :now))",
        {"ids": codec.dumps(list(ids)), "now": codec.moment(now)},
    )


def enable(c: Connection, sink: str, *, enabled: bool, why: str, now: datetime) -> None:
    """See Outbox.enable_sink."""
    c.run(
        "insert into sinks (name, enabled, why, changed_at) values (:name, :enabled, :why, :at)"
        " on conflict (name) do update set enabled = excluded.enabled, why = excluded.why,"
        " changed_at = excluded.changed_at, failures = 0, held_until = null",
        {"name": sink, "enabled": int(enabled), "why": why, "at": codec.moment(now)},
    )
