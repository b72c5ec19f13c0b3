"""sinks/slack as a bot: one message a story, threads, and never posted twice."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.egress import Egress, EgressSettings
from monitor.model import Delivery, Outcome, Verdict
from monitor.secret import Secret
from monitor.sinks._slack_bot import Bot, BotSettings
from monitor.sinks.slack import SINK
from tests.hostile import answer, drip, hostile
from tests.samples import NOW, delivery, table
from tests.slack import TOKEN, Slack

GATE = Egress(EgressSettings(allow_private=("127.0.0.0/8",)))


def bot(port: int, channel: str = "C1") -> Bot:
    settings = BotSettings(
        token=Secret(TOKEN),
        channel=channel,
        api=f"http://127.0.0.1:{port}/api",
        spacing=timedelta(0),
    )
    return Bot(settings, GATE)


def first(**changed: Any) -> Delivery:
    return replace(delivery(), fence=1, **changed)


def second(state: Any, **changed: Any) -> Delivery:
    later = delivery(revision=2, changes=("Now agreed.",), independent_sources=5)
    return replace(later, **{"id": "dl-2", "fence": 1, "state": state} | changed)


def test_an_update_goes_into_the_thread_and_the_first_message_is_kept_current() -> None:
    """One message a story in the channel; its count of sources is the newest."""
    slack = Slack()
    with hostile(slack) as server:
        told = bot(server.port).send(first(), NOW)
        updated = bot(server.port).send(second(told.state), NOW)
    root, reply = slack.messages

    assert (Verdict.DELIVERED, Verdict.DELIVERED) == (told.verdict, updated.verdict)
    assert root["ts"] == reply["thread_ts"] == told.state["ts"]
    assert "5 independent sources" in json.dumps(root["blocks"])
    assert ["chat.postMessage", "chat.postMessage", "chat.update"] == slack.calls
    assert "dl-2" == reply["metadata"]["event_payload"]["delivery"]


def test_an_answer_lost_is_no_second_message() -> None:
    """Slack posted, the connection broke: the next attempt finds the message by its id."""
    slack = Slack(mute={"chat.postMessage"})
    with hostile(slack) as server:
        lost = bot(server.port).send(first(), NOW)
        slack.mute.clear()
        again = bot(server.port).send(first(attempt=1), NOW)
        after_a_crash = bot(server.port).send(replace(first(), fence=2), NOW)

    assert Verdict.RETRY is lost.verdict
    assert (Verdict.DELIVERED, Verdict.DELIVERED) == (again.verdict, after_a_crash.verdict)
    assert 1 == len(slack.messages)
    assert slack.messages[0]["ts"] == again.state["ts"]


def test_a_lost_reply_is_found_in_its_thread() -> None:
    """The same for updates."""
    slack = Slack()
    with hostile(slack) as server:
        told = bot(server.port).send(first(), NOW)
        slack.mute.add("chat.postMessage")
        bot(server.port).send(second(told.state), NOW)
        slack.mute.clear()
        again = bot(server.port).send(second(told.state, attempt=1), NOW)

    assert Verdict.DELIVERED is again.verdict
    assert 2 == len(slack.messages)


def test_without_the_right_to_read_the_message_is_posted() -> None:
    """A missing scope costs a possible duplicate, never the alert."""
    slack = Slack(errors={"conversations.history": "missing_scope"})
    with hostile(slack) as server:
        outcome = bot(server.port).send(first(attempt=1), NOW)

    assert Verdict.DELIVERED is outcome.verdict
    assert 1 == len(slack.messages)


def test_a_message_is_found_below_a_hundred_others() -> None:
    """The channel went on talking meanwhile: every page of it is looked at, newest first."""
    slack = Slack(mute={"chat.postMessage"})
    with hostile(slack) as server:
        bot(server.port).send(first(), NOW)
        slack.mute.clear()
        slack.messages += [{"ts": f"1800000000.{n:06}", "text": "lunch?"} for n in range(120)]
        again = bot(server.port).send(first(attempt=1), NOW)

    assert ["chat.postMessage", *["conversations.history"] * 3] == slack.calls
    assert slack.messages[0]["ts"] == again.state["ts"]


def test_the_search_ends() -> None:
    """A channel of thousands costs five questions, and then the message is posted."""
    slack = Slack(messages=[{"ts": f"1800000000.{n:06}"} for n in range(2_000)])
    with hostile(slack) as server:
        outcome = bot(server.port).send(first(attempt=1), NOW)

    assert Verdict.DELIVERED is outcome.verdict
    assert [*["conversations.history"] * 5, "chat.postMessage"] == slack.calls


@pytest.mark.parametrize("error", ["ratelimited", "internal_error", "invalid_arguments"])
def test_nothing_is_posted_while_nobody_may_say_what_was(error: str) -> None:
    """A question that was not answered is asked again later, before anything is posted."""
    slack = Slack(errors={"conversations.history": error})
    with hostile(slack) as server:
        outcome = bot(server.port).send(first(attempt=1), NOW)

    assert (Verdict.RETRY, error) == (outcome.verdict, outcome.reason)
    assert [] == slack.messages


def test_only_the_update_is_tried_again_once_the_reply_is_out() -> None:
    """The reply's ts is remembered although the delivery is not done."""
    slack = Slack()
    with hostile(slack) as server:
        told = bot(server.port).send(first(), NOW)
        slack.errors["chat.update"] = "internal_error"
        half = bot(server.port).send(second(told.state), NOW)
        slack.errors.clear()
        whole = bot(server.port).send(second({**told.state, **half.state}, attempt=1), NOW)

    assert (Verdict.RETRY, "internal_error") == (half.verdict, half.reason)
    assert Verdict.DELIVERED is whole.verdict
    assert 2 == len(slack.messages)


@pytest.mark.parametrize("error", ["message_not_found", "edit_window_closed"])
def test_a_first_message_somebody_deleted(error: str) -> None:
    """The thread has the news; that the old message cannot be changed is no failure."""
    slack = Slack(errors={"chat.update": error})
    with hostile(slack) as server:
        told = bot(server.port).send(first(), NOW)

        assert Verdict.DELIVERED is bot(server.port).send(second(told.state), NOW).verdict


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        ("invalid_blocks", Verdict.REFUSED),
        ("token_revoked", Verdict.RETRY),
        ("is_archived", Verdict.RETRY),
        ("channel_not_found", Verdict.RETRY),
    ],
)
def test_what_slack_says_is_the_reason(error: str, verdict: Verdict) -> None:
    """A payload refused is dead; a token or a channel can be mended while the alert waits."""
    with hostile(Slack(errors={"chat.postMessage": error})) as server:
        outcome = bot(server.port).send(first(), NOW)

    assert (verdict, error) == (outcome.verdict, outcome.reason)
    assert TOKEN not in repr(outcome)


def _answered(body: bytes, status: str = "200 OK", **headers: str) -> Outcome:
    with hostile(answer(body, status, headers)) as server:
        return bot(server.port, "CASKED").send(first(), NOW)


def test_answers_that_are_not_slacks() -> None:
    """HTML, a list, 410 from a proxy, too many requests: the alert waits."""
    busy = _answered(b"{}", "429 Slow", **{"Retry-After": "30"})

    assert (Verdict.RETRY, "not-slack") == (_answered(b"<html>").verdict, _answered(b"[]").reason)
    assert Verdict.RETRY is _answered(b"", "410 Gone").verdict
    assert (Verdict.RETRY, timedelta(seconds=30)) == (busy.verdict, busy.retry_after)
    assert "unknown" == _answered(b"{}").reason


def test_after_a_429_nothing_is_sent_before_its_time() -> None:
    """The next delivery is put back without a request."""
    with hostile(answer(b"{}", "429 Slow", {"Retry-After": "900"})) as server:
        one = bot(server.port, "CHELD")  # whoever gets this port next must not wait for it
        one.send(first(), NOW)
        outcome = one.send(first(), NOW)
        one.close()

    assert "throttled" == outcome.reason
    assert 1 == len(server.requests)


def test_a_history_of_anything() -> None:
    """Messages of other apps, with any metadata or none, are looked at and passed over."""
    odd = {"messages": [1, {"metadata": 3}, {"metadata": {"event_payload": 4}}, {"ts": "1"}]}

    class Odd(Slack):
        def conversations_history(self, body: dict[str, Any]) -> dict[str, Any]:
            return odd if not self.messages else {"messages": None}

    slack = Odd()
    with hostile(slack) as server:
        outcomes = [bot(server.port).send(first(attempt=1), NOW) for _ in range(2)]

    assert [Verdict.DELIVERED] * 2 == [o.verdict for o in outcomes]


def test_a_slow_answer_is_a_time_out_not_a_hang() -> None:
    """The gate's deadlines hold for Slack too."""

    def slowly(_request: bytes) -> Iterator[bytes | float]:
        yield from drip(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{}", 12, 0.01)

    with hostile(slowly) as server:
        assert Verdict.RETRY is bot(server.port).send(first(), NOW).verdict


def read(tmp_path: Path, body: str) -> tuple[Any, list[str]]:
    found, problems = table(f"[sinks.s]\nkind = 'slack'\n{body}", tmp_path, BOT=TOKEN)
    return SINK.read(found.named_tables("sinks")["s"]), problems.lines


def test_a_token_makes_a_bot(tmp_path: Path) -> None:
    """Token and channel instead of a URL; both at once is a fault, and so is an odd api."""
    settings, problems = read(tmp_path, "token = '${BOT}'\nchannel = 'C1'")
    _, both = read(tmp_path, "token = '${BOT}'\nchannel = 'C1'\nurl = 'https://x.example'")
    _, odd = read(tmp_path, "token = '${BOT}'\nchannel = 'C1'\napi = 'slack'")
    _, missing = read(tmp_path, "token = '${BOT}'")

    assert [] == problems
    assert isinstance(SINK.build(settings, GATE), Bot)
    assert "https://slack.com/api" == settings.api
    assert "stands beside a token" in both[0]
    assert "is no address" in odd[0]
    assert "channel: is missing" in missing[0]
