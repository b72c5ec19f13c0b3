"""sinks/email: one thread a story, nothing injected, nobody written to twice."""

import asyncio
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from hypothesis import given, settings

from monitor.egress import Egress, EgressSettings
from monitor.model import Alert, Outcome, Verdict
from monitor.secret import Secret
from monitor.sinks._letter import html, subject, text
from monitor.sinks.email import SINK, Email, EmailSettings, letter
from tests.samples import NOW, TITLE, alert, any_alert, delivery, table

GATE = Egress(EgressSettings(allow_private=("127.0.0.0/8",)))


@dataclass
class Postbox:
    """A mail server's handler that keeps letters and answers what it is told to."""

    letters: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)  # address → answer
    data: str = "250 taken"

    async def handle_RCPT(  # noqa: N802, RUF100
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(  # noqa: N802, RUF100
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.data.startswith("250"):
            assert isinstance(envelope.content, bytes)
            found = message_from_bytes(envelope.content, policy=email.policy.default)
            assert isinstance(found, EmailMessage)
            self.letters.append((list(envelope.rcpt_tos), found))
        return self.data


class _Chosen(Controller):
    """On a port of the system's choosing, which aiosmtpd does not ask for itself."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def server(box: Postbox, **kwargs: Any) -> Iterator[int]:
    """A real mail server on loopback; gives its port."""
    controller = _Chosen(box, hostname="127.0.0.1", port=0, **kwargs)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def mail(port: int, **changed: Any) -> Email:
    settings = EmailSettings(
        host="127.0.0.1",
        port=port,
        tls="none",
        username="",
        password=Secret(""),
        sender="Monitor <monitor@example.org>",
        to=("Desk <desk@example.org>", "night@example.org"),
        timeout=timedelta(seconds=5),
    )
    return Email(replace(settings, **changed), GATE)


def test_one_letter_for_all_and_one_thread_a_story() -> None:
    """A first alert and its update have ids of their own and the same parent."""
    box = Postbox()
    with server(box) as port:
        first = mail(port).send(delivery(), NOW)
        later = replace(delivery(revision=2, changes=("Now delivered.",)), id="dl-2")
        assert Verdict.DELIVERED is mail(port).send(later, NOW).verdict

    (who, one), (_, two) = box.letters
    assert Verdict.DELIVERED is first.verdict
    assert ["desk@example.org", "night@example.org"] == who
    assert one["Message-ID"] == "<dl-0123456789abcdef01234567@example.org>"
    assert "<dl-2@example.org>" == two["Message-ID"]
    assert one["References"] == two["References"] == two["In-Reply-To"]
    assert TITLE in one["Subject"]
    assert "update" in two["Subject"]
    assert "Now delivered." in two.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_who_has_it_is_not_written_to_again() -> None:
    """One full mailbox: the letter goes to the other at once and to the first one later."""
    box = Postbox(refuses={"night@example.org": "452 mailbox full"})
    with server(box) as port:
        half = mail(port).send(delivery(), NOW)
        box.refuses.clear()
        whole = mail(port).send(replace(delivery(), state=half.state), NOW)

    assert (Verdict.RETRY, "recipient", 452) == (half.verdict, half.reason, half.status)
    assert "mailbox full" in half.answer
    assert Verdict.DELIVERED is whole.verdict
    assert [["desk@example.org"], ["night@example.org"]] == [who for who, _ in box.letters]


def test_nobody_takes_it() -> None:
    """Every mailbox refusing is no delivery, and is tried again."""
    refuses = {a: "550 no such user" for a in ("desk@example.org", "night@example.org")}
    with server(Postbox(refuses=refuses)) as port:
        outcome = mail(port).send(delivery(), NOW)

    assert (Verdict.RETRY, 550) == (outcome.verdict, outcome.status)


@pytest.mark.parametrize(
    ("said", "verdict", "reason"),
    [
        ("554 looks like spam", Verdict.REFUSED, "payload"),
        ("451 try later", Verdict.RETRY, "451"),
    ],
)
def test_only_a_letter_refused_for_good_is_dead(said: str, verdict: Verdict, reason: str) -> None:
    """5xx on the letter itself will never change; 4xx will."""
    with server(Postbox(data=said)) as port:
        outcome = mail(port).send(delivery(), NOW)

    assert (verdict, reason) == (outcome.verdict, outcome.reason)


def test_a_wrong_password_is_tried_again_and_never_shown() -> None:
    """Credentials can be mended; what the server echoes of them is hidden."""
    secret = "correct-horse-battery"

    def refuse(*args: Any) -> AuthResult:
        given = args[-1]
        assert isinstance(given, LoginPassword)
        said = f"535 no {given.password.decode()} here"
        return AuthResult(success=False, handled=False, message=said)

    kwargs = {"authenticator": refuse, "auth_require_tls": False}
    with server(Postbox(), **kwargs) as port:
        outcome = mail(port, username="me", password=Secret(secret)).send(delivery(), NOW)

    assert (Verdict.RETRY, "auth") == (outcome.verdict, outcome.reason)
    assert secret not in repr(outcome)


def _sent_to(said: bytes, **changed: Any) -> Outcome:
    """What comes of a peer that says this, whatever it hears, and hangs up."""

    class Peer(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.sendall(said)

    with socketserver.TCPServer(("127.0.0.1", 0), Peer) as peer:
        thread = threading.Thread(target=peer.handle_request)
        thread.start()
        port = peer.server_address[1]
        outcome = mail(port, timeout=timedelta(seconds=1), **changed).send(delivery(), NOW)
        thread.join()
    return outcome


def test_servers_that_are_none() -> None:
    """Silence, nonsense, no STARTTLS and no TLS each have a name, and the alert waits."""
    hello = b"220 x\r\n250 x\r\n250 x\r\n250 x\r\n"

    assert "smtp" == _sent_to(b"").reason
    assert Verdict.RETRY is _sent_to(b"HTTP/1.1 400 no\r\n\r\n").verdict
    assert "smtp" == _sent_to(hello, tls="starttls").reason
    assert "tls" == _sent_to(b"220 not tls\r\n", tls="tls").reason


def test_no_connection_and_no_private_address() -> None:
    """The gate's reasons come through: nobody listens, or the address is not to be asked."""
    closed = mail(9, timeout=timedelta(seconds=1)).send(delivery(), NOW)
    shut = Email(mail(9)._settings, Egress(EgressSettings())).send(delivery(), NOW)

    assert (Verdict.RETRY, "connect") == (closed.verdict, closed.reason)
    assert (Verdict.RETRY, "forbidden-address") == (shut.verdict, shut.reason)


@settings(max_examples=60, deadline=None)
@given(any_alert)
def test_no_alert_breaks_a_letter(found: Alert) -> None:
    """Whatever a feed put in, the headers stay one line each and no tag of its own survives."""
    built = letter(replace(delivery(), alert=found), mail(1)._settings, NOW)
    parsed = message_from_bytes(built.as_bytes(), policy=email.policy.default)
    page = html(found)

    assert built["Subject"] == parsed["Subject"]
    assert len(subject(found)) <= 160
    assert "\n" not in subject(found)
    assert {"From", "To", "Subject", "Message-ID"} <= set(parsed.keys())
    assert "<!channel" not in page
    assert page.count("<script") == 0
    assert "\x1b" not in text(found)


def test_a_test_alert_says_so() -> None:
    """A desk must never take a trial for news."""
    assert subject(alert(test=True)).startswith("TEST ")


def read(tmp_path: Path, body: str, **environ: str) -> tuple[EmailSettings, list[str]]:
    found, problems = table(f"[sinks.m]\nkind = 'email'\n{body}", tmp_path, **environ)
    return SINK.read(found.named_tables("sinks")["m"]), problems.lines


def test_what_a_sink_needs(tmp_path: Path) -> None:
    """Host, sender and addresses are enough; ports follow from the way TLS is spoken."""
    body = "host = 'mx.example.org'\nsender = 'M <m@example.org>'\nto = ['d@example.org']\n"
    found, problems = read(tmp_path, body + "username = 'u'\npassword = '${PW}'", PW="secret-pw")

    assert [] == problems
    assert (587, "starttls", timedelta(seconds=30)) == (found.port, found.tls, found.timeout)
    assert isinstance(SINK.build(found, GATE), Email)
    SINK.build(found, GATE).close()
    assert None is SINK.defaults()


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("sender = 'a@b.c'\nto = ['a@b.c']", "sinks.m.host: is missing"),
        ("host = 'x'\nsender = 'nobody'\nto = ['a@b.c']", "'nobody' is no e-mail address"),
        ("host = 'x'\nsender = 'a@b.c'\nto = []", "sinks.m.to: is empty"),
        ("host = 'x'\nsender = 'a@b.c'\nto = [\"a@b.c\\r\\nBcc: e@f.g\"]", "is no e-mail address"),
        (
            "host = 'x'\nsender = 'a@b.c'\nto = ['a@b.c']\ntls = 'none'\npassword = 'pw-in-clear'",
            "sent in the clear",
        ),
        ("host = 'x'\nsender = 'a@b.c'\nto = ['a@b.c']\ntsl = 'none'", "did you mean 'tls'?"),
    ],
)
def test_what_is_wrong_is_said_in_its_line(tmp_path: Path, body: str, fault: str) -> None:
    """A wrong key never waits until the first alert."""
    _, problems = read(tmp_path, body)

    assert any(fault in line for line in problems), problems
    assert all("pw-in-clear" not in line for line in problems)
