"""Desk and digests of every store: wishes, opinions, recent alerts, many alerts in one."""

from dataclasses import replace
from datetime import timedelta

from monitor.alert import digest
from monitor.deliver import gather
from monitor.model import Attempt, Delivery, Label, Opinion, Outcome, Severity, Silence, Verdict
from monitor.ports import Store
from tests.samples import ALERT, NOW

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def queued(number: int, *, revision: int = 1, digest: str = "", sink: str = "desk") -> Delivery:
    one = replace(
        ALERT, id=f"al-{number}", story=f"s-{number}", revision=revision, at=NOW + number * MINUTE
    )
    return Delivery(id=f"dl-{number}-{revision}", alert=one, sink=sink, due=NOW, digest=digest)


SILENCE = Silence(
    id="si-1",
    conditions={"parties": ("kp", "ru"), "min_severity": ("high",)},
    since=NOW,
    until=NOW + HOUR,
    author="kim",
    comment="exercise «ß»",
)


def test_a_silence_lasts_until_its_end(store: Store) -> None:
    """It comes back whole, ends by itself, or when somebody ends it, and only once."""
    later = replace(SILENCE, id="si-2", until=NOW + 2 * HOUR)
    for one in (later, SILENCE, SILENCE):
        store.add_silence(one)

    assert [SILENCE, later] == list(store.silences(NOW))
    assert [later] == list(store.silences(NOW + HOUR))
    assert store.end_silence("si-2", NOW + MINUTE)
    assert not store.end_silence("si-2", NOW + 2 * MINUTE)
    assert not store.end_silence("si-none", NOW)
    assert [SILENCE] == list(store.silences(NOW + 2 * MINUTE))


def test_recent_alerts_are_the_latest_revisions(store: Store) -> None:
    """Newest first, tests left out, nothing older than asked for."""
    test = queued(9)
    test = replace(test, alert=replace(test.alert, test=True))
    store.add_deliveries([queued(1), queued(1, revision=2), queued(5), test])

    found = store.recent_alerts(NOW)
    assert [("al-5", 1), ("al-1", 2)] == [(a.id, a.revision) for a in found]
    assert ["al-5"] == [a.id for a in store.recent_alerts(NOW + 2 * MINUTE)]
    assert queued(1, revision=2).alert == store.last_alert("s-1")
    assert None is store.last_alert("s-7")


def test_an_opinion_counts_once_a_person(store: Store) -> None:
    """A later word of the same person replaces the earlier, whatever order they arrive in."""
    store.add_deliveries([queued(1)])
    said = Label(opinion=Opinion.RELEVANT, at=NOW, author="kim", alert="al-1")
    store.add_label(said)
    store.add_label(replace(said, opinion=Opinion.NOT_RELEVANT, at=NOW + MINUTE, note="drill"))
    store.add_label(said)
    store.add_label(replace(said, author="lee"))
    store.add_label(
        Label(opinion=Opinion.MISSED, at=NOW + HOUR, author="kim", url="https://example.org/x")
    )
    rows = store.labels()

    assert ["missed", "not-relevant", "relevant"] == [r["opinion"] for r in rows]
    assert ["https://example.org/x", ALERT.url, ALERT.url] == [r["url"] for r in rows]
    assert ("arms-transfers", ALERT.title, "drill") == (
        rows[1]["topic"],
        rows[1]["title"],
        rows[1]["note"],
    )
    assert ["missed"] == [r["opinion"] for r in store.labels(NOW + 2 * MINUTE)]


def test_seeing_is_no_judgement(store: Store) -> None:
    """Whoever presses "seen" after "not relevant" has not changed their mind; the other way round
    they have."""
    store.add_deliveries([queued(1), queued(2)])
    seen = Label(opinion=Opinion.SEEN, at=NOW, author="kim", alert="al-1")
    judged = replace(seen, opinion=Opinion.NOT_RELEVANT, at=NOW + MINUTE)
    for one in (seen, judged, replace(seen, at=NOW + HOUR), replace(seen, alert="al-2")):
        store.add_label(one)

    assert {"al-1": "not-relevant", "al-2": "seen"} == {
        row["alert"]: row["opinion"] for row in store.labels()
    }


def test_what_waits_for_a_digest_goes_out_in_it(store: Store) -> None:
    """Parts are never sent alone; the digest is, once, whatever is replayed."""
    parts = [queued(n, digest="daily") for n in (1, 2)]
    store.add_deliveries([*parts, queued(3, digest="daily", sink="room"), queued(4)])
    alone = store.due_deliveries(NOW, 9, owner="o", lease=HOUR)

    assert ["dl-4-1"] == [d.id for d in alone]
    assert () == tuple(store.digests(NOW - MINUTE))
    assert [["dl-1-1", "dl-2-1"], ["dl-3-1"]] == [[d.id for d in g] for g in store.digests(NOW)]
    whole = digest(store.digests(NOW)[0], NOW)
    assert 2 == gather(store, NOW)
    assert 0 == gather(store, NOW)
    assert not store.bundle(parts, whole)
    sent = store.due_deliveries(NOW, 9, owner="o", lease=HOUR)
    assert {whole.id} < {d.id for d in sent}
    assert whole.alert in [d.alert for d in sent]
    done = {str(r["id"]): r for r in store.deliveries(limit=99)}
    assert f"in digest {whole.id}" == done["dl-1-1"]["reason"]


def test_a_sink_gets_back_what_it_wanted_remembered(store: Store) -> None:
    """Slack's ts of the first message comes with every later revision, for that sink alone."""
    store.add_deliveries([queued(1), queued(1, sink="room")])
    store.add_deliveries([replace(queued(1, revision=2), due=NOW + MINUTE)])
    for delivery in store.due_deliveries(NOW, 9, owner="o", lease=HOUR):
        state = {"ts": "17.1", "n": "1"} if delivery.sink == "desk" else {}
        outcome = Outcome(verdict=Verdict.DELIVERED, state=state)
        attempt = Attempt(delivery_id=delivery.id, number=1, at=NOW, outcome=outcome)
        assert store.record(delivery, attempt, None)
        assert {} == delivery.state
    [second] = store.due_deliveries(NOW + MINUTE, 9, owner="o", lease=HOUR)
    assert {"ts": "17.1", "n": "1"} == second.state
    half = Outcome(verdict=Verdict.RETRY, state={"n": "2"})
    store.record(second, Attempt(delivery_id=second.id, number=1, at=NOW, outcome=half), NOW + HOUR)
    [again] = store.due_deliveries(NOW + HOUR, 9, owner="o", lease=HOUR)
    assert {"ts": "17.1", "n": "2"} == again.state


def test_severity_and_lines_survive(store: Store) -> None:
    """A digest read back is the digest written."""
    whole = digest([queued(1, digest="d"), queued(2, digest="d")], NOW)
    store.add_deliveries([whole])
    [found] = store.due_deliveries(NOW, 1, owner="o", lease=HOUR)

    assert whole.alert == found.alert
    assert Severity.HIGH is found.alert.digest[0].severity
