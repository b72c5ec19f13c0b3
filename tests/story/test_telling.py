"""One event is told once, whatever it looks like and in whatever order it comes."""

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Act, Member, Relation, Stage, Story
from monitor.story import sources, tell
from monitor.story.index import Index
from monitor.story.telling import story_id
from tests.story.accounts import (
    NOON,
    Stream,
    account,
    deal,
    entries_as_members,
    entry,
    streamed,
)
from tests.story.storm import ACT, storm

LOOK_ALIKES = [
    json.loads(line)
    for line in Path("tests/data/stories/look_alikes.jsonl").read_text("utf-8").splitlines()
]
EVENTS = (
    "Norway to supply 54 howitzers to Latvia in $320 million deal",
    "Latvia to receive 54 howitzers from Norway in $320m deal",
    "Norway agrees $320 million howitzer deal with Latvia",
    "Brazil halts export of armoured vehicles to Peru",
    "Peru protests as Brazil halts armoured vehicles export",
    "Ferry sinks off Indonesia, 80 missing",
    "Indonesia: 80 missing after ferry sinks",
    "Chile buys six radar planes from Sweden",
)


@pytest.mark.parametrize("act", [ACT, None], ids=["read", "words alone"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_storm_of_copies_is_one_story(act: Act | None, seed: int) -> None:
    """A report in forty outlets and five languages opens one story with at most one update."""
    entries = storm()
    random.Random(seed).shuffle(entries)

    stream = streamed(entries_as_members(entries, act))

    assert 40 == len(entries)
    assert 1 == stream.stories
    assert 1 == stream.relations().count(Relation.FIRST)
    assert 1 >= stream.relations().count(Relation.UPDATE)


@pytest.mark.parametrize("pair", LOOK_ALIKES, ids=[p["one"][:40] for p in LOOK_ALIKES])
def test_look_alikes_stay_apart(pair: dict[str, str]) -> None:
    """Another party, another good, the next of a series: two stories, by words alone."""
    text = pair["one"]
    language = next(
        (
            code
            for code, sign in (("ru", "а"), ("ko", "에"), ("ja", "回"), ("de", "Panzer"))
            if sign in text
        ),
        "en",
    )
    one = account(text, 0, language=language)
    other = account(pair["other"], 24 * int(pair["days"]) + 1, language=language)

    assert 2 == streamed([one, other]).stories


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(len(EVENTS))))
def test_order_of_feeds_does_not_matter(order: list[int]) -> None:
    """The same accounts make the same stories, whichever feed is polled first."""
    members = [account(title, hours) for hours, title in enumerate(EVENTS)]

    assert streamed(members).partition() == streamed([members[i] for i in order]).partition()


def test_batch_tells_as_one_by_one() -> None:
    """What one poll brings at once is told like what many polls bring."""
    members = [account(title, hours) for hours, title in enumerate(EVENTS)]

    told = tell([*reversed(members)], Index(), NOON)

    assert [t.story.id for t in streamed(members).told] == [t.story.id for t in reversed(told)]


def test_replay_after_a_crash_tells_the_same() -> None:
    """Killed before any item and replayed from the last commit: the same stories and ids."""
    members = entries_as_members(storm()[::4], ACT) + [
        account(title, hours) for hours, title in enumerate(EVENTS)
    ]
    whole = streamed(members)
    for kept in range(len(members)):
        again = streamed(members[:kept])
        [lost] = tell([members[kept]], again.index, members[kept].seen)  # told, never committed
        [told] = tell([members[kept]], again.index, members[kept].seen)

        assert lost == told
        assert whole.told[kept] == told


def test_member_told_twice_counts_once() -> None:
    """An item that was committed and comes again is a copy of itself; the story does not grow."""
    stream = streamed([account(EVENTS[0]), account(EVENTS[1], 1)])

    again = stream.take(account(EVENTS[1], 1))

    assert Relation.COPY is again.member.relation
    assert 2 == again.story.size
    assert 2 == len(again.story.members)


def test_revision_replaces_its_member() -> None:
    """A changed title under the same id is a revision in the same place, whatever else changed."""
    first = account("Norway in talks to supply howitzers to Latvia", feed_id="f", id="1")
    second = account("Norway in talks to supply K9 howitzers to Latvia", 1, feed_id="f", id="1")

    told = streamed([first, second]).told[1]

    assert "revision" == told.reason
    assert Relation.COPY is told.member.relation
    assert [second.title] == [m.title for m in told.story.members]


_OPEN = deal(suppliers=(), recipients=("lv",))


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (deal(), ("Supplier: Norway.",)),
        (
            deal(quantity="54", systems=("k9",)),
            ("Supplier: Norway.", "Item: K9 howitzer.", "Quantity: 54."),
        ),
        (deal(suppliers=()), ()),  # the same once more
        (deal(recipients=("ee",)), ()),  # others: one of the two readings is wrong
        (deal(denied=True), ()),
        (None, ()),
    ],
)
def test_an_entry_completes_what_it_left_open(later: Act | None, expected: tuple[str, ...]) -> None:
    """The same entry told again, by its article or in other words, is an update where it adds."""
    first = account("Howitzers agreed for Latvia", 0, _OPEN, feed_id="f", id="1")
    again = account("Howitzers agreed for Latvia", 1, later, feed_id="f", id="1")
    told = streamed([first, again]).told[1]

    assert expected == told.changes
    assert (Relation.UPDATE if expected else Relation.COPY) is told.member.relation


def test_what_completes_an_entry_hides_no_other_news() -> None:
    """A later stage is told even where the same words also fill in what was left open."""
    talks = deal(Stage.NEGOTIATING, suppliers=(), recipients=("lv",))
    first = account("Latvia in talks to buy K9 howitzers", 0, talks, feed_id="f", id="1")
    arrived = account(
        "First K9 howitzers from Norway arrive in Latvia",
        24 * 9, deal(Stage.DELIVERED, quantity="54"), feed_id="f", id="1",
    )  # fmt: skip
    told = streamed([first, arrived]).told[1]

    assert "revision" == told.reason
    assert Relation.UPDATE is told.member.relation
    assert "Stage: delivered, before negotiating." in told.changes
    assert "Quantity: 54." in told.changes


def test_what_others_have_told_completes_nothing() -> None:
    """A quantity that somebody in the story has given already is no news, whoever gives it now."""
    first = account("Howitzers agreed for Latvia", 0, _OPEN, feed_id="f", id="1")
    other = account("Howitzers agreed for Latvia", 1, deal(quantity="54"), feed_id="g", id="2")
    again = account("Howitzers agreed for Latvia", 2, deal(quantity="54"), feed_id="f", id="1")
    told = streamed([first, other, again]).told

    assert [Relation.COPY, Relation.COPY] == [t.member.relation for t in told[1:]]


def test_reused_id_is_another_story() -> None:
    """A feed that gives one id to every item loses none of them."""
    first = account(EVENTS[3], feed_id="f", id="1", url="https://x.example/news")
    second = account(EVENTS[5], 1, feed_id="f", id="1", url="https://x.example/news")

    stream = streamed([first, second])

    assert 2 == stream.stories
    assert 2 == len({t.story.id for t in stream.told})


def _apart(memory: Index) -> tuple[Story, Story]:
    """Two stories that only a third text shows to be one."""
    titles = (
        "Norway to supply 54 howitzers to Latvia in $320 million deal",
        "Oslo's artillery contract with Riga worth $320 million draws criticism",
    )
    found = []
    for hours, title in enumerate(titles):
        [told] = tell([account(title, hours * 30)], Index(), NOON)
        memory.add(told)
        found.append(told.story)
    return found[0], found[1]


def test_merge_keeps_the_older_name_and_every_member() -> None:
    """A copy of both merges the younger story into the older; nobody is told a second time."""
    memory = Index()
    old, young = _apart(memory)
    young = replace(young, revision=1)
    memory = Index()
    for story in (old, young):
        [opened] = tell([story.members[0]], Index(), NOON)
        memory.add(replace(opened, story=story))
    tie = replace(
        account(old.members[0].title, 31, summary=young.members[0].title),
        feed_id=young.members[0].feed_id,
        entry_id=young.members[0].entry_id,
    )

    [told] = tell([tie], memory, tie.seen)

    assert "merge" == told.reason
    assert old.id == told.story.id
    assert (young.id,) == told.merged
    assert 1 == told.story.revision
    assert not told.opened
    memory.add(told)
    assert [old.id] == [s.id for s in memory.stories()]
    assert old.id == memory.called(young.id)


def test_merge_is_refused_where_parties_differ() -> None:
    """Two stories with other recipients stay two, however sure a third account is of both."""
    title = "Norway sends 54 howitzers to {} in $320 million deal"
    one = account(title.format("Latvia"), act=deal())
    other = account(title.format("Sweden"), 1, deal(recipients=("se",)), feed_id="f", id="1")
    stream = streamed([one, other])
    assert 2 == stream.stories

    told = stream.take(account(title.format("Latvia"), 2, feed_id="f", id="1"))

    assert 2 == stream.stories
    assert () == told.merged


def test_long_story_keeps_its_first_and_latest() -> None:
    """A story remembers its first member and the last twelve, and counts all."""
    stream = streamed([account(EVENTS[0], hours / 4, feed_id=f"f{hours}") for hours in range(20)])

    story = stream.told[-1].story

    assert 20 == story.size
    assert 13 == len(story.members)
    assert stream.told[0].member.entry_id == story.members[0].entry_id
    assert all(a.seen <= b.seen for a, b in pairwise(story.members))


def test_known_party_that_the_story_never_heard_of_keeps_it_apart() -> None:
    """Supplier or recipient both known and different: no link, though all words agree."""
    title = "Minister praises rocket deal worth 300 million in Parliament of {}"
    one = account(title.format("Latvia"), act=deal())
    other = account(title.format("Kenya"), 1, act=deal(recipients=("ke",)))

    assert 2 == streamed([one, other]).stories


def test_sequel_needs_more_than_an_account_of_the_same_day() -> None:
    """After weeks of silence the same words about nothing in particular open a new story."""
    said = "President speaks about weapons for allies"
    shortly = streamed([account(said), account("President speaks of weapons for the allies", 3)])
    late = streamed([account(said), account("President speaks of weapons for the allies", 2400)])

    assert 1 == shortly.stories
    assert 2 == late.stories


def test_update_says_what_changed() -> None:
    """A later stage after days of silence is one update with a sentence for people."""
    stream = streamed(
        [
            account("Norway in talks to sell K9 howitzers to Latvia", act=deal(Stage.NEGOTIATING)),
            account(
                "Norway in talks to sell K9 howitzers to Latvia", 2, act=deal(Stage.NEGOTIATING)
            ),
        ]
    )

    told = stream.take(
        account("First K9 howitzers from Norway arrive in Latvia", 24 * 9, deal(Stage.DELIVERED))
    )

    assert 1 == stream.stories
    assert Relation.UPDATE is told.member.relation
    assert ("Stage: delivered, before negotiating.",) == told.changes


def test_link_keeps_its_weights() -> None:
    """Why a member joined can be read off it: features with what each added."""
    told = streamed([account(EVENTS[0]), account(EVENTS[1], 3)]).told[1]

    assert "link" == told.reason
    assert told.member.link["numbers shared"] > 0
    assert 0 < sum(told.member.link.values())


@pytest.mark.parametrize(
    "bad",
    [
        entry("", summary=""),
        entry("Weapons"),
        entry("Weapons", published=None),
        entry(EVENTS[0], published=datetime(1970, 1, 1, tzinfo=UTC)),
        entry(EVENTS[0], published=datetime(9999, 12, 31, tzinfo=UTC)),
        entry("?!… — ", url="http://[", language="xx"),
        entry("\ud800 broken " * 3, id="\ud800"),
        entry("x" * 100_000, summary="y " * 100_000),
    ],
    ids=["empty", "word", "undated", "1970", "9999", "marks", "surrogate", "huge"],
)
def test_bad_input_is_placed_or_stands_alone(bad: object) -> None:
    """No item is lost for want of a date, a summary or a proper title."""
    [odd] = entries_as_members([bad], None)  # type: ignore[list-item]
    odd = replace(odd, seen=NOON)

    stream = streamed([account(EVENTS[3]), odd, account(EVENTS[5])])

    assert 3 == len(stream.told)
    assert all(t.story.members for t in stream.told)


def test_old_date_is_not_believed() -> None:
    """An item dated 1970 and seen today tells today's story."""
    odd = account(EVENTS[1], 1, published=datetime(1970, 1, 1, tzinfo=UTC))

    assert 1 == streamed([account(EVENTS[0]), odd]).stories


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=6))
def test_any_titles_are_told(titles: list[str]) -> None:
    """Whatever a title holds, each item gets a story with it inside, and a name of its own cause."""
    members = [replace(account(t, n), title=t, entry_id=str(n)) for n, t in enumerate(titles)]

    told = tell(members, Index(), NOON)

    assert len(members) == len(told)
    for one, t in zip(members, told, strict=True):
        assert one.entry_id in {m.entry_id for m in t.story.members}
        assert t.opened == (t.story.id == story_id(one) and t.reason == "new")


def test_sources_count_each_voice_once() -> None:
    """Copies, and all that credit one agency, are one source; its own report is another."""
    stream = Stream()
    wire = "OSLO (Reuters) - Norway will supply howitzers to Latvia."
    stream.take(account(EVENTS[0], summary=wire, outlet="one.example"))
    stream.take(account(EVENTS[0], 1, outlet="two.example"))
    stream.take(account(EVENTS[1], 2, outlet="Reuters"))
    told = stream.take(account(EVENTS[2], 3, outlet="three.example"))

    listed, independent = sources(told.story)

    assert ["one.example", "two.example", "Reuters", "three.example"] == [s.outlet for s in listed]
    assert 2 == independent


def test_story_of_copies_alone_has_one_source() -> None:
    """Where every remembered member is a copy, there is still one voice."""
    one = streamed([account(EVENTS[0])]).told[0].story
    copies = tuple(replace(m, relation=Relation.COPY) for m in one.members)

    assert 1 == sources(replace(one, members=copies))[1]


def test_window_ends() -> None:
    """A year later even the same headline opens a new story."""
    first = account(EVENTS[0])
    late: Member = replace(
        first, seen=first.seen + timedelta(days=400), entry_id="2", published=None
    )

    assert 2 == streamed([first, late]).stories
