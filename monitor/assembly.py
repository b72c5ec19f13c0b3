"""What one configuration is made into: the implementations that its words name."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from threading import Lock
from typing import Final
from urllib.parse import quote, urlsplit

from monitor import __version__, sinks, stores
from monitor.alert import Policy
from monitor.articles import Reading
from monitor.config import load as files
from monitor.config.cluster import Role
from monitor.config.load import Config
from monitor.config.push import PushSettings
from monitor.config.reading import Table
from monitor.config.settings import PollSettings, Settings
from monitor.course import Course
from monitor.deliver import Links
from monitor.egress import Egress
from monitor.egress import EgressSettings as Gate
from monitor.egress.addresses import forbidden, networks
from monitor.fetch import Fetcher
from monitor.fetch.websub import Pushes
from monitor.health import Stage
from monitor.links import links as signed
from monitor.match import Rules
from monitor.model import STORY, Alert, Rate
from monitor.ports import Sink, SinkKind, Store
from monitor.registry import load, names
from monitor.sandbox import Parser
from monitor.secret import Secret
from monitor.story.judge import Judge, judge

_STORES: Final = {"postgresql": "postgres"}  # scheme of a URL → module, where they differ
_RATE: Final = re.compile(r"(\d{1,6})/([smh])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600}


def open_store(settings: Settings, *, create: bool = True) -> Store:
    """
    The store whose kind its URL names.

    Raises:
        StoreError: it is damaged, full, or (create=False) not there.
    """
    url = settings.store.url
    scheme = url.partition(":")[0]
    store: Store = load(stores, _STORES.get(scheme, scheme)).open(url, create=create)
    return store


def gate(settings: Settings) -> Egress:
    """The one way out of this process."""
    contact = settings.egress.contact
    agent = f"arms-monitor/{__version__}" + (f" (+{contact})" if contact else "")
    return Egress(Gate(allow_private=settings.egress.allow_private, user_agent=agent))


def fetcher(settings: Settings) -> Fetcher:
    """Asks for feeds through the gate."""
    return Fetcher(gate(settings), settings.poll)


def rules(config: Config) -> Rules:
    """The detector, compiled."""
    known = config.knowledge
    return Rules.compile(known.lexicons, known.topics, known.gazetteer, known.regimes)


def policy(config: Config) -> Policy:
    """Who is told of what, and what is kept back."""
    return Policy(
        routes=config.routes,
        inhibitions=config.inhibitions,
        severities={n: t.severity for n, t in config.knowledge.topics.items()},
    )


def read_config(root: Path, environ: Mapping[str, str]) -> Config:
    """
    Everything below root, sinks included.

    Raises:
        ConfigError: with one line for every fault in any file.
    """
    config = files.gather(root, environ)
    read_sinks(config)
    return config


def read_sinks(config: Config) -> Mapping[str, tuple[SinkKind, object]]:
    """
    Every sink's kind and settings by name; with none configured, the terminal.

    Raises:
        ConfigError: with one line for every fault.
    """
    found: dict[str, tuple[SinkKind, object]] = {}
    for name, table in config.sinks.items():
        faults = len(config.problems.lines)
        chosen = table.choice("kind", names(sinks))
        if faults == len(config.problems.lines):
            kind: SinkKind = load(sinks, chosen).SINK
            _rate(table)
            _heard(table, config)
            found[name] = (kind, kind.read(table))
            _reachable(table, found[name][1], config)
    config.problems.check()
    if not found:
        console: SinkKind = load(sinks, "console").SINK
        found["console"] = (console, console.defaults())
    return found


def _reachable(table: Table, chosen: object, config: Config) -> None:
    """A private address that nobody allowed would be refused at every attempt."""
    allowed = networks(config.settings.egress.allow_private)
    for key in ("url", "api", "host"):
        value = getattr(chosen, key, "") if table.values.get("kind") != "apprise" else ""
        text = value.reveal() if isinstance(value, Secret) else str(value)
        try:
            host = (urlsplit(text).hostname or "") if "://" in text else text
            why = forbidden(ip_address(host), allowed)
        except ValueError:
            continue  # a name, or reported already
        if why:
            right = f'write allow_private = ["{host}/{ip_address(host).max_prefixlen}"] in [egress]'
            table.fault(key, f"leads to {host}, which is {why}", right)


def _heard(table: Table, config: Config) -> None:
    """Buttons that nobody listens to are worse than none."""
    if table.values.get("buttons") is True and not config.settings.feedback.slack_signing_secret:
        right = "set feedback.slack_signing_secret (docs/sinks.md), or leave the buttons out"
        table.fault("buttons", "would be heard by nobody", right)


def judging(config: Config) -> Callable[[], Judge]:
    """What decides whether two reports tell one story; compiled when it is first asked for."""
    known = config.knowledge
    weights = known.stories
    assert weights is not None  # its faults were said when the configuration was read

    @cache
    def made() -> Judge:
        return judge(weights, known.gazetteer, known.lexicons.values())

    lock = Lock()

    def once() -> Judge:
        # The first stories of many feeds come at one time, and each thread would make its own.
        with lock:
            return made()

    return once


def rates(config: Config, plan: Mapping[str, tuple[SinkKind, object]]) -> Mapping[str, Rate]:
    """How often each sink may be sent to: as written, else as its service allows."""
    written = {name: _rate(table) for name, table in config.sinks.items()}
    found = {name: written.get(name) or kind.rate(chosen) for name, (kind, chosen) in plan.items()}
    return {name: rate for name, rate in found.items() if rate is not None}


def _rate(table: Table) -> Rate | None:
    """From "30/m"; None when nothing is written, or after a fault."""
    text = table.text("rate", "")
    parts = _RATE.fullmatch(text)
    if text and (not parts or int(parts[1]) == 0):
        table.fault("rate", f"{text!r} is no rate", 'write one such as "1/s", "30/m" or "100/h"')
    if not parts or int(parts[1]) == 0:
        return None
    number = int(parts[1])
    return Rate(per_second=number / _SECONDS[parts[2]], burst=max(1, number // 10))


def links(config: Config) -> Links:
    """Where a reader finds the whole story and may say what they think, as far as we are told."""
    feedback, console = config.settings.feedback, config.settings.console
    home = console.url or feedback.url

    def found(alert: Alert) -> Mapping[str, str]:
        if not alert.story or alert.test:
            return {}
        whole = {STORY: f"{home}/story/{quote(alert.story, safe='')}"} if home else {}
        said = signed(feedback.url, feedback.secret, alert.id) if feedback.url else {}
        return {**whole, **said}

    return found


def own_stages(role: Role) -> tuple[Stage, ...]:
    """What of the work is done here."""
    polling = (Stage.POLLING, Stage.MATCHING) if role.polls else ()
    return (*polling, *((Stage.DELIVERING,) if role.delivers else ()))


def new_parser(poll: PollSettings) -> Parser:
    """Reads feeds in child processes; none is started yet."""
    workers, timeout, entries = parsing(poll)
    return Parser(workers=workers, timeout=timeout, max_entries=entries)


def new_pushes(push: PushSettings, out: Egress) -> Pushes | None:
    """Subscribes at hubs; None while [push] is off."""
    if not push.callback:
        return None
    return Pushes(out, push.callback, push.secret.reveal(), push.lease)


def parsing(poll: PollSettings) -> tuple[int, timedelta, int]:
    """What a parser is made of: another one is needed when it differs."""
    return poll.parsers, poll.parse_timeout, poll.max_entries


def pressing(poll: PollSettings) -> tuple[int, timedelta]:
    """What a turnstile is made of."""
    return poll.host_connections, poll.host_spacing


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What one configuration is made into; a reload swaps it whole."""

    config: Config
    course: Course
    sinks: Mapping[str, Sink]
    rates: Mapping[str, Rate]  # of the sinks that have one
    links: Links
    parser: Parser
    pushes: Pushes | None  # None while [push] is off
    reading: Reading

    def close(self) -> None:
        self.parser.close()
        for sink in self.sinks.values():
            sink.close()
