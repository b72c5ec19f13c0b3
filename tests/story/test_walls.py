"""What a person said of stories, as a rule: split stays apart, placed stays placed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor.model import Mark, Member, Place, Story
from monitor.story import tell
from monitor.story.index import Index
from monitor.story.walls import apart, lasting, parts, place
from tests.story.accounts import NOON, account, streamed

DEAL = (
    "Norway to supply 54 howitzers to Latvia in $320 million deal",
    "Latvia to receive 54 howitzers from Norway in $320m deal",
)
TIE = "Norway agrees $320 million howitzer deal with Latvia"


@dataclass
class Repaired:
    """A memory of these stories, whatever is asked, in which people placed entries."""

    stories: Sequence[Story]
    put: Mapping[Place, Story] = field(default_factory=dict)

    def candidates(self, _keys: Sequence[str], _since: datetime) -> Sequence[Story]:
        return self.stories

    def placed(self, entries: Sequence[Place]) -> Mapping[Place, Story]:
        return {e: self.put[e] for e in entries if e in self.put}


def story(name: str, *members: Member, **changed: object) -> Story:
    plain = Story(
        id=name, first_seen=members[0].seen, last_seen=members[-1].seen, members=members,
        size=len(members), revision=1,
    )  # fmt: skip
    return replace(plain, **changed)  # type: ignore[arg-type]


def halves(**changed: object) -> tuple[Story, Story]:
    """One event as two stories, which an account of it ties."""
    one = story("s-1", account(DEAL[0]), walls=frozenset({("re-1", True)}))
    other = story("s-2", account(DEAL[1], 1))
    return one, replace(other, **changed)  # type: ignore[arg-type]


def test_what_ties_the_parts_of_a_split_merges_nothing() -> None:
    """It joins the likelier; without the wall the two become one."""
    wall = frozenset({("re-1", False)})
    [free] = tell([account(TIE, 2)], Repaired(halves()), NOON)
    [kept] = tell([account(TIE, 2)], Repaired(halves(walls=wall)), NOON)

    assert ("s-2",) == free.merged
    assert {("re-1", True)} == set(free.story.walls)
    assert () == kept.merged
    assert not kept.opened


def test_walls_and_silence_keep_apart() -> None:
    """Two sides of one split; a story nobody wants with one that somebody may want."""
    one, other = halves(walls=frozenset({("re-2", False), ("re-1", False)}))

    assert apart(one, other)
    assert apart(other, one)
    assert not apart(one, replace(other, walls=frozenset({("re-1", True), ("re-2", False)})))
    assert apart(one, replace(other, walls=frozenset(), mark=Mark.IRRELEVANT))
    assert not apart(one, replace(other, walls=frozenset(), mark=Mark.DONE))


def test_an_entry_stays_where_it_was_put() -> None:
    """Whatever its new words resemble, and also when its story is merged in the same poll."""
    mine = account("Chile buys six radar planes from Sweden")
    home = story("s-9", mine, account(DEAL[0]))
    revised = replace(mine, title=DEAL[1], seen=account(TIE, 9).seen)
    [told] = tell([revised], Repaired(halves(), {place(mine): home}), NOON)
    stranger = replace(mine, title="Ferry sinks off Indonesia, 80 missing")
    [alone] = tell([stranger], Repaired((), {place(mine): story("s-8", account(TIE))}), NOON)
    one, other = halves()
    late = replace(account("Peru protests", 5), entry_id=other.members[0].entry_id)
    late = replace(late, feed_id=other.members[0].feed_id)
    batch = tell([account(TIE, 2), late], Repaired((one, other), {place(late): other}), NOON)

    assert "s-9" == told.story.id
    assert () == told.merged
    assert ("s-8", "pinned") == (alone.story.id, alone.reason)
    assert ["s-1", "s-1"] == [t.story.id for t in batch]


def test_parts_of_a_merge_are_asked_each_alone() -> None:
    """What stands for them is not pushed out of the story by those that came since."""
    stream = streamed([account(DEAL[0])])
    [whole] = stream.index.stories()
    other = account("Brazil halts export of armoured vehicles to Peru", 1)
    part = frozenset({place(other)})
    whole = replace(whole, members=(*whole.members, other), parts=(part,), size=2)
    for number in range(30):
        crowd = replace(account(TIE, 2 + number / 10), entry_id=f"c-{number}")
        [told] = tell([crowd], Repaired((whole,)), NOON)
        whole = told.story

    assert part == lasting(whole)
    assert place(other) in {place(m) for m in whole.members}
    assert [14, 1] == [len(p.members) for p in parts(whole)]
    assert [] == [p for p in parts(replace(whole, members=whole.members[:1]))[1:]]


def test_nobody_repairs_what_is_forgotten() -> None:
    """Streams and benchmarks remember in an index of their own."""
    assert {} == Index().placed([("a", "1")])
