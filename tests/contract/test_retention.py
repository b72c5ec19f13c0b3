"""Any store: what is forgotten, and what never is."""

from datetime import datetime, timedelta

from monitor.model import Entry
from monitor.ports import Store
from tests.contract import making as m
from tests.samples import NOW

LATE = NOW + timedelta(days=200)


def _poll(store: Store, *entries: Entry, at: datetime = NOW) -> None:
    fresh = tuple(store.unseen("a", entries))
    decisions = tuple(m.unflagged(e) for e in fresh)
    seen = tuple(e.id for e in entries)
    claim = m.take_one(store, now=at)
    assert m.commit(store, m.changes(claim, at=at, entries=fresh, decisions=decisions, seen=seen))


def test_old_entries_go_with_their_decisions(store: Store) -> None:
    """Retention is a promise about what is kept, and about what is not."""
    _poll(store, m.entry("old"))
    _poll(store, m.entry("new"), at=LATE)

    assert 1 == store.prune(NOW + timedelta(days=1), 100)
    assert ["new"] == [row["entry"] for row in store.decisions("new")]
    assert [] == list(store.decisions("old"))
    assert [] == list(store.search("old"))
    assert ["new"] == [row["id"] for row in store.search("Freedonia")]


def test_a_little_at_a_time(store: Store) -> None:
    """A transaction stays short however much there is to delete."""
    _poll(store, *(m.entry(str(i)) for i in range(5)))

    assert [2, 2, 1, 0] == [store.prune(LATE, 2) for _ in range(4)]


def test_what_a_story_holds_stays(store: Store) -> None:
    """An alert can be explained for ever: its entry, decision, story and delivery stay."""
    m.commit(store, m.alerting(m.take_one(store), m.entry()))
    kept = ("entries", "decisions", "stories", "members", "alerts", "deliveries")

    assert 0 == store.prune(LATE, 100)
    assert {table: 1 for table in kept} == {table: store.counts()[table] for table in kept}
    assert 1 == len(store.decisions("al-s-1"))


def test_stories_are_found_for_two_months_beyond_the_retention(store: Store) -> None:
    """However short the retention, the story stage can look back its three weeks."""
    m.commit(store, m.alerting(m.take_one(store), m.entry()))
    store.prune(NOW + timedelta(days=60), 100)
    assert ["s-1"] == [s.id for s in store.candidates(["k:s-1"], NOW)]

    store.prune(NOW + timedelta(days=61), 100)
    assert [] == list(store.candidates(["k:s-1"], NOW))


def test_an_earlier_revision_of_what_a_story_holds_stays(store: Store) -> None:
    """What the text said before it was flagged is part of why."""
    _poll(store, m.entry())
    second = m.entry(title="Freedonia orders guns", revision=2)
    m.commit(store, m.alerting(m.take_one(store), second))

    assert 0 == store.prune(LATE, 100)
    assert [2, 1] == [row["revision"] for row in store.decisions("1")]


def test_what_still_stands_in_the_feed_is_not_news_again(store: Store) -> None:
    """A page that lists the same report for a year alerts once."""
    _poll(store, m.entry("1"), m.entry("2"))
    store.prune(LATE, 100)

    assert [] == list(store.unseen("a", [m.entry("1"), m.entry("2")]))


def test_what_left_the_feed_is_forgotten_in_the_end(store: Store) -> None:
    """The memory of ids does not grow for ever; the retention counts from the last sight."""
    _poll(store, m.entry("1"), m.entry("2"))
    _poll(store, m.entry("2"), at=LATE)
    store.prune(LATE, 100)
    assert [] == list(store.unseen("a", [m.entry("1")]))

    store.prune(LATE + timedelta(days=1), 100)
    assert [m.entry("1")] == list(store.unseen("a", [m.entry("1"), m.entry("2")]))


def test_what_comes_back_is_as_present_as_before(store: Store) -> None:
    """A document that was cut short once does not start a countdown."""
    _poll(store, m.entry("1"), m.entry("2"))
    _poll(store, m.entry("2"))
    _poll(store, m.entry("1"), m.entry("2"))
    store.prune(LATE, 100)

    assert [] == list(store.unseen("a", [m.entry("1"), m.entry("2")]))


def test_an_unchanged_or_failed_poll_is_no_sign_of_absence(store: Store) -> None:
    """A 304 shows no document: nothing has left it."""
    _poll(store, m.entry())
    for outcome in (m.unchanged(at=LATE), m.failed()):
        m.commit(store, m.changes(m.take_one(store, now=LATE), at=LATE, outcome=outcome))
    store.prune(LATE + timedelta(days=1), 100)

    assert [] == list(store.unseen("a", [m.entry()]))


def test_what_is_forgotten_leaves_no_words_behind(store: Store) -> None:
    """Nor does a new entry inherit the words of one that was forgotten."""
    _poll(store, m.entry("1", title="Sylvania orders guns"))
    store.prune(LATE, 100)
    _poll(store, m.entry("2", title="Freedonia buys tanks"), at=LATE)

    assert [] == list(store.search("guns"))
    assert ["2"] == [row["id"] for row in store.search("tanks")]


def test_a_revision_of_a_forgotten_text_is_still_a_revision(store: Store) -> None:
    """The words are gone, their checksum is not."""
    _poll(store, m.entry())
    store.prune(LATE, 100)

    assert [2] == [e.revision for e in store.unseen("a", [m.entry(title="Other words")])]
