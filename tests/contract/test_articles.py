"""Articles in every store: taken once, settled once, and never part of their entries."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from monitor.model import (
    ArticleChanges,
    ArticleClaim,
    ArticleState,
    ArticleWant,
    Decision,
    Entry,
    Robots,
    Stop,
)
from monitor.ports import Store
from tests.contract import making as m
from tests.samples import NOW, alert

LEASE = timedelta(minutes=3)


def want(entry: Entry, host: str = "a.example") -> ArticleWant:
    return ArticleWant(entry=entry, host=host)


def polled(store: Store, *entries: Entry, hosts: Sequence[str] = ()) -> None:
    """A poll that wants the articles of these, which no topic took."""
    named = hosts or ["a.example"] * len(entries)
    m.commit(
        store,
        m.changes(
            m.take_one(store),
            entries=entries,
            decisions=tuple(m.unflagged(e) for e in entries),
            seen=tuple(e.id for e in entries),
            articles=tuple(want(e, h) for e, h in zip(entries, named, strict=True)),
        ),
    )


def due(store: Store, minutes: float = 0) -> list[ArticleClaim]:
    return list(store.articles_due(NOW + timedelta(minutes=minutes), 100))


def taken(store: Store, claim: ArticleClaim, minutes: float = 0) -> tuple[ArticleClaim, int]:
    at = NOW + timedelta(minutes=minutes)
    found = store.take_article(claim, at, owner="one", lease=LEASE)
    assert found is not None
    return found


def changes(claim: ArticleClaim, **changed: Any) -> ArticleChanges:
    plain = {"claim": claim, "at": NOW, "due": NOW, "state": ArticleState.READ, "text": "Words."}
    return ArticleChanges(**{**plain, **changed})


def settle(store: Store, what: ArticleChanges) -> bool:
    with store.writing():
        return store.settle_article(what)


def told(claim: ArticleClaim, story: str = "s-1") -> ArticleChanges:
    """The article's words raise an alert."""
    raised = alert(id=f"al-{story}", story=story)
    return changes(
        claim,
        decisions=(m.decision(claim.entry, story=story, alert=raised.id),),
        told=(m.told(claim.entry, story, "k:1"),),
        alerts=(raised,),
        deliveries=(m.delivery(raised),),
    )


def test_what_a_poll_wants_is_due(store: Store) -> None:
    """As the feed published it; the longest due of each host, and no more of it at once."""
    polled(store, m.entry("1", summary="s é", published=NOW), m.entry("2"), m.entry("3"),
           hosts=["a.example", "a.example", "b.example"])  # fmt: skip
    found = due(store)

    assert [("1", "a.example"), ("3", "b.example")] == [(c.entry.id, c.host) for c in found]
    assert m.entry("1", summary="s é", published=NOW) == found[0].entry
    assert (found[0].entry.url, NOW, 0, 0) == (
        found[0].url, found[0].wanted_at, found[0].hops, found[0].tries,
    )  # fmt: skip
    assert 1 == len(store.articles_due(NOW, 1))


def test_one_is_taken_once(store: Store) -> None:
    """Until its lease runs out; then by whoever comes, and the first one's fence is lost."""
    polled(store, m.entry("1"))
    [claim] = due(store)
    first, asked = taken(store, claim)

    assert (1, 1, 1) == (first.fence, first.tries, asked)
    assert [] == due(store)
    assert store.take_article(claim, NOW, owner="two", lease=LEASE) is None
    [again] = due(store, 4)
    second, asked = taken(store, again, 4)
    assert (2, 2, 2) == (second.fence, second.tries, asked)
    assert not settle(store, changes(first))
    assert settle(store, changes(second))
    assert not settle(store, changes(second))
    assert [] == due(store, 1_000)


def test_a_hosts_day_is_counted(store: Store) -> None:
    """Each host and each day by itself; what did not count is given back."""
    polled(store, m.entry("1"), m.entry("2"), m.entry("3"),
           hosts=["a.example", "a.example", "b.example"])  # fmt: skip
    first, other = due(store)
    one, asked = taken(store, first)
    assert (1, 1) == (asked, taken(store, other)[1])
    settle(store, changes(one, state=ArticleState.REFUSED, reason="daily-cap", uncounted=True))
    [next_one] = due(store)
    assert 0 == next_one.today
    again = taken(store, next_one)
    settle(store, changes(again[0], state=ArticleState.WANTED))

    assert 1 == again[1]
    assert [1] == [c.today for c in due(store)]
    assert 1 == taken(store, due(store, 24 * 60)[0], 24 * 60)[1]


def test_what_is_tried_again_keeps_where_and_how_often(store: Store) -> None:
    """A redirect's address and host, and the tries until now; the entry keeps its own."""
    polled(store, m.entry("1"))
    claim, _ = taken(store, due(store)[0])
    there = {"url": "https://b.example/x", "host": "b.example", "hops": 1}
    settle(store, changes(claim, state=ArticleState.WANTED, due=m.SOON, text="", **there))
    assert [] == due(store, 14)
    [again] = due(store, 16)

    assert ("https://b.example/x", "b.example", 1, 1) == (
        again.url, again.host, again.hops, again.tries,
    )  # fmt: skip
    assert m.entry("1") == again.entry
    claim, _ = taken(store, again, 16)
    settle(store, changes(claim, state=ArticleState.WANTED, uncounted=True))
    assert 1 == due(store)[0].tries


def test_both_decisions_are_kept(store: Store) -> None:
    """The article's counts, the feed's stands beside it; the alert finds its entry."""
    polled(store, m.entry("1"), m.entry("2"))
    claim, _ = taken(store, due(store)[0])
    assert settle(store, told(claim))
    [row] = store.decisions("1")

    assert (True, "article", "al-s-1", "s-1") == (
        row["flagged"], row["basis"], row["alert"], row["story"],
    )  # fmt: skip
    other: Any = row["other"]
    assert (False, "feed", "match", 0.1) == (
        other["flagged"], other["basis"], other["stopped_by"], other["score"],
    )  # fmt: skip
    assert m.match().reasons[0].text == other["reasons"][0]["text"]
    assert ("read", "Words.") == (row["article"], row["article_text"])
    assert [row] == list(store.decisions("al-s-1"))
    assert 1 == len(m.send(store))
    assert store.story("s-1") is not None
    [unread] = store.decisions("2")
    assert ("wanted", "feed", None) == (unread["article"], unread["basis"], unread["other"])


def test_what_was_told_stays_what_counts(store: Store) -> None:
    """An article that raises nothing does not take back the alert of a title that did."""
    entry = m.entry("1")
    first = replace(m.alerting(m.take_one(store), entry), articles=(want(entry),))
    m.commit(store, first)
    claim, _ = taken(store, due(store)[0])
    settle(store, changes(claim, decisions=(m.unflagged(entry),)))
    [row] = store.decisions("1")

    assert (True, "feed", "al-s-1") == (row["flagged"], row["basis"], row["alert"])
    other: Any = row["other"]
    assert ("article", False) == (other["basis"], other["flagged"])


def test_a_topic_that_came_since_judges_too(store: Store) -> None:
    """It has but the one decision."""
    polled(store, m.entry("1"))
    claim, _ = taken(store, due(store)[0])
    decided: tuple[Decision, ...] = (
        m.unflagged(claim.entry), m.unflagged(claim.entry, "newer"),
    )  # fmt: skip
    settle(store, changes(claim, decisions=decided))
    rows = {r["topic"]: r for r in store.decisions("1")}

    assert ("article", None) == (rows["newer"]["basis"], rows["newer"]["other"])
    assert rows["arms-transfers"]["other"] is not None


def test_the_entry_is_untouched(store: Store) -> None:
    """Its revision, its words and what is found by them stay the feed's."""
    polled(store, m.entry("1", summary="s"))
    claim, _ = taken(store, due(store)[0])
    settle(store, changes(claim, text="howitzers"))

    assert [] == list(store.unseen("a", [m.entry("1", summary="s")]))
    assert 2 == store.unseen("a", [m.entry("1", summary="t")])[0].revision
    assert [] == list(store.search("howitzers"))
    assert [] == list(store.integrity())


def test_articles_go_with_their_entries(store: Store) -> None:
    """At the end of the retention; what hosts were asked and said goes too, in its time."""
    polled(store, m.entry("1"), m.entry("2"))
    claim, _ = taken(store, due(store)[0])
    settle(store, changes(claim))
    store.keep_robots(Robots(origin="https://a.example:443", until=NOW, rules="x"))
    late = NOW + timedelta(days=2)
    while store.prune(late, 10):
        pass

    gone = {name: store.counts()[name] for name in ("articles", "article_hosts", "robots")}
    assert {"articles": 0, "article_hosts": 0, "robots": 0} == gone
    assert [] == due(store, 1_000)


def test_what_a_story_holds_keeps_its_article(store: Store) -> None:
    """The words that proved it are there as long as the story is."""
    polled(store, m.entry("1"))
    claim, _ = taken(store, due(store)[0])
    settle(store, told(claim))
    store.prune(NOW + timedelta(days=2), 10)

    assert "Words." == store.decisions("1")[0]["article_text"]


def test_nothing_is_kept_of_what_fails(store: Store) -> None:
    """An error in the middle undoes all of it; the lease is there still."""
    polled(store, m.entry("1"))
    claim, _ = taken(store, due(store)[0])

    def fails() -> None:
        with store.writing():
            store.settle_article(told(claim))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()

    assert [] == list(store.alerts())
    assert ("wanted", "match") == (
        store.decisions("1")[0]["article"], store.decisions("1")[0]["stopped_by"],
    )  # fmt: skip
    assert settle(store, told(claim))


def test_a_pruned_entry_is_settled_by_nobody(store: Store) -> None:
    """Its article came too late."""
    polled(store, m.entry("1"))
    claim, _ = taken(store, due(store)[0])
    store.prune(NOW + timedelta(days=2), 10)

    assert not settle(store, told(claim))


def test_robots_are_remembered(store: Store) -> None:
    """The latest word of each server, to the letter, until nobody has asked for a week."""
    first = Robots(origin="https://a.example:443", until=NOW, rules="User-agent: *\n# é")
    later = replace(first, rules="", closed=True, why="HTTP 503", until=m.SOON)

    assert store.robots(first.origin) is None
    store.keep_robots(first)
    assert first == store.robots(first.origin)
    store.keep_robots(later)
    assert later == store.robots(first.origin)
    store.keep_robots(Robots(origin="https://b.example:443", until=NOW + timedelta(days=8)))
    assert store.robots(first.origin) is None


def test_what_came_of_them_is_counted(store: Store) -> None:
    """By state and reason, of late; what waits is counted whenever it was wanted."""
    polled(store, *(m.entry(str(n)) for n in range(4)))
    fates = [(ArticleState.READ, ""), (ArticleState.REFUSED, "daily-cap"),
             (ArticleState.GIVEN_UP, "timeout")]  # fmt: skip
    for state, reason in fates:
        claim, _ = taken(store, due(store)[0])
        settle(store, changes(claim, state=state, reason=reason))

    whole = {"given-up: timeout": 1, "read": 1, "refused: daily-cap": 1, "wanted": 1}
    assert whole == store.articles(NOW)
    assert {"wanted": 1} == store.articles(m.SOON)
    assert Stop.MATCH.value == store.decisions("1")[0]["stopped_by"]


def test_a_clock_set_back_holds_nothing_up(store: Store) -> None:
    """What was wanted, or asked for, an hour from now is due now; and then as it is put off."""
    polled(store, m.entry("1"))
    [claim] = due(store, -60)
    claim, _ = taken(store, claim)
    settle(store, changes(claim, state=ArticleState.WANTED, due=m.SOON, text=""))
    assert [] == due(store, 10)
    [claim] = due(store, -60)
    claim, _ = taken(store, claim, -60)
    later = NOW - timedelta(minutes=55)
    settle(store, changes(claim, state=ArticleState.WANTED, due=later, text=""))

    assert [] == due(store, -59)
    assert 1 == len(due(store, -55))
