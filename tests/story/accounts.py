"""Accounts of events, and a stream of them told one by one, as a poll or a command would."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.model import Act, Entry, Member, Relation, Stage, Told
from monitor.story import member, tell
from monitor.story.index import Index
from tests.story.storm import matched

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def entry(title: str, hours: float = 0, **changed: Any) -> Entry:
    """One item, so many hours after noon; by default each title is of its own feed and outlet."""
    name = f"{abs(hash(title)) % 10**8}-{hours:g}"
    given: dict[str, Any] = {
        "feed_id": f"feed-{name}",
        "id": f"item-{name}",
        "url": "",
        "language": "en",
        "outlet": f"paper-{name}.example",
        "published": NOON + timedelta(hours=hours),
    }
    return Entry(title=title, **(given | changed))


def account(title: str, hours: float = 0, act: Act | None = None, **changed: Any) -> Member:
    """The item as the story stage sees it, seen when it was published."""
    seen = NOON + timedelta(hours=hours)
    return member(entry(title, hours, **changed), matched(changed.get("language", "en"), act), seen)


def deal(stage: Stage = Stage.AGREED, **changed: Any) -> Act:
    """An act of invented parties."""
    given: dict[str, Any] = {"suppliers": ("no",), "recipients": ("lv",)}
    return Act(stage=stage, **(given | changed))


@dataclass(slots=True)
class Stream:
    """What was told so far."""

    index: Index = field(default_factory=Index)
    told: list[Told] = field(default_factory=list)

    def take(self, one: Member) -> Told:
        """Tell it; its place."""
        [told] = tell([one], self.index, one.seen)
        self.index.add(told)
        self.told.append(told)
        return told

    @property
    def stories(self) -> int:
        return len(self.index.stories())

    def relations(self) -> list[Relation]:
        return [t.member.relation for t in self.told]

    def partition(self) -> frozenset[frozenset[str]]:
        """Which entries are in one story."""
        groups: dict[str, set[str]] = {}
        for t in self.told:
            groups.setdefault(self.index.called(t.story.id), set()).add(t.member.entry_id)
        return frozenset(map(frozenset, groups.values()))


def streamed(members: Iterable[Member]) -> Stream:
    stream = Stream()
    for one in members:
        stream.take(one)
    return stream


def entries_as_members(entries: Sequence[Entry], act: Act | None) -> list[Member]:
    """Seen as they were published."""
    return [member(e, matched(e.language, act), e.published or NOON) for e in entries]
