"""sinks/webhook: signed, whole, and obedient to whatever the receiver answers."""

import base64
import json
import re
import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook as Library

from monitor.egress import Egress, EgressSettings
from monitor.model import Outcome, Verdict
from monitor.secret import Secret
from monitor.sinks.webhook import SINK, Webhook, WebhookSettings, key, sign
from tests.hostile import Script, answer, drip, field_of, hostile
from tests.samples import NOW, delivery, table

TLS = Path(__file__).parent.parent / "data" / "tls"
OLD = "whsec_" + base64.b64encode(b"an old key of at least 24 bytes").decode()
NEW = "whsec_" + base64.b64encode(b"a new key, also of 24 bytes or more").decode()


def gate(**settings: Any) -> Egress:
    return Egress(EgressSettings(allow_private=("127.0.0.0/8",), **settings))


def sink(url: str, *secrets: str, seconds: float = 2) -> Webhook:
    settings = WebhookSettings(
        url=Secret(url),
        secrets=tuple(Secret(s) for s in secrets or (NEW,)),
        timeout=timedelta(seconds=seconds),
    )
    return Webhook(settings, gate())


def sent(script: Script, *, seconds: float = 2, path: str = "/") -> Outcome:
    with hostile(script) as server:
        return sink(server.url(path), seconds=seconds).send(delivery(), NOW)


def test_the_published_vector() -> None:
    """The example signature of the standard comes out to the letter."""
    secret = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'

    found = sign((secret,), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" == found
    found = sign((secret,), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1674087231, body)
    assert "v1,AQG81rX2n4rTN1fkXoqILSHO9gAOcwya9dP41rhrQDI=" == found


def test_a_receiver_with_either_secret_verifies() -> None:
    """While secrets rotate, the library accepts the message with the old and with the new one."""
    now = datetime.now(tz=NOW.tzinfo)
    with hostile(answer()) as server:
        outcome = sink(server.url(), NEW, OLD).send(delivery(), now)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    headers = {
        name: field_of(head, name)
        for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
    }

    assert Verdict.DELIVERED is outcome.verdict
    for secret in (OLD, NEW):
        assert "alert.created" == Library(secret).verify(body.decode(), headers)["type"]


def test_a_raw_secret_signs_as_it_is() -> None:
    """A secret without the prefix is its own bytes, as the library's raw form."""
    found = sign((Secret("not base64!"),), "dl-1", int(NOW.timestamp()), b"{}")

    assert Library(b"not base64!").sign("dl-1", NOW, "{}") == found


def test_what_is_posted() -> None:
    """JSON to the very path, with the delivery's id, the same body at every attempt."""
    with hostile(answer()) as server:
        one = sink(server.url("/hook?a=1"))
        one.send(delivery(), NOW)
        one.send(delivery(), NOW + timedelta(hours=1))
    first, second = server.requests

    assert first.startswith(b"POST /hook?a=1 HTTP/1.1\r\n")
    assert "application/json" == field_of(first, "content-type")
    assert delivery().id == field_of(first, "webhook-id") == field_of(second, "webhook-id")
    assert re.fullmatch(r"[A-Za-z0-9_-]+", field_of(first, "webhook-id"))
    assert str(int(NOW.timestamp())) == field_of(first, "webhook-timestamp")
    assert field_of(second, "webhook-timestamp") > field_of(first, "webhook-timestamp")
    assert first.partition(b"\r\n\r\n")[2] == second.partition(b"\r\n\r\n")[2]
    assert json.loads(first.partition(b"\r\n\r\n")[2])["data"]["title"] == delivery().alert.title


ANSWERS: list[tuple[str, dict[str, str], Verdict, str, int | None]] = [
    ("200 OK", {}, Verdict.DELIVERED, "", None),
    ("204 No Content", {}, Verdict.DELIVERED, "", None),
    ("302 Found", {"Location": "http://127.0.0.1:1/"}, Verdict.RETRY, "302", None),
    ("400 Bad Request", {}, Verdict.RETRY, "400", None),
    ("404 Not Found", {}, Verdict.RETRY, "404", None),
    ("410 Gone", {}, Verdict.GONE, "410", None),
    ("429 Slow", {"Retry-After": "7"}, Verdict.RETRY, "429", 7),
    ("429 Slow", {"Retry-After": "Sat, 01 Aug 2026 12:02:00 GMT"}, Verdict.RETRY, "429", 120),
    ("429 Slow", {"Retry-After": "Sat, 01 Aug 2026 11:00:00 GMT"}, Verdict.RETRY, "429", 0),
    ("429 Slow", {"Retry-After": "9" * 400}, Verdict.RETRY, "429", 86_400),
    ("429 Slow", {"Retry-After": "soon"}, Verdict.RETRY, "429", None),
    ("429 Slow", {"Retry-After": "Sat, 01 Aug 2026 12:02:00"}, Verdict.RETRY, "429", 120),
    ("429 Slow", {}, Verdict.RETRY, "429", None),
    ("500 Oops", {"Retry-After": "9"}, Verdict.RETRY, "500", None),
    ("502 Bad Gateway", {"Retry-After": "9"}, Verdict.RETRY, "502", 9),
    ("503 Busy", {"Retry-After": "9"}, Verdict.RETRY, "503", 9),
]


@pytest.mark.parametrize(("status", "headers", "verdict", "reason", "wait"), ANSWERS)
def test_what_an_answer_means(
    status: str, headers: dict[str, str], verdict: Verdict, reason: str, wait: int | None
) -> None:
    """2xx alone is success, 410 the last word, and a busy receiver's Retry-After is heard."""
    outcome = sent(answer(b"said", status, headers))

    assert (verdict, reason) == (outcome.verdict, outcome.reason)
    assert int(status[:3]) == outcome.status
    assert (None if wait is None else timedelta(seconds=wait)) == outcome.retry_after
    assert status.startswith("204") or "said" == outcome.answer


def _silence(_request: bytes) -> Iterator[bytes | float]:
    yield 5.0


def _reset(_request: bytes) -> Iterator[bytes | float]:
    return iter(())


def _slowly(_request: bytes) -> Iterator[bytes | float]:
    yield from drip(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + b"x" * 500, 1, 0.05)


def _stranger(_request: bytes) -> Iterator[bytes | float]:
    yield b"220 mail.example.org ESMTP\r\n"


@pytest.mark.parametrize(
    ("script", "reason"),
    [(_silence, "timeout"), (_reset, "protocol"), (_slowly, "timeout"), (_stranger, "protocol")],
)
def test_no_whole_answer_is_another_try(script: Script, reason: str) -> None:
    """Silence, a reset, one byte at a time, another protocol: retried, never taken as success."""
    outcome = sent(script, seconds=0.3)

    assert (Verdict.RETRY, reason, 0) == (outcome.verdict, outcome.reason, outcome.status)


def test_one_byte_at_a_time_is_still_an_answer() -> None:
    """A slow receiver that ends in time has taken the alert."""

    def script(_request: bytes) -> Iterator[bytes | float]:
        yield from drip(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 1, 0.002)

    assert Verdict.DELIVERED is sent(script).verdict


def test_a_certificate_of_nobody_is_refused() -> None:
    """TLS is verified: an unknown authority gets no alert."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "cert.pem", TLS / "key.pem")
    with hostile(answer(), context) as server:
        outcome = sink(server.url("/", host="localhost")).send(delivery(), NOW)

    assert (Verdict.RETRY, "tls") == (outcome.verdict, outcome.reason)
    assert [] == server.requests


def test_a_private_address_is_not_posted_to() -> None:
    """Without an allowance nothing leaves for loopback, and the attempt says so."""
    with hostile(answer()) as server:
        settings = WebhookSettings(url=Secret(server.url()), secrets=(Secret(NEW),))
        outcome = Webhook(settings, Egress(EgressSettings())).send(delivery(), NOW)

    assert (Verdict.RETRY, "forbidden-address") == (outcome.verdict, outcome.reason)
    assert [] == server.requests


def test_the_kept_answer_is_short_and_shows_no_secret() -> None:
    """A receiver that echoes our address, key and headers writes none of them into the store."""

    def script(request: bytes) -> Iterator[bytes | float]:
        said = b"\x1b[31m" + request[:200] + NEW.encode() + b"y" * 9_000
        yield b"HTTP/1.1 500 No\r\nContent-Length: %d\r\n\r\n" % len(said) + said

    outcome = sent(script, path="/hook/T0KEN-in-the-path")

    assert len(outcome.answer.encode()) <= 2_048
    assert "T0KEN" not in outcome.answer
    assert NEW not in outcome.answer
    assert "\x1b" not in outcome.answer
    assert "POST" in outcome.answer


FAULTS = [
    ('secret = "x"', "url: is missing"),
    ('url = "ftp://example.org"\nsecret = "x"', "url: is no address to post to"),
    ('url = "https://u:p@example.org"\nsecret = "x"', "url: is no address to post to"),
    ('url = "https://exa mple.org"\nsecret = "x"', "url: is no address to post to"),
    ('url = "https://[::1"\nsecret = "x"', "url: is no address to post to"),
    ('url = "https://example.org"', "secret: is missing"),
    ('url = "https://example.org"\nsecret = []', "secret: is an empty list"),
    ('url = "https://example.org"\nsecret = ""', "secret: is empty"),
    ('url = "https://example.org"\nsecret = ["a", "whsec_é"]', 'secret: number 2 after "whsec_"'),
    ('url = "https://example.org"\nsecret = "whsec_%%%"', 'secret: after "whsec_" is not base64'),
    ('url = "https://example.org"\nsecret = "${UNSET}"', "secret: variable UNSET is not set"),
    ('url = "https://example.org"\nsecret = "x"\ntimeout = "2m"', "timeout: is not between"),
    ('url = "https://example.org"\nsecret = "x"\nsecrets = "y"', "did you mean 'secret'?"),
]


@pytest.mark.parametrize(("text", "said"), FAULTS)
def test_a_wrong_setting_is_said_without_showing_it(text: str, said: str, tmp_path: Path) -> None:
    """Each fault names its key, and no fault repeats an address or a secret."""
    document, problems = table(f'[sinks.desk]\nkind = "webhook"\n{text}\n', tmp_path)
    SINK.read(document.named_tables("sinks")["desk"])

    assert any(said in line for line in problems.lines), problems.lines
    assert not any("example.org" in line or "%%%" in line for line in problems.lines)


def test_settings_read_and_built(tmp_path: Path) -> None:
    """A secret or a list of them, from the environment; the sink they make delivers."""
    with hostile(answer()) as server:
        text = f'[sinks.desk]\nkind = "webhook"\nurl = "{server.url()}"\nsecret = ["${{A}}", "b"]'
        document, problems = table(text, tmp_path, A=OLD)
        settings = SINK.read(document.named_tables("sinks")["desk"])
        built = SINK.build(settings, gate())
        outcome = built.send(delivery(), NOW)
        built.close()

    assert [] == problems.lines
    assert Verdict.DELIVERED is outcome.verdict
    assert 2 == len(field_of(server.requests[0], "webhook-signature").split())
    assert "Secret('…')" in repr(settings)
    assert OLD not in repr(settings)
    assert SINK.defaults() is None
    assert b"b" == key(settings.secrets[1])


def test_the_same_alert_as_a_cloud_event(tmp_path: Path) -> None:
    """Structured mode: the delivery is the id, the alert the subject, `data` the same, signed whole."""
    text = "[sinks.h]\nkind = 'webhook'\nurl = '${U}'\nsecret = '${S}'\nenvelope = 'cloudevents'"
    now = datetime.now(tz=NOW.tzinfo)
    with hostile(answer()) as server:
        document, problems = table(text, tmp_path, U=server.url(), S=NEW)
        settings = SINK.read(document.named_tables("sinks")["h"])
        outcome = SINK.build(settings, gate()).send(delivery(), now)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    found = json.loads(body)
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    headers = {name: field_of(head, name) for name in names}

    assert [] == problems.lines
    assert Verdict.DELIVERED is outcome.verdict
    assert "application/cloudevents+json; charset=utf-8" == field_of(head, "content-type")
    assert ("1.0", delivery().id, "alert.created") == (
        found["specversion"],
        found["id"],
        found["type"],
    )
    assert delivery().alert.id == found["subject"] == found["data"]["alert"]
    assert "1.0" == Library(NEW).verify(body.decode(), headers)["specversion"]
    assert None is SINK.rate(settings)
