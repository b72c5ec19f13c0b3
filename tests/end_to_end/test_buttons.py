"""Slack's buttons from end to end: posted by a bot, pressed, signed by Slack, noted, and shown."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from monitor.app import clock
from tests.end_to_end.test_crash import opened
from tests.end_to_end.test_disk import ONE
from tests.end_to_end.test_outbox import BOT
from tests.end_to_end.world import Running, Runs, World, configured, rss, until
from tests.hostile import Hostile, answer, hostile
from tests.slack import TOKEN, Slack

SIGNING = "8f742231b10e8888abcd99yyyzzz85a5"
FEEDBACK = """
[feedback]
slack_signing_secret = "${SIGNING}"
"""
# The same pair of countries, later: an update of the story, were it not muted.
LATER = ("Sylvania sends 40 more howitzers to Freedonia", "The second shipload left on Friday.")


@dataclass
class Channel:
    """A channel with one alert in it, and somebody who presses its buttons."""

    daemon: Running
    slack: Slack
    answers: Hostile  # where Slack takes answers to what it posts
    root: Path

    @property
    def message(self) -> dict[str, Any]:
        return self.slack.messages[0]

    def press(self, label: str, *, age: float = 0, secret: str = SIGNING, user: str = "kim") -> int:
        """The status Slack sees when somebody presses the button of that label."""
        return self.post(*signed(self.payload(label, user), age, secret))

    def payload(self, label: str, user: str) -> Mapping[str, Any]:
        [actions] = [b for b in self.message["blocks"] if b["type"] == "actions"]
        [button] = [e for e in actions["elements"] if e["text"]["text"] == label]
        return {
            "type": "block_actions",
            "user": {"id": "U1", "username": user},
            "response_url": self.answers.url("/actions/T0/1"),
            "message": {"ts": self.message["ts"], **self.message},
            "actions": [{"action_id": button["action_id"], "value": button["value"]}],
        }

    def post(self, body: bytes, head: Mapping[str, str]) -> int:
        asked = Request(f"{self.daemon.console}/slack/actions", data=body, headers=dict(head))
        try:
            with urlopen(asked, timeout=5) as found:
                return int(found.status)
        except HTTPError as e:
            return e.code

    def shown(self) -> list[str]:
        """What stands under the message after the latest press."""
        said = json.loads(self.answers.requests[-1].partition(b"\r\n\r\n")[2])
        assert said["replace_original"] is True
        self.message["blocks"] = said["blocks"]  # as Slack would
        return [one["text"] for one in said["blocks"][-1]["elements"]]


def signed(
    payload: Mapping[str, Any], age: float = 0, secret: str = SIGNING
) -> tuple[bytes, Mapping[str, str]]:
    """
    Body and headers as Slack sends them, so many seconds old.

    Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
    """
    body, stamp = urlencode({"payload": json.dumps(payload)}).encode(), str(int(time.time() - age))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return body, {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


@pytest.fixture
def channel(around: World, runs: Runs, tmp_path: Path) -> Iterator[Channel]:
    slack = Slack()
    runs.extra |= {"SLACK_TOKEN": TOKEN, "SIGNING": SIGNING}
    around.pages["/a"] = rss([ONE])
    with hostile(slack) as server, hostile(answer(b"ok")) as answers:
        more = BOT.format(port=server.port).replace(
            "[[routes]]", f"buttons = true\n{FEEDBACK}[[routes]]"
        )
        more += 'updates = "chatty"\n'  # every account of the story would be told
        root = configured(tmp_path, around, {"a": "/a"}, more=more)
        daemon = runs.start(root)
        until(lambda: daemon.events("alert delivered"), "the alert")
        yield Channel(daemon, slack, answers, root)


def test_three_buttons_do_what_they_say(
    channel: Channel, around: World, runs: Runs, tmp_path: Path
) -> None:
    """Seen and not relevant are noted as of who pressed, mute silences; all stand under it."""
    assert 200 == channel.press("Seen")
    until(lambda: channel.answers.requests, "the answer")
    assert channel.shown()[0].startswith("👀 Seen by kim, ")
    assert 200 == channel.press("Not relevant", user="lee <!here>")
    until(lambda: len(channel.answers.requests) > 1, "the answer")
    assert 200 == channel.press("Mute this story")
    until(lambda: len(channel.answers.requests) > 2, "the answer")
    lines = channel.shown()
    around.pages["/a"] = rss([LATER, ONE])
    until(lambda: any(e["new"] == 1 for e in channel.daemon.events("poll finished")[1:]), "it")
    with opened(tmp_path) as store:
        [later] = store.decisions(LATER[0])
        labels = {(row["author"], row["opinion"]) for row in store.labels()}
        [silence] = store.silences(clock())
        alert = store.alerts()[0]

    assert {("kim", "seen"), ("lee <!here>", "not-relevant")} == labels
    assert ({"stories": (alert["story"],)}, "kim") == (silence.conditions, silence.author)
    assert "🔇 Muted by kim until " in lines[-1]
    assert silence.id in lines[-1]
    assert f"silence {silence.id} by kim" in str(later["why"])
    assert 1 == len(channel.slack.messages)
    told = [
        json.loads(line)
        for line in runs.command(channel.root, "feedback", "--json").stdout.splitlines()
    ]
    assert {"by": "feed", "value": "a", "relevant": 0, "not relevant": 1, "precision": 0.0} in told
    assert 0 == channel.daemon.end()


def test_what_is_not_slacks_press_does_nothing(channel: Channel, tmp_path: Path) -> None:
    """Too old, too new, of another secret, changed on the way: refused, and nothing is noted."""
    old = signed(channel.payload("Mute this story", "kim"), age=301)
    body, head = signed(channel.payload("Mute this story", "kim"))
    statuses = [
        channel.post(*old),
        channel.press("Seen", age=-302),
        channel.press("Seen", secret="another"),
        channel.post(body.replace(b"kim", b"lee"), head),
        channel.post(body, {}),
    ]
    with opened(tmp_path) as store:
        noted = [*store.labels(), *store.silences(clock())]

    assert [403] * 5 == statuses
    assert [] == noted == channel.answers.requests
    assert 0 == channel.daemon.end()


def test_a_press_played_again_is_one_press(channel: Channel, tmp_path: Path) -> None:
    """Within the five minutes that Slack allows itself, the same press again changes nothing."""
    again = signed(channel.payload("Mute this story", "kim"))
    seen = signed(channel.payload("Seen", "kim"))
    statuses = [channel.post(*one) for one in (again, again, seen, seen)]
    with opened(tmp_path) as store:
        assert 1 == len(store.silences(clock())) == len(store.labels())

    assert [200] * 4 == statuses
    assert 0 == channel.daemon.end()
