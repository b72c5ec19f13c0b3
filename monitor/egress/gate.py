"""
The gate: every URL, every address and every redirect is checked here, and nowhere else.

A name is resolved once and the connection goes to exactly the address that was checked:
"check, then fetch by name" was walked through by a resolver that answered differently the
second time.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from time import monotonic
from typing import Final

from monitor.egress.addresses import networks, permitted
from monitor.egress.exchange import Answer, exchange
from monitor.egress.request import EgressSettings, Refused, Request, Response
from monitor.egress.wire import Deadlines, Target, connect, target, tls
from monitor.model import Failed, FailureReason

Resolve = Callable[[str, int], Sequence[str]]  # host, port → addresses as text

_REDIRECTS: Final = (301, 302, 303, 307, 308)
_KEPT_ABROAD: Final = ("accept", "accept-language", "if-none-match", "if-modified-since")
_VALIDATORS: Final = ("if-none-match", "if-modified-since")
_OWN: Final = ("host", "connection", "accept-encoding", "user-agent", "content-length", "cookie")
_NO_NETWORK: Final = (FailureReason.DNS, FailureReason.CONNECT, FailureReason.TIMEOUT)
_HOSTS_DOWN: Final = 3  # this many different hosts failing in a row is our own network
_TOLD: Final = timedelta(minutes=2)  # for so long it is said since when; by then all is counted


class Egress:
    """Sends requests. Thread-safe; keeps no connection open and no cookie."""

    def __init__(self, settings: EgressSettings, resolve: Resolve | None = None) -> None:
        """`resolve` replaces the system's resolver; it may block, but not for ever."""
        self._settings = settings
        self._allowed = networks(settings.allow_private)
        self._resolve = resolve or system_resolver
        self._tls: ssl.SSLContext | None = None
        self._lock = threading.Lock()
        # Public hosts that failed since the last one that answered, and when each was first asked.
        self._down: dict[str, datetime] = {}
        self._down_known: datetime | None = None  # None: as far as we can tell, it is up

    def send(self, request: Request, now: datetime) -> Response | Failed:
        """The answer of whatever status, or why there is none. `now` only stamps a Failed."""
        began = monotonic()
        try:
            return self._follow(request, began, now)
        except Refused as e:
            detail = "".join(c if c.isprintable() else "?" for c in e.detail)
            return Failed(
                reason=e.reason, detail=detail, at=now, milliseconds=_since(began), since=e.since
            )

    def dial(
        self, host: str, port: int, patience: timedelta, now: datetime
    ) -> socket.socket | Failed:
        """A plain connection to a checked address of a host, for what does not speak HTTP."""
        where = Target(url="", scheme="http", host=host, port=port, path=b"")
        moment = monotonic() + patience / _SECOND
        deadlines = Deadlines(connect=moment, first_byte_seconds=0, total=moment)
        try:
            return connect(where, self._addresses(where, deadlines), deadlines, self._context)
        except Refused as e:
            return Failed(reason=e.reason, detail=e.detail, at=now)

    def close(self) -> None:
        """Nothing is held open; here so that every port of the daemon ends alike."""

    def _follow(self, request: Request, began: float, now: datetime) -> Response:
        deadline = began + (request.limits.total_timeout or self._settings.total_timeout) / _SECOND
        where, headers = target(request.url), _clean(request.headers)
        hops: list[tuple[int, str]] = []
        waits: list[str] = []
        while True:
            said = _for(where, headers, request.held_of)
            answer = self._once(where, request, said, deadline, now)
            location = answer.header("location")
            moved = answer.status in _REDIRECTS and location and request.method == "GET"
            if not moved or request.follow == 0:
                return replace(_response(answer, where, hops, began), waits=tuple(waits))
            if len(hops) >= request.follow:
                raise Refused(FailureReason.TOO_MANY_REDIRECTS, f"over {request.follow} redirects")
            following = target(_utf8(location), where.url)
            if where.scheme == "https" and following.scheme == "http":
                raise Refused(FailureReason.DOWNGRADE, f"{where.host} redirects to plain http")
            if (following.host, following.port) != (where.host, where.port):
                headers = {k: v for k, v in headers.items() if k.lower() in _KEPT_ABROAD}
            hops.append((answer.status, following.url))
            waits += filter(None, [answer.header("retry-after")])
            where = following

    def _once(
        self,
        where: Target,
        request: Request,
        headers: Mapping[str, str],
        deadline: float,
        now: datetime,
    ) -> Answer:
        start, patience = monotonic(), self._settings.connect_timeout / _SECOND
        if start >= deadline:
            raise Refused(FailureReason.TIMEOUT, "the redirects were not over in time")
        deadlines = Deadlines(
            connect=min(start + patience, deadline),
            first_byte_seconds=self._settings.first_byte_timeout / _SECOND,
            total=deadline,
        )
        addresses: Sequence[str] = ()
        try:
            addresses = self._addresses(where, deadlines)
            sock = connect(where, addresses, deadlines, self._context)
        except Refused as e:
            raise self._ours(where, addresses, e, now) from e
        answer = exchange(
            where,
            sock,
            request.method,
            {"Host": where.authority, **headers, **self._always(request)},
            request.body,
            deadlines=deadlines,
            limits=request.limits,
        )
        self._reached(where, addresses)
        return answer

    def _always(self, request: Request) -> Mapping[str, str]:
        """What goes with every request. No body may come in a coding we do not cap."""
        own = {
            "User-Agent": self._settings.user_agent,
            "Accept-Encoding": "gzip" if request.method == "GET" else "identity",
            "Connection": "close",
        }
        if request.body or request.method not in ("GET", "HEAD"):
            own["Content-Length"] = str(len(request.body))
        return own

    def _addresses(self, where: Target, deadlines: Deadlines) -> Sequence[str]:
        found = self._lookup(where, max(0.001, deadlines.connect - monotonic()))
        good, why = permitted(found, self._allowed)
        if not good:
            detail = f"{where.host} is at an address we do not ask: {why or 'none at all'}"
            reason = FailureReason.FORBIDDEN_ADDRESS if why else FailureReason.DNS
            raise Refused(reason, detail)
        return good

    def _lookup(self, where: Target, patience: float) -> Sequence[str]:
        if _literal(where.host):
            return (where.host,)
        if self._resolve is not system_resolver:
            return self._resolve(where.host, where.port)
        # getaddrinfo takes no time-out (30 s and more with a dead name server), so a thread
        # of its own waits for it; it is a daemon thread, lest it hold up our end.
        found: list[Sequence[str] | Refused] = []
        thread = threading.Thread(
            target=lambda: found.append(_caught(self._resolve, where)), daemon=True
        )
        thread.start()
        thread.join(patience)
        if not found:
            raise Refused(FailureReason.DNS, f"{where.host} was not resolved in time")
        if isinstance(found[0], Refused):
            raise found[0]
        return found[0]

    def _context(self) -> ssl.SSLContext:
        with self._lock:  # reading the authorities costs 15 ms: once, and only when needed
            if self._tls is None:
                self._tls = tls(self._settings.ca_file)
            return self._tls

    def _ours(
        self, where: Target, addresses: Sequence[str], refused: Refused, now: datetime
    ) -> Refused:
        """The same failure, or OFFLINE when several hosts in a row say it is our network."""
        inside = addresses and not permitted(addresses, ())[0]
        if refused.reason not in _NO_NETWORK or inside:
            return refused
        with self._lock:
            self._down.setdefault(where.host, now)
            if len(self._down) < _HOSTS_DOWN:
                return refused
            self._down_known = self._down_known or now
            since = min(self._down.values()) if now - self._down_known <= _TOLD else None
        return Refused(FailureReason.OFFLINE, f"no host can be reached: {refused.detail}", since)

    def _reached(self, where: Target, addresses: Sequence[str]) -> None:
        """An answer from a public address proves our network; one from a private one nothing."""
        if permitted(addresses, ())[0]:
            with self._lock:
                self._down.clear()
                self._down_known = None


_SECOND: Final = timedelta(seconds=1)


def system_resolver(host: str, port: int) -> Sequence[str]:
    """
    Addresses as the system orders them (RFC 6724).

    Raises:
        Refused: there are none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as e:
        said = e.strerror if isinstance(e, OSError) else "not a name"
        raise Refused(FailureReason.DNS, f"{host} does not resolve: {said}") from e
    return [str(entry[4][0]) for entry in found]


def _caught(resolve: Resolve, where: Target) -> Sequence[str] | Refused:
    try:
        return resolve(where.host, where.port)
    except Refused as e:
        return e


@lru_cache(maxsize=1024)
def _literal(host: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except (OSError, ValueError):
            continue
        return True
    return False


def _clean(headers: Mapping[str, str]) -> Mapping[str, str]:
    return {k: v for k, v in headers.items() if k.lower() not in _OWN}


def _for(where: Target, headers: Mapping[str, str], held_of: str) -> Mapping[str, str]:
    """Without validators where they are another place's; the query may be a signature."""
    if not held_of or held_of.partition("?")[0] == where.url.partition("?")[0]:
        return headers
    return {k: v for k, v in headers.items() if k.lower() not in _VALIDATORS}


def _utf8(text: str) -> str:
    """A header taken for Latin-1, as the UTF-8 it nearly always is."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _response(
    answer: Answer, where: Target, hops: Sequence[tuple[int, str]], began: float
) -> Response:
    return Response(
        status=answer.status,
        headers=answer.headers,
        body=answer.body,
        url=where.url,
        milliseconds=_since(began),
        hops=tuple(hops),
        truncated=answer.truncated,
    )


def _since(began: float) -> int:
    return round((monotonic() - began) * 1000)
