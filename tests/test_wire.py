"""monitor.wire: the JSON that leaves us is the JSON that docs/alert.schema.json promises."""

import json
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path

from hypothesis import given, settings
from jsonschema import Draft202012Validator

from monitor.model import Alert
from monitor.wire import event, payload, stamp
from tests.samples import ALERT, NOW, any_alert


def test_an_event_in_full() -> None:
    """Every key of the contract, in its form."""
    found = json.loads(event(ALERT))

    assert ["type", "timestamp", "data"] == list(found)
    assert ("alert.created", "2026-08-01T12:00:00Z") == (found["type"], found["timestamp"])
    data = found["data"]
    assert ("al-0123456789abcdef01234567", "s-1", 1) == (
        data["alert"],
        data["story"],
        data["revision"],
    )
    assert "2026-08-01T11:00:00Z" == data["published"]
    assert "requested" == data["act"]["stage"]
    assert [
        {
            "id": "un-zz",
            "name": "UN arms embargo on Sylvania",
            "act": "S/RES/1 (2006)",
            "as_of": "2026-07-01",
        }
    ] == data["regimes"]
    assert [None] == [s["published"] for s in data["sources"][1:]]
    for r in data["reasons"]:
        assert r["text"] == data[r["field"]][r["start"] : r["end"]]
    assert "test" not in data  # fmt: skip


def test_an_update_says_what_changed() -> None:
    """A higher revision is alert.updated with its sentences; a test alert is marked."""
    found = json.loads(event(replace(ALERT, revision=2, changes=("Now delivered.",), test=True)))

    assert "alert.updated" == found["type"]
    assert ["Now delivered."] == found["data"]["changes"]
    assert found["data"]["test"] is True


def test_times_are_utc() -> None:
    """Whatever the zone of a moment, it is written in UTC."""
    berlin = timezone(timedelta(hours=2))

    assert "2026-08-01T12:00:00Z" == stamp(NOW.astimezone(berlin))
    assert None is stamp(None)


@settings(max_examples=60, deadline=None)
@given(any_alert)
def test_any_event_is_small_and_whole(alert: Alert) -> None:
    """Below 20 kB whatever a feed sends, valid JSON, and marked when something was left out."""
    body = event(alert)
    data = json.loads(body)["data"]

    assert len(body) < 20_000
    assert set(payload(alert)) <= set(data)
    assert data.get("truncated", False) or data == json.loads(json.dumps(payload(alert)))


SCHEMA = json.loads(
    (Path(__file__).parent.parent / "docs" / "alert.schema.json").read_text("utf-8")
)


def test_the_schema_is_a_schema() -> None:
    """What docs/ publishes is itself valid."""
    Draft202012Validator.check_schema(SCHEMA)


@settings(max_examples=60, deadline=None)
@given(any_alert)
def test_every_event_keeps_the_published_schema(found: Alert) -> None:
    """Any alert, however hostile its words, has the shape that receivers were promised."""
    known = tuple(c for c in (found.act.categories if found.act else ()) if c == "tank")
    act = replace(found.act, categories=known) if found.act else None
    body = json.loads(event(replace(found, act=act)))

    assert [] == [e.message for e in Draft202012Validator(SCHEMA).iter_errors(body)]


def test_the_schema_refuses_what_is_missing() -> None:
    """It can fail: an event without its story is none."""
    body = json.loads(event(ALERT))
    del body["data"]["story"]

    assert not Draft202012Validator(SCHEMA).is_valid(body)
