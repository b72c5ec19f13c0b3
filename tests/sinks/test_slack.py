"""sinks/slack: within every limit, nothing injected, one message a second."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from hypothesis import given, settings
from slack_sdk.models.blocks import Block, ContextBlock, HeaderBlock, SectionBlock

from monitor.egress import Egress, EgressSettings
from monitor.model import Alert, RegimeFact, Severity, Stage, Verdict
from monitor.secret import Secret
from monitor.sinks._blocks import link, message, plain
from monitor.sinks._turns import Turns
from monitor.sinks.slack import SINK, IncomingWebhook, SlackSettings
from tests.hostile import answer, field_of, hostile
from tests.samples import ALERT, NOW, TITLE, alert, any_alert, delivery, table

GATE = Egress(EgressSettings(allow_private=("127.0.0.0/8",)))


def texts(blocks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every text object of the blocks."""
    for block in blocks:
        yield from [block["text"]] if "text" in block else []
        yield from block.get("fields", [])
        yield from block.get("elements", [])


def words(found: Alert) -> str:
    return "\n".join(t["text"] for t in texts(message(found)["blocks"]))


@settings(max_examples=80, deadline=None)
@given(any_alert)
def test_any_alert_is_within_slacks_limits(found: Alert) -> None:
    """Slack's own models accept every message, whatever a feed put into it."""
    built = message(found)
    limits = {"plain_text": 150, "mrkdwn": 3000}

    for block in Block.parse_all(built["blocks"]):
        assert isinstance(block, SectionBlock | HeaderBlock | ContextBlock)
        block.validate_json()
    assert 1 <= len(built["blocks"]) <= 50
    assert 1 <= len(built["text"]) <= 4000
    for text in texts(built["blocks"]):
        assert 1 <= len(text["text"].encode("utf-16-le")) // 2 <= limits[text["type"]]
    for block in built["blocks"]:
        assert all(len(f["text"]) <= 2000 for f in block.get("fields", []))
        assert len(block.get("fields", [])) <= 10


@settings(max_examples=80, deadline=None)
@given(any_alert)
def test_nothing_a_feed_says_becomes_markup(found: Alert) -> None:
    """The only angle brackets are links of ours, each labelled with the host it leads to."""
    built = message(found)

    for text in [built["text"], *(t["text"] for t in texts(built["blocks"]))]:
        rest = re.sub(r"<(https?)://([^<>|]*)\|([^<>|]*)>", "", text)
        assert "<" not in rest
        assert ">" not in rest.replace("\n>", "\n").removeprefix(">")
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\x00-\x09\x0b-\x1f]", text)
        assert not re.search(r"&(?!amp;|lt;|gt;)", text)
    for text in texts(built["blocks"]):
        assert text.get("verbatim", False) or text.get("emoji") is False


def test_what_is_seen_first() -> None:
    """Severity and stage, then the title; then who, what, how many, embargo, proof, sources."""
    shown = words(ALERT)

    first, second, *_ = [t["text"] for t in texts(message(ALERT)["blocks"])]
    assert "🟠 *HIGH* · *REQUESTED* · arms-transfers" == first
    assert ALERT.title == second
    for expected in (
        "🇿🇿 Sylvania (ZZ) → 🇶🇶 Freedonia (QQ)",
        "*Item*\nartillery, ammunition",
        "*Quantity*\nmillions",
        "UN arms embargo on Sylvania – S/RES/1 (2006), as of 2026-07-01",
        "“artillery shells”",
        ">Officials say the order breaks the embargo of 2006.",
        "<https://www.example.org/news/1?a=1&amp;b=2|example.org>, 2026-08-01 11:00 UTC",
        "<https://example.net/2|example.net>, date unknown",
        "2 independent sources",
        "High: embargo in force",
    ):
        assert expected in shown
    assert "HIGH requested – " + ALERT.title + " (example.org)" == message(ALERT)["text"]


def test_a_long_headline_is_told_whole() -> None:
    """A header has room for 150 characters; what it cuts stands below it."""
    long = "Freedonia & Sylvania agree on tanks " * 8
    short, cut = (message(alert(title=title))["blocks"] for title in (TITLE, long))

    assert "fields" in short[2]
    assert cut[1]["text"]["text"].endswith("…")
    assert long.replace("&", "&amp;").strip() == cut[2]["text"]["text"]


def test_the_page_of_the_story_is_linked() -> None:
    """By the host it leads to, like every link; not at all where there is no console."""
    there = "https://monitor.example.org/story/s-1"
    [_, foot] = [b for b in message(ALERT, page=there)["blocks"] if b["type"] == "context"]

    assert foot["elements"][0]["text"].endswith(f" · whole story: <{there}|monitor.example.org>")
    assert "whole story" not in words(ALERT)


def test_updates_and_tests_are_marked() -> None:
    """An update leads with what changed; a test alert cannot be taken for a real one."""
    shown = words(alert(revision=3, changes=("The stage is now delivered.",), test=True))

    assert "*TEST, nothing happened* · 🟠 *HIGH*" in shown
    assert "update 2" in shown
    assert "Δ The stage is now delivered." in shown
    assert message(alert(test=True))["text"].startswith("TEST ")


def test_an_alert_of_almost_nothing() -> None:
    """No title, no act, no source: still a message."""
    bare = alert(
        title="", act=None, summary="", reasons=(), regimes=(), sources=(), url="", outlet=""
    )

    assert "(no title)" in words(bare)
    assert "1 independent source " in words(alert(independent_sources=1))
    assert ["section", "header", "context"] == [b["type"] for b in message(bare)["blocks"]]


def test_many_of_everything_is_counted_not_dropped_silently() -> None:
    """What does not fit is named by number."""
    act = ALERT.act
    assert act is not None
    many = alert(
        act=type(act)(stage=Stage.AGREED, suppliers=("us",) * 9, denied=True),
        sources=ALERT.sources * 5,
        regimes=tuple(
            RegimeFact(id=str(n), name="n", act="a", as_of="d", note="disputed") for n in range(7)
        ),
        severity=Severity.CRITICAL,
    )
    shown = words(many)

    assert "and 3 more → ?" in shown
    assert "and 4 more" in shown
    assert "*Embargo*  n – a, as of d – disputed" in shown
    assert "*But*\ndenied" in shown


LINKS = [
    ("https://www.example.org/a?b=1&c=2", "<https://www.example.org/a?b=1&amp;c=2|example.org>"),
    ("https://example.org/a|b>c d", "<https://example.org/a%7Cb%3Ec%20d|example.org>"),
    ("https://пример.испытание/", "<https://пример.испытание/|xn--e1afmkfd.xn--80akhbyknj4f>"),
    ("javascript:alert(1)", ""),
    ("ftp://example.org/x", "example.org"),
    ("http://[", ""),
    ("https://example.org/" + "x" * 900, "example.org"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "shown"), LINKS)
def test_a_link_shows_where_it_leads(url: str, shown: str) -> None:
    """The label is the host itself, in ASCII; what cannot be a safe link is no link."""
    assert shown == link(url, 900)


def test_a_cut_never_splits_an_escape() -> None:
    """A text ends whole, with an ellipsis, at its limit."""
    assert "&lt;&lt;…" == plain("<" * 9, 10)
    assert "a &amp; b" == plain("a & b", 9)
    assert "😀…" == plain("😀" * 3, 4)


def sink(url: str, spacing: float = 0) -> IncomingWebhook:
    return IncomingWebhook(SlackSettings(url=Secret(url), spacing=timedelta(seconds=spacing)), GATE)


def test_a_message_is_posted() -> None:
    """JSON in UTF-8 that slack's models read back; "ok" is success."""
    with hostile(answer(b"ok")) as server:
        outcome = sink(server.url("/services/T/B/x")).send(delivery(), NOW)
    posted = json.loads(server.requests[0].partition(b"\r\n\r\n")[2])

    assert (Verdict.DELIVERED, "ok") == (outcome.verdict, outcome.answer)
    assert "application/json; charset=utf-8" == field_of(server.requests[0], "content-type")
    assert message(ALERT) == posted
    assert (False, False) == (posted["unfurl_links"], posted["unfurl_media"])


@pytest.mark.parametrize(
    ("status", "verdict", "reason"),
    [
        ("400 Bad Request", Verdict.REFUSED, "payload"),
        ("404 Not Found", Verdict.RETRY, "404"),
        ("410 Gone", Verdict.GONE, "410"),
        ("500 Oops", Verdict.RETRY, "500"),
    ],
)
def test_what_slack_answers(status: str, verdict: Verdict, reason: str) -> None:
    """A refused payload is a dead letter at once; an archived channel disables the sink."""
    with hostile(answer(b"invalid_blocks", status)) as server:
        outcome = sink(server.url()).send(delivery(), NOW)

    assert (verdict, reason) == (outcome.verdict, outcome.reason)


def test_after_a_429_nothing_is_sent_before_its_time() -> None:
    """
    Slack asked for half an hour: the next delivery is put back without a request, also when it
    is another sink's that leads there, or when the configuration was read anew.
    """
    with hostile(answer(b"rate_limited", "429 Slow", {"Retry-After": "1800"})) as server:
        # An address of its own: whoever gets this port next must not wait for it.
        one, reloaded = sink(server.url("/held")), sink(server.url("/held"))
        first, second = one.send(delivery(), NOW), reloaded.send(delivery(), NOW)
        one.close()

    assert (Verdict.RETRY, timedelta(seconds=1800)) == (first.verdict, first.retry_after)
    assert (Verdict.RETRY, "throttled") == (second.verdict, second.reason)
    assert second.retry_after is not None
    assert timedelta(seconds=1790) < second.retry_after <= timedelta(seconds=1800)
    assert 1 == len(server.requests)


def test_two_sinks_of_one_channel_take_turns() -> None:
    """A message a second and channel, whatever the routes call it."""
    with hostile(answer(b"ok")) as server:
        url = server.url("/shared")
        began = monotonic()
        sent = [sink(url, 0.3).send(delivery(), NOW).verdict for _ in range(3)]
        other = sink(server.url("/another"), 0.3).send(delivery(), NOW).verdict

    assert {Verdict.DELIVERED} == {*sent, other}
    assert 0.6 <= monotonic() - began < 5


def test_turns_are_spaced_and_held() -> None:
    """One a second in the order asked; a hold moves everybody; no patience takes no turn."""
    moment = 100.0
    turns = Turns(timedelta(seconds=1), lambda: moment)

    assert [0.0, 1.0, 2.0] == [turns.take(5) for _ in range(3)]
    assert 3.0 == turns.take(2)
    assert 3.0 == turns.take(5)
    turns.hold(timedelta(seconds=60))
    assert 60.0 == turns.take(5)
    moment = 160.0
    assert 0.0 == turns.take(5)


def test_settings(tmp_path: Path) -> None:
    """The address comes from the environment and is never shown."""
    text = '[sinks.room]\nkind = "slack"\nurl = "${HOOK}"\nspacing = "2s"\n'
    document, problems = table(text, tmp_path, HOOK="https://hooks.slack.com/services/T/B/x")
    found = SINK.read(document.named_tables("sinks")["room"])
    built = SINK.build(found, GATE)

    assert [] == problems.lines
    assert (
        SlackSettings(
            url=Secret("https://hooks.slack.com/services/T/B/x"), spacing=timedelta(seconds=2)
        )
        == found
    )
    assert isinstance(built, IncomingWebhook)
    assert "services" not in repr(found)
    assert SINK.defaults() is None
