"""
The address of a page ↔ the View of the desk. PURE.

    ?q=words&party=Iran&stage=agreed&severity=high&since=7d&until=2026-08-01&after=cursor
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from urllib.parse import urlencode

from monitor.config.entities import CATEGORIES, LANGUAGES
from monitor.config.load import Knowledge
from monitor.config.reading import duration
from monitor.model import Mark, Severity, Stage, View

PARTIES: Final = ("party", "supplier", "recipient")
KEYS: Final = ("q", *View.KINDS, "since", "until")  # "severity" here means: at least
SPANS: Final = (("24h", "24 hours"), ("7d", "7 days"), ("30d", "30 days"), ("365d", "a year"))
_LONGEST: Final = 200  # characters of a value
_CURSOR: Final = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]{8,15}Z~[\w.:-]{1,200}")
_FREE: Final = ("outlet", "story")  # kinds of which we know no list


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an address asks for."""

    view: View
    after: str  # "" for the first page
    given: Mapping[str, str]  # the filters as they were written
    problems: tuple[str, ...]  # sentences; not empty: the filters make no sense

    @property
    def query(self) -> str:
        """The filters as the address keeps them, in one order, without the cursor."""
        return urlencode({k: self.given[k] for k in KEYS if k in self.given})

    def but(self, **changed: str) -> str:
        """The same filters with others, "" taking one away; a whole query."""
        merged = {**self.given, **changed}
        return urlencode({k: merged[k] for k in KEYS if merged.get(k)})


def known(knowledge: Knowledge) -> Mapping[str, Mapping[str, str]]:
    """What each kind of filter may be, and how people read it; free kinds are not in it."""
    entities = knowledge.gazetteer.entities
    parties = {e.id: e.title for e in entities.values() if e.kind not in ("system", "lookalike")}
    return {
        "topic": {t: t for t in knowledge.topics},
        **dict.fromkeys(PARTIES, parties),
        "category": {c: c.replace("_", " ") for c in CATEGORIES},
        "system": {e.id: e.title for e in entities.values() if e.kind == "system"},
        "stage": {s.value: s.value for s in Stage},
        "regime": {r.id: r.name for r in knowledge.regimes},
        "language": {code: code for code in LANGUAGES},
        "severity": {s.value: s.value for s in Severity},
        "mark": {m.value: m.value for m in Mark},
    }


@dataclass(frozen=True, slots=True)
class Choices:
    """What filters may be."""

    of: Mapping[str, Mapping[str, str]]  # kind → id → how people read it; free kinds have none
    names: Mapping[str, str]  # any name of a party or system, any language, case folded → its id


def choices(knowledge: Knowledge) -> Choices:
    """All that this configuration knows."""
    entities = knowledge.gazetteer.entities
    names: dict[str, str] = {}
    for entity in entities.values():
        said = (n.text for n in entity.names if n.form == "name" and not n.ambiguous)
        for name in (entity.title, *said):
            names.setdefault(name.rstrip("*").casefold(), entity.id)
    return Choices(known(knowledge), names)


def read(query: Mapping[str, str], options: Choices, now: datetime) -> Asked:
    """The query of an address, every fault in it named."""
    given = {k: " ".join(query[k].split()) for k in KEYS if query.get(k, "").strip()}
    problems = [f"“{k}” is too long" for k, v in given.items() if len(v) > _LONGEST]
    facets: dict[str, str] = {}
    for kind in View.KINDS:
        if kind in given:
            value = _value(kind, given[kind], options)
            problems += [] if value else [_unknown(kind, given[kind], options.of)]
            facets[kind] = value
    since = _moment(given.get("since", ""), now, problems, "since")
    until = _moment(given.get("until", ""), now, problems, "until")
    if since and until and since > until:
        problems.append("“since” lies after “until”, so nothing can be between them")
    after = query.get("after", "")
    if after and not _CURSOR.fullmatch(after):
        problems.append("that page does not exist; begin at the newest")
    least = Severity(facets.pop("severity", "") or Severity.LOW)
    view = View(
        facets=facets, min_severity=least, since=since, until=until, words=given.get("q", "")
    )
    return Asked(view=view, after=after, given=given, problems=tuple(problems))


def _value(kind: str, text: str, options: Choices) -> str:
    """The id that is meant, by id or by name in any case; "" when there is none."""
    if kind in _FREE:
        return text
    wanted = text.casefold()
    own = options.of[kind]
    if wanted in own:
        return wanted
    named = options.names.get(wanted, "")
    return named if named in own else _titled(own, wanted)


def _titled(own: Mapping[str, str], wanted: str) -> str:
    return next((id_ for id_, title in own.items() if title.casefold() == wanted), "")


def _unknown(kind: str, text: str, options: Mapping[str, Mapping[str, str]]) -> str:
    known: Sequence[str] = list(options[kind])
    some = f"; known: {', '.join(known)}" if len(known) <= 20 else ""
    return f"there is no {kind} “{text[:60]}”{some}"


def _moment(text: str, now: datetime, problems: list[str], key: str) -> datetime | None:
    """From "7d", "2026-08-01" or a whole moment; None when there is none."""
    if not text:
        return None
    span = duration(text)
    try:
        if span is not None:
            return now - min(span, timedelta(days=36_500))
        if len(text) == 10:
            edge = time.max if key == "until" else time.min
            return datetime.combine(date.fromisoformat(text), edge, UTC)
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        problems.append(f"“{key}” is no time: “{text[:40]}”; write 7d or 2026-08-01")
        return None
