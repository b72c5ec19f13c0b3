"""What people repair in stories stays so, in every store, whatever comes afterwards."""

from dataclasses import replace
from datetime import timedelta
from itertools import combinations, product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Alert, Deed, Mark, Member, Place, Repair, View
from monitor.ports import Store
from monitor.story import tell
from monitor.story.judge import standard
from monitor.story.keys import keys
from monitor.story.view import view
from tests.contract.making import changes, commit, delivery, take_one
from tests.contract.nodes import KINDS
from tests.samples import NOW, alert
from tests.story.accounts import account

HOWITZERS = (
    "Norway to supply 54 howitzers to Latvia in $320 million deal",
    "Latvia to receive 54 howitzers from Norway in $320m deal",
    "Norway agrees $320 million howitzer deal with Latvia",
    "Norwegian howitzers for Latvia: deal worth $320 million signed",
)
VEHICLES = (
    "Brazil halts export of armoured vehicles to Peru",
    "Peru protests as Brazil halts armoured vehicles export",
    "Brazil stops armoured vehicles bound for Peru",
)
RADARS = ("Chile buys six radar planes from Sweden", "Sweden sells six radar planes to Chile")
EVENTS = (*HOWITZERS, *VEHICLES, *RADARS)


def take(store: Store, one: Member, *alerts: Alert) -> str:
    """Tell it as a poll would; its story."""
    claim = take_one(store)
    with store.writing():
        told = tell([one], store, one.seen)
        assert store.commit(changes(claim, told=tuple(told), alerts=alerts))
    return told[0].story.id


def at(place: Place, store: Store, stories: list[str]) -> set[str]:
    """The stories that hold the entry."""
    return {
        s for s in stories
        if place in {(m.feed_id, m.entry_id) for m in store.accounts(s)} and _own(store, s) == s
    }  # fmt: skip


def _own(store: Store, story: str) -> str:
    found = store.story(story)
    return found.id if found else ""


def place(one: Member) -> Place:
    return one.feed_id, one.entry_id


def repair(deed: Deed, story: str, number: int = 1, **changed: Any) -> Repair:
    when = NOW + timedelta(minutes=number)
    plain = {"id": f"re-{number}", "at": when, "author": "kim", "comment": "one deal"}
    return Repair(**{**plain, "deed": deed, "story": story, **changed})


def keys_of(*members: Member) -> tuple[str, ...]:
    judge = standard()
    return tuple(dict.fromkeys(k for m in members for k in keys(m, view(m, judge))))


def merge(store: Store, stories: list[str], number: int = 1) -> bool:
    found = sorted(filter(None, (store.story(s) for s in stories)), key=lambda s: s.first_seen)
    others = tuple(s.id for s in found[1:])
    return store.mend(repair(Deed.MERGE, found[0].id, number, others=others))


def split(store: Store, story: str, *members: Member, number: int = 1) -> bool:
    what = repair(
        Deed.SPLIT, story, number, others=(f"s-new-{number}",), entries=tuple(map(place, members))
    )
    return store.mend(what, keys=keys_of(*members))


@pytest.fixture
def two(store: Store) -> list[str]:
    """A story of howitzers with three accounts, and one of vehicles with two."""
    howitzers = {take(store, account(t, n)) for n, t in enumerate(HOWITZERS[:3])}
    vehicles = {take(store, account(t, 5 + n)) for n, t in enumerate(VEHICLES[:2])}
    assert (1, 1) == (len(howitzers), len(vehicles))
    return [howitzers.pop(), vehicles.pop()]


# ── merging ─────────────────────────────────────────────────────────────────────


def test_merged_stories_are_one(store: Store, two: list[str]) -> None:
    """All members under the older name; the younger name leads there; said by whom and why."""
    assert merge(store, two)
    [kept] = store.repairs(two[1])

    assert 5 == len(store.accounts(two[0]))
    assert two[0] == _own(store, two[1])
    assert ("merge", "kim", "one deal") == (kept.deed.value, kept.author, kept.comment)
    assert {place(account(t, 5 + n)) for n, t in enumerate(VEHICLES[:2])} == set(kept.entries)
    assert [kept] == list(store.repairs("re-1"))


def test_what_would_join_either_joins_the_survivor(store: Store, two: list[str]) -> None:
    """Also long after, when a crowd of younger accounts of the other part stands between."""
    assert merge(store, two)
    for number in range(20):
        crowd = account(f"{HOWITZERS[number % 3]}, says ministry", 8 + number / 10)
        assert two[0] == take(store, replace(crowd, entry_id=f"c-{number}"))

    assert two[0] == take(store, account(VEHICLES[2], 12))


def test_a_merge_tells_nobody(store: Store, two: list[str]) -> None:
    """Nothing is queued, the higher revision stands, and one line is left on the desk."""
    older, younger = (alert(id=f"al-{s}", story=s) for s in two)
    store.add_deliveries([delivery(older), delivery(younger)])
    for told in (older, younger):
        what = changes(take_one(store), alerts=(replace(told, revision=2),))
        assert commit(store, what)
    before = len(store.deliveries())
    assert merge(store, two)
    found = store.story(two[0])

    assert before == len(store.deliveries())
    assert found is not None
    assert 2 == found.revision
    assert [older.id] == [a.id for a in store.page(View()).alerts]


def test_a_merge_of_what_is_not_there_changes_nothing(store: Store, two: list[str]) -> None:
    """An unknown story, one that was merged before, and one with itself."""
    assert not store.mend(repair(Deed.MERGE, two[0], others=("s-none",)))
    assert not store.mend(repair(Deed.MERGE, two[0], others=(two[0],)))
    assert not store.mend(repair(Deed.MERGE, two[0]))
    assert merge(store, two)
    assert not store.mend(repair(Deed.MERGE, two[0], 2, others=(two[1],)))

    assert 1 == len(store.repairs())


def test_a_merge_is_taken_back(store: Store, two: list[str]) -> None:
    """Each has its own again, is found again, and is told apart on the desk."""
    store.add_deliveries([delivery(alert(id=f"al-{s}", story=s)) for s in two])
    vehicles = store.accounts(two[1])
    assert merge(store, two)
    late = take(store, account(HOWITZERS[3], 12))
    assert store.undo("re-1", NOW, author="lee", keys={two[1]: keys_of(*vehicles)})
    [kept] = store.repairs()

    assert (two[0], 4) == (late, len(store.accounts(two[0])))
    assert [m.title for m in vehicles] == [m.title for m in store.accounts(two[1])]
    assert two[1] == take(store, account(VEHICLES[2], 13))
    assert (NOW, "lee") == (kept.undone_at, kept.undone_by)
    assert {f"al-{s}" for s in two} == {a.id for a in store.page(View()).alerts}
    assert not store.undo("re-1", NOW, author="lee", keys={})


# ── splitting ───────────────────────────────────────────────────────────────────


def test_what_is_split_off_stays_apart(store: Store, two: list[str]) -> None:
    """Its revisions stay with it, copies go to it, and what ties both merges nothing."""
    [first, second, third] = store.accounts(two[0])
    assert split(store, two[0], first)
    revised = replace(first, title=second.title, seen=NOW + timedelta(hours=9))
    copy = replace(account(first.title, 10), url=first.url)

    assert "s-new-1" == take(store, copy)
    assert "s-new-1" == take(store, revised)
    tie = take(store, account(HOWITZERS[3], 11))
    assert tie in (two[0], "s-new-1")
    assert {place(second), place(third)} <= {place(m) for m in store.accounts(two[0])}
    assert "s-new-1" == _own(store, "s-new-1")
    assert two[0] == take(store, replace(second, title=first.title))


def test_the_oldest_account_is_first_on_both_sides(store: Store, two: list[str]) -> None:
    """Whoever was first goes with the part; the next one is first of what is left."""
    first, *_ = store.accounts(two[0])
    assert split(store, two[0], first)
    rest, part = store.story(two[0]), store.story("s-new-1")

    assert rest is not None
    assert part is not None
    assert ["first"] == [m.relation.value for m in part.members]
    assert "first" == rest.members[0].relation.value
    assert (2, rest.members[0].seen) == (rest.size, rest.first_seen)
    assert 1 == part.size


def test_a_split_needs_something_on_both_sides(store: Store, two: list[str]) -> None:
    """All of it, none of it, or an entry of another story: nothing happens."""
    members = store.accounts(two[0])

    assert not split(store, two[0], *members)
    assert not split(store, two[0])
    assert not split(store, two[0], members[0], *store.accounts(two[1]))
    assert [] == list(store.repairs())


def test_a_split_is_taken_back(store: Store, two: list[str]) -> None:
    """One story again, with what came to the part since; and later accounts tie it freely."""
    first, *_ = store.accounts(two[0])
    assert split(store, two[0], first)
    take(store, replace(account(first.title, 10), url=first.url))
    assert store.undo("re-1", NOW, author="lee", keys={})

    assert 4 == len(store.accounts(two[0]))
    assert two[0] == _own(store, "s-new-1")


def test_a_later_wish_wins(store: Store, two: list[str]) -> None:
    """What was split may be merged by a person again, and that undone is split as before."""
    first, second, third = store.accounts(two[0])
    assert split(store, two[0], third)
    assert merge(store, [two[0], "s-new-1"], number=2)
    assert two[0] == take(store, replace(third, title=first.title))
    assert not store.undo("re-1", NOW, author="lee", keys={})

    assert store.undo("re-2", NOW, author="lee", keys={"s-new-1": keys_of(third)})
    assert {place(third)} == {place(m) for m in store.accounts("s-new-1")}
    assert "s-new-1" == take(store, replace(third, title=second.title))


def test_walls_outlive_merges_by_the_machine(store: Store, two: list[str]) -> None:
    """When what was split is merged into an older story, it takes its walls along."""
    first, second, _ = store.accounts(two[0])
    assert split(store, two[0], first)
    with store.writing():
        claim = take_one(store)
        tie = tell([account(VEHICLES[2], 6)], store, NOW)[0]
        forced = replace(tie, merged=("s-new-1",))
        assert store.commit(changes(claim, told=(forced,)))
    grown = store.story("s-new-1")

    assert grown is not None
    assert two[1] == grown.id
    assert two[1] == take(store, replace(first, title=second.title))
    assert {("re-1", True)} == set(grown.walls)


# ── marking ─────────────────────────────────────────────────────────────────────


def marked(store: Store, mark: str) -> list[str]:
    return [a.id for a in store.page(View(facets={"mark": mark})).alerts]


def test_marks_are_found_and_taken_back(store: Store, two: list[str]) -> None:
    """Each alert under the mark of its story; open until somebody says otherwise."""
    store.add_deliveries([delivery(alert(id="al-1", story=two[0]))])
    assert ["al-1"] == marked(store, "open")
    assert store.mend(repair(Deed.MARK, two[0], mark=Mark.DONE))

    assert (["al-1"], []) == (marked(store, "done"), marked(store, "open"))
    assert store.undo("re-1", NOW, author="lee", keys={})
    assert ["al-1"] == marked(store, "open")
    assert not store.mend(repair(Deed.MARK, "s-none", 2, mark=Mark.DONE))


def test_news_opens_what_was_done(store: Store, two: list[str]) -> None:
    """A further revision is to be dealt with again; an irrelevant story stays so."""
    for number, story in enumerate(two):
        first = alert(id=f"al-{number}", story=story)
        store.add_deliveries([delivery(first)])
        mark = (Mark.DONE, Mark.IRRELEVANT)[number]
        assert store.mend(repair(Deed.MARK, story, number, mark=mark))
        what = changes(take_one(store), alerts=(replace(first, revision=2),))
        assert commit(store, what)

    assert ["al-0"] == marked(store, "open")
    assert ["al-1"] == marked(store, "irrelevant")


# ── whatever people and feeds do ────────────────────────────────────────────────

ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("new"), st.integers(0, len(EVENTS) - 1), st.integers(0, 3)),
        st.tuples(st.just("revised"), st.integers(0, 30), st.integers(0, len(EVENTS) - 1)),
        st.tuples(st.just("merge"), st.integers(0, 30), st.integers(0, 30)),
        st.tuples(st.just("split"), st.integers(0, 30), st.integers(1, 2)),
        st.tuples(st.just("undo"), st.integers(0, 5), st.just(0)),
    ),
    min_size=4,
    max_size=18,
)


class Life:
    """A store with people at work, and what they may rely on."""

    def __init__(self, store: Store) -> None:
        self.store, self.members = store, list[Member]()
        self.names = list[str]()
        self.apart, self.same = set[frozenset[Place]](), set[frozenset[Place]]()
        self.past = list[tuple[Repair, set[frozenset[Place]], set[frozenset[Place]]]]()

    def do(self, action: str, one: int, other: int) -> None:
        if action == "new" or not self.members:
            self._new(EVENTS[one % len(EVENTS)], other)
        elif action == "revised":
            old = self.members[one % len(self.members)]
            seen = NOW + timedelta(hours=len(self.members))
            self.names.append(take(self.store, replace(old, title=EVENTS[other % 9], seen=seen)))
        else:
            {"merge": self._merge, "split": self._split, "undo": self._undo}[action](one, other)

    def _new(self, title: str, variant: int) -> None:
        text = (
            title if variant == 0 else f"{title} – {('sources', 'ministry', 'report')[variant % 3]}"
        )
        one = account(text, len(self.members) / 4)
        one = replace(one, entry_id=f"e-{len(self.members)}")
        self.members.append(one)
        self.names.append(take(self.store, one))

    def stories(self) -> list[str]:
        return sorted({_own(self.store, s) for s in self.names} - {""})

    def _places(self, story: str) -> set[Place]:
        return {place(m) for m in self.store.accounts(story)}

    def _number(self) -> int:
        return len(self.store.repairs(limit=100)) + 1

    def _keep(self, repair_id: str) -> None:
        [done] = self.store.repairs(repair_id)
        self.past.append((done, set(self.apart), set(self.same)))

    def _merge(self, one: int, other: int) -> None:
        own = self.stories()
        pair = list({own[one % len(own)], own[other % len(own)]})
        number = self._number()
        before = (set(self.apart), set(self.same))
        if len(pair) < 2 or not merge(self.store, pair, number):
            return
        whole = {frozenset(p) for p in combinations(self._places(pair[0]), 2)}
        self.past.append((self.store.repairs(f"re-{number}")[0], *before))
        self.apart -= whole
        self.same |= whole

    def _split(self, one: int, many: int) -> None:
        own = self.stories()
        story = own[one % len(own)]
        members = self.store.accounts(story)
        number = self._number()
        before = (set(self.apart), set(self.same))
        if not split(self.store, story, *members[:many], number=number):
            return
        self.names.append(f"s-new-{number}")
        self.past.append((self.store.repairs(f"re-{number}")[0], *before))
        moved = {place(m) for m in members[:many]}
        walls = {
            frozenset(p)
            for p in product(moved, {place(m) for m in members} - moved)
            if not self._meet(*p)
        }
        self.apart |= walls
        self.same -= walls

    def _meet(self, one: Place, other: Place) -> bool:
        """Whether some story holds both: revisions of one entry may have told two stories."""
        own = self.stories()
        return bool(at(one, self.store, own) & at(other, self.store, own))

    def _undo(self, one: int, _other: int) -> None:
        if not self.past:
            return
        done, apart, same = self.past[-1]
        back = dict.fromkeys(done.others, keys_of(*self.members))
        assert self.store.undo(done.id, NOW + timedelta(days=1), author="lee", keys=back)
        self.past.pop()
        self.apart, self.same = apart, same

    def laws(self) -> None:
        own = self.stories()
        held = {place(m): at(place(m), self.store, own) for m in self.members}
        assert all(held.values())  # nobody is lost
        for one, other in map(tuple, self.apart):
            assert not held[one] & held[other]
        for one, other in map(tuple, self.same):
            assert held[one] & held[other]
        for story in own:
            found = self.store.story(story)
            assert found is not None
            assert found.size == len(self.store.accounts(story))


@pytest.mark.parametrize("kind", list(KINDS))
def test_laws_hold_whatever_people_and_feeds_do(kind: str) -> None:
    """Split accounts never meet again, merged ones never part, nobody is lost or told anew."""

    @settings(max_examples=20 if kind == "sqlite" else 3, deadline=None)
    @given(ACTIONS)
    def lives(actions: list[tuple[str, int, int]]) -> None:
        with TemporaryDirectory() as folder:
            store = KINDS[kind](Path(folder))()
            life = Life(store)
            for action in actions:
                life.do(*action)
            life.laws()
            assert [] == list(store.deliveries())
            store.close()

    lives()
