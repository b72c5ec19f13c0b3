"""
WebSub: a hub tells us that a feed has news, and the feed is polled at once.

Polling goes on at its own pace, so that a hub that falls silent loses nothing. What a hub sends
is not read, only taken as a sign: the feed's own server says what is new.

Source: https://www.w3.org/TR/websub/
"""

import hashlib
import hmac
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, urlencode, urljoin, urlsplit

from monitor.egress import Egress, Limits, Request
from monitor.fetch.memory import Memory, remembered
from monitor.model import Failed, Feed, Fetched, Parsed

_ASK_AGAIN: Final = timedelta(hours=6)  # a hub that never verified
_REFUSED: Final = timedelta(days=1)
_LONGEST: Final = timedelta(days=30)  # of a lease, whatever the hub grants
_LIMITS: Final = Limits(body_bytes=2_048, truncate=True, total_timeout=timedelta(seconds=10))
_METHODS: Final = ("sha512", "sha384", "sha256", "sha1")
_PARAMETER: Final = r';\s*[\w*-]{1,20}\s*=\s*(?:"[^"]{0,200}"|[^\s;,"]{0,200})\s*'
_LINK = re.compile(rf"<([^<>]{{1,2000}})>\s*((?:{_PARAMETER})*)")  # RFC 8288 §3
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]*))', re.IGNORECASE)


def hub_and_topic(answer: Fetched, parsed: Parsed) -> tuple[str, str]:
    """Where to subscribe and to what: the Link header before the document; "" twice for nowhere."""
    found = _links(answer.link_header[:8_000], answer.url)
    hub = found.get("hub") or parsed.hub
    topic = found.get("self") or parsed.topic or answer.url
    return (hub, topic) if _usable(hub) else ("", "")


def _links(header: str, base: str) -> Mapping[str, str]:
    """The first target of each relation."""
    found: dict[str, str] = {}
    for link in _LINK.finditer(header):
        for said in _REL.finditer(link.group(2)):
            for rel in (said.group(1) or said.group(2) or "").lower().split():
                found.setdefault(rel, urljoin(base, link.group(1)))
    return found


def _usable(hub: str) -> bool:
    """Secrets go over TLS; a hub at a bare address is one of our own."""
    parts = urlsplit(hub)
    host = parts.hostname or ""
    literal = host.replace(".", "").isdecimal() or ":" in host
    return parts.scheme == "https" or (parts.scheme == "http" and literal)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What we asked a hub for, and how far that has come."""

    hub: str
    topic: str
    asked: datetime
    until: datetime | None = None  # None before the hub has verified
    lease: timedelta = timedelta(0)  # as granted; as asked for where that is not known
    refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a hub hears that asks whether we meant it, and what its question tells us."""

    status: HTTPStatus
    challenge: str = ""
    until: datetime | None = None  # of the lease; None: it is no subscription (any more)


_NOT_MEANT: Final = Verdict(status=HTTPStatus.NOT_FOUND)


class Pushes:
    """
    Subscribes, verifies, knows a genuine push. Thread-safe.

    A callback names its feed and what was asked for, signed: any node knows it, also after a
    restart, and a lease that a poll has learned of is not asked for again.
    """

    def __init__(self, egress: Egress, callback: str, secret: str, lease: timedelta) -> None:
        self._egress, self._callback = egress, callback
        self._secret, self._lease = secret.encode(), lease
        self._lock = threading.Lock()
        self._held: dict[str, Subscription] = {}

    def heed(self, feed: Feed, known: Mapping[str, str], now: datetime) -> None:
        """After a poll: see to the subscription at the hub that the feed names, if any."""
        memory = remembered(feed, known)
        self._recall(feed.id, memory)
        self.tend(feed, memory.hub, memory.topic, now, broken=bool(memory.broken_at))

    def _recall(self, feed_id: str, memory: Memory) -> None:
        """What the store knows of a subscription that this process has not seen confirmed."""
        if not memory.hub or not memory.push_until:
            return
        until = datetime.fromtimestamp(memory.push_until, UTC)
        told = Subscription(
            hub=memory.hub, topic=memory.topic, asked=until - self._lease, until=until,
            lease=self._lease,
        )  # fmt: skip
        with self._lock:
            held = self._held.setdefault(feed_id, told)
            if held.until is None and (held.hub, held.topic) == (told.hub, told.topic):
                self._held[feed_id] = replace(held, until=until)

    def tend(
        self, feed: Feed, hub: str, topic: str, now: datetime, *, broken: bool = False
    ) -> None:
        """Ask the hub for this feed when nothing is held, or half of the lease is over."""
        if not hub or not self._due(feed.id, hub, topic, now, broken=broken):
            return
        with self._lock:
            before = self._held.get(feed.id)
            same = before is not None and (before.hub, before.topic) == (hub, topic)
            blank = Subscription(hub=hub, topic=topic, asked=now, lease=self._lease)
            self._held[feed.id] = replace(before, asked=now) if before and same else blank
        answer = self._egress.send(self._request(feed.id, hub, topic), now)
        if isinstance(answer, Failed) or answer.status not in (200, 202, 204):
            self._refuse(feed.id)

    def _due(self, feed_id: str, hub: str, topic: str, now: datetime, *, broken: bool) -> bool:
        with self._lock:
            held = self._held.get(feed_id)
        if held is None or (held.hub, held.topic) != (hub, topic):
            return True
        if held.refused or broken:  # one that keeps news back may have forgotten us
            return now - held.asked >= _REFUSED
        if now - held.asked < _ASK_AGAIN:
            return False
        return held.until is None or held.until - now < held.lease / 2

    def _request(self, feed_id: str, hub: str, topic: str) -> Request:
        form = {
            "hub.mode": "subscribe",
            "hub.topic": topic,
            "hub.callback": f"{self._callback}{self.path(feed_id, topic)}",
            "hub.lease_seconds": str(int(self._lease.total_seconds())),
            "hub.secret": self.key(feed_id),
        }
        return Request(
            url=hub,
            method="POST",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode(form).encode(),
            limits=_LIMITS,
        )

    def _refuse(self, feed_id: str) -> None:
        with self._lock:
            held = self._held.get(feed_id)
            if held:
                self._held[feed_id] = replace(held, refused=True)

    # ── what hubs ask and send ──────────────────────────────────────────────────

    def path(self, feed_id: str, topic: str) -> str:
        """Of the callback: nobody can guess it."""
        return f"/push/{quote(feed_id, safe='')}/{self.token(feed_id, topic)}"

    def token(self, feed_id: str, topic: str) -> str:
        """Whose callback it is, and what for."""
        whose, what = self._mac(f"path\n{feed_id}"), self._mac(f"topic\n{feed_id}\n{topic}")
        return f"{whose[:32]}-{what[:16]}"

    def key(self, feed_id: str) -> str:
        """What the hub signs with."""
        return self._mac(f"hub\n{feed_id}")

    def _mac(self, text: str) -> str:
        return hmac.new(self._secret, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def ours(self, feed_id: str, token: str) -> bool:
        """Whether a callback is one that we gave out."""
        whose = self.token(feed_id, "").partition("-")[0]
        return hmac.compare_digest(whose.encode(), token.partition("-")[0].encode())

    def verified(self, feed_id: str, token: str, said: Mapping[str, str], now: datetime) -> Verdict:
        """The answer to a hub's question whether we meant it; the challenge only where we did."""
        topic, mode = said.get("hub.topic", ""), said.get("hub.mode")
        if not hmac.compare_digest(self.token(feed_id, topic).encode(), token.encode()):
            return _NOT_MEANT
        if mode == "denied":
            self._settle(feed_id, topic, refused=True, until=None)
            return Verdict(status=HTTPStatus.OK)
        if mode != "subscribe" or not said.get("hub.challenge"):
            return _NOT_MEANT
        lease = self._granted(said.get("hub.lease_seconds", ""))
        self._settle(feed_id, topic, refused=False, until=now + lease, lease=lease)
        return Verdict(status=HTTPStatus.OK, challenge=said["hub.challenge"], until=now + lease)

    def _settle(self, feed_id: str, topic: str, **said: Any) -> None:
        """Keep what the hub said, where it was this process that asked."""
        with self._lock:
            held = self._held.get(feed_id)
            if held and held.topic == topic:
                self._held[feed_id] = replace(held, **said)

    def _granted(self, seconds: str) -> timedelta:
        known = seconds.isascii() and seconds.isdecimal() and len(seconds) < 10
        return min(timedelta(seconds=int(seconds)), _LONGEST) if known else self._lease

    def genuine(self, feed_id: str, body: bytes, signature: str) -> bool:
        """Whether the hub signed what came, by any method that the standard names."""
        method, _, digest = signature.partition("=")
        if method.lower() not in _METHODS:
            return False
        expected = hmac.new(self.key(feed_id).encode(), body, method.lower()).hexdigest()
        return hmac.compare_digest(expected.encode(), digest.strip().lower().encode())

    def held(self, feed_id: str) -> Subscription | None:
        """None where no hub was asked for this feed."""
        with self._lock:
            return self._held.get(feed_id)
