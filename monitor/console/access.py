"""
Who may see the pages, and which requests are really theirs.

A session is a signed cookie: nonce, end and the name somebody gave. Every form carries a token
made of the nonce, which no other site can know.
"""

import base64
import hmac
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

from monitor.config.console import ConsoleSettings, within
from monitor.terminal import visible

LASTS: Final = timedelta(days=30)
COOKIE: Final = "monitor_session"
_LONGEST_NAME: Final = 80
# These prove by themselves who asks (a signed link, Slack's signature, a hub's token), or hold
# nothing but numbers that probes need without a login.
_OPEN: Final = ("/feedback/", "/slack/", "/push/", "/static/", "/login")
_PROBES: Final = ("/healthz", "/readyz", "/metrics")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody before the screen."""

    nonce: str
    name: str  # as they gave it, or as the proxy says; "" when nobody did
    ends: datetime


@dataclass(frozen=True, slots=True)
class Access:
    """Judges requests; `key` is random for each process."""

    settings: ConsoleSettings
    key: bytes

    @property
    def guarded(self) -> bool:
        """Whether somebody must prove who they are."""
        return bool(self.settings.token or self.settings.proxy_header)

    @property
    def _secret(self) -> bytes:
        """Of a token, so that a session outlives a restart but not a change of the token."""
        token = self.settings.token.reveal()
        return hmac.digest(token.encode(), b"sessions", sha256) if token else self.key

    # ── sessions ────────────────────────────────────────────────────────────────

    def sealed(self, session: Session) -> str:
        """The session as a cookie's value."""
        name = base64.urlsafe_b64encode(session.name.encode("utf-8", "replace")).decode()
        plain = f"{session.nonce}.{int(session.ends.timestamp())}.{name.rstrip('=')}"
        return f"{plain}.{self._sign('session', plain)}"

    def opened(self, cookie: str, now: datetime) -> Session | None:
        """The session in the cookie; None when it is not ours, or is over."""
        plain, _, seal = cookie.rpartition(".")
        parts = plain.split(".")
        if len(parts) != 3 or not self._same(self._sign("session", plain), seal):
            return None
        nonce, ends, name = parts
        found = Session(
            nonce=nonce,
            name=base64.urlsafe_b64decode(name + "=" * (-len(name) % 4)).decode(),
            ends=datetime.fromtimestamp(int(ends), now.tzinfo),
        )
        return found if found.ends > now else None

    def csrf(self, session: Session) -> str:
        """What every form of this session carries."""
        return self._sign("form", session.nonce)

    def ours(self, session: Session, given: str) -> bool:
        """Whether a form was one of ours."""
        return self._same(self.csrf(session), given)

    # ── proofs ──────────────────────────────────────────────────────────────────

    def knows(self, token: str) -> bool:
        """Whether it is the token; never when none is set."""
        return bool(self.settings.token) and self._same(self.settings.token.reveal(), token)

    @property
    def feed_key(self) -> str:
        """Lets a feed reader in, to feeds alone; "" when nobody must prove anything."""
        return self._sign("feeds", "")[:32] if self.guarded else ""

    def reads_feeds(self, key: str) -> bool:
        return self._same(self.feed_key, key)

    def named(self, headers: Mapping[str, str], peer: str) -> str:
        """Who a proxy that we trust says is there; "" when none does."""
        if not self.settings.proxy_header or not within(peer, self.settings.proxies):
            return ""
        return tidy(headers.get(self.settings.proxy_header, ""))

    def answers_to(self, host: str) -> bool:
        """
        Whether a Host header is one of ours.

        An address is: only a name can be bent to point at us (DNS rebinding).
        """
        name = _hostname(host)
        known = {"localhost", *self.settings.hosts, _hostname(urlsplit(self.settings.url).netloc)}
        if self.settings.listen:
            known.add(self.settings.address[0])
        try:
            return bool(ipaddress.ip_address(name))
        except ValueError:
            return bool(name) and name in known

    def _sign(self, use: str, text: str) -> str:
        digest = hmac.digest(self._secret, f"{use}\x1f{text}".encode(), sha256)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    @staticmethod
    def _same(ours: str, given: str) -> bool:
        return bool(ours) and hmac.compare_digest(ours.encode(), given.encode("utf-8", "replace"))


def tidy(name: str) -> str:
    """A name as it may be shown and kept."""
    return visible(name).strip()[:_LONGEST_NAME]


def open_to_all(path: str) -> bool:
    """Whether a page needs no login."""
    return path in _PROBES or path.startswith(_OPEN)


def any_host(path: str) -> bool:
    """Whether a page is asked for by machines, under whatever name they know us."""
    return path in _PROBES or path.startswith(_OPEN[:3])


def from_elsewhere(headers: Mapping[str, str]) -> bool:
    """Whether a browser says that another site made the request."""
    site, origin = headers.get("sec-fetch-site", ""), headers.get("origin", "")
    if site not in ("", "same-origin", "none"):
        return True
    return bool(origin) and urlsplit(origin).netloc != headers.get("host", "")


def _hostname(netloc: str) -> str:
    """Lower case, without port and brackets; "" when there is none."""
    try:
        return urlsplit(f"//{netloc}").hostname or ""
    except ValueError:
        return ""
