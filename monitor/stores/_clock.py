"""
What waits in the outbox when the clock was set back: no longer than it was meant to.

A wait was measured from the moment it began. Where that moment is still to come, the clock has
gone back since, and the wait begins anew; without that, a retry of five seconds waits an hour
and five seconds. Appointments (digests, quiet hours) are hours of the day, and stay.
"""

from datetime import datetime, timedelta
from typing import Final

from monitor.stores import _codec as codec
from monitor.stores._connection import Connection, Row

SLACK: Final = timedelta(minutes=1)  # clocks of two machines differ by less
FARTHEST: Final = timedelta(days=8)  # nothing is put off longer: digests are weekly at most

_AHEAD: Final = """
select name, failed_at, delivered_at, held_until, filled_at from sinks
where failed_at > :late or delivered_at > :late or filled_at > :late
"""
_NEWEST: Final = "select queued_at from deliveries order by seq desc limit 100"
# By sink, since that is how the index goes: a join read all that waits, 2 ms of 20,000.
_FAR_ALONE: Final = """
select 1 from sinks s where exists (
    select 1 from deliveries d
    where d.sink = s.name and d.state = 'due' and d.digest = '' and d.due > :far
) limit 1
"""
_FAR_TOGETHER: Final = """
select 1 from deliveries where state = 'due' and digest <> '' and due > :far limit 1
"""
_WAITS: Final = """
select d.seq, d.due, d.attempt, coalesce(max(t.at), d.queued_at) as began
from deliveries d left join attempts t on t.delivery = d.id and t.number = d.attempt
where d.state = 'due' and d.digest = '' and d.due > :late
    and (d.queued_at > :late or t.at > :late)
group by d.seq, d.due, d.attempt, d.queued_at
"""


def wrong(c: Connection, now: datetime) -> bool:
    """Whether anything was done, or is due, when it cannot be. A look that locks nobody out."""
    late, far = codec.moment(now + SLACK), codec.moment(now + FARTHEST)
    looks = {
        f"select 1 from ({_AHEAD}) found limit 1": {"late": late},  # noqa: S608 our own
        f"select 1 from ({_NEWEST}) found where queued_at > :late limit 1": {"late": late},  # noqa: S608 our own
        _FAR_ALONE: {"far": far},
        _FAR_TOGETHER: {"far": far},
    }
    return any(c.value(sql, dict(values)) for sql, values in looks.items())


def mend(c: Connection, now: datetime, lease: timedelta) -> None:
    """Let nothing wait longer than it was to. Inside a transaction, before anything is taken."""
    at, late = codec.moment(now), codec.moment(now + SLACK)
    _waits(c, now)
    for sink in c.rows(_AHEAD, {"late": late}):
        _holds(c, sink, now)
    # Not ended: what is under way just now would go out a second time.
    c.run(
        "update deliveries set lease_until = :until where state = 'due' and lease_until > :late",
        {"until": codec.moment(now + lease), "late": codec.moment(now + lease + SLACK)},
    )
    c.run(
        "update deliveries set queued_at = :now where queued_at > :late", {"now": at, "late": late}
    )
    c.run(
        "update deliveries set due = :now where state = 'due' and due > :far",
        {"now": at, "far": codec.moment(now + FARTHEST)},
    )


def _waits(c: Connection, now: datetime) -> None:
    moved = [
        (_anew(row["began"], row["due"], now), row["seq"])
        for row in c.rows(_WAITS, {"late": codec.moment(now + SLACK)})
        if row["attempt"] or codec.when(row["due"]) - codec.when(row["began"]) < SLACK
    ]
    c.many("update deliveries set due = ? where seq = ?", moved)


def _holds(c: Connection, sink: Row, now: datetime) -> None:
    """The circuit and the bucket; what was done in the future was done now."""
    at = codec.moment(now)
    failed, held = sink["failed_at"], sink["held_until"]
    done = {name: sink[name] and min(sink[name], at) for name in ("delivered_at", "filled_at")}
    c.run(
        "update sinks set held_until = :held, failed_at = :failed, delivered_at = :delivered_at,"
        " filled_at = :filled_at where name = :name",
        {
            "held": _anew(failed, held, now) if held and failed and failed > at else held,
            "failed": failed and min(failed, at),
            "name": sink["name"],
            **done,
        },
    )


def _anew(began: str, ends: str, now: datetime) -> str:
    """When a wait ends that begins now instead."""
    return codec.moment(now + max(codec.when(ends) - codec.when(began), timedelta(0)))
