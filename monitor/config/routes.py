"""[[routes]] of monitor.toml: which alerts go to which sinks, and in which order that is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from monitor.config.reading import REQUIRED, Table
from monitor.model import Severity

_GRAVITY: Final = tuple(s.value for s in Severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Takes an alert when every condition holds; an empty condition always does."""

    sinks: tuple[str, ...]
    topics: tuple[str, ...] = ()
    min_severity: Severity = Severity.LOW
    continue_: bool = False  # also ask the routes below
    line: int = 0  # where it stands in monitor.toml; 0 for the one nobody wrote


def read(document: Table, topics: Sequence[str], sinks: Sequence[str]) -> tuple[Route, ...]:
    """
    The routes in file order; with none written, one that sends everything to every sink.

    Faults are reported into the document.
    """
    found = tuple(_route(table, topics, sinks) for table in document.tables("routes"))
    return found or (Route(sinks=tuple(sinks)),)


def _route(table: Table, topics: Sequence[str], sinks: Sequence[str]) -> Route:
    route = Route(
        sinks=_known(table, "sinks", sinks, "sink"),
        topics=_known(table, "topics", topics, "topic", ()),
        min_severity=Severity(table.choice("min_severity", _GRAVITY, _GRAVITY[0])),
        continue_=table.flag("continue", False),
        line=table.line(),
    )
    if table.has("sinks") and table.values["sinks"] == []:
        table.fault("sinks", "is empty", f"name one of {', '.join(sinks)}")
    table.close()
    return route


def _known(
    table: Table, key: str, known: Sequence[str], what: str, default: object = REQUIRED
) -> tuple[str, ...]:
    named = table.texts(key, default)
    for name in named:
        if name not in known:
            table.fault(key, f"no {what} {name!r}", f"known here: {', '.join(known)}")
    return tuple(dict.fromkeys(n for n in named if n in known))
