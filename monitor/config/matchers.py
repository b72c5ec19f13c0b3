"""Conditions on an alert, as routes, silences and inhibitions write them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from typing import Final

from monitor.config.entities import CATEGORIES, LANGUAGES
from monitor.config.reading import Table
from monitor.model import Severity, Stage

_GRAVITY: Final = tuple(s.value for s in Severity)
_STAGES: Final = tuple(s.value for s in Stage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What may be named in a condition; None where everything may."""

    topics: Collection[str] | None = None
    parties: Collection[str] | None = None  # entity ids
    regimes: Collection[str] | None = None
    feeds: Collection[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """Holds when every condition does; an empty one always does, a list when one of it does."""

    topics: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()  # on either side
    suppliers: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    regimes: tuple[str, ...] = ()  # ids, or "any" for whatever embargo is in force
    languages: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    stories: tuple[str, ...] = ()
    min_severity: Severity = Severity.LOW
    min_score: float = 0.0

    @property
    def empty(self) -> bool:
        """Whether it holds for everything."""
        return all(getattr(self, f.name) == f.default for f in fields(Matcher))


def read(table: Table, names: Names) -> dict[str, object]:
    """The conditions that a table writes, by field; faults are reported there."""
    closed = {
        "topics": names.topics,
        "stages": _STAGES,
        "parties": names.parties,
        "suppliers": names.parties,
        "recipients": names.parties,
        "categories": CATEGORIES,
        "regimes": None if names.regimes is None else (*names.regimes, "any"),
        "languages": LANGUAGES,
        "feeds": names.feeds,
        "outlets": None,
        "stories": None,
    }
    found: dict[str, object] = {
        key: _known(table, key, known) for key, known in closed.items() if table.has(key)
    }
    table.asked.update((*closed, "min_severity", "min_score"))
    if table.has("min_severity"):
        found["min_severity"] = Severity(table.choice("min_severity", _GRAVITY, _GRAVITY[0]))
    if table.has("min_score"):
        found["min_score"] = table.number("min_score", 0.0)
    return found


def _known(table: Table, key: str, known: Collection[str] | None) -> tuple[str, ...]:
    named = table.texts(key, ())
    if table.values[key] == []:
        table.fault(key, "is empty, and so would hold for nothing", "name one, or leave it out")
    if known is None:
        return tuple(dict.fromkeys(named))
    for name in named:
        if name not in known:
            table.fault(key, f"no {_ONE[key]} {name!r}", f"known here: {_listed(known)}")
    return tuple(dict.fromkeys(n for n in named if n in known))


_ONE: Final = {
    "topics": "topic",
    "stages": "stage",
    "parties": "party",
    "suppliers": "party",
    "recipients": "party",
    "categories": "category",
    "regimes": "embargo",
    "languages": "language",
    "feeds": "feed",
}


def _listed(known: Collection[str]) -> str:
    """All of a short list, the first of a long one."""
    names: Sequence[str] = list(known)
    return ", ".join(names) if len(names) <= 30 else f"{', '.join(names[:30])} and more"
