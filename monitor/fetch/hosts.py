"""How many requests a publisher's servers get at once, and how close together."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from monitor.fetch.domains import owner

_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_LOOK_AGAIN: Final = timedelta(milliseconds=50)  # at least, while all places are taken
_FORGET_ABOVE: Final = 1_000


@dataclass(slots=True)
class _Host:
    inside: int = 0
    last: datetime = _NEVER
    closed_until: datetime = _NEVER


class Hosts:
    """
    A turnstile for every registrable domain (for every address where there is none).

    Thread-safe. It never waits itself: who may not enter is told for how long.
    """

    def __init__(self, connections: int, spacing: timedelta) -> None:
        self._connections, self._spacing = connections, spacing
        self._lock = threading.Lock()
        self._hosts: dict[str, _Host] = {}
        self._forget_at = _FORGET_ABOVE

    def wait(self, url: str, now: datetime) -> timedelta:
        """How long until the host may be asked; zero: now."""
        with self._lock:
            return self._wait(self._hosts.get(owner(url)), now)

    def enter(self, url: str, now: datetime) -> timedelta:
        """Zero: entered, and leave() is owed. Otherwise not entered: try again after this."""
        key = owner(url)
        if not key:  # a file: nobody to be kind to
            return timedelta(0)
        with self._lock:
            host = self._hosts.get(key)
            delay = self._wait(host, now)
            if delay > timedelta(0):
                return delay
            self._forget(now)
            host = self._hosts.setdefault(key, _Host())
            host.inside += 1
            host.last = now
            return delay

    def leave(self, url: str) -> None:
        """Give the place back."""
        with self._lock:
            host = self._hosts.get(owner(url))
            if host and host.inside:
                host.inside -= 1

    def close(self, url: str, until: datetime) -> None:
        """Nobody enters before `until`: the host said Retry-After for all it serves."""
        with self._lock:
            host = self._hosts.setdefault(owner(url), _Host())
            host.closed_until = max(host.closed_until, until)

    def _wait(self, host: _Host | None, now: datetime) -> timedelta:
        if host is None:
            return timedelta(0)
        # A wall clock set back must not shut a host for the hour that it went back.
        since = now - host.last if host.last is not _NEVER else self._spacing
        spaced = self._spacing - since if timedelta(0) <= since < self._spacing else timedelta(0)
        wait = max(timedelta(0), spaced, host.closed_until - now)
        if host.inside >= self._connections:
            wait = max(wait, self._spacing / 4, _LOOK_AGAIN)
        return wait

    def _forget(self, now: datetime) -> None:
        """
        Drop hosts that would let anybody in anyway, so that memory does not grow.

        Not before there are twice as many as were left the last time: looking through 2,000 hosts
        that cannot be dropped yet, at every request, cost more than the request.
        """
        if len(self._hosts) < self._forget_at:
            return
        zero = timedelta(0)
        idle = [k for k, h in self._hosts.items() if not h.inside and self._wait(h, now) == zero]
        for key in idle:
            del self._hosts[key]
        self._forget_at = max(_FORGET_ABOVE, 2 * len(self._hosts))
