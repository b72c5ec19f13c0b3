"""Which feeds there are, which are due, and who polls them until when."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from monitor.model import Claim, Feed, Known, Validators
from monitor.stores import _codec as codec
from monitor.stores._connection import Connection, Row

_CLOCK_SLACK: Final = timedelta(minutes=1)
_EVER: Final = datetime.max.replace(tzinfo=UTC)

# What an address gave us is worth nothing at another one: ask anew, at once, and treat what
# stands there as a baseline.
_UPSERT: Final = """
insert into feeds (
    id, url, origin, active, paused, position, language, outlet, pack, title, last_known_live,
    full_text, asked_interval, next_due_at
) values (
    :id, :url, :origin, 1, :paused, :position, :language, :outlet, :pack, :title,
    :last_known_live, :full_text, :asked_interval, :next_due_at
) on conflict (id) do update set
    url = excluded.url, origin = excluded.origin, active = 1,
    paused = coalesce(pause_wish, excluded.paused),
    position = excluded.position, language = excluded.language, outlet = excluded.outlet,
    pack = excluded.pack, title = excluded.title, last_known_live = excluded.last_known_live,
    full_text = excluded.full_text, asked_interval = excluded.asked_interval,
    next_due_at = iif(url = excluded.url, next_due_at, excluded.next_due_at),
    polled_at = iif(url = excluded.url, polled_at, null),
    etag = iif(url = excluded.url, etag, ''),
    last_modified = iif(url = excluded.url, last_modified, ''),
    body_sha256 = iif(url = excluded.url, body_sha256, ''),
    failures = iif(url = excluded.url, failures, 0),
    moved_to = iif(url = excluded.url, moved_to, ''),
    push_until = iif(url = excluded.url, push_until, null),
    pushed_at = iif(url = excluded.url, pushed_at, null),
    unpushed_at = iif(url = excluded.url, unpushed_at, null)
"""
_KNOWN: Final = """
select id, url, origin, paused, position, language, outlet, pack, title, last_known_live,
    full_text, asked_interval
from feeds where active = 1
"""


def sync(c: Connection, feeds: Sequence[Feed], now: datetime) -> None:
    """See Store.sync."""
    c.run(
        "update feeds set active = 0 where origin = 'config' and active = 1"
        " and id not in (select value from json_each(?))",
        [codec.dumps([f.id for f in feeds])],
    )
    known = {r["id"]: dict(r) for r in c.rows(_KNOWN)}
    rows = [_row(f, "config", i, now) for i, f in enumerate(feeds)]
    c.many(_UPSERT, [row for row in rows if _differs(row, known.get(row["id"]))])


def _row(feed: Feed, origin: str, position: int, now: datetime) -> dict[str, object]:
    return {
        "id": feed.id,
        "url": feed.url,
        "origin": origin,
        "paused": int(feed.paused),
        "position": position,
        "language": feed.language,
        "outlet": feed.outlet,
        "pack": feed.pack,
        "title": feed.title,
        "last_known_live": feed.last_known_live,
        "full_text": feed.full_text,
        "asked_interval": codec.seconds(feed.interval),
        "next_due_at": codec.moment(now),
    }


def _differs(row: Mapping[str, object], known: Mapping[str, object] | None) -> bool:
    """Whether it is new or was written otherwise; when it is due does not count."""
    return known is None or any(row[name] != value for name, value in known.items())


def claim(
    c: Connection, now: datetime, limit: int, *, owner: str, lease: timedelta, everything: bool
) -> Sequence[Claim]:
    """See Store.claim."""
    _mend_clock(c, now)
    horizon = codec.moment(_EVER if everything else now)
    rows = c.rows(
        "select * from feeds where active = 1 and paused = 0 and next_due_at <= :horizon"
        " and (lease_until is null or lease_until <= :now)"
        " order by next_due_at, position limit :limit",
        {"now": codec.moment(now), "horizon": horizon, "limit": limit},
    )
    until = codec.moment(now + lease)
    c.many(
        "update feeds set fence = fence + 1, owner = ?, lease_until = ? where id = ?",
        [(owner, until, r["id"]) for r in rows],
    )
    known = _known(c, [r["id"] for r in rows])
    return [_claim(r, known.get(r["id"], {})) for r in rows]


def _mend_clock(c: Connection, now: datetime) -> None:
    """
    Make due what was polled in the future.

    The clock was set back since then; a feed due in an hour would wait an hour more.
    """
    c.run(
        "update feeds set next_due_at = :now, attempted_at = :now where attempted_at > :late",
        {"now": codec.moment(now), "late": codec.moment(now + _CLOCK_SLACK)},
    )


# One row a feed: Python lets go of its lock at every row, for 31 rows a feed in vain.
_KNOWN_TO: Final = """
select feed_id, max(value) filter (where name = 'client') as client,
    json_group_object(name, value) filter (where name <> 'client') as others
from feed_memory where feed_id in (select value from json_each(?)) group by feed_id
"""


def _known(c: Connection, ids: Sequence[str]) -> Mapping[str, Known]:
    """By feed what its last poll left; near is what every poll asks for."""
    return {
        r["feed_id"]: Known({} if r["client"] is None else {"client": r["client"]}, r["others"])
        for r in c.rows(_KNOWN_TO, [codec.dumps(ids)])
    }


def _claim(row: Row, known: Mapping[str, str]) -> Claim:
    return Claim(
        feed=codec.feed(row),
        fence=row["fence"] + 1,
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


def release(c: Connection, claims: Sequence[Claim]) -> None:
    """See Store.release."""
    c.many(
        "update feeds set lease_until = null, owner = '' where id = ? and fence = ?",
        [(claim.feed.id, claim.fence) for claim in claims],
    )


def inherit(c: Connection) -> None:
    """
    End every lease: whoever held one is dead, since we alone hold the store.

    Without it a feed whose poll was killed would wait for its lease, ten minutes.
    """
    c.run("update feeds set lease_until = null, owner = '' where lease_until is not null")


def wake(c: Connection, feed_id: str, now: datetime, apart: timedelta) -> bool:
    """See Store.wake."""
    row = c.one("select attempted_at from feeds where id = ? and active = 1", [feed_id])
    if row is None:
        return False
    c.run("update feeds set pushed_at = ? where id = ?", [codec.moment(now), feed_id])
    last = codec.when_or_none(row["attempted_at"])
    due = codec.moment(max(now, last + apart) if last else now)
    c.run(
        "update feeds set next_due_at = :due, why = 'a hub says there is news'"
        " where id = :id and next_due_at > :due and failure = ''",
        {"id": feed_id, "due": due},
    )
    return True


def subscribed(c: Connection, feed_id: str, until: datetime | None) -> None:
    """See Store.subscribed."""
    c.run(
        "update feeds set push_until = ? where id = ? and active = 1",
        [codec.moment_or_none(until), feed_id],
    )


# ── feeds added by command ──────────────────────────────────────────────────────


def add(c: Connection, feed: Feed, now: datetime) -> bool:
    """See Store.add_feed."""
    taken = c.value(
        "select 1 from feeds where active = 1 and (id = ? or url = ?)", [feed.id, feed.url]
    )
    if taken:
        return False
    position = c.value("select coalesce(max(position) + 1, 0) from feeds")
    c.run(_UPSERT, _row(feed, "command", position, now))
    # One that was removed and comes back shows a page we have not read for a while.
    c.run(
        "update feeds set polled_at = null, next_due_at = ?, paused = ?, pause_wish = null"
        " where id = ?",
        [codec.moment(now), int(feed.paused), feed.id],
    )
    return True


def remove(c: Connection, feed_id: str) -> bool:
    """See Store.remove_feed."""
    return 1 == c.run(
        "update feeds set active = 0 where id = ? and origin = 'command' and active = 1",
        [feed_id],
    )


def pause(c: Connection, feed_id: str, now: datetime, *, paused: bool, author: str) -> bool:
    """See Store.pause_feed."""
    return 1 == c.run(
        "update feeds set paused = :wish, pause_wish = :wish, paused_by = :by, paused_at = :at"
        " where id = :id and active = 1",
        {"wish": int(paused), "by": codec.words(author), "at": codec.moment(now), "id": feed_id},
    )


def own(c: Connection) -> Sequence[Feed]:
    """See Store.own_feeds."""
    rows = c.rows("select * from feeds where origin = 'command' and active = 1 order by position")
    return [codec.feed(r) for r in rows]
