"""
One poll of one feed, on one screen.

    fetch → parse → (unseen?) → match → [ tell → alert → commit ]

Only fetch, parse's child process and the store do I/O. The bracket holds the store's write
lock, so that two nodes reading one story from two feeds cannot both think it is news
(without it 12 of 20 runs alerted twice).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor.alert import Policy, alert
from monitor.config.full_text import FULL_TEXT, FullTextSettings
from monitor.config.settings import PollSettings
from monitor.fetch import missed, older_page, remember, turned_quiet
from monitor.fetch.article import wants
from monitor.fetch.hubs import broken_since
from monitor.fetch.politeness import failures, gap, outage, pace
from monitor.match import Rules, match
from monitor.model import (
    Alert,
    Changes,
    Claim,
    Decision,
    Delivery,
    Entry,
    Failed,
    Feed,
    Fetched,
    Mark,
    Match,
    Parsed,
    RegimeFact,
    Relation,
    Stop,
    Told,
    Unchanged,
)
from monitor.ports import Store
from monitor.story import member, sources, tell
from monitor.story.judge import Judge

Fetch = Callable[[Claim, datetime], Fetched | Unchanged | Failed]
Parse = Callable[[Fetched, Feed, Mapping[str, str]], Parsed | Failed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """What a poll is made of, wired once by the composition root."""

    fetch: Fetch
    parse: Parse
    rules: Rules
    stories: Callable[[], Judge]  # made when the first story comes
    policy: Policy
    facts: Mapping[str, RegimeFact]
    store: Store
    poll: PollSettings
    full_text: FullTextSettings = FULL_TEXT
    now: Callable[[], datetime]
    checkpoint: Callable[[str], object] = field(default=lambda _name: None)  # crash tests stop here
    # What a kept poll taught the client, for whoever subscribes at hubs.
    learned: Callable[[Feed, Mapping[str, str], datetime], None] = lambda _f, _k, _n: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One unseen entry with what every topic makes of it."""

    entry: Entry
    matches: tuple[Match, ...]
    baseline: bool  # recorded only: it was there before we looked

    @property
    def flagged(self) -> tuple[Match, ...]:
        """The topics that take it, strongest first."""
        return tuple(sorted((m for m in self.matches if m.flagged), key=lambda m: -m.score))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """What the bracket decided about all judged entries."""

    decisions: tuple[Decision, ...] = ()
    told: tuple[Told, ...] = ()
    alerts: tuple[Alert, ...] = ()
    deliveries: tuple[Delivery, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a new alert is held against."""

    policy: Policy
    recent: tuple[Alert, ...] = ()  # newest first; those of this very poll included

    def revision(self, story: str) -> int:
        """The highest revision told of a story in this poll or lately; 0 when none."""
        return max((a.revision for a in self.recent if a.story == story), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """One poll as a log line and the metrics see it."""

    changes: Changes
    # False: the fence was lost and nothing was written. None: it told nothing, and is to be kept.
    kept: bool | None


def poll(claim: Claim, stages: Stages) -> Polled:
    """
    Poll one claimed feed once; what it told is committed, what told nothing left to be kept.

    That asks nothing of the past: it needs no bracket, and is cheaper in company.

    Raises:
        StoreError: nothing was written; the lease runs out and the feed is polled again.
    """
    now = stages.now()
    outcome = stages.fetch(claim, now)
    stages.checkpoint("after fetch")
    parsed = None
    if isinstance(outcome, Fetched):
        found = stages.parse(outcome, claim.feed, claim.known)
        if isinstance(found, Failed):
            outcome = found
        else:
            parsed = missed(claim, found)
    fresh = stages.store.unseen(claim.feed.id, parsed.entries) if parsed else ()
    judged = judge(fresh, claim, stages, now)
    if any(j.flagged for j in judged):
        return _told(claim, outcome, parsed, judged, stages, now)
    verdicts = decide(judged, stages, now)
    changes = _changes(claim, outcome, parsed, judged, verdicts, stages)
    stages.checkpoint("before commit")
    return Polled(changes=changes, kept=None)


def _told(
    claim: Claim,
    outcome: Fetched | Unchanged | Failed,
    parsed: Parsed | None,
    judged: Sequence[Judged],
    stages: Stages,
    now: datetime,
) -> Polled:
    """What came of a poll with stories, in the bracket."""
    stages.stories()  # made outside the lock, where nobody waits for it
    with stages.store.writing():
        verdicts = decide(judged, stages, now)
        changes = _changes(claim, outcome, parsed, judged, verdicts, stages)
        stages.checkpoint("before commit")
        kept = stages.store.commit(changes)
    return Polled(changes=changes, kept=kept)


def written(polled: Polled, kept: bool, stages: Stages) -> Polled:
    """The same, now that it is known whether it is on disk; what it taught is passed on."""
    stages.checkpoint("after commit")
    if kept:
        changes = polled.changes
        stages.learned(changes.claim.feed, changes.known, changes.at)
    return replace(polled, kept=kept)


def judge(
    entries: Sequence[Entry], claim: Claim, stages: Stages, now: datetime
) -> tuple[Judged, ...]:
    """The expensive, pure part: outside any lock."""
    return tuple(
        Judged(
            entry=e,
            matches=match(e, stages.rules, now) if stages.rules.topics else (),
            baseline=claim.first and not _young(e, stages.poll, now),
        )
        for e in entries
    )


def _young(entry: Entry, poll: PollSettings, now: datetime) -> bool:
    """Whether it is known to be younger than the baseline; an unknown date is not."""
    return entry.published is not None and now - entry.published <= poll.baseline


def decide(judged: Sequence[Judged], stages: Stages, now: datetime) -> Verdicts:
    """Stories, alerts, deliveries and a decision for every entry and topic."""
    flagged = [j for j in judged if j.flagged]
    if not flagged:
        return Verdicts(decisions=tuple(d for j in judged for d in _unflagged(j)))
    members = [member(j.entry, j.flagged, now) for j in flagged]
    told = tell(members, stages.store, now, stages.stories())
    desk = _desk(stages, now)
    decided: dict[int, Verdicts] = {}
    for j, t in zip(flagged, told, strict=True):
        known = max(t.story.revision, desk.revision(t.story.id))
        outcome = _outcome(j, replace(t, story=replace(t.story, revision=known)), desk, stages, now)
        desk = replace(desk, recent=(*outcome.alerts, *desk.recent))
        decided[id(j)] = outcome
    each = [decided.get(id(j)) or Verdicts(decisions=_unflagged(j)) for j in judged]
    return Verdicts(
        decisions=tuple(d for v in each for d in v.decisions),
        told=tuple(told),
        alerts=tuple(a for v in each for a in v.alerts),
        deliveries=tuple(d for v in each for d in v.deliveries),
    )


def _desk(stages: Stages, now: datetime) -> Desk:
    """What people wish and what was told lately, as far as anything asks for it."""
    policy = replace(stages.policy, silences=tuple(stages.store.silences(now)))
    memory = policy.memory
    recent = stages.store.recent_alerts(now - memory) if memory else ()
    return Desk(policy=policy, recent=tuple(recent))


def _unflagged(judged: Judged) -> tuple[Decision, ...]:
    """No topic took it: each says why."""
    return tuple(
        Decision(entry=judged.entry, match=m, stopped_by=Stop.MATCH, why=m.why)
        for m in judged.matches
    )


def _outcome(judged: Judged, told: Told, desk: Desk, stages: Stages, now: datetime) -> Verdicts:
    """What one flagged entry came to, once its story is known."""
    if judged.baseline:
        return Verdicts(decisions=_decisions(judged, told, Stop.BASELINE, _age(judged, stages)))
    if told.story.mark is Mark.IRRELEVANT:
        why = "somebody marked the story irrelevant; see `monitor stories repairs`"
        return Verdicts(decisions=_decisions(judged, told, Stop.MUTED, why))
    listed, independent = sources(told.story)
    raised = alert(
        told,
        judged.entry,
        judged.flagged,
        policy=desk.policy,
        facts=stages.facts,
        sources=listed,
        independent=independent,
        now=now,
        recent=desk.recent,
        last=stages.store.last_alert(told.story.id) if told.story.revision else None,
    )
    name = raised.alerts[0].id if raised.alerts else ""
    return Verdicts(
        decisions=_decisions(judged, told, raised.stopped_by, raised.why, name),
        alerts=raised.alerts,
        deliveries=raised.deliveries,
    )


def _age(judged: Judged, stages: Stages) -> str:
    when = judged.entry.published
    said = f"published {when:%Y-%m-%d %H:%M} UTC" if when else "without a known date"
    hours = stages.poll.baseline.total_seconds() / 3600
    return f"first poll of this feed: {said}, not within {hours:g} h"


def _decisions(
    judged: Judged, told: Told, stopped: Stop | None, why: str, alert_id: str = ""
) -> tuple[Decision, ...]:
    """One per topic: those that flagged share the fate of the story, the others stopped before."""
    return tuple(
        Decision(
            entry=judged.entry,
            match=m,
            stopped_by=stopped if m.flagged else Stop.MATCH,
            why=why if m.flagged else m.why,
            story=told.story.id if m.flagged else "",
            relation=told.member.relation if m.flagged else None,
            alert=alert_id if m.flagged else "",
        )
        for m in judged.matches
    )


def _changes(
    claim: Claim,
    outcome: Fetched | Unchanged | Failed,
    parsed: Parsed | None,
    judged: Sequence[Judged],
    verdicts: Verdicts,
    stages: Stages,
) -> Changes:
    now, more = stages.now(), stages.full_text
    known = remember(claim, outcome, parsed, now)
    return Changes(
        claim=claim,
        at=now,
        outcome=outcome,
        pace=pace(claim, outcome, parsed, stages.poll, now),
        entries=tuple(j.entry for j in judged),
        decisions=verdicts.decisions,
        told=verdicts.told,
        alerts=verdicts.alerts,
        deliveries=verdicts.deliveries,
        read=len(parsed.seen) if parsed else 0,
        gap=gap(claim, parsed),
        quiet=turned_quiet(claim, known, now),
        unpushed_at=broken_since(known),
        failures=failures(claim, outcome),
        known=known,
        # An older page says nothing of what the feed itself still shows.
        seen=parsed.seen if parsed and not older_page(claim) else (),
        defects=parsed.defects if parsed else (),
        articles=wants(
            [(j.entry, j.matches) for j in judged if not j.baseline],
            claim.feed.full_text or more.mode,
            more.nearest,
        ),
        outage=outage(outcome),
    )


def relations(told: Sequence[Told]) -> Mapping[Relation, int]:
    """How many members came as what, for the log line."""
    return {r: sum(t.member.relation is r for t in told) for r in Relation}
