"""Merging, splitting and marking stories as somebody wishes, and taking it back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Final

from monitor.alert import Policy, alert
from monitor.config.load import Config
from monitor.config.routes import Route
from monitor.errors import UsageError
from monitor.match.regimes import facts
from monitor.model import (
    Alert,
    Deed,
    Delivery,
    Entry,
    Label,
    Mark,
    Match,
    Member,
    Opinion,
    Place,
    Reason,
    Relation,
    Repair,
    Story,
    Told,
)
from monitor.ports import Store
from monitor.story import sources
from monitor.story.judge import Judge
from monitor.story.keys import keys
from monitor.story.view import view
from monitor.story.walls import place

_CHANGED: Final = "it changed meanwhile; look at it again with `monitor stories show`"
_MOST: Final = 10_000  # members of a story that may be looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Who wants it, when and why."""

    author: str
    at: datetime
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mending:
    """Does what people wish; `judging` gives the judge of stories when it is needed."""

    store: Store
    config: Config
    judging: Callable[[], Judge]

    def merge(self, names: Sequence[str], wish: Wish) -> Repair:
        """
        All of them as one, under the name of the oldest; nobody is told.

        Raises:
            UsageError: one is unknown, or they are one already.
        """
        found = {s.id: s for s in map(self._story, names)}
        if len(found) < 2:
            raise UsageError("name at least two stories that are not one already")
        oldest, *rest = sorted(found.values(), key=lambda s: (s.first_seen, s.id))
        others = tuple(s.id for s in rest)
        repair = _repair(Deed.MERGE, oldest.id, wish, others=others)
        return self._done(repair, self.store.mend(repair))

    def split(self, name: str, entries: Sequence[str], wish: Wish, *, tell: bool = False) -> Repair:
        """
        These entries as a story of their own, named by id, address or feed/id.

        It counts as told when the story was; nobody is told anew unless `tell`.

        Raises:
            UsageError: an entry is not in the story, or none would be left.
        """
        story = self._story(name)
        members = self.store.accounts(story.id, limit=_MOST)
        named = {place(m): m for m in (_meant(text, members) for text in entries)}
        moved, places = list(named.values()), tuple(named)
        if not moved or len(moved) == len(members):
            raise UsageError("name some of its entries, and not all of them")
        repair = _repair(Deed.SPLIT, story.id, wish, entries=places)
        part = _part(repair.others[0], moved)
        told = self._told(part, story, wish, tell=tell)
        done = self.store.mend(repair, keys=self._keys(moved), alerts=told[0], deliveries=told[1])
        return self._done(repair, done)

    def mark(self, name: str, mark: Mark, wish: Wish) -> Repair:
        """
        The whole story as done, irrelevant or open again.

        Raises:
            UsageError: there is none, or it is marked so.
        """
        story = self._story(name)
        if story.mark is mark:
            raise UsageError(f"{story.id} is {mark.value} already")
        repair = self._done(done := _repair(Deed.MARK, story.id, wish, mark=mark),
                            self.store.mend(done))  # fmt: skip
        if mark is Mark.IRRELEVANT:
            self._say(story.id, Opinion.NOT_RELEVANT, wish)
        return repair

    def undo(self, name: str, wish: Wish) -> Repair:
        """
        As if it had not been done; what came since stays where it fits.

        Raises:
            UsageError: there is none, it is undone, or a later one built on it.
        """
        found = next((r for r in self.store.repairs(name) if r.id == name), None)
        if found is None:
            raise UsageError(f"there is no repair {name!r}; see `monitor stories repairs`")
        if found.undone_at is not None:
            raise UsageError(f"{name} was undone by {found.undone_by or 'somebody'} already")
        back = self._back(found) if found.deed is Deed.MERGE else {}
        if not self.store.undo(found.id, wish.at, author=wish.author, keys=back):
            raise UsageError(f"a later repair built on {name}; undo that one first")
        if found.mark is Mark.IRRELEVANT:
            self._say(found.story, Opinion.RELEVANT, wish)
        return found

    # ── parts ───────────────────────────────────────────────────────────────────

    def _story(self, name: str) -> Story:
        found = self.store.story(name)
        if found is None:
            raise UsageError(f"there is no story {name!r}; try `monitor stories search WORDS`")
        return found

    def _done(self, repair: Repair, done: bool) -> Repair:
        if not done:
            raise UsageError(f"{repair.story}: {_CHANGED}")
        return repair

    def _keys(self, members: Iterable[Member]) -> tuple[str, ...]:
        judge = self.judging()
        return tuple(dict.fromkeys(k for m in members for k in keys(m, view(m, judge))))

    def _back(self, repair: Repair) -> Mapping[str, Sequence[str]]:
        """The keys of everything a merge moved, for each story that it may go back to."""
        moved = set(repair.entries)
        own = self._keys(
            m for m in self.store.accounts(repair.story, limit=_MOST) if place(m) in moved
        )  # fmt: skip
        return dict.fromkeys(repair.others, own)

    def _say(self, story: str, opinion: Opinion, wish: Wish) -> None:
        told = self.store.last_alert(story)
        if told is not None:
            label = Label(
                opinion=opinion, at=wish.at, author=wish.author, alert=told.id, note=wish.comment
            )
            self.store.add_label(label)

    def _told(
        self, part: Story, whole: Story, wish: Wish, *, tell: bool
    ) -> tuple[tuple[Alert, ...], tuple[Delivery, ...]]:
        """What the desk shows of the part, and what is sent of it."""
        if not tell and not whole.revision:
            return (), ()
        config, first = self.config, part.members[0]
        routes = config.routes if tell else (Route(sinks=()),)  # to nobody, but on the desk
        policy = Policy(
            routes=routes, severities={n: t.severity for n, t in config.knowledge.topics.items()}
        )
        listed, independent = sources(part)
        raised = alert(
            Told(member=first, story=part, opened=True, reason="split"),
            _entry(first), [self._match(first)], policy=policy,
            facts=facts(config.knowledge.regimes), sources=listed, independent=independent,
            now=wish.at,
        )  # fmt: skip
        if tell and not raised.alerts:
            raise UsageError(f"nobody would be told: {raised.why}")
        return raised.alerts, raised.deliveries

    def _match(self, member: Member) -> Match:
        """As it was decided, so that the alert shows the words that prove it."""
        for row in self.store.decisions(member.entry_id):
            if row["feed"] == member.feed_id and row["topic"] == member.topic:
                given = row["reasons"]
                assert isinstance(given, list)
                return _match(member, tuple(Reason(**r) for r in given))
        return _match(member, ())


def _match(member: Member, reasons: tuple[Reason, ...]) -> Match:
    return Match(
        topic=member.topic, flagged=True, score=member.score, threshold=0.0, rule_version="",
        language=member.language, act=member.act, reasons=reasons,
    )  # fmt: skip


def _entry(member: Member) -> Entry:
    return Entry(
        feed_id=member.feed_id, id=member.entry_id, url=member.url, title=member.title,
        summary=member.summary, language=member.language, outlet=member.outlet,
        published=member.published,
    )  # fmt: skip


def _part(id_: str, members: Sequence[Member]) -> Story:
    """What is split off, oldest first."""
    first, *rest = sorted(members, key=lambda m: (m.seen, m.feed_id, m.entry_id))
    ordered = (replace(first, relation=Relation.FIRST), *rest)
    return Story(
        id=id_, first_seen=first.seen, last_seen=ordered[-1].seen, members=ordered,
        size=len(ordered),
    )  # fmt: skip


def _meant(text: str, members: Sequence[Member]) -> Member:
    """
    The member that is named by id, feed/id or address.

    Raises:
        UsageError: none is, or several are.
    """
    found = [m for m in members if text in (m.entry_id, f"{m.feed_id}/{m.entry_id}", m.url)]
    exact = [m for m in found if text == f"{m.feed_id}/{m.entry_id}"] or found
    if len(exact) != 1:
        many = "several entries" if exact else "no entry"
        raise UsageError(f"{many} {text!r} in it; `monitor stories show` lists them as feed/id")
    return exact[0]


def _repair(
    deed: Deed,
    story: str,
    wish: Wish,
    *,
    others: tuple[str, ...] = (),
    entries: tuple[Place, ...] = (),
    mark: Mark | None = None,
) -> Repair:
    cause = repr((deed, story, others, entries, mark, wish.at, wish.author))
    digest = sha256(cause.encode("utf-8", "replace")).hexdigest()
    if deed is Deed.SPLIT:
        others = (f"s-{digest[:24]}",)
    return Repair(
        id=f"re-{digest[:10]}", deed=deed, story=story, others=others, entries=entries, mark=mark,
        at=wish.at, author=wish.author, comment=wish.comment,
    )  # fmt: skip


def said(repair: Repair) -> str:
    """One sentence: what was done."""
    story, others = repair.story, ", ".join(repair.others)
    if repair.deed is Deed.MERGE:
        return f"merged {others} into {story}"
    if repair.deed is Deed.SPLIT:
        n = len(repair.entries)
        return f"split {n} account{'s' if n != 1 else ''} off {story}, as {others}"
    assert repair.mark is not None
    return f"marked {story} {repair.mark.value}"
