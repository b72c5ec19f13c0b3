"""
The daemon whole: Monitor, clockwork, delivery loop and console, started and ended together.

    signals → [ tick → rounds ]  [ deliver ]  [ prune, backup, checkpoint, heartbeat ]
"""

import contextlib
import ctypes
import gc
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Final

from monitor import __version__, log
from monitor.app import DELIVERY_LEASE, Monitor, clock
from monitor.cli.front import front
from monitor.config.load import Config
from monitor.console import Server
from monitor.errors import MonitorError, StoreError
from monitor.notify import notify
from monitor.ports import Sink
from monitor.schedule import Clockwork, Loop
from monitor.sharing import Presence

_PATIENCE: Final = timedelta(seconds=8)  # for everything; whoever stops us was promised ten
_DELIVER_EVERY: Final = timedelta(seconds=1)
_PRUNE_EVERY: Final = timedelta(hours=1)
_NOTICE_EVERY: Final = timedelta(hours=1)
_BACKUP_EVERY: Final = timedelta(hours=24)
_CHECKPOINT_EVERY: Final = timedelta(minutes=5)
_HEARTBEAT_EVERY: Final = timedelta(seconds=10)
_LATER: Final = timedelta(minutes=1)  # upkeep waits until the first polls are through
_TURN: Final = 1.0  # seconds
_ARENA_MAX: Final = -8  # malloc.h
_FIXED: Final = (
    *("store.url", "poll.tick", "poll.workers", "console.listen", "console.token"),
    "full_text.parse_timeout",
    *(
        "cluster.role",
        "cluster.runner",
        "console.proxy_header",
        "console.proxies",
        "console.url",
        "console.hosts",
    ),
)
_log = log.get("daemon")


def thrift() -> None:
    """
    Let glibc keep two arenas for all threads instead of sixteen: 10 MB less after the first
    polls of 100 feeds. Elsewhere there is no such thing, and no need.

    Source: https://man7.org/linux/man-pages/man3/mallopt.3.html
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 2)


def tidy() -> None:
    """
    Give back what glibc holds and nobody uses: 3 MB after the first polls, for 4 ms.

    Source: https://man7.org/linux/man-pages/man3/malloc_trim.3.html
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


@contextlib.contextmanager
def unswept() -> Iterator[None]:
    """
    No search for garbage while what stays for good is made, nor among that afterwards.

    Without it the collector goes through all that is there twenty times until the first poll.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


class Daemon:
    """Lives from start() to stop(); between them it obeys what is put into its orders."""

    def __init__(
        self,
        config: Config,
        read: Callable[[], Config],
        *,
        environ: Mapping[str, str] = os.environ,
        terminal: Sink | None = None,
        verbose: bool = False,
        orders: SimpleQueue[str] | None = None,
        checkpoint: Callable[[str], object] = lambda _name: None,
        now: Callable[[], datetime] = clock,
        delivery_lease: timedelta = DELIVERY_LEASE,
    ) -> None:
        """
        `read` gives the configuration anew at a reload. Nothing runs yet.

        Raises:
            ConfigError, StoreError: it cannot be; nothing is left open.
        """
        self._read, self._environ, self._verbose = read, environ, verbose
        self.orders = orders or SimpleQueue()  # "reload" or "stop"
        self._role = config.settings.cluster.role
        self._deliveries = Loop("deliver", self._deliver)
        self.monitor = Monitor(
            config, now=now, checkpoint=checkpoint, on_alert=self._deliveries.kick,
            terminal=terminal, delivery_lease=delivery_lease,
        )  # fmt: skip
        self._clockwork = Clockwork(now, on_jump=self.monitor.clock_set)
        self._server: Server | None = None  # None: not yet, or the console is off
        self._ready = False

    # ── from start to stop ──────────────────────────────────────────────────────

    def run(self) -> bool:
        """
        Work until "stop" is ordered; True when nothing was left running.

        Raises:
            StoreBusy: another daemon is on this store.
            StoreError, UsageError: it could not start.
        """
        m = self.monitor
        try:
            with m.store.hold(m.owner, m.now(), self._presence()):
                self.start()
                while self._order() != "stop":
                    self.reload()
                return self.stop()
        except MonitorError:
            self._end_quietly()
            raise

    def _presence(self) -> Presence:
        """What we say of ourselves, and what is to be said to us."""
        return replace(self.monitor.presence, woken=self._deliveries.kick)

    def _order(self) -> str:
        """
        The next order, waited for in short turns.

        A signal that comes while the first polls hold the interpreter is noticed only after
        the wait that follows it: a stop at that moment was never obeyed.
        """
        while True:
            with contextlib.suppress(Empty):
                return self.orders.get(timeout=_TURN)

    def start(self) -> None:
        """
        Begin: the first poll is a moment away. Whoever calls this holds the store.

        Raises:
            StoreError: the store refused the feeds.
            UsageError: the console's address cannot be listened on.
        """
        m = self.monitor
        config = m.parts.config
        self._server = front(m)
        m.sync()
        _log.info("monitor started", version=__version__, pid=os.getpid(), config=str(config.root),
                  role=self._role.value, store=config.settings.store.url, feeds=len(config.feeds),
                  sinks=sorted(m.parts.sinks),
                  console=self._server.address if self._server else "off")  # fmt: skip
        if self._role.delivers:
            self._deliveries.start()
        self._wind_up(config)
        if self._server:
            self._server.start()
        self._clockwork.start()

    def _wind_up(self, config: Config) -> None:
        every = self._clockwork.every
        every(_HEARTBEAT_EVERY, "heartbeat", self._heartbeat)
        if self._role.polls:
            every(config.settings.poll.tick, "tick", self._tick)
        if not self._role.delivers:
            return
        every(_DELIVER_EVERY, "deliver", self._deliveries.kick)
        every(_CHECKPOINT_EVERY, "checkpoint", self.monitor.store.checkpoint, after=_LATER)
        every(_PRUNE_EVERY, "prune", self.monitor.prune, after=_LATER)
        every(_NOTICE_EVERY, "notices", self.monitor.tell_of_feeds, after=_LATER)
        every(_BACKUP_EVERY, "backup", self.monitor.backup, after=_LATER)

    def stop(self) -> bool:
        """End within ten seconds, work finished or given back; True when nothing is left."""
        began = monotonic()
        notify(self._environ, "STOPPING=1")
        self._clockwork.stop()
        ended = self._deliveries.stop(2.0)
        if self._server:
            self._server.stop()
        left = _PATIENCE - timedelta(seconds=monotonic() - began)
        ended = self.monitor.close(max(left, timedelta(seconds=1))) and ended
        _log.info("monitor stopped", seconds=round(monotonic() - began, 1), finished=ended)
        return ended

    def _end_quietly(self) -> None:
        if self._server:
            self._server.stop()
        self.monitor.close()

    def reload(self) -> None:
        """Work by the configuration as it stands now, or go on by the last good one."""
        old = self.monitor.parts.config
        try:
            fresh = self._read()
            self.monitor.reload(fresh)
        except MonitorError as e:
            _log.error("reload refused", problems=str(e).splitlines(), kept="last good one")
            return
        except Exception:
            # Ours to mend, but no reason to stop telling people what is in the feeds.
            _log.exception("reload broke", kept="last good one")
            return
        listen(fresh, old, verbose=self._verbose)
        ignored = _changed(old, fresh)
        _log.info("configuration reloaded", feeds=len(fresh.feeds), needs_restart=ignored)

    # ── what the clockwork calls ────────────────────────────────────────────────

    def _tick(self) -> None:
        health = self.monitor.health
        try:
            self.monitor.poll_round()
        except StoreError as e:
            if health.fault("store", str(e)):
                _log.error("nothing claimed", why=str(e))
            return
        self._say_ready()

    def _say_ready(self) -> None:
        """Once, after the first step of the first stage that is ours."""
        if not self._ready and self.monitor.health.begun():
            self._ready = True
            notify(self._environ, "READY=1", f"STATUS=version {__version__}")
            _log.info("monitor ready")

    def _deliver(self) -> bool:
        try:
            done = self.monitor.deliver_round()
        except StoreError as e:
            if self.monitor.health.fault("outbox", str(e)):
                _log.error("deliveries wait", why=str(e))
            return False
        if self.monitor.health.fault("outbox", ""):
            _log.info("deliveries go on")
        self._say_ready()
        return done.flying > 0

    def _heartbeat(self) -> None:
        tidy()
        self._say_ready()
        late = self.monitor.health.late(monotonic())
        if late:
            _log.error("stage is late", stages=list(late))
        else:  # systemd restarts whom it does not hear from
            notify(self._environ, "WATCHDOG=1")

    @property
    def address(self) -> str:
        """host:port of the console; "" when it is off."""
        return self._server.address if self._server else ""


def listen(config: Config, before: Config | None = None, *, verbose: bool = False) -> None:
    """Log as the configuration says, with no secret of it, nor of the one before, in any line."""
    hidden = [*config.secrets, *(before.secrets if before else ())]
    level = "debug" if verbose else config.settings.log.level
    log.configure(level, config.settings.log.format, hidden)


def _changed(old: Config, fresh: Config) -> list[str]:
    """Keys whose new value only a restart brings."""
    found = []
    for key in _FIXED:
        part, _, name = key.partition(".")
        was, now = (getattr(getattr(c.settings, part), name) for c in (old, fresh))
        if was != now:
            found.append(key)
    return found
