"""Invented feeds, entries, stories and alerts, and what a poll makes of them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from monitor.model import (
    Alert,
    Attempt,
    Changes,
    Claim,
    Decision,
    Delivery,
    Entry,
    Failed,
    FailureReason,
    Feed,
    Fetched,
    Match,
    Member,
    Outcome,
    Pace,
    Relation,
    Stop,
    Story,
    Told,
    Unchanged,
    Validators,
    Verdict,
)
from monitor.ports import Store
from tests.samples import ACT, NOW, alert, reason

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LEASE = 10 * MINUTE
SOON = NOW + 15 * MINUTE


def feed(name: str = "a", **changed: Any) -> Feed:
    plain = {"id": name, "url": f"https://{name}.example/feed", "language": "en"}
    return Feed(**{**plain, "outlet": f"{name}.example", **changed})


def entry(name: str = "1", feed_id: str = "a", **changed: Any) -> Entry:
    plain = {"feed_id": feed_id, "id": name, "url": f"https://{feed_id}.example/{name}"}
    return Entry(**{**plain, "title": f"Freedonia orders shells, part {name}", **changed})


def fetched(**changed: Any) -> Fetched:
    plain = {"body": b"<rss/>", "media_type": "application/rss+xml", "charset": "", "url": "u"}
    return Fetched(**{**plain, "at": NOW, "validators": Validators(etag='"1"'), **changed})


def unchanged(**changed: Any) -> Unchanged:
    return Unchanged(**{"at": NOW, "validators": Validators(etag='"1"'), **changed})


def failed(reason: FailureReason = FailureReason.TIMEOUT) -> Failed:
    return Failed(reason=reason, detail="no answer within 60 s", at=NOW)


def match(topic: str = "arms-transfers", **changed: Any) -> Match:
    plain = {"topic": topic, "flagged": True, "score": 0.9, "threshold": 0.5, "language": "en"}
    found = {"rule_version": "r1", "act": ACT, "reasons": (reason("asks", "stage:requested"),)}
    return Match(**{**plain, **found, "parts": {"cue": 0.9}, "why": "carried by cue", **changed})


def decision(of: Entry, topic: str = "arms-transfers", **changed: Any) -> Decision:
    plain = {"entry": of, "match": match(topic), "stopped_by": None, "why": "to desk"}
    return Decision(**{**plain, **changed})


def unflagged(of: Entry, topic: str = "arms-transfers") -> Decision:
    found = match(topic, flagged=False, score=0.1, why="no supplier")
    return decision(of, match=found, stopped_by=Stop.MATCH, why="no supplier")


def member(of: Entry, **changed: Any) -> Member:
    plain = {"feed_id": of.feed_id, "entry_id": of.id, "title": of.title, "summary": of.summary}
    more = {"url": of.url, "outlet": of.outlet, "language": of.language, "seen": NOW}
    rest = {"published": of.published, "topic": "arms-transfers", "score": 0.9, "act": ACT}
    return Member(**{**plain, **more, **rest, **changed})


def told(of: Entry, story: str, *keys: str, merged: Sequence[str] = (), **changed: Any) -> Told:
    one = member(of, **{"relation": Relation.FIRST, **changed})
    whole = Story(id=story, first_seen=one.seen, last_seen=one.seen, members=(one,))
    return Told(member=one, story=whole, opened=True, reason="new", keys=keys, merged=tuple(merged))


def delivery(of: Alert, sink: str = "desk", **changed: Any) -> Delivery:
    plain = {"id": f"dl-{of.id}-{of.revision}-{sink}", "alert": of, "sink": sink, "due": NOW}
    return Delivery(**{**plain, **changed})


def changes(claim: Claim, **changed: Any) -> Changes:
    plain = {"claim": claim, "at": NOW, "outcome": fetched()}
    return Changes(**{**plain, "pace": Pace(next_due=SOON, interval=15 * MINUTE), **changed})


def alerting(claim: Claim, *entries: Entry, story: str = "s-1", revision: int = 1) -> Changes:
    """A poll that found these entries and told the first of them, to one sink."""
    raised = alert(id=f"al-{story}", story=story, revision=revision)
    return changes(
        claim,
        entries=entries,
        decisions=tuple(decision(e, story=story, alert=raised.id) for e in entries),
        told=(told(entries[0], story, f"k:{story}"),),
        alerts=(raised,),
        deliveries=(delivery(raised),),
        read=len(entries),
        seen=tuple(e.id for e in entries),
    )


def attempt(of: Delivery, verdict: Verdict = Verdict.DELIVERED, **outcome: Any) -> Attempt:
    found = Outcome(verdict=verdict, **outcome)
    return Attempt(delivery_id=of.id, number=of.attempt + 1, at=NOW, outcome=found)


# ── what the daemon does with a store ───────────────────────────────────────────


def take(store: Store, limit: int = 100, now: Any = NOW, owner: str = "one") -> Sequence[Claim]:
    return store.claim(now, limit, owner=owner, lease=LEASE)


def take_one(store: Store, name: str = "a", now: Any = NOW) -> Claim:
    """The claim of this feed, which becomes the one feed there is when there is none."""
    if not any(row["id"] == name for row in store.feeds()):
        store.sync([feed(name)], now)
    [claim] = [c for c in store.claim(now, 100, owner="one", lease=LEASE, everything=True)
               if c.feed.id == name]  # fmt: skip
    return claim


def commit(store: Store, what: Changes) -> bool:
    with store.writing():
        return store.commit(what)


def send(store: Store, limit: int = 100, now: Any = NOW, **more: Any) -> list[Delivery]:
    return list(store.due_deliveries(now, limit, owner="one", lease=LEASE, **more))


def two_stories(store: Store, second: Entry) -> None:
    """s-1 of two accounts, `second` the later one, and s-2 of one; an alert each."""
    three = entry("3")
    assert commit(store, alerting(take_one(store), entry("1"), story="s-1"))
    more = changes(
        take_one(store),
        entries=(second, three),
        decisions=(decision(second, story="s-1"), decision(three, story="s-2")),
        told=(
            told(second, "s-1", "k:s-1", relation=Relation.REPORT),
            told(three, "s-2", "k:s-2", seen=NOW.replace(hour=13)),
        ),
        alerts=(alert(id="al-s-2", story="s-2"),),
    )
    assert commit(store, more)
