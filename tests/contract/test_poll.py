"""Any store: what a poll reads before it judges, and that it writes all or nothing."""

import pytest

from monitor.errors import StoreError
from monitor.model import Changes, Entry, Stop
from monitor.ports import Store
from tests.contract import making as m
from tests.samples import NOW, alert


def _poll(store: Store, *entries: Entry, at: object = NOW) -> None:
    """Commit what is unseen of a document of these entries."""
    fresh = tuple(store.unseen("a", entries))
    claim = m.take_one(store)
    what = m.changes(
        claim, at=at, entries=fresh, decisions=tuple(m.unflagged(e) for e in fresh),
        seen=tuple(e.id for e in entries),
    )  # fmt: skip
    assert m.commit(store, what)


def test_what_was_committed_is_not_unseen(store: Store) -> None:
    """An entry is judged once, in the order of the document."""
    _poll(store, m.entry("1"), m.entry("2"))

    assert [m.entry("3"), m.entry("0")] == list(
        store.unseen("a", [m.entry("3"), m.entry("1"), m.entry("0"), m.entry("2")])
    )


def test_ids_are_the_feeds_own(store: Store) -> None:
    """Two publishers may both have an item number 1."""
    _poll(store, m.entry("1"))

    assert [m.entry("1", feed_id="b")] == list(store.unseen("b", [m.entry("1", feed_id="b")]))


@pytest.mark.parametrize("changed", ["title", "summary", "text"])
def test_changed_words_are_a_new_revision(store: Store, changed: str) -> None:
    """A headline rewritten at noon may tell what the one of the morning did not."""
    _poll(store, m.entry())
    second = m.entry(**{changed: "Freedonia cancels the order"})
    [found] = store.unseen("a", [second])
    _poll(store, second)
    third = m.entry(**{changed: "Freedonia orders twice as many"})

    assert 2 == found.revision
    assert [3] == [e.revision for e in store.unseen("a", [third])]
    assert [2, 1] == [row["revision"] for row in store.decisions("1")]


def test_other_changes_are_none(store: Store) -> None:
    """A new date or tracking parameter is not news."""
    _poll(store, m.entry())

    assert [] == list(store.unseen("a", [m.entry(url="https://a.example/1?x", published=NOW)]))


def test_words_seen_before_are_no_revision(store: Store) -> None:
    """Servers that take turns with two headlines do not make a revision at every poll."""
    one, other = m.entry(), m.entry(title="Shells ordered by Freedonia")
    _poll(store, one)
    _poll(store, other)

    assert [] == list(store.unseen("a", [one]))
    assert [] == list(store.unseen("a", [other]))


def test_a_lost_fence_writes_nothing(store: Store) -> None:
    """A process that was stopped and woken must not undo what was done meanwhile."""
    old = m.take_one(store)
    new = m.take_one(store, now=NOW + m.LEASE)

    assert not m.commit(store, m.alerting(old, m.entry()))
    assert {"entries": 0, "decisions": 0, "stories": 0, "alerts": 0, "deliveries": 0} == {
        table: store.counts()[table]
        for table in ("entries", "decisions", "stories", "alerts", "deliveries")
    }
    assert m.commit(store, m.alerting(new, m.entry()))


def test_a_poll_is_committed_once(store: Store) -> None:
    """The lease ends with the commit: the same once more is a lost fence."""
    claim = m.take_one(store)
    what = m.alerting(claim, m.entry())

    assert [True, False] == [m.commit(store, what), m.commit(store, what)]


def test_a_replayed_poll_tells_nothing_twice(store: Store) -> None:
    """The same cause under a new fence adds no entry, no member, no alert and no delivery."""
    m.commit(store, m.alerting(m.take_one(store), m.entry("1"), m.entry("2")))
    before = store.counts()
    again = m.alerting(m.take_one(store), m.entry("1"), m.entry("2"))

    assert m.commit(store, again)
    assert before == store.counts()


def test_what_was_decided_first_stands(store: Store) -> None:
    """A decision is what was done; a replay under other rules cannot rewrite it."""
    m.commit(store, m.alerting(m.take_one(store), m.entry()))
    other = m.decision(m.entry(), why="to nobody")
    m.commit(store, m.changes(m.take_one(store), entries=(m.entry(),), decisions=(other,)))

    assert ["to desk"] == [row["why"] for row in store.decisions("1")]


def test_a_stale_revision_does_not_put_the_clock_back(store: Store) -> None:
    """A replay of the first text leaves the second as the one that is known."""
    second = m.entry(title="Freedonia cancels the order", revision=2)
    for one in (m.entry(), second, m.entry()):
        m.commit(store, m.changes(m.take_one(store), entries=(one,)))

    third = m.entry(title="Freedonia orders again")
    assert [3] == [e.revision for e in store.unseen("a", [third])]


def _cut(store: Store, what: Changes) -> None:
    with store.writing():
        assert store.commit(what)
        raise RuntimeError("power cut")


def test_an_error_inside_undoes_everything(store: Store) -> None:
    """A crash between two writes leaves none of them."""
    claim = m.take_one(store)
    before = store.counts()

    with pytest.raises(RuntimeError, match="power cut"):
        _cut(store, m.alerting(claim, m.entry()))
    assert before == store.counts()
    assert m.commit(store, m.alerting(claim, m.entry()))


def test_commit_is_only_for_inside_writing(store: Store) -> None:
    """Outside, what was read could be stale and two nodes would tell one story twice."""
    claim = m.take_one(store)

    with pytest.raises(StoreError, match="writing"):
        store.commit(m.changes(claim))


def test_a_poll_sees_its_own_writes(store: Store) -> None:
    """Within writing() the store answers as it will after it."""
    claim = m.take_one(store)
    with store.writing():
        store.commit(m.alerting(claim, m.entry()))

        assert ["s-1"] == [s.id for s in store.candidates(["k:s-1"], NOW)]
        assert [] == list(store.unseen("a", [m.entry()]))


def test_every_decision_is_kept_whole(store: Store) -> None:
    """Why and why not are read from the store, not guessed."""
    what = m.alerting(m.take_one(store), m.entry())
    no = m.unflagged(m.entry(), topic="arms-embargoes")
    m.commit(store, m.changes(what.claim, **{
        "entries": what.entries, "decisions": (*what.decisions, no), "told": what.told,
    }))  # fmt: skip
    yes, other = sorted(store.decisions("1"), key=lambda row: not row["flagged"])

    found = m.match()
    assert ("arms-transfers", True, 0.9, 0.5, "r1", "carried by cue") == tuple(
        yes[k] for k in ("topic", "flagged", "score", "threshold", "rule_version", "match_why")
    )
    assert {"cue": 0.9} == yes["parts"]
    assert [found.reasons[0].text] == [r["text"] for r in yes["reasons"]]  # type: ignore[attr-defined]
    assert (None, "s-1") == (yes["stopped_by"], yes["story"])
    assert (Stop.MATCH.value, "no supplier") == (other["stopped_by"], other["why"])


@pytest.mark.parametrize("reference", ["1", "https://a.example/1", "al-s-1", "s-1"])
def test_a_decision_is_found_by_whatever_is_at_hand(store: Store, reference: str) -> None:
    """Entry id, address, alert or story."""
    m.commit(store, m.alerting(m.take_one(store), m.entry()))

    assert ["1"] == [row["entry"] for row in store.decisions(reference)]
    assert [] == list(store.decisions(reference + "0"))


def test_empty_references_find_nothing(store: Store) -> None:
    """Entries without address and decisions without story are not "the one without"."""
    claim, one = m.take_one(store), m.entry(url="")
    m.commit(store, m.changes(claim, entries=(one,), decisions=(m.unflagged(one),)))

    assert [] == list(store.decisions(""))


def test_text_no_database_holds_is_kept_as_well_as_it_can_be(store: Store) -> None:
    """A lone surrogate in a title must not keep a feed from ever being committed."""
    bad = m.entry("\ud800id", title="\udfff Freedonia")
    what = m.alerting(m.take_one(store), bad)

    assert m.commit(store, what)
    assert [] == list(store.unseen("a", [bad]))
    assert ["? Freedonia"] == [row["title"] for row in store.search("Freedonia")]


def test_an_alert_comes_back_as_it_went_in(store: Store) -> None:
    """The payload is frozen: what is sent next week is what was decided today."""
    raised = alert(story="s-1")
    what = m.changes(m.take_one(store), alerts=(raised,), deliveries=(m.delivery(raised),))
    m.commit(store, what)

    assert [raised] == [d.alert for d in m.send(store)]
    assert [raised] == [d.alert for d in store.alert(raised.id)]
