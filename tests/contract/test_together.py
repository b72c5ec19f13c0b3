"""Any store: polls that told nothing, written one by one and in company."""

import threading
from dataclasses import replace

import pytest

from monitor.errors import StoreError
from monitor.model import Changes
from monitor.ports import Store
from tests.contract import making as m
from tests.contract.nodes import Open
from tests.samples import NOW


def polls(store: Store, count: int) -> list[Changes]:
    """A poll of each of so many feeds, with an entry in every second one."""
    store.sync([m.feed(f"f{n}") for n in range(count)], NOW)
    return [_poll(claim) for claim in m.take(store)]


def _poll(claim: object) -> Changes:
    name = claim.feed.id  # type: ignore[attr-defined]
    some = (m.entry(feed_id=name),) if int(name[1:]) % 2 else ()
    told = tuple(m.unflagged(e) for e in some)
    return m.changes(claim, entries=some, decisions=told, known={"k": name})  # type: ignore[arg-type]


def test_a_poll_kept_alone_is_a_poll_committed(store: Store) -> None:
    """keep_all() writes what commit() writes, and says what it says."""
    claim = m.take_one(store)
    entry = m.entry()
    what = m.changes(claim, entries=(entry,), decisions=(m.unflagged(entry),), known={"k": "v"})

    assert [True] == store.keep_all([what])
    assert [False] == store.keep_all([what])  # its lease has ended with the first
    assert [] == list(store.unseen("a", [entry]))
    assert {"k": "v"} == m.take_one(store).known


def test_many_at_once_are_all_kept(another: Open) -> None:
    """Whoever shares a transaction finds its own poll written, and its lease ended."""
    store = another()
    each = polls(store, 24)

    assert [True] * 24 == store.keep_all(each)
    assert [False] * 24 == store.keep_all(each)
    assert [] == store.keep_all([])
    assert {f"f{n}" for n in range(24)} == {
        claim.known["k"] for claim in store.claim(
            NOW, 100, owner="two", lease=m.LEASE, everything=True)
    }  # fmt: skip
    assert 12 == store.counts()["entries"]


def test_a_lost_fence_among_others_is_its_own(another: Open) -> None:
    """A poll whose fence is gone writes nothing; those beside it are kept."""
    store = another()
    each = polls(store, 8)
    store.release([each[3].claim])

    assert [n != 3 for n in range(8)] == store.keep_all(each)


def test_one_that_cannot_be_written_spoils_no_other(another: Open) -> None:
    """A poll the store cannot hold fails alone, though they share a transaction."""
    store = another()
    each = polls(store, 8)
    stray = m.decision(m.entry("stray"))  # of no entry of this poll
    each[5] = replace(each[5], decisions=(stray,))
    said = store.keep_all(each)

    assert isinstance(said[5], Exception)
    assert [True] * 7 == [s for n, s in enumerate(said) if n != 5]
    assert 8 - 1 == sum(row["last_success"] is not None for row in store.feeds())


def test_a_closed_store_says_so_to_everybody(another: Open) -> None:
    """Where nothing can be written nobody is told it was kept."""
    store = another()
    each = polls(store, 6)
    store.close()
    said = store.keep_all(each)

    assert 6 == len(said)
    assert all(isinstance(s, StoreError) for s in said)
    [alone] = store.keep_all(each[:1])
    assert isinstance(alone, StoreError)


def test_nothing_is_answered_before_it_is_written(another: Open) -> None:
    """When it returns another connection sees it: whoever is killed then loses nothing."""
    store, other = another(), another()
    first, *others = polls(store, 4)

    assert [True] == store.keep_all([first])
    assert 1 == sum(row["last_success"] is not None for row in other.feeds())
    assert [True] * 3 == store.keep_all(others)
    assert 4 == sum(row["last_success"] is not None for row in other.feeds())


@pytest.mark.parametrize("count", [1, 3])
def test_told_and_untold_take_turns(another: Open, count: int) -> None:
    """A poll that holds the bracket and polls that need none are all written, and end."""
    store = another()
    each = polls(store, count)
    with store.writing():
        thread = threading.Thread(target=store.keep_all, args=(each,))
        thread.start()
        thread.join(0.1)
    thread.join(20)

    assert not thread.is_alive()
    assert all(row["last_success"] for row in store.feeds())
