"""[notices] of monitor.toml: who is told that feeds bring nothing any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from monitor.config.reading import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSettings:
    """Nobody is told while sinks is empty."""

    sinks: tuple[str, ...] = ()
    after: timedelta = timedelta(hours=24)  # without a success; shorter troubles mend themselves


NO_NOTICES: Final = NoticeSettings()


def read(table: Table) -> NoticeSettings:
    """The settings; faults are reported into the table."""
    after = table.duration("after", "24h")
    assert after is not None
    settings = NoticeSettings(sinks=table.texts("sinks", ()), after=after)
    table.close()
    return settings


def check(document: Table, settings: NoticeSettings, sinks: Sequence[str]) -> None:
    """Report sinks that are not there."""
    for name in settings.sinks:
        if name not in sinks:
            known = ", ".join(sinks) or "none"
            document.table("notices").fault("sinks", f"no sink {name!r}", f"known here: {known}")
