"""sinks/apprise: one attempt through a real server, no mention, no secret."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.reading import Table
from monitor.egress import Egress, EgressSettings
from monitor.model import Outcome, Severity, Verdict
from monitor.ports import Sink
from monitor.sinks.apprise import SINK, inert
from tests.hostile import Hostile, answer, hostile
from tests.samples import NOW, TITLE, delivery, table

TOKEN = "a-token-nobody-sees"


def sink(tmp_path: Path, url: str) -> Sink:
    found, problems = table(
        "[sinks.chat]\nkind = 'apprise'\nurl = '${CHAT}'\ntimeout = '2s'", tmp_path, CHAT=url
    )
    settings = SINK.read(found.named_tables("sinks")["chat"])
    assert [] == problems.lines
    assert timedelta(seconds=2) == settings.timeout
    built: Sink = SINK.build(settings, Egress(EgressSettings()))
    return built


def sent(tmp_path: Path, server: Hostile, severity: Severity = Severity.HIGH) -> Outcome:
    one = sink(tmp_path, f"json://desk:{TOKEN}@127.0.0.1:{server.port}/in")
    outcome = one.send(delivery(severity=severity), NOW)
    one.close()
    return outcome


@pytest.mark.parametrize(
    ("severity", "kind"),
    [(Severity.MEDIUM, "info"), (Severity.HIGH, "warning"), (Severity.CRITICAL, "failure")],
)
def test_the_alert_arrives_whole(tmp_path: Path, severity: Severity, kind: str) -> None:
    """One request with headline, facts, proof and sources; the kind follows the severity."""
    with hostile(answer(b"ok")) as server:
        outcome = sent(tmp_path, server, severity)
    [request] = server.requests
    body = json.loads(request.partition(b"\r\n\r\n")[2])

    assert Verdict.DELIVERED is outcome.verdict
    assert TITLE in body["title"]
    assert kind == body["type"]
    assert "Embargo: UN arms embargo on Sylvania – S/RES/1 (2006)" in body["message"]


@pytest.mark.parametrize("status", ["500 Internal Server Error", "401 Unauthorized", "429 Slow"])
def test_a_refusal_is_one_attempt_to_be_tried_again(tmp_path: Path, status: str) -> None:
    """The library neither retries by itself nor shows the token in what it says."""
    with hostile(answer(TOKEN.encode(), status)) as server:
        outcome = sent(tmp_path, server)

    assert 1 == len(server.requests)
    assert (Verdict.RETRY, "apprise") == (outcome.verdict, outcome.reason)
    assert "Failed to send" in outcome.answer
    assert TOKEN not in repr(outcome)


def test_nobody_listens(tmp_path: Path) -> None:
    """No connection is an outcome like any other."""
    outcome = sink(tmp_path, "json://127.0.0.1:9/").send(delivery(), NOW)

    assert Verdict.RETRY is outcome.verdict
    assert "onnection" in outcome.answer


@given(st.text(alphabet="@<>[]() everyonhr!&", max_size=60))
def test_words_stay_words(words: str) -> None:
    """No mention, tag or link of a chat service can be spelled by a feed; every letter stays."""
    found = inert(words)

    assert "@everyone" not in found
    assert "<" not in found
    assert "](" not in found
    assert words == found.replace("\u200b", "").replace("‹", "<").replace("›", ">")


def faulty(tmp_path: Path, body: str) -> tuple[Table, list[str]]:
    found, problems = table(f"[sinks.chat]\nkind = 'apprise'\n{body}", tmp_path)
    one = found.named_tables("sinks")["chat"]
    SINK.read(one)
    return one, problems.lines


def test_an_unknown_service_is_named_without_its_token(tmp_path: Path) -> None:
    """What is wrong shows at `check`, and the URL, which is a secret, does not."""
    _, problems = faulty(tmp_path, f"url = 'nosuch://{TOKEN}/x'")
    _, missing = faulty(tmp_path, "")

    assert (
        "monitor.toml:3: sinks.chat.url: is no Apprise URL; see https://appriseit.com/services"
        in problems
    )
    assert TOKEN not in repr(problems)
    assert "is missing" in missing[0]
    assert None is SINK.defaults()
