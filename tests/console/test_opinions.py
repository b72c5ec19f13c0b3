"""console/opinions: links and buttons become labels and silences, and nothing else does."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from monitor.assembly import read_config
from monitor.config.feedback import FeedbackSettings, read
from monitor.console import Server
from monitor.console.health import Probes
from monitor.console.opinions import Opinions, posted, pressed
from monitor.console.replies import reply, through
from monitor.egress import Egress, EgressSettings
from monitor.errors import ConfigError, StoreBusy
from monitor.links import links
from monitor.model import Delivery
from monitor.ports import Store
from monitor.secret import Secret
from monitor.stores.sqlite import open as sqlite
from tests.hostile import answer, hostile
from tests.samples import ALERT, NOW, table

KEY, SLACK = Secret("a secret of some length"), Secret("slack's signing secret")
SETTINGS = FeedbackSettings(url="https://m.example", secret=KEY, slack_signing_secret=SLACK)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = sqlite(f"sqlite:///{tmp_path / 'm.db'}")
    found.add_deliveries([Delivery(id="dl-1", alert=ALERT, sink="desk", due=NOW)])
    yield found
    found.close()


@dataclass
class Answer:
    status_code: int
    text: str
    headers: dict[str, str]


class Visitor:
    """A plain HTTP client of one console."""

    def __init__(self, address: str) -> None:
        self._host, _, self._port = address.rpartition(":")

    def ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        line = HTTPConnection(self._host, int(self._port), timeout=10)
        line.request(method, path, body, headers)
        response = line.getresponse()
        text = response.read().decode()
        line.close()
        return Answer(response.status, text, {k.lower(): v for k, v in response.getheaders()})

    def get(self, path: str) -> Answer:
        return self.ask("GET", path, b"", {})

    def post(
        self, path: str, content: bytes = b"", headers: dict[str, str] | None = None
    ) -> Answer:
        return self.ask("POST", path, content, headers or {})


@contextmanager
def visitor(store: Store) -> Iterator[Visitor]:
    """A console on loopback with nothing but the feedback of this store, and somebody to visit it."""
    heard = Opinions(store=store, settings=lambda: SETTINGS, now=lambda: NOW)
    probes = Probes(
        reasons=lambda: (), ages=dict, metrics=lambda: b"", metrics_type="text/plain", version="0"
    )
    server = Server("127.0.0.1", 0, probes, heard.routes())
    server.start()
    try:
        yield Visitor(server.address)
    finally:
        server.stop()


def path(opinion: str, alert: str = ALERT.id) -> str:
    return urlsplit(links(SETTINGS.url, KEY, alert)[opinion]).path


def test_a_link_asks_before_it_notes(store: Store) -> None:
    """A mail scanner that follows it changes nothing; a person presses a button."""
    with visitor(store) as web:
        asked = web.get(path("not-relevant"))
        assert (200, []) == (asked.status_code, list(store.labels()))
        noted = web.post(path("not-relevant"), urlencode({"name": " Kim <b> "}).encode())
    [label] = store.labels()

    assert "not relevant?" in asked.text
    assert "default-src 'none'" in asked.headers["content-security-policy"]
    assert "Noted: not relevant." in noted.text
    assert ("not-relevant", "Kim <b>", ALERT.id) == (
        label["opinion"],
        label["author"],
        label["alert"],
    )


def test_links_that_are_not_ours(store: Store) -> None:
    """Another alert, another opinion, a forged token, a gone alert, too large a body."""
    with visitor(store) as web:
        good = path("seen")
        assert 403 == web.post(good.replace(ALERT.id, "al-other")).status_code
        assert 403 == web.get(good[:-3] + "abc").status_code
        assert 404 == web.get(good.replace("/seen/", "/liked/")).status_code
        assert 404 == web.post(path("seen", "al-gone")).status_code
        assert 413 == web.post(good, content=b"x" * 200_000).status_code
        assert 200 == web.post(good).status_code
    assert ["by link"] == [row["author"] for row in store.labels()]


def signed(action: str, alert: str = ALERT.id, user: object = None) -> tuple[bytes, dict[str, str]]:
    payload = {
        "type": "block_actions",
        "user": {"username": "kim"} if user is None else user,
        "actions": [{"action_id": action, "value": alert}],
    }
    body = urlencode({"payload": json.dumps(payload)}).encode()
    return body, headers(body)


def headers(body: bytes) -> dict[str, str]:
    stamp = str(int(NOW.timestamp()))
    digest = hmac.new(SLACK.reveal().encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256)
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest.hexdigest()}"}


def press(web: Visitor, action: str, alert: str = ALERT.id, user: object = None) -> int:
    body, head = signed(action, alert, user)
    return web.post("/slack/actions", content=body, headers=head).status_code


def test_buttons_in_slack(store: Store) -> None:
    """Seen and not relevant are opinions of who pressed; mute silences the story for 30 days."""
    with visitor(store) as web:
        assert [200] * 5 == [
            press(web, "seen"),
            press(web, "not-relevant", user={"id": "U1"}),
            press(web, "mute"),
            press(web, "mute", user="nobody"),
            press(web, "explode"),
        ]
        assert 200 == press(web, "seen", alert="al-unknown")
    [silence] = store.silences(NOW)

    assert {("seen", "kim"), ("not-relevant", "U1")} == {
        (row["opinion"], row["author"]) for row in store.labels()
    }
    assert ({"stories": (ALERT.story,)}, "kim") == (silence.conditions, silence.author)
    assert NOW + timedelta(days=30) == silence.until


def test_what_slack_did_not_sign(store: Store) -> None:
    """No header, a wrong one, or too much: refused before anything is read."""
    body, head = signed("mute")
    with visitor(store) as web:
        assert 403 == web.post("/slack/actions", content=body).status_code
        assert 403 == web.post("/slack/actions", content=body + b"&", headers=head).status_code
        assert 413 == web.post("/slack/actions", content=b"x" * 200_000, headers=head).status_code
        assert 405 == web.get("/slack/actions").status_code
    assert [] == list(store.silences(NOW))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"payload=",
        b"payload=[1]",
        b"payload={%22type%22:%22view_submission%22}",
        urlencode({"payload": json.dumps({"type": "block_actions", "actions": {"a": 1}})}).encode(),
        urlencode(
            {"payload": json.dumps({"type": "block_actions", "actions": [1, None]})}
        ).encode(),
        b"payload=" + b"[" * 90_000,
    ],
)
def test_posts_of_other_kinds(body: bytes) -> None:
    """Whatever else Slack may send is taken and does nothing."""
    assert [] == pressed(posted(body))


MESSAGE = {"text": "HIGH – a &amp; b", "blocks": [{"type": "section", "block_id": "x"}]}


def test_what_was_noted_stands_under_the_message() -> None:
    """A line a press, the latest ten, in a block of its own that is found again; nothing injected."""
    address, body = reply({"response_url": "https://h", "message": MESSAGE}, ["Seen by <!here>"])
    blocks = body["blocks"]
    for number in range(12):
        _, body = reply({"message": {**MESSAGE, "blocks": blocks}}, [f"Seen by {number}"])
        blocks = body["blocks"]

    assert "https://h" == address
    assert (True, MESSAGE["text"]) == (body["replace_original"], body["text"])
    assert ["x", "opinions"] == [block["block_id"] for block in blocks]
    assert [f"Seen by {n}" for n in range(2, 12)] == [e["text"] for e in blocks[1]["elements"]]
    assert "Seen by &lt;!here&gt;" in str(reply({"message": MESSAGE}, ["Seen by <!here>"]))


def test_a_full_message_stays_within_fifty_blocks() -> None:
    """One block more and Slack would refuse it all."""
    full = {"blocks": [{"type": "section"}] * 50}

    assert 50 == len(reply({"message": full}, ["Seen"])[1]["blocks"])


@pytest.mark.parametrize("message", [None, 3, {}, {"blocks": 3}, {"blocks": []}])
def test_what_cannot_be_rebuilt_is_answered_to_who_pressed(message: object) -> None:
    """An odd payload loses no press."""
    expected = {"response_type": "ephemeral", "text": "Seen\nMuted"}

    assert ("", expected) == reply({"message": message}, ["Seen", "Muted"])


def test_lines_of_a_block_that_somebody_spoilt() -> None:
    """Whatever stands in the block of the lines is read with care."""
    for odd in ({"block_id": "opinions"}, {"block_id": "opinions", "elements": [1, {"text": "a"}]}):
        [_, block] = reply({"message": {"blocks": [{"type": "x"}, odd]}}, ["b"])[1]["blocks"]
        assert "b" == block["elements"][-1]["text"]


def test_answers_go_through_the_gate() -> None:
    """One that is refused there, or by Slack, is no error."""
    shut, ajar = Egress(EgressSettings()), Egress(EgressSettings(allow_private=("127.0.0.0/8",)))
    with hostile(answer(b"ok")) as well, hostile(answer(b"", "404 Gone")) as old:
        assert through(lambda: ajar, lambda: NOW)(well.url(), {"text": "a"})
        assert not through(lambda: ajar, lambda: NOW)(old.url(), {"text": "a"})
        assert not through(lambda: shut, lambda: NOW)(well.url(), {"text": "a"})
    assert b'{"text": "a"}' == well.requests[0].partition(b"\r\n\r\n")[2]


def test_buttons_that_nobody_hears_are_a_fault(tmp_path: Path) -> None:
    """A secret that proves Slack's word belongs to them."""
    (tmp_path / "monitor.toml").write_text(
        '[sinks.s]\nkind = "slack"\nurl = "https://hooks.example/1"\nbuttons = true\n', "utf-8"
    )
    with pytest.raises(
        ConfigError, match=r"monitor.toml:4: sinks.s.buttons: would be heard by nobody"
    ):
        read_config(tmp_path, {})


def test_a_busy_store_is_said_so(tmp_path: Path) -> None:
    """The reader is asked to try again; Slack sees a failure and shows it."""

    class Busy:
        def alert(self, alert_id: str) -> object:
            raise StoreBusy(alert_id)

    with visitor(Busy()) as web:  # type: ignore[arg-type]
        assert 503 == web.post(path("seen")).status_code
        assert 503 == press(web, "seen")


def test_settings(tmp_path: Path) -> None:
    """An address needs a secret of some length; both may be left out."""
    text = "[feedback]\nurl = 'https://m.example'\nsecret = '${S}'\n"
    document, problems = table(text, tmp_path, S="a secret of some length")
    assert SETTINGS.url == read(document.table("feedback")).url
    assert [] == problems.lines
    document, problems = table("[feedback]\nurl = 'monitor'\nsecrt = 'x'\n", tmp_path)
    read(document.table("feedback"))
    assert [
        "monitor.toml:2: feedback.url: 'monitor' is no address; write \"https://monitor.example.org\"",
        "monitor.toml:2: feedback.secret: is too short to sign links; generate one: openssl rand -base64 32",
        "monitor.toml:3: feedback.secrt: is not a known key; did you mean 'secret'?",
    ] == [line.replace(":1: feedback.secret", ":2: feedback.secret") for line in problems.lines]
