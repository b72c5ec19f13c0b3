"""The turnstile of Hosts, and behind it the one that all nodes share."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Final

from monitor import log
from monitor.errors import StoreError
from monitor.fetch.domains import owner
from monitor.fetch.hosts import Hosts
from monitor.sharing import Turnstile

_UNKNOWN: Final = timedelta(seconds=1)  # while nobody can be asked, nobody is disturbed
_log = log.get("hosts")


class SharedHosts:
    """
    As Hosts, between all nodes. Thread-safe.

    This node's own is asked first: it answers at once, and mostly "not yet".
    """

    def __init__(self, own: Hosts, shared: Turnstile) -> None:
        self._own, self._shared = own, shared
        self._away_until = datetime.min.replace(tzinfo=UTC)  # nobody can be asked before
        self._lock, self._owed = threading.Lock(), list[str]()  # places that could not be left

    def wait(self, url: str, now: datetime) -> timedelta:
        """See Hosts.wait; what others do is known to enter() alone."""
        return self._own.wait(url, now)

    def enter(self, url: str, now: datetime) -> timedelta:
        """See Hosts.enter; also while the others cannot be asked: try again."""
        delay, host = self._own.wait(url, now), owner(url)
        if delay > timedelta(0) or not host:
            return delay
        delay = self._asked(host, now)
        if not delay:
            delay = self._own.enter(url, now)
            if delay:  # another thread of ours came in between
                self._owe(host)
        return delay

    def _asked(self, host: str, now: datetime) -> timedelta:
        if timedelta(0) < self._away_until - now <= _UNKNOWN:
            return self._away_until - now
        try:
            self._settle()
            return self._shared.enter(host, now)
        except StoreError as e:
            # One question for all lines: where the network swallows it, it takes ten seconds.
            _log.warning("host not asked for", host=host, why=str(e))
            self._away_until = now + _UNKNOWN
            return _UNKNOWN

    def leave(self, url: str) -> None:
        """See Hosts.leave; a place that cannot be given back now is given back later."""
        self._own.leave(url)
        if host := owner(url):
            self._owe(host)
            try:
                self._settle()
            except StoreError as e:
                _log.warning("host not left", host=host, why=str(e))

    def close(self, url: str, until: datetime) -> None:
        """See Hosts.close; this node obeys also when the others cannot be told."""
        self._own.close(url, until)
        try:
            self._shared.close(owner(url), until)
        except StoreError as e:
            _log.warning("host not closed for others", host=owner(url), why=str(e))

    def _settle(self) -> None:
        while host := self._next():
            try:
                self._shared.leave(host)
            except StoreError:
                self._owe(host)
                raise

    def _owe(self, host: str) -> None:
        with self._lock:
            self._owed.append(host)

    def _next(self) -> str:
        with self._lock:
            return self._owed.pop() if self._owed else ""
