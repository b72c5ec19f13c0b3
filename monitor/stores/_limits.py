"""What holds a destination back: its circuit and its token bucket, shared by all who send."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from monitor.model import Circuit, Outcome, Rate, Verdict
from monitor.stores import _codec as codec
from monitor.stores._connection import Connection


def open_sinks(c: Connection, now: datetime) -> Sequence[str]:
    """Those that may be sent to: not disabled, and not held."""
    rows = c.rows(
        "select name from sinks where enabled = 1 and (held_until is null or held_until <= ?)",
        [codec.moment(now)],
    )
    return [r["name"] for r in rows]


def most(c: Connection, sink: str, now: datetime, rates: Mapping[str, Rate]) -> int:
    """How many may go to it now."""
    allowed = int(_tokens(c, sink, now, rates[sink])) if sink in rates else _ANY
    if not circuit(c, sink).failures:
        return allowed
    # After a failure one at a time: the first that arrives shows that the way is free.
    under_way = c.value(
        "select 1 from deliveries where sink = ? and state = 'due' and lease_until > ? limit 1",
        [sink, codec.moment(now)],
    )
    return 0 if under_way else min(1, allowed)


_ANY: Final = 1_000_000


def _tokens(c: Connection, sink: str, now: datetime, rate: Rate) -> float:
    row = c.one("select tokens, filled_at from sinks where name = ?", [sink])
    if row is None or row["tokens"] is None:
        return float(rate.burst)
    # A clock set back must not empty the bucket for the hours it went back.
    elapsed = max(0.0, (now - codec.when(row["filled_at"])).total_seconds())
    return min(float(rate.burst), float(row["tokens"]) + elapsed * rate.per_second)


def spend(c: Connection, taken: Sequence[str], now: datetime, rates: Mapping[str, Rate]) -> None:
    """Take a token for each delivery from its sink's bucket."""
    for sink, number in Counter(taken).items():
        if sink in rates:
            left = _tokens(c, sink, now, rates[sink]) - number
            c.run(
                "update sinks set tokens = ?, filled_at = ? where name = ?",
                [left, codec.moment(now), sink],
            )


def circuit(c: Connection, sink: str) -> Circuit:
    """See Outbox.circuit."""
    row = c.one("select failures, held_until from sinks where name = ?", [sink])
    if row is None:
        return Circuit()
    return Circuit(failures=row["failures"], held_until=codec.when_or_none(row["held_until"]))


def note(c: Connection, sink: str, outcome: Outcome, at: datetime) -> None:
    """What an attempt says about its destination."""
    after = circuit(c, sink).after(outcome, at)
    done = outcome.verdict is Verdict.DELIVERED
    moment = codec.moment(at)
    c.run(
        "update sinks set failures = :failures, held_until = :held,"
        " delivered_at = coalesce(:delivered, delivered_at),"
        " failed_at = coalesce(:failed, failed_at), failure = coalesce(:failure, failure)"
        " where name = :sink",
        {
            "sink": sink,
            "failures": after.failures,
            "held": codec.moment_or_none(after.held_until),
            "delivered": moment if done else None,
            "failed": None if done else moment,
            "failure": None if done else codec.words(outcome.reason),
        },
    )
