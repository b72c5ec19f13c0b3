"""Any store: stories are found by their keys, grow, and merge without being told twice."""

from datetime import timedelta

from monitor.model import Relation, Told
from monitor.ports import Store
from monitor.story.index import Index
from tests.contract import making as m
from tests.samples import NOW, alert

EVER = NOW - timedelta(days=999)


def _tell(store: Store, *told: Told, **more: object) -> None:
    assert m.commit(store, m.changes(m.take_one(store), told=told, **more))


def _ids(store: Store, *keys: str, since: object = EVER) -> list[str]:
    return [s.id for s in store.candidates(keys, since)]  # type: ignore[arg-type]


def test_most_shared_keys_first_then_the_newest(store: Store) -> None:
    """The story stage compares only the first of them."""
    _tell(store, m.told(m.entry("1"), "s-1", "a", "b"))
    _tell(store, m.told(m.entry("2"), "s-2", "a", "b", "c"), m.told(m.entry("3"), "s-3", "b"))

    assert ["s-2", "s-1"] == _ids(store, "c", "a")
    assert ["s-2", "s-1", "s-3"] == _ids(store, "b", "a", "a")
    assert [] == _ids(store, "d")
    assert [] == _ids(store)


def test_stories_last_seen_earlier_are_left_out(store: Store) -> None:
    """After three weeks of silence the same parties make a new story."""
    _tell(store, m.told(m.entry("1"), "s-1", "a", seen=NOW))

    assert ["s-1"] == _ids(store, "a", since=NOW)
    assert [] == _ids(store, "a", since=NOW + timedelta(microseconds=1))


def test_a_story_comes_back_as_it_was_told(store: Store) -> None:
    """Everything the stage compares with is kept: words, act, link, credit."""
    told = m.told(
        m.entry("1", summary="砲弾の購入", published=NOW - m.HOUR), "s-1", "a",
        link={"title": 0.5}, credit="Xinhua", relation=Relation.REPORT,
    )  # fmt: skip
    _tell(store, told)

    assert [told.story] == list(store.candidates(["a"], EVER))
    assert told.story == store.story("s-1")
    assert store.story("s-2") is None


def test_first_and_last_twelve_members(store: Store) -> None:
    """A long story is remembered by how it began and how it stands; its size by all."""
    for i in range(20):
        one = m.told(m.entry(str(i)), "s-1", "a", seen=NOW + i * m.MINUTE)
        _tell(store, one)
    found = store.story("s-1")

    assert found is not None
    assert ["0", *(str(i) for i in range(8, 20))] == [one.entry_id for one in found.members]
    assert (20, NOW, NOW + 19 * m.MINUTE) == (found.size, found.first_seen, found.last_seen)


def test_thirteen_members_are_all_there(store: Store) -> None:
    """Where the first and the last twelve meet, none is twice and none is lost."""
    _tell(store, *(m.told(m.entry(str(i)), "s-1", seen=NOW + i * m.MINUTE) for i in range(13)))
    found = store.story("s-1")

    assert found is not None
    assert [str(i) for i in range(13)] == [one.entry_id for one in found.members]


def test_a_revised_member_keeps_its_place(store: Store) -> None:
    """The next report is compared with what the text says now."""
    _tell(store, m.told(m.entry("1"), "s-1", "a"), m.told(m.entry("2"), "s-1"))
    revised = m.entry("1", title="Freedonia orders guns", revision=2)
    _tell(store, m.told(revised, "s-1", "b", seen=NOW + m.HOUR, relation=Relation.UPDATE))
    found = store.story("s-1")

    assert found is not None
    assert [
        ("1", "Freedonia orders guns", Relation.FIRST),
        ("2", m.entry("2").title, Relation.FIRST),
    ] == [(one.entry_id, one.title, one.relation) for one in found.members]
    assert (2, NOW + m.HOUR) == (found.size, found.last_seen)
    assert ["s-1"] == _ids(store, "b")


def test_a_story_knows_how_often_it_was_told(store: Store) -> None:
    """The next alert of it is an update with the next number."""
    _tell(store, m.told(m.entry("1"), "s-1", "a"))
    assert [0] == [s.revision for s in store.candidates(["a"], EVER)]

    for revision in (1, 2):
        _tell(store, alerts=(alert(story="s-1", revision=revision),))
    assert [2] == [s.revision for s in store.candidates(["a"], EVER)]


def test_a_merged_story_lives_on_in_the_older_one(store: Store) -> None:
    """It takes the members and the keys, and is found under either name."""
    _tell(store, m.told(m.entry("1"), "s-1", "a"))
    _tell(store, m.told(m.entry("2"), "s-2", "b", seen=NOW + m.MINUTE))
    _tell(store, m.told(m.entry("3"), "s-1", "c", merged=["s-2"], seen=NOW + m.HOUR))
    whole = store.story("s-1")

    assert whole is not None
    assert ["1", "2", "3"] == [one.entry_id for one in whole.members]
    assert (3, NOW, NOW + m.HOUR) == (whole.size, whole.first_seen, whole.last_seen)
    assert whole == store.story("s-2")
    assert ["s-1"] == _ids(store, "b", "a")


def test_what_was_told_of_merged_stories_is_found_under_the_last_name(store: Store) -> None:
    """Decisions and the last alert, after however many merges."""
    for i in (1, 2, 3):
        what = m.alerting(m.take_one(store), m.entry(str(i)), story=f"s-{i}")
        m.commit(store, what)
    _tell(store, m.told(m.entry("4"), "s-2", merged=["s-3"]))
    _tell(store, m.told(m.entry("5"), "s-1", merged=["s-2"]))

    assert ["3", "2", "1"] == [row["entry"] for row in store.decisions("s-1")]
    newer = alert(id="al-s-3", story="s-3", revision=2, at=NOW + m.HOUR)
    store.add_deliveries([m.delivery(newer)])
    assert newer == store.last_alert("s-1")


def test_a_story_opened_and_merged_in_one_poll_is_merged(store: Store) -> None:
    """The older entry may stand below in the document: what it opened is merged all the same."""
    _tell(store, m.told(m.entry("1"), "s-1", "a"))
    above = m.told(m.entry("3"), "s-1", merged=["s-2"], seen=NOW + m.HOUR)
    _tell(store, above, m.told(m.entry("2"), "s-2", "b", seen=NOW + m.MINUTE))
    whole = store.story("s-2")

    assert whole is not None
    assert ("s-1", 3, ["1", "2", "3"]) == (
        whole.id, whole.size, [one.entry_id for one in whole.members],
    )  # fmt: skip
    assert ["s-1"] == _ids(store, "a", "b")


def test_a_merged_story_is_not_told_again(store: Store) -> None:
    """What was told of either was told of both."""
    _tell(store, m.told(m.entry("1"), "s-1", "a"))
    _tell(store, m.told(m.entry("2"), "s-2", "b"), alerts=(alert(story="s-2"),))
    _tell(store, m.told(m.entry("3"), "s-1", merged=["s-2"]))

    assert [1] == [s.revision for s in store.candidates(["a"], EVER)]


def test_a_late_member_of_a_merged_story_finds_its_home(store: Store) -> None:
    """A node that read the past before the merge adds to the story that is left."""
    _tell(store, m.told(m.entry("1"), "s-1", "a"), m.told(m.entry("2"), "s-2", "b"))
    _tell(store, m.told(m.entry("3"), "s-1", merged=["s-2"]))
    _tell(store, m.told(m.entry("4"), "s-2", "d"), alerts=(alert(story="s-2", revision=3),))

    assert ["s-1"] == _ids(store, "d")
    assert [3] == [s.revision for s in store.candidates(["a"], EVER)]


def test_merging_again_or_with_what_never_was_changes_nothing(store: Store) -> None:
    """A replayed merge is harmless, also in a circle."""
    _tell(store, m.told(m.entry("1"), "s-1", "a"), m.told(m.entry("2"), "s-2", "b"))
    for _ in range(2):
        _tell(store, m.told(m.entry("3"), "s-1", merged=["s-2", "s-1", "s-9"]))
    _tell(store, m.told(m.entry("1"), "s-2", merged=["s-1"]))
    whole = store.story("s-1")

    assert whole is not None
    assert ["1", "2", "3"] == [one.entry_id for one in whole.members]


def test_one_entry_in_both_of_two_merged_stories_is_one_member(store: Store) -> None:
    """A revision that went another way comes home with the merge."""
    _tell(store, m.told(m.entry("1"), "s-1"), m.told(m.entry("1"), "s-2"))
    _tell(store, m.told(m.entry("3"), "s-1", merged=["s-2"]))
    whole = store.story("s-1")

    assert whole is not None
    assert (2, ["1", "3"]) == (whole.size, [one.entry_id for one in whole.members])


def test_a_key_of_thousands_stands_for_its_newest_stories(store: Store) -> None:
    """100 of them; a story is as new under a key as the last member that brought it."""
    _tell(store, m.told(m.entry("old"), "s-old", "hot", "a"))
    many = (m.told(m.entry(str(i)), f"s-{i}", "hot", seen=NOW + m.MINUTE) for i in range(100))
    _tell(store, *many)
    _tell(store, m.told(m.entry("new"), "s-new", "hot", "b", seen=NOW + m.HOUR))
    assert ["s-new"] == _ids(store, "a", "hot")[:1]  # s-old is found by "a" alone
    assert 8 == len(_ids(store, "hot"))

    _tell(store, m.told(m.entry("merger"), "s-old", merged=["s-new"]))
    assert ["s-old"] == _ids(store, "a", "hot")[:1]


def test_the_store_and_the_index_remember_alike(store: Store) -> None:
    """What is measured with `monitor cluster` is what the daemon does."""
    index, told = Index(), [
        m.told(m.entry(str(i)), f"s-{i}", f"k{i % 3}", f"k{i % 5}", "all") for i in range(60)
    ]  # fmt: skip
    told.append(m.told(m.entry("99"), "s-1", "all", merged=["s-4"]))
    _tell(store, *told)
    for one in told:
        index.add(one)

    for keys in (["all"], ["k1", "k2", "all"], ["k4"], ["k0", "k0", "nobody"]):
        assert [s.id for s in index.candidates(keys, EVER)] == _ids(store, *keys)
