"""Taking feeds as several nodes can at once: nobody waits for anybody."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from monitor.model import Claim, Validators
from monitor.stores import _codec as codec
from monitor.stores._pg_connection import Row, Session

_CLOCK_SLACK: Final = timedelta(minutes=1)
_EVER: Final = datetime.max.replace(tzinfo=UTC)

# See _schedule._mend_clock(); what another node holds just now, that one will mend.
_MEND: Final = """
update feeds set next_due_at = :now, attempted_at = :now where id in (
    select id from feeds where attempted_at > :late for no key update skip locked
)
"""
# Not "for update": a poll that writes a feed's memory holds a key share of its row, which
# is no reason to pass over it.
_CLAIM: Final = """
with due as (
    select id from feeds
    where active = 1 and paused = 0 and next_due_at <= :horizon
        and (lease_until is null or lease_until <= :now)
    order by next_due_at, position limit :limit
    for no key update skip locked
)
update feeds f set fence = f.fence + 1, owner = :owner, lease_until = :until
from due where f.id = due.id returning f.*
"""


def claim(
    s: Session, now: datetime, limit: int, *, owner: str, lease: timedelta, everything: bool
) -> Sequence[Claim]:
    """See Store.claim. Inside a transaction, which need not be alone."""
    at = codec.moment(now)
    s.run(_MEND, {"now": at, "late": codec.moment(now + _CLOCK_SLACK)})
    rows = s.rows(
        _CLAIM,
        {
            "now": at,
            "horizon": codec.moment(_EVER if everything else now),
            "limit": limit,
            "owner": owner,
            "until": codec.moment(now + lease),
        },
    )
    return _claims(s, rows)


_TAKE_OVER: Final = """
update feeds f set owner = :owner, lease_until = :until
from unnest(:ids::text[], :fences::bigint[]) given (id, fence)
where f.id = given.id and f.fence = given.fence and f.lease_until is not null
returning f.*
"""


def take_over(
    s: Session,
    feeds: Sequence[tuple[str, int]],
    now: datetime,
    *,
    owner: str,
    lease: timedelta,
) -> Sequence[Claim]:
    """See Spreading.take_over."""
    rows = s.rows(
        _TAKE_OVER,
        {
            "ids": [id_ for id_, _ in feeds],
            "fences": [fence for _, fence in feeds],
            "owner": owner,
            "until": codec.moment(now + lease),
        },
    )
    return _claims(s, rows)


def _claims(s: Session, rows: Sequence[Row]) -> Sequence[Claim]:
    """By due time, each with what stages remember of its feed."""
    known: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in s.rows(
        "select feed_id, name, value from feed_memory where feed_id = any(?)",
        [[r["id"] for r in rows]],
    ):
        known[row["feed_id"]][row["name"]] = row["value"]
    ordered = sorted(rows, key=lambda r: (r["next_due_at"], r["position"]))
    return [_claim(row, known[row["id"]]) for row in ordered]


def _claim(row: Row, known: dict[str, str]) -> Claim:
    return Claim(
        feed=codec.feed(row),
        fence=row["fence"],
        validators=Validators(
            etag=row["etag"], last_modified=row["last_modified"], body_sha256=row["body_sha256"]
        ),
        first=row["polled_at"] is None,
        failures=row["failures"],
        polled_at=codec.when_or_none(row["polled_at"]),
        interval=codec.length(row["interval"]),
        known=known,
        push_until=codec.when_or_none(row["push_until"]),
        pushed_at=codec.when_or_none(row["pushed_at"]),
    )
