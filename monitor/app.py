"""
Composition root: Config → Monitor. Alone picks implementations and reads the clock.
"""

import os
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import cast

from monitor import log, upkeep
from monitor.articles import Articles, Reading
from monitor.assembly import (
    Parts,
    gate,
    judging,
    links,
    new_parser,
    new_pushes,
    open_store,
    own_stages,
    parsing,
    policy,
    pressing,
    rates,
    read_sinks,
    rules,
)
from monitor.config.cluster import Spread
from monitor.config.load import Config
from monitor.config.settings import PollSettings
from monitor.config.version import digest
from monitor.course import Course
from monitor.deliver import Delivered, Flying, deliver
from monitor.egress import Egress
from monitor.errors import StoreError
from monitor.fetch import Fetcher
from monitor.fetch.article import Pages
from monitor.fetch.politeness import Hosts
from monitor.fetch.shared import SharedHosts
from monitor.health import Health, Stage
from monitor.match.regimes import facts
from monitor.metrics import Metrics
from monitor.pipeline import Stages
from monitor.ports import Sink, SinkKind
from monitor.rounds import Polling
from monitor.sharing import ALONE, Presence, Runner, Spreading
from monitor.sinks.console import ConsoleSettings

# Below it nothing is polled. SQLite's log is folded in at 4 MB; on a disk filled beyond that
# even deleting fails, and freeing less than the log's size does not help (measured).
LOW_DISK_BYTES = 8 * 1024 * 1024
_SENDERS = 64
_ARTICLES = timedelta(minutes=1)  # that a single pass waits for them
DELIVERY_LEASE = timedelta(minutes=2)
_log = log.get("app")


def clock() -> datetime:
    """The one wall clock: aware, UTC."""
    return datetime.now(UTC)


def owner() -> str:
    """Who holds a lease: host, process and the moment it began."""
    return f"{socket.gethostname()}:{os.getpid()}:{clock():%Y%m%dT%H%M%S}"


class Monitor:
    """The daemon's work, one call per round; who calls it when is schedule's business."""

    def __init__(
        self,
        config: Config,
        *,
        now: Callable[[], datetime] = clock,
        checkpoint: Callable[[str], object] = lambda _name: None,
        on_alert: Callable[[], None] = lambda: None,
        terminal: Sink | None = None,
        delivery_lease: timedelta = DELIVERY_LEASE,
    ) -> None:
        """
        Open the store and make everything ready; nothing is polled yet.

        `terminal` stands in for every sink of the kind "console". What was taken to be sent and
        is not recorded after `delivery_lease` is sent again.

        Raises:
            ConfigError, StoreError: nothing was started.
        """
        self.owner, self._checkpoint = owner(), checkpoint
        self.metrics = Metrics()
        self.health = Health(monotonic(), own_stages(config.settings.cluster.role))
        self._terminal = terminal
        self._retired: list[Parts] = []  # of configurations before this one, not yet closed
        self._flying, self._lease = Flying(), delivery_lease
        read_sinks(config)  # a faulty one is said before a store is made
        self.store = store = open_store(config.settings)
        self.now: Callable[[], datetime] = lambda: store.time(now())
        self.parts = self._assemble(config, None)
        self.polling = Polling(
            self.store, self.parts.course, owner=self.owner, health=self.health,
            metrics=self.metrics, on_alert=on_alert,
        )  # fmt: skip
        self.articles = Articles(
            lambda: self.parts.reading, owner=self.owner, metrics=self.metrics, on_alert=on_alert
        )
        self.runner = self._runner(config)
        self._senders = ThreadPoolExecutor(_SENDERS, "send")

    def _assemble(self, config: Config, old: Parts | None) -> Parts:
        """
        What the configuration says, keeping of the old parts what it does not change: a
        parser at work, and what hosts have asked of us.
        """
        poll, out = config.settings.poll, gate(config.settings)
        was = old.config.settings.poll if old else None
        plan = read_sinks(config)
        parser = old.parser if old and was and parsing(was) == parsing(poll) else new_parser(poll)
        hosts = old.course.hosts if old and was and pressing(was) == pressing(poll) else None
        same = old and old.config.settings.push == config.settings.push
        pushes = old.pushes if old and same else new_pushes(config.settings.push, out)
        stages = Stages(
            fetch=Fetcher(out, poll).fetch,
            parse=parser.parse,
            rules=rules(config),
            stories=judging(config),
            policy=policy(config),
            facts=facts(config.knowledge.regimes),
            store=self.store,
            poll=poll,
            full_text=config.settings.full_text,
            now=self.now,
            checkpoint=self._checkpoint,
            **({"learned": pushes.heed} if pushes else {}),
        )
        hosts = hosts or self._hosts(poll)
        modes, pages = {f.id: f.full_text for f in config.feeds}, Pages(out, stages.full_text)
        return Parts(
            config=config,
            course=Course(stages=stages, hosts=hosts),
            sinks={name: self._sink(kind, chosen, out) for name, (kind, chosen) in plan.items()},
            rates=rates(config, plan),
            links=links(config),
            parser=parser,
            pushes=pushes,
            reading=Reading(stages=stages, hosts=hosts, pages=pages, modes=modes),
        )

    def _sink(self, kind: SinkKind, chosen: object, out: Egress) -> Sink:
        if self._terminal and isinstance(chosen, ConsoleSettings):
            return self._terminal
        return kind.build(chosen, out)

    def _hosts(self, poll: PollSettings) -> Hosts | SharedHosts:
        own, all_nodes = Hosts(*pressing(poll)), self.store.turnstile(self.owner, *pressing(poll))
        return SharedHosts(own, all_nodes) if all_nodes else own

    @property
    def presence(self) -> Presence:
        """What we say of ourselves to those who share the store; nobody else asks."""
        if isinstance(self.parts.course.hosts, Hosts):
            return ALONE
        config = self.parts.config
        role, here = config.settings.cluster.role.value, digest(config.root)
        return Presence(role=role, configuration=here, told=self._out_of_step)

    def _out_of_step(self, why: str) -> None:
        if self.health.fault("cluster", why) and why:
            _log.error("node out of step", why=why)

    def _runner(self, config: Config) -> Runner:
        if config.settings.cluster.runner is Spread.THREADS:
            return self.polling
        from monitor.queueing import Queue  # who has no queue need not have its library

        store = cast("Spreading", self.store)  # PostgreSQL, as the settings saw to
        return Queue(self.polling, store, self.owner)

    def sync(self) -> None:
        """Make the store know the configured feeds."""
        self.store.sync(self.parts.config.feeds, self.now())

    def reload(self, config: Config) -> None:
        """
        Work by this configuration from now on; polls under way end by the old one.

        Raises:
            ConfigError, StoreError: the last good configuration stays.
        """
        fresh = self._assemble(config, self.parts)
        if isinstance(fresh.course.hosts, SharedHosts):
            self.store.work_by(digest(config.root))
        self.store.sync(config.feeds, self.now())
        self._retired.append(self.parts)
        self.parts, self.polling.course = fresh, fresh.course

    def _retire(self) -> None:
        """Close what old configurations needed, once no poll and no send uses it any more."""
        for old in list(self._retired):
            if not self._flying and not self.polling.follows(old.course):
                self._retired.remove(old)
                if old.parser is not self.parts.parser:
                    old.parser.close()
                for sink in old.sinks.values():
                    sink.close()

    def poll_round(self) -> int:
        """
        Claim what is due and start polling it; how many. None while the disk is nearly full.

        Raises:
            StoreError: nothing was claimed.
        """
        self._retire()
        if self._disk_is_low():
            self.health.beat(Stage.POLLING, monotonic())
            return 0
        claimed = self.runner.round()
        self.articles.round()
        return claimed

    def poll_pass(self, *, everything: bool) -> int:
        """
        Poll all that is due, or `everything`, once, and wait for it; how many feeds.

        Raises:
            StoreError: nothing was claimed.
        """
        if self._disk_is_low():
            return 0
        started = self.polling.sweep(everything=everything)
        self.polling.settle()
        self.articles.sweep(_ARTICLES)
        return started

    def _disk_is_low(self) -> bool:
        free = self.store.free_bytes()
        low = free < LOW_DISK_BYTES
        said = f"only {free >> 20} MB free beside the store; polling waits" if low else ""
        if self.health.fault("disk", said):
            _log.warning("disk nearly full" if low else "disk has room again", free_bytes=free)
        return low

    def deliver_round(self, *, to_the_end: bool = False) -> Delivered:
        """
        Attempt what is due in the outbox.

        Slow sends are left under way for the next round to collect, unless `to_the_end`.

        Raises:
            StoreError: what could not be recorded is tried again when its lease ends.
        """
        done = deliver(
            self.store,
            self.parts.sinks,
            self.now,
            owner=self.owner,
            lease=self._lease,
            limit=_SENDERS,
            pool=self._senders,
            flying=None if to_the_end else self._flying,
            rates=self.parts.rates,
            links=self.parts.links,
            checkpoint=self._checkpoint,
        )
        self.health.beat(Stage.DELIVERING, monotonic())
        for (sink, verdict), count in done.counts.items():
            self.metrics.attempts.labels(sink, verdict).inc(count)
        return done

    def clock_set(self, by: timedelta) -> None:
        """
        The wall clock was set, back when negative: try again at once what failed before.

        The store sees to the rest by itself when it is next asked: it lets nothing wait longer
        than it was to. What waits for an hour of the day goes on waiting for it.

        Where several share the store it is the store's clock that counts, and it was not set.

        Raises:
            StoreError: they wait.
        """
        if by < timedelta(0) and isinstance(self.parts.course.hosts, Hosts):
            waiting = self.store.deliveries(state="due", limit=1_000_000)
            tried = [str(row["id"]) for row in waiting if row["attempt"]]
            self.store.retry(tried, self.now())

    def prune(self) -> int:
        """Delete what is older than the retention; how many entries."""
        before = self.now() - self.parts.config.settings.store.retention
        return upkeep.prune(self.store, before)

    def backup(self) -> None:
        """
        Today's copy, where one is wanted.

        Raises:
            StoreError, OSError: there is none; /readyz says so.
        """
        settings = self.parts.config.settings.store
        upkeep.backup(self.store, settings, self.health, self.now())

    def tell_of_feeds(self) -> int:
        """Queue word of feeds that bring nothing any more; how many notices."""
        settings = self.parts.config.settings.notices
        return upkeep.tell_of_feeds(self.store, settings, self.now())

    def metrics_text(self) -> bytes:
        """The /metrics page; without the store's numbers while it cannot be read."""
        ages = self.health.ages(monotonic())
        try:
            return self.metrics.show(self.store.counts(), ages, self.store.free_bytes())
        except StoreError:
            self.metrics.errors.labels("store").inc()
            return self.metrics.show({}, ages, 0)

    def close(self, patience: timedelta = timedelta(0)) -> bool:
        """
        End what is under way within `patience`, or give it back.

        True when nothing is left running.
        """
        deadline = monotonic() + patience.total_seconds()
        self._senders.shutdown(wait=False, cancel_futures=True)
        ended = self.runner.stop(patience)
        ended = self.articles.stop(timedelta(seconds=deadline - monotonic())) and ended
        ended = self._land(deadline) and ended
        if ended:  # a poll or send still running needs them; the end of the process ends it
            for parts in (*self._retired, self.parts):
                parts.close()
            self.store.close()
        return ended

    def _land(self, deadline: float) -> bool:
        """Wait for the sends under way; what is not recorded is sent again, by the same id."""
        try:
            while self._flying and monotonic() < deadline:
                self._flying.landed(deadline - monotonic())
        except StoreError as e:
            _log.warning("attempt not recorded", why=str(e))
        return not self._flying
