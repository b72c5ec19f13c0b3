"""config/monitor.toml: how the daemon polls, remembers, listens and logs."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from monitor.config import cluster, console, feedback, full_text, notices, push
from monitor.config.cluster import ALONE, ClusterSettings
from monitor.config.console import LOCAL as LOCAL_CONSOLE
from monitor.config.console import ConsoleSettings
from monitor.config.feedback import NO_FEEDBACK, FeedbackSettings
from monitor.config.full_text import FULL_TEXT, FullTextSettings
from monitor.config.notices import NO_NOTICES, NoticeSettings
from monitor.config.push import NO_PUSH, PushSettings
from monitor.config.reading import Table, duration
from monitor.model import Feed

# Faster than this is unkind to a publisher (feed hosts score anything below), so it is
# allowed only where every feed stands on a host the operator called private.
KIND_INTERVAL = timedelta(minutes=5)
KIND_SPACING = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    url: str = "sqlite:///data/monitor.db"
    retention: timedelta = timedelta(days=180)  # of entries; alerts are never pruned
    backup: str = ""  # folder for a daily verified backup; "" for none
    backups: int = 7  # how many to keep


@dataclass(frozen=True, slots=True, kw_only=True)
class PollSettings:
    workers: int = 32
    default_interval: timedelta = timedelta(minutes=15)
    min_interval: timedelta = KIND_INTERVAL
    max_interval: timedelta = timedelta(hours=24)
    host_connections: int = 2  # per registrable domain, or address where there is none
    host_spacing: timedelta = timedelta(seconds=5)
    tick: timedelta = timedelta(seconds=1)
    baseline: timedelta = timedelta(hours=24)
    max_body_bytes: int = 5_000_000
    max_entries: int = 50_000
    parsers: int = 1  # child processes
    parse_timeout: timedelta = timedelta(seconds=30)
    timeout: timedelta = timedelta(seconds=60)  # of a whole request
    lease: timedelta = timedelta(minutes=10)
    retry_after: str = "host"  # who waits when one feed of a domain is told to: it, or "feed"


@dataclass(frozen=True, slots=True, kw_only=True)
class EgressSettings:
    allow_private: tuple[str, ...] = ()  # CIDRs
    contact: str = ""  # URL or address in the user agent; "" for the project's own


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    level: str = "info"
    format: str = "auto"  # json, text, or auto: text at a terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    store: StoreSettings = StoreSettings()
    poll: PollSettings = PollSettings()
    egress: EgressSettings = EgressSettings()
    console: ConsoleSettings = LOCAL_CONSOLE
    log: LogSettings = LogSettings()
    feedback: FeedbackSettings = NO_FEEDBACK
    push: PushSettings = NO_PUSH
    full_text: FullTextSettings = FULL_TEXT
    notices: NoticeSettings = NO_NOTICES
    cluster: ClusterSettings = ALONE


def read(document: Table) -> Settings:
    """The settings of monitor.toml; faults are reported into the table."""
    store = _store(document.table("store"))
    return Settings(
        store=store,
        poll=_poll(document.table("poll")),
        egress=_egress(document.table("egress")),
        console=console.read(document.table("console")),
        log=_log(document.table("log")),
        feedback=feedback.read(document.table("feedback")),
        push=push.read(document.table("push")),
        full_text=full_text.read(document.table("full_text")),
        notices=notices.read(document.table("notices")),
        cluster=cluster.read(document.table("cluster"), store.url),
    )


def _store(table: Table) -> StoreSettings:
    url = table.text("url", StoreSettings().url)
    if not url.startswith(("sqlite://", "postgresql://", "postgres://")):
        right = 'write "sqlite:///path/to/monitor.db" or "postgresql://user@host/database"'
        table.fault("url", f"{_hidden(url)!r} is no store", right)
    elif not url.startswith("sqlite") and _hidden(url) != url:
        right = "put it into PGPASSWORD or ~/.pgpass"
        table.fault("url", f"{_hidden(url)!r} has a password, which logs would repeat", right)
    settings = StoreSettings(
        url=url,
        retention=_length(table, "retention", "180d", least="1d"),
        backup=table.text("backup", ""),
        backups=table.integer("backups", 7, least=1),
    )
    table.close()
    return settings


_PASSWORD: Final = re.compile(r"(?<=://)([^:@/]*:).*(?=@)|([?&](?:ssl)?password=)[^&]*")


def _hidden(url: str) -> str:
    """The URL without the password that stands in it."""
    return _PASSWORD.sub(lambda found: f"{found[1] or found[2]}…", url)


def _poll(table: Table) -> PollSettings:
    settings = PollSettings(
        workers=table.integer("workers", 32, least=1),
        default_interval=_length(table, "default_interval", "15m", least="1s"),
        min_interval=_length(table, "min_interval", "5m", least="1s"),
        max_interval=_length(table, "max_interval", "24h", least="1s"),
        host_connections=table.integer("host_connections", 2, least=1),
        host_spacing=_length(table, "host_spacing", "5s"),
        tick=_length(table, "tick", "1s", least="50ms"),
        baseline=_length(table, "baseline", "24h"),
        max_body_bytes=table.integer("max_body_bytes", 5_000_000, least=1_000),
        max_entries=table.integer("max_entries", 50_000, least=1),
        parsers=table.integer("parsers", 1, least=1),
        parse_timeout=_length(table, "parse_timeout", "30s", least="1s"),
        timeout=_length(table, "timeout", "60s", least="1s"),
        lease=_length(table, "lease", "10m", least="10s"),
        retry_after=table.choice("retry_after", ("host", "feed"), "host"),
    )
    if settings.min_interval > settings.max_interval:
        table.fault("min_interval", "is longer than max_interval", "make it the shorter one")
    table.close()
    return settings


def _length(table: Table, key: str, default: str, *, least: str = "0s") -> timedelta:
    value, floor = table.duration(key, default), duration(least)
    assert value is not None
    assert floor is not None
    if value < floor:
        table.fault(key, f"{table.values[key]!r} is too short", f"write at least {least!r}")
        return floor
    return value


def _egress(table: Table) -> EgressSettings:
    networks = table.texts("allow_private", ())
    for network in networks:
        try:
            ipaddress.ip_network(network)
        except ValueError:
            table.fault(
                "allow_private", f"{network!r} is no CIDR", 'write one such as "10.1.2.0/24"'
            )
    settings = EgressSettings(
        allow_private=tuple(n for n in networks if _network(n)), contact=table.text("contact", "")
    )
    table.close()
    return settings


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        return None


def _log(table: Table) -> LogSettings:
    settings = LogSettings(
        level=table.choice("level", ("debug", "info", "warning", "error"), "info"),
        format=table.choice("format", ("auto", "json", "text"), "auto"),
    )
    table.close()
    return settings


def check_pace(document: Table, settings: Settings, feeds: Sequence[Feed]) -> None:
    """Refuse a pace that would be unkind, unless every feed stands on a private host."""
    strangers = [f.id for f in feeds if not private(f.url, settings.egress.allow_private)]
    if not strangers:
        return
    table, some = document.table("poll"), f"feed {strangers[0]!r} stands on a public host"
    if settings.poll.min_interval < KIND_INTERVAL:
        table.fault("min_interval", f"is below 5m, but {some}", 'write at least "5m"')
    if settings.poll.host_spacing < KIND_SPACING:
        table.fault("host_spacing", f"is below 1s, but {some}", 'write at least "1s"')


def private(url: str, allowed: Sequence[str]) -> bool:
    """Whether the URL names a file, or an address inside one of the allowed networks."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return True
    host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in network for n in allowed if (network := _network(n)))
