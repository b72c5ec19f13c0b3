"""
Composition root: Config → Monitor. Alone picks implementations and reads the clock.
"""

import os
import socket
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

from monitor import __version__, log, sinks, stores
from monitor.config.load import Config
from monitor.config.settings import Settings
from monitor.deliver import Delivered, deliver
from monitor.egress import Egress
from monitor.egress import EgressSettings as Gate
from monitor.fetch import Fetcher
from monitor.fetch.politeness import Hosts
from monitor.health import Health, Stage
from monitor.match import Rules
from monitor.match.regimes import facts
from monitor.metrics import Metrics
from monitor.pipeline import Stages
from monitor.ports import Sink, SinkKind, Store
from monitor.registry import load, names
from monitor.rounds import Course, Polling
from monitor.sandbox import Parser

LOW_DISK_BYTES = 64 * 1024 * 1024  # below it nothing is polled: pruning needs room too
_SENDERS = 64
_DELIVERY_LEASE = timedelta(minutes=2)
_PRUNED_AT_ONCE = 5_000  # entries a transaction, so that polling never waits long
_log = log.get("app")


def clock() -> datetime:
    """The one wall clock: aware, UTC."""
    return datetime.now(UTC)


def owner() -> str:
    """Who holds a lease: host, process and the moment it began."""
    return f"{socket.gethostname()}:{os.getpid()}:{clock():%Y%m%dT%H%M%S}"


def open_store(settings: Settings, *, create: bool = True) -> Store:
    """
    The store whose kind its URL names.

    Raises:
        StoreError: it is damaged, full, or (create=False) not there.
    """
    url = settings.store.url
    store: Store = load(stores, url.partition(":")[0]).open(url, create=create)
    return store


def gate(settings: Settings) -> Egress:
    """The one way out of this process."""
    contact = settings.egress.contact
    agent = f"arms-monitor/{__version__}" + (f" (+{contact})" if contact else "")
    return Egress(Gate(allow_private=settings.egress.allow_private, user_agent=agent))


def rules(config: Config) -> Rules:
    """The detector, compiled."""
    known = config.knowledge
    return Rules.compile(known.lexicons, known.topics, known.gazetteer, known.regimes)


def read_sinks(config: Config) -> Mapping[str, tuple[SinkKind, object]]:
    """
    Every sink's kind and settings by name; with none configured, the terminal.

    Raises:
        ConfigError: with one line for every fault.
    """
    found: dict[str, tuple[SinkKind, object]] = {}
    for name, table in config.sinks.items():
        kind: SinkKind = load(sinks, table.choice("kind", names(sinks))).SINK
        found[name] = (kind, kind.read(table))
    config.problems.check()
    if not found:
        console: SinkKind = load(sinks, "console").SINK
        found["console"] = (console, console.defaults())
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What one configuration is made into; a reload swaps it whole."""

    config: Config
    course: Course
    sinks: Mapping[str, Sink]
    parser: Parser

    def close(self) -> None:
        self.parser.close()
        for sink in self.sinks.values():
            sink.close()


class Monitor:
    """The daemon's work, one call per round; who calls it when is schedule's business."""

    def __init__(
        self,
        config: Config,
        *,
        now: Callable[[], datetime] = clock,
        checkpoint: Callable[[str], None] = lambda _name: None,
        on_alert: Callable[[], None] = lambda: None,
    ) -> None:
        """
        Open the store and make everything ready; nothing is polled yet.

        Raises:
            ConfigError, StoreError: nothing was started.
        """
        self.now, self.owner, self._checkpoint = now, owner(), checkpoint
        self.metrics, self.health = Metrics(), Health(monotonic())
        self.store = open_store(config.settings)
        self.parts = self._assemble(config)
        self.polling = Polling(
            self.store, self.parts.course, owner=self.owner, health=self.health,
            metrics=self.metrics, on_alert=on_alert,
        )  # fmt: skip
        self._senders = ThreadPoolExecutor(_SENDERS, "send")

    def _assemble(self, config: Config) -> Parts:
        plan = read_sinks(config)
        settings, out = config.settings, gate(config.settings)
        parser = Parser(
            workers=settings.poll.parsers,
            timeout=settings.poll.parse_timeout,
            max_entries=settings.poll.max_entries,
        )
        stages = Stages(
            fetch=Fetcher(out, settings.poll).fetch,
            parse=parser.parse,
            rules=rules(config),
            routes=config.routes,
            facts=facts(config.knowledge.regimes),
            store=self.store,
            poll=settings.poll,
            now=self.now,
            checkpoint=self._checkpoint,
        )
        hosts = Hosts(settings.poll.host_connections, settings.poll.host_spacing)
        return Parts(
            config=config,
            course=Course(stages=stages, hosts=hosts),
            sinks={name: kind.build(chosen, out) for name, (kind, chosen) in plan.items()},
            parser=parser,
        )

    def sync(self) -> None:
        """Make the store know the configured feeds."""
        self.store.sync(self.parts.config.feeds, self.now())

    def reload(self, config: Config) -> None:
        """
        Work by this configuration from now on; polls under way end by the old one.

        Raises:
            ConfigError: a sink is wrong; the last good configuration stays.
        """
        old, self.parts = self.parts, self._assemble(config)
        self.polling.course = self.parts.course
        self.sync()
        old.close()

    def poll_round(self, *, everything: bool = False) -> int:
        """
        Claim what is due and start polling it; how many. None while the disk is nearly full.

        Raises:
            StoreError: nothing was claimed.
        """
        free = self.store.free_bytes()
        if free < LOW_DISK_BYTES:
            self.health.fault("disk", f"only {free >> 20} MB free beside the store; polling waits")
            self.health.beat(Stage.POLLING, monotonic())
            return 0
        self.health.fault("disk", "")
        return self.polling.round(everything=everything)

    def deliver_round(self) -> Delivered:
        """
        Attempt what is due in the outbox, once.

        Raises:
            StoreError: what could not be recorded is tried again when its lease ends.
        """
        done = deliver(
            self.store,
            self.parts.sinks,
            self.now,
            owner=self.owner,
            lease=_DELIVERY_LEASE,
            limit=_SENDERS,
            pool=self._senders,
            checkpoint=self._checkpoint,
        )
        self.health.beat(Stage.DELIVERING, monotonic())
        for (sink, verdict), count in done.counts.items():
            self.metrics.attempts.labels(sink, verdict).inc(count)
        return done

    def prune(self) -> int:
        """Delete what is older than the retention, a little at a time; how many entries."""
        before = self.now() - self.parts.config.settings.store.retention
        total = 0
        while gone := self.store.prune(before, _PRUNED_AT_ONCE):
            total += gone
        if total:
            _log.info("entries pruned", entries=total, before=before.date().isoformat())
        return total

    def metrics_text(self) -> bytes:
        """The /metrics page."""
        ages = self.health.ages(monotonic())
        return self.metrics.show(self.store.counts(), ages, self.store.free_bytes())

    def close(self, patience: timedelta = timedelta(0)) -> bool:
        """End what is under way, or give it back; True when nothing is left running."""
        ended = self.polling.stop(patience)
        self._senders.shutdown(wait=False, cancel_futures=True)
        self.parts.close()
        self.store.close()
        return ended
