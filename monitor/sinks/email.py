"""
Alerts as e-mail, text and HTML, one thread per story.

Protocols: RFC 5321 (SMTP), RFC 3207 (STARTTLS), RFC 5322 §3.6.4 (threading).
"""

import smtplib
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from time import monotonic
from typing import Final

from monitor.config.reading import Table
from monitor.egress import Egress
from monitor.model import Delivery, Failed, Outcome, Verdict
from monitor.ports import Sink, SinkKind
from monitor.secret import Secret
from monitor.sinks._letter import html, line, subject, text
from monitor.sinks._posting import shown

_PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}
# Folding a header between words in several scripts loses the space between them (seen with
# Python 3.11.7), so lines may be as long as RFC 5322 §2.1.1 lets them.
_POLICY: Final = SMTP.clone(max_line_length=998)
_ACCEPTED: Final = "accepted"  # key of what is remembered: who has the letter already


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailSettings:
    host: str
    port: int
    tls: str  # a key of _PORTS
    username: str  # "" to send without
    password: Secret
    sender: str  # "Monitor <monitor@example.org>"
    to: tuple[str, ...]
    timeout: timedelta = timedelta(seconds=30)


class Email:
    """One letter a delivery. Whoever has it already is left out when others must be tried again."""

    def __init__(self, settings: EmailSettings, egress: Egress) -> None:
        self._settings, self._egress = settings, egress

    def send(self, delivery: Delivery, now: datetime) -> Outcome:
        began = monotonic()
        had = tuple(a for a in delivery.state.get(_ACCEPTED, "").split(",") if a)
        waiting = [to for to in self._settings.to if parseaddr(to)[1] not in had]
        try:
            refused = self._post(letter(delivery, self._settings, now), waiting, now)
        except _Unsent as e:
            return self._outcome(e.verdict, e.reason, e.status, e.said, began)
        accepted = [*had, *(a for to in waiting if (a := parseaddr(to)[1]) not in refused)]
        if not refused:
            return self._outcome(Verdict.DELIVERED, "", 250, "", began)
        said = "; ".join(f"{who}: {code} {why}" for who, (code, why) in refused.items())
        code = max(code for code, _ in refused.values())
        state = {_ACCEPTED: ",".join(accepted)}
        return self._outcome(Verdict.RETRY, "recipient", code, said, began, state)

    def close(self) -> None:
        """Nothing is held open."""

    def _outcome(
        self,
        verdict: Verdict,
        reason: str,
        status: int,
        said: str,
        began: float,
        state: Mapping[str, str] | None = None,
    ) -> Outcome:
        return Outcome(
            verdict=verdict,
            reason=reason,
            status=status,
            answer=shown(said, (self._settings.password,)),
            milliseconds=round((monotonic() - began) * 1000),
            state=state or {},
        )

    def _post(
        self, message: EmailMessage, to: Sequence[str], now: datetime
    ) -> Mapping[str, tuple[int, str]]:
        """Who refused the letter, with code and words; empty when all took it."""
        settings = self._settings
        opened = self._egress.dial(settings.host, settings.port, settings.timeout, now)
        if isinstance(opened, Failed):
            raise _Unsent(opened.reason.value, opened.detail)
        try:
            with _Client(opened, settings) as client:
                return _hand_over(client, message, settings, to)
        except smtplib.SMTPException as e:
            raise _unsent(e) from e
        except TimeoutError as e:
            raise _Unsent("timeout", "the server did not answer in time") from e
        except ssl.SSLError as e:
            raise _Unsent("tls", str(e)) from e
        except OSError as e:
            raise _Unsent("connect", e.strerror or type(e).__name__) from e


class _Unsent(Exception):
    """Nobody has the letter: why, and whether trying again may help."""

    def __init__(
        self, reason: str, said: str, status: int = 0, verdict: Verdict = Verdict.RETRY
    ) -> None:
        super().__init__(reason)
        self.reason, self.said, self.status, self.verdict = reason, said, status, verdict


def _unsent(error: smtplib.SMTPException) -> _Unsent:
    """Only a letter refused for good is given up: a password or a mailbox can be mended."""
    if isinstance(error, smtplib.SMTPResponseException):
        said = _words(error.smtp_error)
        code = error.smtp_code
        if isinstance(error, smtplib.SMTPDataError) and code // 100 == 5:
            return _Unsent("payload", said, code, Verdict.REFUSED)
        reason = "auth" if isinstance(error, smtplib.SMTPAuthenticationError) else str(code)
        return _Unsent(reason, said, code)
    return _Unsent("smtp", f"{type(error).__name__}: {error}")


class _Client(smtplib.SMTP):
    """Speaks over a connection that the gate has opened to an address it has checked."""

    def __init__(self, opened: socket.socket, settings: EmailSettings) -> None:
        self._opened = opened
        seconds = settings.timeout.total_seconds()
        opened.settimeout(seconds)
        if settings.tls == "tls":
            context = ssl.create_default_context()
            self._opened = context.wrap_socket(opened, server_hostname=settings.host)
        # Named after the sender: the default asks the resolver for our own name, and may hang.
        own = parseaddr(settings.sender)[1].rpartition("@")[2]
        super().__init__(settings.host, settings.port, local_hostname=own, timeout=seconds)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._opened


def _hand_over(
    client: smtplib.SMTP, message: EmailMessage, settings: EmailSettings, to: Sequence[str]
) -> Mapping[str, tuple[int, str]]:
    if settings.tls == "starttls":
        client.starttls(context=ssl.create_default_context())
    if settings.username:
        client.login(settings.username, settings.password.reveal())
    addresses = [parseaddr(one)[1] for one in to]
    try:
        refused = client.send_message(message, parseaddr(settings.sender)[1], addresses)
    except smtplib.SMTPRecipientsRefused as e:
        refused = e.recipients
    return {who: (code, _words(why)) for who, (code, why) in refused.items()}


def _words(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


def letter(delivery: Delivery, settings: EmailSettings, now: datetime) -> EmailMessage:
    """
    The message: the same id at every attempt, and a parent that all letters of a story share.

    Mail programs thread by `References` even when nobody has the letter it names.
    """
    alert = delivery.alert
    domain = parseaddr(settings.sender)[1].rpartition("@")[2]
    message = EmailMessage(policy=_POLICY)
    message["From"] = settings.sender
    message["To"] = ", ".join(settings.to)
    message["Subject"] = subject(alert)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{delivery.id}@{domain}>"
    message["In-Reply-To"] = message["References"] = f"<{alert.id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    message["X-Monitor-Severity"] = alert.severity.value
    message["X-Monitor-Topic"] = line(alert.topic, 100)
    message.set_content(text(alert, delivery.links))
    message.add_alternative(html(alert, delivery.links), subtype="html")
    return message


class _Kind:
    def read(self, table: Table) -> EmailSettings:
        table.text("kind")
        tls = table.choice("tls", tuple(_PORTS), "starttls")
        timeout = table.duration("timeout", "30s")
        assert timeout is not None
        settings = EmailSettings(
            host=table.text("host", right='a mail server such as "smtp.example.org"'),
            port=table.integer("port", _PORTS[tls], least=1),
            tls=tls,
            username=table.text("username", ""),
            password=table.secret("password", ""),
            sender=_address(table, "sender", table.text("sender", right='"Name <name@host>"')),
            to=tuple(_address(table, "to", one) for one in table.texts("to")),
            timeout=timeout,
        )
        if table.has("to") and table.values["to"] == []:
            table.fault("to", "is empty", "name at least one address")
        if settings.password and tls == "none":
            table.fault("password", "would be sent in the clear", 'write tls = "starttls"')
        table.close()
        return settings

    def defaults(self) -> None:
        """A mail server and addresses must be given."""

    def rate(self, settings: EmailSettings) -> None:
        """As fast as it takes them."""

    def build(self, settings: EmailSettings, egress: Egress) -> Sink:
        return Email(settings, egress)


def _address(table: Table, key: str, given: str) -> str:
    """The address as written; "" after reporting that it is none."""
    name, plain = parseaddr(given)
    try:
        good = bool(plain) and "@" in plain and given.isprintable()
        Address(display_name=name, addr_spec=plain)
    except (MessageError, ValueError, IndexError):
        good = False
    if not good and given:
        table.fault(key, f"{given!r} is no e-mail address", 'write "Name <name@host>"')
    return given if good else ""


SINK: SinkKind = _Kind()
