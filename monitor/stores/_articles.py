"""Articles that are to be read, those that were, and what they changed."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Final

from monitor.model import (
    ArticleChanges,
    ArticleClaim,
    Decision,
    Entry,
    Robots,
)
from monitor.stores import _codec as codec
from monitor.stores import _memory, _outbox
from monitor.stores._connection import Connection, Row
from monitor.stores._polls import decision_row

_SLACK: Final = timedelta(minutes=1)  # clocks of two machines differ by less
_FORGOTTEN: Final = timedelta(days=7)
# From host to host by the index: 100,000 that wait cost as little as one for each host. What
# was done in the future is due now: the clock was set back since.
_DUE: Final = """
with recursive hosts_wanted (host) as (
    select min(host) from articles where state = 'wanted'
    union all
    select (select min(a.host) from articles a where a.state = 'wanted' and a.host > h.host)
    from hosts_wanted h where h.host is not null
)
select a.entry as number, a.url as asked, a.host, a.wanted_at, a.hops, a.tries, a.fence,
    e.feed_id, e.id, e.url, e.title, e.summary, e.text, e.language, e.outlet, e.published,
    e.updated, e.revision, coalesce(s.asked, 0) as today
from hosts_wanted h join articles a on a.entry = (
    select o.entry from articles o
    where o.state = 'wanted' and o.host = h.host
        and (o.lease_until is null or o.lease_until <= :now)
        and (o.due <= :now or coalesce(o.asked_at, o.wanted_at) > :late)
    order by o.due, o.entry limit 1
) join entries e on e.seq = a.entry
left join article_hosts s on s.host = a.host and s.day = :day
where h.host is not null order by a.due, a.entry limit :limit
"""
_TAKE: Final = """
update articles set fence = fence + 1, tries = tries + 1, owner = :owner, lease_until = :until,
    asked_at = :now
where entry = :entry and fence = :fence and state = 'wanted'
    and (lease_until is null or lease_until <= :now)
"""
_COUNT: Final = """
insert into article_hosts (host, day, asked) values (?, ?, 1)
on conflict (host, day) do update set asked = article_hosts.asked + 1
"""
_SETTLE: Final = """
update articles set state = :state, due = :due, lease_until = null, owner = '', hops = :hops,
    tries = tries - :uncounted, url = :url, host = :host, reason = :reason, detail = :detail,
    text = :text
where entry = :entry
"""
_KEEP: Final = """
insert into robots (origin, until, closed, why, rules) values (?, ?, ?, ?, ?)
on conflict (origin) do update set until = excluded.until, closed = excluded.closed,
    why = excluded.why, rules = excluded.rules
"""


def due(c: Connection, now: datetime, limit: int) -> Sequence[ArticleClaim]:
    """See Library.articles_due."""
    late, day = codec.moment(now + _SLACK), now.date().isoformat()
    values = {"now": codec.moment(now), "late": late, "day": day, "limit": limit}
    return [_claim(r) for r in c.rows(_DUE, values)]


def _claim(row: Row) -> ArticleClaim:
    return ArticleClaim(
        number=row["number"],
        entry=Entry(
            feed_id=row["feed_id"],
            id=row["id"],
            url=row["url"],
            title=row["title"],
            summary=row["summary"],
            text=row["text"],
            language=row["language"],
            outlet=row["outlet"],
            published=codec.when_or_none(row["published"]),
            updated=codec.when_or_none(row["updated"]),
            revision=row["revision"],
        ),
        url=row["asked"],
        host=row["host"],
        wanted_at=codec.when(row["wanted_at"]),
        hops=row["hops"],
        tries=row["tries"],
        fence=row["fence"],
        today=row["today"],
    )


def take(
    c: Connection, claim: ArticleClaim, now: datetime, *, owner: str, lease: timedelta
) -> tuple[ArticleClaim, int] | None:
    """See Library.take_article."""
    values = {
        "entry": claim.number,
        "fence": claim.fence,
        "owner": owner,
        "now": codec.moment(now),
        "until": codec.moment(now + lease),
    }
    if c.run(_TAKE, values) != 1:
        return None
    day = now.date().isoformat()
    c.run(_COUNT, [claim.host, day])
    asked: int = c.value(
        "select asked from article_hosts where host = ? and day = ?", [claim.host, day]
    )
    return _taken(claim), asked


def _taken(claim: ArticleClaim) -> ArticleClaim:
    return ArticleClaim(
        number=claim.number,
        entry=claim.entry,
        url=claim.url,
        host=claim.host,
        wanted_at=claim.wanted_at,
        hops=claim.hops,
        tries=claim.tries + 1,
        fence=claim.fence + 1,
    )


def inherit(c: Connection) -> None:
    """End every lease, as _schedule.inherit() does."""
    c.run("update articles set lease_until = null, owner = '' where lease_until is not null")


def settle(c: Connection, changes: ArticleChanges) -> bool:
    """See Library.settle_article."""
    claim = changes.claim
    ours = c.value(
        "select 1 from articles where entry = ? and fence = ? and lease_until is not null",
        [claim.number, claim.fence],
    )
    if not ours:
        return False
    c.run(_SETTLE, _settled(changes))
    if changes.uncounted:
        c.run(
            "update article_hosts set asked = asked - 1 where host = ? and day = ?",
            [claim.host, changes.at.date().isoformat()],
        )
    for decision in changes.decisions:
        _decide(c, decision, claim.number, codec.moment(changes.at))
    if changes.told:
        c.run("update entries set held = 1 where seq = ?", [claim.number])
    _memory.write(c, changes.told, changes.alerts)
    _outbox.write(c, changes.alerts, changes.deliveries, changes.at)
    return True


def _settled(changes: ArticleChanges) -> dict[str, object]:
    claim = changes.claim
    return {
        "entry": claim.number,
        "state": changes.state.value,
        "due": codec.moment(changes.due),
        "hops": changes.hops or claim.hops,
        "uncounted": int(changes.uncounted),
        "url": codec.words(changes.url or claim.url),
        "host": changes.host or claim.host,
        "reason": changes.reason,
        "detail": codec.words(changes.detail),
        "text": codec.words(changes.text),
    }


# ── what was decided by the feed's words, and what by the article's ─────────────

_FACTS: Final = (
    "basis", "at", "flagged", "score", "threshold", "rule_version", "language", "act", "reasons",
    "vetoes", "parts", "match_why", "stopped_by", "why", "story", "relation", "alert",
)  # fmt: skip
_NESTED: Final = ("act", "reasons", "vetoes", "parts")
_CHANGE: Final = f"""
update decisions set {", ".join(f"{name} = :{name}" for name in _FACTS)}, other = :other
where entry = :entry and topic = :topic
"""  # noqa: S608 names of columns
_ADD: Final = f"""
insert into decisions (entry, topic, {", ".join(_FACTS)}, other)
values (:entry, :topic, {", ".join(f":{name}" for name in _FACTS)}, :other)
"""  # noqa: S608 names of columns


def _decide(c: Connection, decision: Decision, entry: int, at: str) -> None:
    """
    The decision by the article's words counts, and the one before is kept beside it.

    Unless that one was told of and this one is not: then it is the one that is kept beside.
    """
    fresh = {**decision_row(decision, entry, at), "basis": "article"}
    topic = decision.match.topic
    old = c.one("select * from decisions where entry = ? and topic = ?", [entry, topic])
    if old is None:  # the topic is younger than the entry
        c.run(_ADD, {**fresh, "other": None})
    elif old["flagged"] and not decision.alert:
        c.run(
            "update decisions set other = ? where entry = ? and topic = ?",
            [_facts(fresh), entry, topic],
        )
    else:
        c.run(_CHANGE, {**fresh, "other": _facts(old)})


def _facts(row: Any) -> str:
    """A decision as JSON in one column."""
    found = {name: row[name] for name in _FACTS}
    nested = {name: None if found[name] is None else json.loads(found[name]) for name in _NESTED}
    return codec.dumps({**found, **nested, "flagged": bool(found["flagged"])})


# ── rules for robots, and the sum of it all ─────────────────────────────────────


def robots(c: Connection, origin: str) -> Robots | None:
    """See Library.robots."""
    row = c.one("select * from robots where origin = ?", [codec.words(origin)])
    if row is None:
        return None
    return Robots(
        origin=origin,
        until=codec.when(row["until"]),
        rules=row["rules"],
        closed=bool(row["closed"]),
        why=row["why"],
    )


def keep_robots(c: Connection, said: Robots) -> None:
    """See Library.keep_robots; what nobody asked for since long is forgotten."""
    until = codec.moment(said.until)
    c.run("delete from robots where until < ?", [codec.moment(said.until - _FORGOTTEN)])
    c.run(
        _KEEP,
        [codec.words(said.origin), until, int(said.closed), codec.words(said.why),
         codec.words(said.rules)],
    )  # fmt: skip


def counts(c: Connection, since: datetime) -> Mapping[str, int]:
    """See Library.articles."""
    rows = c.rows(
        "select state, reason, count(*) as n from articles"
        " where state = 'wanted' or asked_at >= ? group by state, reason order by 1, 2",
        [codec.moment(since)],
    )
    return {": ".join(filter(None, (r["state"], r["reason"]))): int(r["n"]) for r in rows}


def prune(c: Connection, before: datetime) -> None:
    """Forget what hosts were asked and said long ago; articles go with their entries."""
    c.run("delete from article_hosts where day < ?", [before.date().isoformat()])
    c.run("delete from robots where until < ?", [codec.moment(before)])


# ── for any store ───────────────────────────────────────────────────────────────


class Articles(ABC):
    """See library.Library; the store gives a connection that reads, and one that alone writes."""

    @abstractmethod
    def _looking(self) -> AbstractContextManager[Connection]: ...

    @abstractmethod
    def _changing(self) -> AbstractContextManager[Connection]: ...

    def articles_due(self, now: datetime, limit: int) -> Sequence[ArticleClaim]:
        with self._looking() as c:
            return due(c, now, limit)

    def take_article(
        self, claim: ArticleClaim, now: datetime, *, owner: str, lease: timedelta
    ) -> tuple[ArticleClaim, int] | None:
        with self._changing() as c:
            return take(c, claim, now, owner=owner, lease=lease)

    def settle_article(self, changes: ArticleChanges) -> bool:
        with self._changing() as c:
            return settle(c, changes)

    def articles(self, since: datetime) -> Mapping[str, int]:
        with self._looking() as c:
            return counts(c, since)

    def robots(self, origin: str) -> Robots | None:
        with self._looking() as c:
            return robots(c, origin)

    def keep_robots(self, said: Robots) -> None:
        with self._changing() as c:
            keep_robots(c, said)
