"""Word of feeds that bring nothing any more."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.config import notices
from monitor.config.notices import NoticeSettings
from monitor.model import Changes, Claim, Delivery, Failed, FailureReason, Feed, Pace, Unchanged
from monitor.stores import sqlite
from monitor.upkeep import gaps, missing, still, tell_of_feeds
from tests.samples import table

NOW = datetime(2026, 8, 1, 12, tzinfo=UTC)
DAY = timedelta(hours=24)


def row(name: str, state: str = "failing", **changed: object) -> Mapping[str, object]:
    plain = {"failure": "timeout" if state == "failing" else "", "failures": 1.0}
    return {"id": name, "state": state, "last_success": NOW - 2 * DAY, **plain, **changed}


def test_all_is_well() -> None:
    """Feeds that work, are new, paused or retired are nobody's trouble."""
    states = ("ok", "new", "paused", "retired")

    assert "" == missing([row(s, s) for s in states], DAY, NOW)


def test_a_feed_that_fails_for_long_is_named_with_its_reason() -> None:
    """And one that is gone, or has gone quiet; not one that failed an hour ago."""
    rows = [
        row("old"),
        row("lately", last_success=NOW - timedelta(hours=1)),
        row("shut", "gone"),
        row("still", "quiet"),
    ]

    assert "3 bring nothing any more: old (timeout), shut (gone), still (quiet)" == missing(
        rows, DAY, NOW
    )


def test_a_feed_that_never_worked_is_named_after_three_failures() -> None:
    """There is no last success to count from."""
    never = row("a", last_success=None, failures=2.5), row("b", last_success=None, failures=3.0)

    assert "1 bring nothing any more: b (timeout)" == missing(never, DAY, NOW)


def test_many_are_a_number() -> None:
    """The sentence stays short."""
    said = missing([row(f"f{n}") for n in range(20)], DAY, NOW)

    assert said.startswith("20 bring nothing any more: f0 (timeout), ")
    assert said.endswith(" and 12 more")


def event(feed: str, hours: float, kind: str = "gap") -> Mapping[str, object]:
    """So many hours before now."""
    return {"feed": feed, "kind": kind, "at": NOW - timedelta(hours=hours), "detail": ""}


def test_gaps_are_told_by_the_hour() -> None:
    """Of whole hours of the last day, each feed once; other turns are told elsewhere."""
    events = [
        event("late", -0.2), event("b", 0.5), event("b", 0.6), event("a", 0.9),
        event("x", 0.7, "moved"), event("a", 2.5), event("old", 25),
    ]  # fmt: skip
    later = NOW + timedelta(minutes=40)

    assert [
        (NOW - timedelta(hours=3), "1 may have missed entries between 09:00 and 10:00 UTC: a"),
        (NOW - timedelta(hours=1), "2 may have missed entries between 11:00 and 12:00 UTC: a, b"),
    ] == list(gaps(events, later))
    many = [event(f"f{n}", 0.5) for n in range(20)]
    assert gaps(many, NOW)[0][1].endswith(" and 12 more")


def test_a_gap_is_told_once(tmp_path: Path) -> None:
    """As soon as its hour is over, to each sink; never again, not on the next day either."""
    store = sqlite.open(f"sqlite:///{tmp_path / 'm.db'}")
    store.sync([Feed(id="a", url="https://a.example/", language="", outlet="")], NOW)
    [claim] = store.claim(NOW, 9, owner="o", lease=DAY)
    outcome = Unchanged(at=NOW, validators=claim.validators)
    pace = Pace(next_due=NOW + 9 * DAY, interval=DAY)
    with store.writing():
        store.commit(Changes(claim=claim, at=NOW, outcome=outcome, pace=pace, gap=True))
    settings = NoticeSettings(sinks=("desk", "room"))
    told = [
        tell_of_feeds(store, settings, NOW + timedelta(hours=h)) for h in (0.5, 1, 2, 13, 23, 30)
    ]
    [row, _] = store.deliveries(state="due", limit=9)

    assert [0, 2, 0, 0, 0, 0] == told
    assert "feeds: 1 may have missed entries between 12:00 and 13:00 UTC: a" == row["title"]
    store.close()


def test_a_feed_still_against_its_rhythm_is_told() -> None:
    """Hourly news that stopped five days ago are no news of a month ago yet, but bring nothing."""
    newest = (NOW - 5 * DAY).timestamp()
    hourly = row("hourly", "ok", client={"rhythm": 3_600.0, "newest_at": newest})
    weekly = row("weekly", "ok", client={"rhythm": 600_000.0, "newest_at": newest})

    assert "1 bring nothing any more: hourly (quiet)" == missing(
        [still(r, NOW) for r in (hourly, weekly)], DAY, NOW
    )


def test_it_is_told_once_a_day(tmp_path: Path) -> None:
    """To every sink asked for; the next day again; and not at all when nobody asked."""
    store = sqlite.open(f"sqlite:///{tmp_path}/m.db")
    store.sync([Feed(id="a", url="https://a.example/", language="", outlet="a.example")], NOW)
    for _ in range(3):
        [claim] = store.claim(NOW, 1, owner="me", lease=DAY, everything=True)
        with store.writing():
            assert store.commit(failure(claim))
    settings = NoticeSettings(sinks=("ops", "desk"))

    assert 0 == tell_of_feeds(store, NoticeSettings(), NOW)
    assert 2 == tell_of_feeds(store, settings, NOW)
    assert 0 == tell_of_feeds(store, settings, NOW + timedelta(hours=1))
    assert 2 == tell_of_feeds(store, settings, NOW + DAY)
    queued: list[Delivery] = []
    queued += store.due_deliveries(NOW + DAY, 9, owner="me", lease=DAY)
    assert {"feeds: 1 bring nothing any more: a (timeout)"} == {d.alert.title for d in queued}
    assert "nobody is told" in queued[0].alert.severity_why
    store.close()


def failure(claim: Claim) -> Changes:
    count = claim.failures + 1
    outcome = Failed(reason=FailureReason.TIMEOUT, detail="too slow", at=NOW)
    pace = Pace(next_due=NOW, interval=timedelta(minutes=15))
    return Changes(claim=claim, at=NOW, outcome=outcome, pace=pace, failures=count)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[notices]\nsinks = ["x"]', "monitor.toml:2: notices.sinks: no sink 'x'; known here: desk"),
        ('[notices]\nafter = "soon"', "monitor.toml:2: notices.after: 'soon' is not a duration; write one such as \"90s\", \"15m\", \"2h\""),
        ('[notices]\nsink = ["desk"]', "monitor.toml:2: notices.sink: is not a known key; did you mean 'sinks'?"),
    ],
)  # fmt: skip
def test_a_fault_is_said_where_it_stands(text: str, said: str, tmp_path: Path) -> None:
    """File, line, key, what is wrong, what would be right."""
    document, problems = table(text, tmp_path)
    notices.check(document, notices.read(document.table("notices")), ["desk"])

    assert [said] == problems.lines
