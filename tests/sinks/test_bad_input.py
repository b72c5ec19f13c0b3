"""What operators mistype and feeds abuse, at every sink: a clear line at the check, a safe message."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.models.blocks import Block

from monitor.assembly import read_config
from monitor.egress import Egress, EgressSettings
from monitor.errors import ConfigError
from monitor.model import Act, Outcome, RegimeFact, Severity, Source, Stage, Verdict
from monitor.ports import Sink
from monitor.secret import Secret
from monitor.sinks import apprise, console, jsonl
from monitor.sinks._slack_bot import Bot, BotSettings
from monitor.sinks.slack import IncomingWebhook, SlackSettings
from monitor.sinks.webhook import Webhook, WebhookSettings
from tests.hostile import Script, answer, hostile
from tests.samples import NOW, delivery, reason, table
from tests.sinks.test_email import Postbox, mail, server
from tests.slack import TOKEN, Slack

WEBHOOK = 'kind = "webhook"\nsecret = "a secret of some length"\n'
FAULTS = {
    "a missing variable": (
        'kind = "webhook"\nurl = "https://example.org/h"\nsecret = "${NOWHERE}"',
        "sinks.s.secret: variable NOWHERE is not set; set NOWHERE in the environment",
    ),
    "a missing file": (
        'kind = "slack"\nurl = "file:/nowhere/at/all"',
        "sinks.s.url: cannot read file:/nowhere/at/all: No such file or directory; "
        "name a readable file",
    ),
    "an unknown kind": (
        'kind = "slak"',
        "sinks.s.kind: 'slak' is unknown; did you mean 'slack'?",
    ),
    "no kind": ('url = "https://example.org/h"', "sinks.s.kind: is missing; "),
    "a template": (
        f'{WEBHOOK}url = "https://example.org/h"\ntemplate = "{{{{ alert.titel }}}}"',
        "sinks.s.template: is not a known key; known here: ",
    ),
    "a private address": (
        f'{WEBHOOK}url = "http://10.0.0.1/h"',
        "sinks.s.url: leads to 10.0.0.1, which is private; "
        'write allow_private = ["10.0.0.1/32"] in [egress]',
    ),
    "a private address in IPv6": (
        f'{WEBHOOK}url = "http://[::ffff:127.0.0.1]:8080/h"',
        "sinks.s.url: leads to ::ffff:127.0.0.1, which is loopback inside IPv6; ",
    ),
    "the cloud's own address": (
        'kind = "slack"\nurl = "http://169.254.169.254/latest"',
        "sinks.s.url: leads to 169.254.169.254, which is link-local; ",
    ),
    "a private mail server": (
        'kind = "email"\nhost = "192.168.1.2"\nsender = "a@example.org"\nto = ["b@example.org"]',
        "sinks.s.host: leads to 192.168.1.2, which is private; ",
    ),
    "a channel beside a webhook": (
        'kind = "slack"\nurl = "https://hooks.slack.example/1"\nchannel = "C1"',
        "sinks.s.channel: is a bot's; ",
    ),
    "a channel's name": (
        'kind = "slack"\ntoken = "xoxb-1"\nchannel = "#desk"',
        "sinks.s.channel: '#desk' is no channel id; write one such as",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_line_that_says_what_would_be_right(fault: str, tmp_path: Path) -> None:
    """Its place, what is wrong and what to write; found before anything is sent."""
    written, expected = FAULTS[fault]
    (tmp_path / "monitor.toml").write_text(f"[sinks.s]\n{written}\n", "utf-8")
    with pytest.raises(ConfigError) as refused:
        read_config(tmp_path, {})
    [line] = refused.value.problems

    assert re.match(r"monitor\.toml:\d: ", line)
    assert line.partition(": ")[2].startswith(expected)


def test_an_allowed_private_address_is_none(tmp_path: Path) -> None:
    """What [egress] allows is reached, and so is a service behind Apprise, which asks nobody."""
    (tmp_path / "monitor.toml").write_text(
        f'[egress]\nallow_private = ["10.0.0.0/24"]\n[sinks.s]\n{WEBHOOK}url = "http://10.0.0.1/h"\n'
        '[sinks.t]\nkind = "apprise"\nurl = "json://192.168.1.2/x"\n', "utf-8"
    )  # fmt: skip

    assert {"s", "t"} == set(read_config(tmp_path, {}).sinks)


# ── a title full of everything, an act of a hundred names ───────────────────────

TITLE = (
    "<!channel> *BREAKING* [red]\x1b[31m\x07 <https://evil.example|reuters.com> @everyone "
    "\u202egnp.exe\u2066 🚀🇺🇦👩‍👩‍👧 &lt;b&gt; `rm -rf` \r\nBcc: x@evil.example\r\n\r\n"
    "<script>alert(1)</script> \x00 砲弾 قذائف " + "ש" * 300
)
HUNDRED = tuple(f"group-number-{n}" for n in range(100))
NASTY = delivery(
    title=TITLE,
    summary=TITLE * 20,
    outlet=TITLE,
    topic="arms-transfers",
    severity=Severity.CRITICAL,
    url="https://example.org/?q=<!here>|x&y=\u202e",
    act=Act(
        stage=Stage.DELIVERED, suppliers=HUNDRED, recipients=HUNDRED, categories=HUNDRED,
        systems=HUNDRED, quantity=TITLE,
    ),
    reasons=tuple(reason("Freedonia", f"recipient:{name}") for name in HUNDRED),
    regimes=tuple(
        RegimeFact(id=n, name=TITLE, act=TITLE, as_of="2026-07-01", note=TITLE) for n in HUNDRED
    ),
    sources=tuple(
        Source(outlet=TITLE, url=f"https://example.org/{n}", published=NOW) for n in HUNDRED
    ),
    changes=(TITLE,) * 100,
)  # fmt: skip
GATE = Egress(EgressSettings(allow_private=("127.0.0.0/8",)))
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@contextmanager
def _posts(make: Callable[[str], Sink], script: Script) -> Iterator[tuple[Sink, Any]]:
    """A sink that posts, and the latest body it has posted."""
    with hostile(script) as place:
        yield make(place.url("")), lambda: json.loads(place.requests[-1].partition(b"\r\n\r\n")[2])


def _webhook(url: str) -> Sink:
    secrets = (Secret("a secret of some length"),)
    return Webhook(WebhookSettings(url=Secret(url), secrets=secrets), GATE)


def _slack(url: str) -> Sink:
    return IncomingWebhook(SlackSettings(url=Secret(url), spacing=timedelta(0)), GATE)


def _bot(url: str) -> Sink:
    settings = BotSettings(
        token=Secret(TOKEN), channel="C1", api=f"{url}/api", spacing=timedelta(0)
    )
    return Bot(settings, GATE)


def taken(sink: Sink) -> Outcome:
    outcome = sink.send(NASTY, NOW)
    sink.close()
    assert Verdict.DELIVERED is outcome.verdict, outcome
    return outcome


def test_a_webhook_stays_small_and_whole() -> None:
    """Below 20 kB, JSON of the published shape, the title as it came for programs to judge."""
    with _posts(_webhook, answer(b"ok")) as (sink, body):
        taken(sink)
        found = body()

    assert len(json.dumps(found, ensure_ascii=False).encode()) < 20_000
    assert found["data"]["truncated"] is True
    assert found["data"]["title"].startswith("<!channel> *BREAKING*")
    assert "delivered" == found["data"]["act"]["stage"]


@pytest.mark.parametrize("kind", ["webhook", "bot"])
def test_slack_takes_it_and_notifies_nobody(kind: str) -> None:
    """Within every limit of Slack's own models; no mention, no false link, no control character."""
    make, script = (_slack, answer(b"ok")) if kind == "webhook" else (_bot, Slack())
    with _posts(make, script) as (sink, body):
        taken(sink)
        found = body()

    for block in Block.parse_all(found["blocks"]):
        block.validate_json()
    said = json.dumps(found, ensure_ascii=False)
    assert "<!" not in said
    assert "<@" not in said
    assert "<https://evil.example" not in said
    assert not CONTROLS.search(said.replace("\\n", ""))
    assert "and 94 more" in said
    assert len(said.encode()) < 40_000


def test_a_letter_has_no_header_of_theirs() -> None:
    """One Subject, no Bcc, no script, and everybody gets it."""
    box = Postbox()
    with server(box) as port:
        taken(mail(port))
    [(who, letter)] = box.letters

    assert 2 == len(who)
    assert letter["Bcc"] is None
    assert "\n" not in letter["Subject"]
    assert not CONTROLS.search(letter["Subject"])
    html = letter.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "<script" not in html
    assert not CONTROLS.search(html.replace("\r", ""))


def test_a_chat_reads_plain_words(tmp_path: Path) -> None:
    """What Apprise passes on mentions nobody."""
    with hostile(answer(b"ok")) as place:
        found, _ = table(
            f"[sinks.c]\nkind = 'apprise'\nurl = 'json://127.0.0.1:{place.port}/'", tmp_path
        )
        settings = apprise.SINK.read(found.named_tables("sinks")["c"])
        taken(apprise.SINK.build(settings, GATE))
        body = json.loads(place.requests[0].partition(b"\r\n\r\n")[2])

    assert "@everyone" not in body["title"] + body["message"]
    assert "<" not in body["title"] + body["message"]
    assert not CONTROLS.search(body["title"])


def test_a_file_gets_one_line(tmp_path: Path) -> None:
    """Line breaks of a title are not its."""
    taken(jsonl.SINK.build(jsonl.JsonlSettings(path=tmp_path / "alerts.jsonl"), GATE))
    [line] = (tmp_path / "alerts.jsonl").read_text("utf-8").splitlines()

    assert NASTY.id == json.loads(line)["id"]


def test_a_terminal_is_not_taken_over(capsys: pytest.CaptureFixture[str]) -> None:
    """No escape sequence, no reordering, no bell, however wide it is."""
    for width in (40, 200):
        settings = console.ConsoleSettings(width=width, colour="never")
        taken(console.SINK.build(settings, GATE))
        assert not CONTROLS.search(capsys.readouterr().out)
