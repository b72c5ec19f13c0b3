"""What one poll reads before it judges, and all that it writes, under its fence."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from monitor.model import (
    ArticleWant,
    Changes,
    Claim,
    Decision,
    Entry,
    Failed,
    FailureReason,
    Fetched,
    Unchanged,
    turned,
)
from monitor.stores import _codec as codec
from monitor.stores import _memory, _outage, _outbox, _search
from monitor.stores._connection import Connection, Row

_QUIET: Final = timedelta(days=30)  # without one new entry: the feed may be dead
_GONE: Final = {FailureReason.GONE, FailureReason.NOT_FOUND}
_OURS: Final = FailureReason.OFFLINE.value  # says nothing about the feed
_APART: Final = timedelta(minutes=1)  # between a poll and one that a hub asked for meanwhile


def unseen(c: Connection, feed_id: str, entries: Sequence[Entry]) -> Sequence[Entry]:
    """See Store.unseen."""
    rows = c.rows(
        "select entry_id, revision, content from sightings where feed_id = ?"
        " and entry_id in (select value from json_each(?))",
        [feed_id, codec.dumps([e.id for e in entries])],
    )
    known = {r["entry_id"]: r for r in rows}
    found = (_unseen(c, feed_id, e, known.get(codec.words(e.id))) for e in entries)
    return [e for e in found if e is not None]


def _unseen(c: Connection, feed_id: str, entry: Entry, known: Row | None) -> Entry | None:
    """The entry, with its revision's number, when its words are new to us."""
    if known is None:
        return entry
    content = codec.content(entry)
    if content == known["content"]:
        return None
    # Servers behind one name may differ, and headlines are tried out on readers: words we
    # have seen before are no revision either.
    old = c.value(
        "select 1 from entries where id = ? and feed_id = ? and content = ?",
        [codec.words(entry.id), feed_id, content],
    )
    return None if old else replace(entry, revision=known["revision"] + 1)


def commit(c: Connection, changes: Changes) -> bool:
    """See Store.commit."""
    before = ours(c, changes.claim)
    if before is None:
        return False
    _outage.take_back(c, changes)
    _write_feed(c, changes)
    _write_memory(c, changes)
    _note_events(c, changes, before)
    _write_entries(c, changes)
    _memory.write(c, changes.told, changes.alerts)
    _outbox.write(c, changes.alerts, changes.deliveries, changes.at)
    return True


def ours(c: Connection, claim: Claim) -> Row | None:
    """The feed as it stands; None when the fence is lost, or the lease was given back."""
    return c.one(
        "select failure, moved_to, new_at, polled_at from feeds"
        " where id = ? and fence = ? and lease_until is not null",
        [claim.feed.id, claim.fence],
    )


# ── the feed ────────────────────────────────────────────────────────────────────

_FEED: Final = """
update feeds set
    next_due_at = iif(pushed_at > :asked, :soon, :due), interval = :interval, why = :why,
    failures = coalesce(:failures, failures), lease_until = null, owner = '',
    attempted_at = :at, status = :status, polls = polls + 1
"""
_SUCCESS: Final = """
    , polled_at = :at, failure = '', detail = '', etag = :etag, last_modified = :modified,
    body_sha256 = :sha256, unchanged = unchanged + :unchanged, entries = entries + :entries,
    gaps = gaps + :gap, moved_to = :moved, new_at = iif(:entries, :at, new_at),
    defects = iif(:unchanged, defects, :defects), unpushed_at = :unpushed
"""
_FAILURE: Final = """
    , failed_at = :at, failure = :failure, detail = :detail, failed = failed + 1,
    throttled = throttled + :throttled
"""


_FAILED: Final = f"{_FEED} {_FAILURE} where id = :id"
_SUCCEEDED: Final = f"{_FEED} {_SUCCESS} where id = :id"


def _write_feed(c: Connection, changes: Changes) -> None:
    outcome, pace = changes.outcome, changes.pace
    values: dict[str, object] = {
        "id": changes.claim.feed.id,
        "due": codec.moment(pace.next_due),
        "asked": codec.moment(outcome.at),  # a hub's word since then may be of what it missed
        "soon": codec.moment(min(changes.at + _APART, pace.next_due)),
        "interval": pace.interval.total_seconds(),
        "why": pace.why,
        # An outage of ours changes nothing, but what was taken back since the claim.
        "failures": None if _ours(outcome) else changes.failures,
        "at": codec.moment(changes.at),
        "status": outcome.status,
    }
    if isinstance(outcome, Failed):
        values |= {
            "soon": values["due"],  # while it fails its own waits hold
            "failure": outcome.reason.value,
            "detail": codec.words(outcome.detail),
            "throttled": int(outcome.reason is FailureReason.THROTTLED),
        }
        c.run(_FAILED, values)
        return
    values |= {
        "etag": codec.words(outcome.validators.etag),
        "modified": codec.words(outcome.validators.last_modified),
        "sha256": outcome.validators.body_sha256,
        "unchanged": int(not isinstance(outcome, Fetched)),
        "entries": len(changes.entries),
        "gap": int(changes.gap),
        "moved": codec.words(outcome.moved_to),
        "defects": codec.dumps(changes.defects[:20]),
        "unpushed": codec.moment_or_none(changes.unpushed_at),
    }
    c.run(_SUCCEEDED, values)


def _ours(outcome: Fetched | Unchanged | Failed) -> bool:
    return isinstance(outcome, Failed) and outcome.reason.value == _OURS


def _write_memory(c: Connection, changes: Changes) -> None:
    """Only what differs: block hashes are long and most polls leave them alone."""
    feed_id = changes.claim.feed.id
    said, gone = turned(changes.claim.known, changes.known)
    c.many(
        "insert into feed_memory (feed_id, name, value) values (?, ?, ?)"
        " on conflict (feed_id, name) do update set value = excluded.value",
        [(feed_id, name, codec.words(value)) for name, value in said.items()],
    )
    c.many(
        "delete from feed_memory where feed_id = ? and name = ?",
        [(feed_id, name) for name in gone],
    )


def _note_events(c: Connection, changes: Changes, before: Row) -> None:
    """What a person should know of the feed's past: turns, not states."""
    c.many(
        "insert into feed_events (feed_id, at, kind, detail) values (?, ?, ?, ?)",
        [
            (changes.claim.feed.id, codec.moment(changes.at), kind, codec.words(detail))
            for kind, detail in _events(changes, before).items()
        ],
    )


def _events(changes: Changes, before: Row) -> Mapping[str, str]:
    """Kind → detail."""
    outcome = changes.outcome
    if isinstance(outcome, Failed):
        if outcome.reason.value in (before["failure"], _OURS):
            return {}
        kind = "gone" if outcome.reason in _GONE else "failing"
        return {kind: f"{outcome.reason.value}: {outcome.detail}"}
    found: dict[str, str] = {}
    if before["failure"] not in ("", _OURS):
        found["recovered"] = f"after {before['failure']}"
    if outcome.moved_to and outcome.moved_to != before["moved_to"]:
        found["moved"] = outcome.moved_to
    if changes.gap:
        found["gap"] = "no entry of the poll before was left: some may have been missed"
    if changes.quiet or _turned_quiet(changes, before):
        found["quiet"] = f"nothing new since {before['new_at']}"
    return found


def _turned_quiet(changes: Changes, before: Row) -> bool:
    """Whether this poll is the first after so long without an entry."""
    if changes.entries or before["new_at"] is None or before["polled_at"] is None:
        return False
    since = codec.when(before["new_at"]) + _QUIET
    return codec.when(before["polled_at"]) < since <= changes.at


# ── entries and decisions ───────────────────────────────────────────────────────


def _write_entries(c: Connection, changes: Changes) -> None:
    feed_id, at = changes.claim.feed.id, codec.moment(changes.at)
    if changes.seen:
        _note_sightings(c, feed_id, changes.seen, at)
    rows = _numbered(c, feed_id, changes.entries, at) if changes.entries else {}
    c.many(
        "update entries set held = 1 where id = ? and feed_id = ? and held = 0",
        [(codec.words(t.member.entry_id), t.member.feed_id) for t in changes.told],
    )
    _write_decisions(c, changes.decisions, rows, at)
    want(c, changes.articles, rows, at)


def _note_sightings(c: Connection, feed_id: str, seen: Sequence[str], at: str) -> None:
    """Note which known entries left the document and which came back."""
    values = {"feed": feed_id, "at": at, "seen": codec.dumps(seen)}
    c.run(
        "update sightings set gone_at = :at where feed_id = :feed and gone_at is null"
        " and entry_id not in (select value from json_each(:seen))",
        values,
    )
    c.run(
        "update sightings set gone_at = null where feed_id = :feed and gone_at is not null"
        " and entry_id in (select value from json_each(:seen))",
        values,
    )


_ENTRY: Final = """
insert into entries (
    feed_id, id, revision, url, title, summary, text, language, outlet, published, updated,
    seen_at, content
) values (
    :feed_id, :id, :revision, :url, :title, :summary, :text, :language, :outlet, :published,
    :updated, :seen_at, :content
) on conflict do nothing
"""
_SIGHTING: Final = """
insert into sightings (feed_id, entry_id, revision, content)
values (:feed_id, :id, :revision, :content)
on conflict (feed_id, entry_id) do update set
    revision = excluded.revision, content = excluded.content
where excluded.revision > revision
"""


def entry_row(entry: Entry, at: str) -> dict[str, object]:
    """The entry as _SIGHTING and _ENTRY want it."""
    return {
        "feed_id": entry.feed_id,
        "id": codec.words(entry.id),
        "revision": entry.revision,
        "url": codec.words(entry.url),
        "title": codec.words(entry.title),
        "summary": codec.words(entry.summary),
        "text": codec.words(entry.text),
        "language": entry.language,
        "outlet": entry.outlet,
        "published": codec.moment_or_none(entry.published),
        "updated": codec.moment_or_none(entry.updated),
        "seen_at": at,
        "content": codec.content(entry),
    }


_NUMBERS: Final = """
select seq, id, revision from entries where feed_id = ? and id in (select value from json_each(?))
"""


def _numbered(
    c: Connection, feed_id: str, entries: Sequence[Entry], at: str
) -> Mapping[tuple[str, int], int]:
    """Write the entries that are new and make them findable; the row number of each."""
    rows = [entry_row(e, at) for e in entries]
    last: int = c.value("select coalesce(max(seq), 0) from entries")
    # One table after another: every statement between two rows for the search makes FTS5 write
    # out what it holds, 2.5 ms for 30 entries instead of 0.8.
    c.many(_SIGHTING, rows)
    c.many(_ENTRY, rows)
    found = c.rows(_NUMBERS, [feed_id, codec.dumps([row["id"] for row in rows])])
    numbers = {(r["id"], r["revision"]): int(r["seq"]) for r in found}
    fresh: dict[int, dict[str, object]] = {}
    for row in rows:
        number = numbers[str(row["id"]), int(str(row["revision"]))]
        if number > last:
            fresh.setdefault(number, row)
    _search.index(c, fresh)
    return {(e.id, e.revision): numbers[codec.words(e.id), e.revision] for e in entries}


_DECISION: Final = """
insert into decisions (
    entry, topic, at, flagged, score, threshold, rule_version, language, act, reasons, vetoes,
    parts, match_why, stopped_by, why, story, relation, alert
) values (
    :entry, :topic, :at, :flagged, :score, :threshold, :rule_version, :language, :act, :reasons,
    :vetoes, :parts, :match_why, :stopped_by, :why, :story, :relation, :alert
) on conflict (entry, topic) do nothing
"""


def _write_decisions(
    c: Connection, decisions: Sequence[Decision], rows: Mapping[tuple[str, int], int], at: str
) -> None:
    c.many(_DECISION, [decision_row(d, rows[d.entry.id, d.entry.revision], at) for d in decisions])


def decision_row(decision: Decision, entry: int, at: str) -> dict[str, object]:
    """The decision as _DECISION wants it."""
    match = decision.match
    return {
        "entry": entry,
        "topic": match.topic,
        "at": at,
        "flagged": int(match.flagged),
        "score": match.score,
        "threshold": match.threshold,
        "rule_version": match.rule_version,
        "language": match.language,
        "act": codec.act_json(match.act),
        "reasons": codec.dumps(match.reasons),
        "vetoes": codec.dumps(match.vetoes),
        "parts": codec.dumps(match.parts),
        "match_why": codec.words(match.why),
        "stopped_by": None if decision.stopped_by is None else decision.stopped_by.value,
        "why": codec.words(decision.why),
        "story": decision.story,
        "relation": None if decision.relation is None else decision.relation.value,
        "alert": decision.alert,
    }


_WANT: Final = """
insert into articles (entry, url, host, state, wanted_at, due)
values (?, ?, ?, 'wanted', ?, ?) on conflict do nothing
"""


def want(
    c: Connection, wants: Sequence[ArticleWant], rows: Mapping[tuple[str, int], int], at: str
) -> None:
    """Note which of the entries are to be judged again by their articles."""
    found = [(rows[w.entry.id, w.entry.revision], w) for w in wants]
    c.many(_WANT, [(n, codec.words(w.entry.url), w.host, at, at) for n, w in found])
