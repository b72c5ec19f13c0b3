"""The memory of `monitor cluster` answers like a store."""

from dataclasses import replace
from datetime import timedelta

from monitor.model import Told
from monitor.story.index import Index
from tests.story.accounts import NOON, account, streamed


def told(name: str, *keys: str, hours: float = 0) -> Told:
    [one] = streamed([account(name, hours)]).told
    return replace(one, keys=keys)


def test_most_shared_first_then_the_newest() -> None:
    """Stories that share more keys come first; of equals the younger."""
    index = Index()
    a, b, c = told("a", "1", "2"), told("b", "1"), told("c", "1")
    for one in (a, b, c, a):
        index.add(one)

    found = index.candidates(["1", "2", "1"], NOON)

    assert [a.story.id, c.story.id, b.story.id] == [s.id for s in found]
    assert () == tuple(index.candidates(["3"], NOON))


def test_old_stories_are_not_asked() -> None:
    """Since means last seen."""
    index = Index()
    index.add(told("a", "1"))

    assert [] == list(index.candidates(["1"], NOON + timedelta(hours=1)))


def test_crowded_key_keeps_its_newest() -> None:
    """Under a key of thousands the oldest stories are forgotten, not the newest."""
    index = Index()
    first = told("first", "1", "own")
    index.add(first)
    for n in range(150):
        index.add(replace(first, story=replace(first.story, id=f"s-{n}"), keys=("1",)))

    assert "s-149" == index.candidates(["1"], NOON)[0].id
    assert [first.story.id] == [s.id for s in index.candidates(["own"], NOON)]
    assert first.story.id not in {s.id for s in index.candidates(["1"], NOON)}


def test_merged_story_is_found_under_its_new_name() -> None:
    """Keys of a merged story lead to what it became, over several merges."""
    index = Index()
    a, b, c = told("a", "1"), told("b", "2"), told("c", "3")
    for one in (a, b, c):
        index.add(one)
    index.add(replace(b, merged=(c.story.id,)))
    index.add(replace(a, merged=(b.story.id, "s-unknown")))

    assert [a.story.id] == [s.id for s in index.candidates(["3"], NOON)]
    assert a.story.id == index.called(c.story.id)
