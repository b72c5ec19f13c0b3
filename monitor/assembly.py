"""What one configuration is made into: the implementations that its words name."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Final

from monitor import __version__, sinks, stores
from monitor.config import load as files
from monitor.config.load import Config
from monitor.config.reading import Table
from monitor.config.settings import Settings
from monitor.deliver import Links
from monitor.egress import Egress
from monitor.egress import EgressSettings as Gate
from monitor.fetch import Fetcher
from monitor.links import links as signed
from monitor.match import Rules
from monitor.model import Rate
from monitor.ports import SinkKind, Store
from monitor.registry import load, names
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
            found[name] = (kind, kind.read(table))
    config.problems.check()
    if not found:
        console: SinkKind = load(sinks, "console").SINK
        found["console"] = (console, console.defaults())
    return found


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
    """Where a reader may say what they think of an alert; nowhere unless [feedback] is set."""
    feedback = config.settings.feedback
    if not feedback.url:
        return lambda _alert: {}
    return lambda alert: signed(feedback.url, feedback.secret, alert.id) if alert.story else {}
