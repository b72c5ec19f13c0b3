"""
Members become Stories: member → links → joined, merged or opened.

    members, oldest first → keys → Memory.candidates → links → Told

What a batch decides is seen by the rest of the batch, although nothing is stored yet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from monitor.model import Member, Place, Relation, Story, Told
from monitor.ports import Memory
from monitor.story.changes import completed
from monitor.story.features import moment
from monitor.story.index import Index
from monitor.story.judge import Judge, standard
from monitor.story.keys import keys
from monitor.story.linking import COPIES, SURE, Link, foreign, links
from monitor.story.novelty import News, news
from monitor.story.view import view
from monitor.story.walls import apart, lasting, place, together

WINDOW: Final = timedelta(days=300)  # since a story's last member; a later one opens a new story
_SILENCE: Final = timedelta(days=14)
_LAST: Final = 12  # members kept beside the first


@dataclass(slots=True)
class _Batch:
    """What is known while a batch is told."""

    memory: Memory
    judge: Judge
    since: datetime
    placed: Mapping[Place, Story]  # where a person put entries of this batch
    own: Index = field(default_factory=Index)  # stories this batch has touched
    changed: dict[str, Story] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)  # merged away → into what

    def candidates(self, asked: Sequence[str]) -> list[Story]:
        found = {s.id: s for s in self.memory.candidates(asked, self.since)}
        if self.changed:
            found |= {s.id: s for s in self.own.candidates(asked, self.since)}
        return [self.changed.get(i, s) for i, s in found.items() if i not in self.gone]

    def keep(self, told: Told) -> None:
        self.own.add(told)
        self.changed[told.story.id] = told.story
        self.gone.update(dict.fromkeys(told.merged, told.story.id))

    def home(self, member: Member) -> Story | None:
        """Where a person put the entry, as it is by now; None when nobody did."""
        found = self.placed.get(place(member))
        if found is None:
            return None
        id_ = found.id
        while id_ in self.gone:
            id_ = self.gone[id_]
        return self.changed.get(id_, found)


def tell(
    members: Sequence[Member], memory: Memory, now: datetime, judge: Judge | None = None
) -> list[Told]:
    """
    Where each member went, in the order given; told oldest first.

    `judge` None: the shipped weights. Nothing is remembered: the caller commits what is told.
    """
    placed = memory.placed([place(m) for m in members])
    batch = _Batch(memory, judge or standard(), now - WINDOW, placed)
    order = sorted(range(len(members)), key=lambda i: _age(members[i]))
    told: dict[int, Told] = {}
    for i in order:
        told[i] = _tell(members[i], batch)
        batch.keep(told[i])
    return [told[i] for i in range(len(members))]


def _age(member: Member) -> tuple[datetime, str, str, str]:
    return moment(member), member.feed_id, member.entry_id, member.title


def _tell(member: Member, batch: _Batch) -> Told:
    asked = keys(member, view(member, batch.judge))
    home = batch.home(member)
    if home is not None:
        return _joined(member, [_pinned(member, home, batch.judge)], asked, batch)
    found = links(member, batch.candidates(asked), batch.judge)
    joined = [one for one in found if one.chance >= _needed(one.story, member, batch.judge)]
    if not joined:
        return _opened(member, asked)
    return _joined(member, joined, asked, batch)


def _pinned(member: Member, home: Story, judge: Judge) -> Link:
    """How it hangs on the story that a person put it in, if by nothing but that."""
    found = [one for one in links(member, [home], judge) if one.chance >= judge.weights.join]
    return found[0] if found else Link(story=home, reason="pinned", chance=SURE)


def _needed(story: Story, member: Member, judge: Judge) -> float:
    """How likely a link must be: more so to a story that has been silent for long."""
    silent = min(abs(moment(member) - moment(m)) for m in story.members)
    return judge.weights.join if silent <= _SILENCE else judge.weights.sequel


def story_id(member: Member) -> str:
    """The same for the same first member: a replay opens the same story."""
    cause = "\x1f".join((member.feed_id, member.entry_id, member.title))
    return "s-" + sha256(cause.encode("utf-8", "replace")).hexdigest()[:24]


def _opened(member: Member, asked: tuple[str, ...]) -> Told:
    story = Story(
        id=story_id(member), first_seen=member.seen, last_seen=member.seen, members=(member,)
    )
    return Told(member=member, story=story, opened=True, reason="new", keys=asked)


def _joined(member: Member, found: list[Link], asked: tuple[str, ...], batch: _Batch) -> Told:
    best, rest = found[0], found[1:]
    same = [one for one in rest if one.chance >= batch.judge.weights.merge]
    survivor, merged = _merged(best.story, [one.story for one in same], batch.judge)
    added = news(member, survivor, batch.judge)
    relation = _relation(best, added, batch.judge)
    # An update says all that is new already.
    filled = () if relation is Relation.UPDATE else completed(member, survivor, batch.judge)
    if filled:
        relation, added = Relation.UPDATE, replace(added, changes=filled)
    placed = replace(member, relation=relation, link=dict(best.parts))
    return Told(
        member=placed,
        story=_with(survivor, placed),
        opened=False,
        reason="merge" if merged else best.reason,
        changes=added.changes if relation is Relation.UPDATE else (),
        merged=merged,
        keys=asked,
    )


def _relation(link: Link, added: News, judge: Judge) -> Relation:
    if link.reason in COPIES:
        return Relation.COPY
    if added.chance >= judge.weights.update_above:
        return Relation.UPDATE
    return Relation.COPY if link.chance >= SURE else Relation.REPORT


def _merged(story: Story, others: list[Story], judge: Judge) -> tuple[Story, tuple[str, ...]]:
    """One story of all that contradict none of the others; the oldest gives its name."""
    whole = story
    gone: list[str] = []
    for other in others:
        if apart(whole, other) or any(foreign(m, whole, judge) for m in other.members):
            continue
        old, new = sorted((whole, other), key=lambda s: (s.first_seen, s.id))
        gone.append(new.id)
        whole = _whole(old, new)
    return whole, tuple(gone)


def _whole(old: Story, new: Story) -> Story:
    walls, parts = together((old, new))
    return Story(
        id=old.id,
        first_seen=old.first_seen,
        last_seen=max(old.last_seen, new.last_seen),
        members=_kept((*old.members, *new.members), lasting(old) | lasting(new)),
        size=old.size + new.size,
        revision=max(old.revision, new.revision),
        mark=old.mark,
        walls=walls,
        parts=parts,
    )


def _with(story: Story, member: Member) -> Story:
    """The story with one more member, or with its new revision in the old one's place."""
    same = (member.feed_id, member.entry_id)
    others = tuple(m for m in story.members if (m.feed_id, m.entry_id) != same)
    return replace(
        story,
        first_seen=min(story.first_seen, member.seen),
        last_seen=max(story.last_seen, member.seen),
        members=_kept((*others, member), lasting(story)),
        size=story.size + (len(others) == len(story.members)),
    )


def _kept(members: tuple[Member, ...], lasting: frozenset[Place]) -> tuple[Member, ...]:
    """Oldest first: the first, the last twelve, and those that stand for a part of it."""
    ordered = sorted(members, key=lambda m: (m.seen, *_age(m)))
    if len(ordered) <= _LAST + 1:
        return tuple(ordered)
    between = [m for m in ordered[1:-_LAST] if place(m) in lasting]
    return (ordered[0], *between, *ordered[-_LAST:])
