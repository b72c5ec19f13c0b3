"""Digests: many alerts in one message, the same for the same parts, in every sink."""

import json
from dataclasses import replace
from datetime import timedelta

from monitor import wire
from monitor.alert import digest
from monitor.alert.digest import line
from monitor.model import Act, Delivery, Severity, Stage
from monitor.sinks._blocks import message
from monitor.sinks._letter import html, text
from monitor.terminal import card
from tests.samples import NOW, TITLE, alert


def part(number: int, **changed: object) -> Delivery:
    one = alert(id=f"al-{number}", title=f"Story {number}", **changed)
    return Delivery(
        id=f"dl-{number}-{one.revision}", alert=one, sink="desk", due=NOW, digest="daily, 8"
    )


PARTS = (
    part(1, severity=Severity.LOW),
    part(2, severity=Severity.CRITICAL, at=NOW),
    part(2, severity=Severity.CRITICAL, at=NOW, revision=2),
    part(3, severity=Severity.LOW, at=NOW + timedelta(hours=1), act=None),
)


def test_the_gravest_first_and_each_story_once() -> None:
    """Three stories of four deliveries: the update stands for its alert, the newest lead."""
    whole = digest(PARTS, NOW)

    assert ["al-2", "al-3", "al-1"] == [one.alert for one in whole.alert.digest]
    assert "3 alerts: daily, 8" == whole.alert.title
    assert ("1 critical, 2 low.", Severity.CRITICAL) == (
        whole.alert.severity_why,
        whole.alert.severity,
    )
    assert ("desk", "", 1) == (whole.sink, whole.digest, whole.alert.revision)
    assert whole.alert.digest[0].text.startswith("update, requested: zz → qq: Story 2")
    assert "Story 3" == whole.alert.digest[1].text


def test_the_same_parts_are_the_same_digest() -> None:
    """A replay makes the same ids; another part makes another digest."""
    assert digest(PARTS, NOW).id == digest(tuple(reversed(PARTS)), NOW).id
    assert digest(PARTS, NOW).id != digest(PARTS[:2], NOW).id
    assert digest(PARTS[:1], NOW).alert.title == "1 alert: daily, 8"


def test_one_line_says_what_is_known() -> None:
    """A missing side is a question mark, a missing act or title is left out."""
    one_sided = alert(act=Act(stage=Stage.AGREED, recipients=("ua", "pl")))

    assert f"agreed: ? → ua, pl: {TITLE}" == line(one_sided).text
    assert "(no title)" == line(alert(act=None, title="")).text
    assert TITLE == line(alert(act=Act(stage=Stage.EMBARGO))).text.removeprefix("embargo: ")


def test_every_sink_shows_every_line() -> None:
    """Card, Slack, both parts of a letter and the wire name each alert and where it leads."""
    whole = digest(PARTS, NOW).alert
    slack = json.dumps(message(whole), ensure_ascii=False)
    shown = (card(whole, width=100, colour=False), slack, text(whole), html(whole))

    for one in shown:
        assert all(f"Story {n}" in one for n in (1, 2, 3))
        assert "3 alerts: daily, 8" in one
    event = json.loads(wire.event(whole))
    assert "digest.created" == event["type"]
    assert ["al-2", "al-3", "al-1"] == [one["alert"] for one in event["data"]["digest"]]


def test_a_flood_is_cut_and_counted() -> None:
    """A thousand alerts stay within Slack's 50 blocks and 20 kB on the wire; the rest is a number."""
    flood = tuple(replace(part(n), id=f"dl-{n}") for n in range(1_000))
    whole = digest(flood, NOW).alert
    blocks = message(whole)["blocks"]

    assert (500, "and 500 more") == (len(whole.digest), whole.summary)
    assert len(blocks) <= 50
    assert all(len(b["text"]["text"]) <= 3_000 for b in blocks if "text" in b)
    assert len(wire.event(whole)) < 20_000
    few = message(digest(flood[:200], NOW).alert)["blocks"]
    assert not any("more" in json.dumps(b) for b in few)
    long = tuple(part(n, url=f"https://example.org/{'x' * 700}{n}") for n in range(400))
    assert any("more" in json.dumps(b) for b in message(digest(long, NOW).alert)["blocks"])
