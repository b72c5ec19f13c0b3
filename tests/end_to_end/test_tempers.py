"""Receivers of every temper, until they are well: nothing lost, nothing twice under another id."""

import json
import ssl
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from socket import socket
from threading import Lock
from typing import cast

from monitor.deliver import deliver
from monitor.egress import Egress, EgressSettings
from monitor.model import Delivery
from monitor.ports import Store
from monitor.secret import Secret
from monitor.sinks.webhook import Webhook, WebhookSettings
from monitor.stores.sqlite import open as sqlite
from tests.hostile import Script, answer, drip, field_of, hostile
from tests.samples import ALERT, NOW

MINUTE = timedelta(minutes=1)
SICK = 9  # requests that a receiver treats badly before it is well
TLS = Path(__file__).parents[1] / "data" / "tls"
OPEN = EgressSettings(allow_private=("127.0.0.0/8",))
GATE = Egress(OPEN)
TRUSTING = Egress(replace(OPEN, ca_file=str(TLS / "cert.pem")))


def _silent(_request: bytes) -> Iterator[bytes | float]:
    yield from ()


def _mute(_request: bytes) -> Iterator[bytes | float]:
    yield 3.0


def _reset(_request: bytes) -> Iterator[bytes | float]:
    yield from ()
    raise ConnectionAbortedError


def _slow(_request: bytes) -> Iterator[bytes | float]:
    yield b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"
    yield from drip(b"x" * 900, 1, 0.3)


def _nonsense(_request: bytes) -> Iterator[bytes | float]:
    yield b"220 mail.example ESMTP\r\n"


def _a_byte_at_a_time(request: bytes) -> Iterator[bytes | float]:
    for piece in answer(b"ok")(request):
        assert isinstance(piece, bytes)
        yield from drip(piece, 1, 0.0)


TEMPERS: dict[str, Script] = {
    "well": answer(b"ok"),
    "500": answer(b"oops", "500 Oops"),
    "429 in seconds": answer(b"", "429 Slow", {"Retry-After": "120"}),
    "429 by date": answer(b"", "429 Slow", {"Retry-After": format_datetime(NOW + 90 * MINUTE, usegmt=True)}),
    "503": answer(b"", "503 Busy", {"Retry-After": "5"}),
    "302": answer(b"", "302 Found", {"Location": "http://127.0.0.1:1/"}),
    "404": answer(b"", "404 Not Found"),
    "410": answer(b"", "410 Gone"),
    "silent": _silent,
    "mute": _mute,
    "reset": _reset,
    "wrong certificate": answer(b"ok"),
    "slow body": _slow,
    "no HTTP": _nonsense,
    "a byte at a time": _a_byte_at_a_time,
}  # fmt: skip
# What is said of each while it is sick; the others never are.
REASONS = {
    "500": "500", "429 in seconds": "429", "429 by date": "429", "503": "503", "302": "302",
    "404": "404", "410": "410", "silent": "protocol", "mute": "timeout", "reset": "connect",
    "wrong certificate": "tls", "slow body": "timeout", "no HTTP": "protocol",
}  # fmt: skip


class Passports:
    """Shows a certificate of another name for its first connections, then its own."""

    def __init__(self) -> None:
        self._lock, self._shown = Lock(), 0
        self._wrong, self._right = (_passport(kind) for kind in ("wrong-", ""))

    def wrap_socket(self, line: socket, *, server_side: bool) -> ssl.SSLSocket:
        with self._lock:
            self._shown += 1
            well = self._shown > SICK
        return (self._right if well else self._wrong).wrap_socket(line, server_side=server_side)


def _passport(kind: str) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(TLS / f"{kind}cert.pem", TLS / f"{kind}key.pem")
    return made


def passport(temper: str) -> ssl.SSLContext | None:
    """What a receiver of that temper shows; None for a plain one."""
    return cast(ssl.SSLContext, Passports()) if temper == "wrong certificate" else None


@dataclass
class Receiver:
    """Sick for its first requests, then well; keeps what it took."""

    temper: Script
    sick: int = SICK
    lock: Lock = field(default_factory=Lock)
    asked: list[str] = field(default_factory=list)
    took: list[tuple[str, str, int]] = field(default_factory=list)  # webhook-id, alert, revision

    def __call__(self, request: bytes) -> Iterator[bytes | float]:
        with self.lock:
            self.asked.append(field_of(request, "webhook-id"))
            well = len(self.asked) > self.sick
            if well:
                data = json.loads(request.partition(b"\r\n\r\n")[2])["data"]
                self.took.append((self.asked[-1], data["alert"], data["revision"]))
        kind = self.temper if not well or not self.sick else answer(b"ok")
        yield from kind(request)


def _queued(sink: str) -> list[Delivery]:
    """Three stories, one of them with two updates."""
    found = []
    for story, revisions in ((1, 1), (2, 3), (3, 1)):
        for revision in range(1, revisions + 1):
            one = replace(ALERT, id=f"al-{story}", story=f"s-{story}", revision=revision)
            name = f"dl-{story}-{revision}-{sink.replace(' ', '-')}"
            found.append(Delivery(id=name, alert=one, sink=sink, due=NOW))
    return found


def _still(moment: datetime) -> datetime:
    """A clock that stands."""
    return moment


def _webhook(url: str) -> Webhook:
    secrets = (Secret("a secret of some length"),)
    settings = WebhookSettings(url=Secret(url), secrets=secrets, timeout=timedelta(seconds=1))
    return Webhook(settings, TRUSTING if url.startswith("https") else GATE)


def _mended(store: Store, now: datetime) -> None:
    """Somebody sees that a sink was disabled and asks for another try of all it gave up."""
    for row in store.sinks():
        if row["state"] == "disabled":
            store.enable_sink(str(row["sink"]), enabled=True, why="mended", now=now)
            dead = store.deliveries(state="dead", sink=str(row["sink"]), limit=99)
            store.retry([str(one["id"]) for one in dead], now)


def test_every_alert_arrives_once_the_receiver_is_well(tmp_path: Path) -> None:
    """Whatever it did before: all arrive, in order in each story, each under one id alone."""
    store = sqlite(f"sqlite:///{tmp_path / 'm.db'}")
    never_sick = ("well", "a byte at a time", "wrong certificate")
    receivers = {
        name: Receiver(temper, 0 if name in never_sick else SICK)
        for name, temper in TEMPERS.items()
    }
    with ExitStack() as stack, ThreadPoolExecutor(32) as pool:
        sinks = {
            name: _webhook(stack.enter_context(hostile(receiver, passport(name))).url())
            for name, receiver in receivers.items()
        }
        store.add_deliveries([one for name in sinks for one in _queued(name)])
        moment = NOW
        while moment < NOW + timedelta(days=3) and store.counts()["queued"]:
            now = partial(_still, moment)
            deliver(store, sinks, now, owner="o", lease=20 * MINUTE, limit=64, pool=pool)
            moment += 10 * MINUTE
            _mended(store, moment)

    expected = {(f"al-{s}", r) for s, n in ((1, 1), (2, 3), (3, 1)) for r in range(1, n + 1)}
    assert (0, 0) == (store.counts()["queued"], store.counts()["dead"])
    for name, reason in REASONS.items():
        tries = store.attempts(f"dl-1-1-{name.replace(' ', '-')}")
        assert ([reason] * 3, "") == ([t["reason"] for t in tries[:3]], tries[-1]["reason"]), name
    for name, receiver in receivers.items():
        # Others hear of a destination that fails and of its recovery; that is no alert of theirs.
        told = {(a, r) for _, a, r in receiver.took if a in ("al-1", "al-2", "al-3")}
        assert expected == told, name
        _once_and_in_order(name, receiver)
    store.close()


def _once_and_in_order(name: str, receiver: Receiver) -> None:
    ids: dict[tuple[str, int], set[str]] = defaultdict(set)
    for webhook_id, alert, revision in receiver.took:
        ids[alert, revision].add(webhook_id)
    assert all(len(found) == 1 for found in ids.values()), name
    for alert in {a for _, a, _ in receiver.took}:
        revisions = [r for _, a, r in receiver.took if a == alert]
        assert sorted(revisions) == revisions, name
