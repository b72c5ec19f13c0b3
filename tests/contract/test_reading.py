"""What people who look may ask of every store: pages under conditions, flows, near misses, lags."""

from dataclasses import replace
from datetime import timedelta

from monitor.model import Act, Alert, Label, Opinion, Severity, Stage, View
from monitor.ports import Store
from tests.contract.making import (
    HOUR,
    MINUTE,
    attempt,
    changes,
    commit,
    decision,
    delivery,
    entry,
    send,
    take_one,
    unflagged,
)
from tests.samples import NOW, alert


def tell(store: Store, number: int, act: Act | None = None, **changed: object) -> Alert:
    """An alert told `number` minutes after NOW."""
    one = alert(
        **{"id": f"al-{number}", "story": f"s-{number}", "at": NOW + number * MINUTE} | changed
    )
    one = replace(one, act=act) if act else one
    store.add_deliveries([delivery(one)])
    return one


GIVEN = Act(stage=Stage.AGREED, suppliers=("us",), recipients=("ua", "pl"), categories=("tank",))


def ids(store: Store, after: str = "", limit: int = 50, **view: object) -> list[str]:
    found = store.page(View(**view), limit=limit, after=after)  # type: ignore[arg-type]
    return [a.id for a in found.alerts]


def test_pages_follow_each_other(store: Store) -> None:
    """Newest first, none twice, none left out, whatever the size of a page."""
    for number in range(7):
        tell(store, number, at=NOW + (number // 2) * MINUTE)
    seen: list[str] = []
    after = ""
    while True:
        found = store.page(View(), limit=3, after=after)
        seen += [a.id for a in found.alerts]
        after = found.next
        if not after:
            break

    assert ["al-6", "al-4", "al-5", "al-2", "al-3", "al-0", "al-1"] == seen
    assert [] == ids(store, after="0000~al-0")


def test_each_alert_is_shown_as_it_is_now(store: Store) -> None:
    """The latest revision, whichever was written first; no test and no notice of our own."""
    tell(store, 1, revision=2, title="Second")
    tell(store, 1, revision=1, title="First")
    tell(store, 2, test=True)
    tell(store, 3, story="")

    [shown] = store.page(View()).alerts
    assert ("al-1", 2, "Second") == (shown.id, shown.revision, shown.title)


def test_conditions(store: Store) -> None:
    """Every kind of facet, several at once, severity, and time."""
    tell(store, 1, GIVEN)
    tell(store, 2, replace(GIVEN, suppliers=("de",)), severity=Severity.LOW, language="ko")
    tell(store, 3, replace(GIVEN, regimes=("un-kp",), stage=Stage.REFUSED), topic="other")

    assert ["al-3", "al-1"] == ids(store, facets={"supplier": "us"})
    assert ["al-3", "al-2", "al-1"] == ids(store, facets={"party": "pl"})
    assert ["al-2"] == ids(store, facets={"supplier": "de", "recipient": "ua", "category": "tank"})
    assert ["al-3"] == ids(store, facets={"regime": "un-kp"})
    assert ["al-3"] == ids(store, facets={"topic": "other", "stage": "refused"})
    assert ["al-2"] == ids(store, facets={"language": "ko"})
    assert [] == ids(store, facets={"supplier": "us", "language": "ko"})
    assert ["al-3", "al-1"] == ids(store, min_severity=Severity.HIGH)
    assert ["al-2"] == ids(store, since=NOW + 2 * MINUTE, until=NOW + 2 * MINUTE)
    assert ["al-1"] == ids(store, facets={"party": "us"}, until=NOW + MINUTE, limit=1)
    assert [] == ids(store, facets={"party": "'; drop table alerts; --"})


def test_a_revision_moves_its_alert(store: Store) -> None:
    """What the first revision said no longer finds it, what the second says does."""
    tell(store, 1, GIVEN)
    tell(store, 1, replace(GIVEN, suppliers=("de",)), revision=2, at=NOW + HOUR)

    assert [] == ids(store, facets={"supplier": "us"})
    assert ["al-1"] == ids(store, facets={"supplier": "de"})


def test_words_find_alerts_by_what_was_read(store: Store) -> None:
    """Full text of the entries that raised them."""
    one = entry("1", summary="Crates of 砲弾 left the harbour")
    told_ = alert(id="al-1")
    what = changes(
        take_one(store),
        entries=(one,),
        decisions=(decision(one, alert="al-1"),),
        alerts=(told_,),
        deliveries=(delivery(told_),),
    )
    assert commit(store, what)

    assert ["al-1"] == ids(store, words="harbour crates")
    assert ["al-1"] == ids(store, words="砲弾")
    assert [] == ids(store, words="airport")
    assert ["al-1"] == ids(store, words="  ")


def test_what_people_said_stands_beside(store: Store) -> None:
    """Each opinion with its author."""
    tell(store, 1)
    store.add_label(Label(opinion=Opinion.SEEN, at=NOW, author="kim", alert="al-1"))

    assert {"al-1": ("seen by kim",)} == dict(store.page(View()).labels)


def test_flows_and_facets(store: Store) -> None:
    """Who supplies whom, by category and stage, counted by alert; values of a kind, most first."""
    for number in (1, 2):
        tell(store, number, GIVEN)
    tell(store, 3, Act(stage=Stage.OFFERED, suppliers=("de",), recipients=("ua",)))
    tell(store, 4, Act(stage=Stage.EMBARGO, recipients=("mm",)))
    rows = list(store.flows())

    assert [("us", "pl", 2), ("us", "ua", 2), ("de", "ua", 1)] == [
        (r["supplier"], r["recipient"], r["alerts"]) for r in rows
    ]
    assert ("", "offered") == (rows[2]["category"], rows[2]["stage"])
    assert (NOW + MINUTE, NOW + 2 * MINUTE) == (rows[0]["first"], rows[0]["last"])
    assert [] == list(store.flows(NOW + HOUR))
    assert [("ua", 3), ("pl", 2), ("mm", 1)] == [
        (r["value"], r["alerts"]) for r in store.facets("recipient")
    ]
    late = store.facets("recipient", NOW + 3 * MINUTE, limit=1)
    assert [("mm", 1)] == [(r["value"], r["alerts"]) for r in late]


def test_near_misses(store: Store) -> None:
    """What no topic took, nearest first; what was flagged or hopeless is not among them."""
    near, far, taken = entry("1"), entry("2"), entry("3")
    low = unflagged(far)
    hopeless = replace(low, match=replace(low.match, score=0.1))
    close = replace(unflagged(near), match=replace(low.match, score=0.45))
    what = changes(
        take_one(store), entries=(near, far, taken), decisions=(close, hopeless, decision(taken))
    )
    assert commit(store, what)
    [row] = store.near_misses(NOW - HOUR)

    assert (near.title, 0.45, "no supplier") == (row["title"], row["score"], row["why"])
    assert 0.05 == round(float(str(row["missing"])), 3)
    assert [] == list(store.near_misses(NOW + HOUR))


def test_what_one_topic_took_is_no_near_miss(store: Store) -> None:
    """Whatever other topics made of it; and an entry that two topics missed is shown once."""
    taken, missed = entry("1"), entry("2")
    low = unflagged(missed)
    close = replace(low, match=replace(low.match, score=0.4))
    nearer = replace(low, match=replace(low.match, topic="other", score=0.45))
    what = changes(
        take_one(store),
        entries=(taken, missed),
        decisions=(
            decision(taken),
            replace(unflagged(taken), match=replace(low.match, topic="other", score=0.9)),
            close,
            nearer,
        ),
    )
    assert commit(store, what)

    assert [("2", "other")] == [(r["entry"], r["topic"]) for r in store.near_misses(NOW - HOUR)]


def test_lags(store: Store) -> None:
    """Published, seen, alerted and delivered, of first alerts alone."""
    tell(store, 1)
    tell(store, 1, revision=2)
    [one] = [d for d in send(store, now=NOW + HOUR) if d.alert.revision == 1]
    assert store.record(one, attempt(one), None)
    [row] = store.lags()

    assert (NOW - timedelta(hours=1), NOW, NOW + MINUTE) == (
        row["published"],
        row["seen"],
        row["at"],
    )
    assert NOW == row["ended_at"]
