"""[full_text] of monitor.toml: when the article behind an entry is read as well."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from monitor.config.reading import Table

MODES: Final = ("off", "near", "always")


@dataclass(frozen=True, slots=True, kw_only=True)
class FullTextSettings:
    """A feed's own `full_text` wins over the mode."""

    mode: str = "near"  # off | near: what falls short of its threshold by little | always
    nearest: float = 0.1  # score from which on an entry that no topic took is near
    daily: int = 50  # articles asked of one host on one day
    tries: int = 3  # requests for one article that the network or the server fails
    max_bytes: int = 3_000_000
    timeout: timedelta = timedelta(seconds=30)  # of a whole request
    parse_timeout: timedelta = timedelta(seconds=15)


FULL_TEXT: Final = FullTextSettings()


def read(table: Table) -> FullTextSettings:
    """The settings; faults are reported into the table."""
    settings = FullTextSettings(
        mode=table.choice("mode", MODES, FULL_TEXT.mode),
        nearest=table.number("nearest", FULL_TEXT.nearest),
        daily=table.integer("daily", FULL_TEXT.daily, least=1),
        tries=table.integer("tries", FULL_TEXT.tries, least=1),
        max_bytes=table.integer("max_bytes", FULL_TEXT.max_bytes, least=1_000),
        timeout=_length(table, "timeout", "30s"),
        parse_timeout=_length(table, "parse_timeout", "15s"),
    )
    if not 0 < settings.nearest < 1:
        table.fault("nearest", f"{settings.nearest:g} is no score", "write one between 0 and 1")
    table.close()
    return settings


def _length(table: Table, key: str, default: str) -> timedelta:
    value, least = table.duration(key, default), timedelta(seconds=1)
    assert value is not None
    if value < least:
        table.fault(key, f"{table.values[key]!r} is too short", "write at least '1s'")
    return max(value, least)
