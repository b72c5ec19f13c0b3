"""
config/entities/*.csv become a Gazetteer: who and what can be named, in every language.

A row gives one form of one entity: its id, what form it is, and the terms per language. See
docs/entities.md for the notation of a cell; `Росси(я/и/ю/ей)` stands for four terms.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Final, NamedTuple

from monitor.config.reading import Problems
from monitor.config.remembered import Remembered, content
from monitor.config.spreadsheet import Row, rows

LANGUAGES: Final = (
    *("en", "ru", "uk", "ar", "fa", "he", "tr", "es", "pt"),
    *("fr", "de", "it", "pl", "sv", "ja", "ko", "zh", "hi"),
)
KINDS: Final = ("state", "body", "group", "company", "system", "lookalike")
HALVES: Final = ("first", "second")  # of a term of two letters for two states: 日米, 북러
NAMED: Final = (
    *("name", "adjective", "capital", "metonym", "demonym", "abbreviation", "place"),
    *HALVES,
)
OFF: Final = "off"  # the form of a row that takes terms away
CATEGORIES: Final = (
    *("ammunition", "artillery", "tank", "armoured", "aircraft", "helicopter", "ship"),
    *("submarine", "missile", "air_defence", "uav", "small_arms", "bomb", "radar"),
    *("components", "dual_use", "aid_package", "unspecified"),
)
FACTS: Final = ("kind", "title", "country", "category", "exports")  # written once per id
EXPORTS: Final = ("great", "lesser")  # how much a state sells to the world
COLUMNS: Final = ("id", *FACTS, "form", "ambiguous", "any", *LANGUAGES, "note")
ANY: Final = "any"  # the column of terms that are the same in every language
ALL: Final = "*"  # in the column "ambiguous": every term of the row is

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_COUNTRY = re.compile(r"[a-z]{2}")
_GROUP = re.compile(r"\(([^()]*)\)")
_MARK_ONE: Final = "to mark one term write a ? after it"


class Name(NamedTuple):
    """One way to write an entity; a tuple, since 33,000 are made at every start."""

    text: str  # without "="; a stem keeps its "*"
    language: str  # "" when the same in every language
    form: str  # one of NAMED
    exact: bool = False  # letter case counts: "US" is not "us"
    ambiguous: bool = False  # also something else; counts only where other words support it

    @property
    def term(self) -> str:
        """The term as a lexicon writes it: "=US", "росси*"."""
        return f"={self.text}" if self.exact else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """
    A state, body, group, company or weapon system that news can name.

    Or a look-alike, which is no party: its only use is to hide the shorter name inside it,
    such as the state's in "New Mexico".
    """

    id: str
    kind: str  # one of KINDS
    title: str  # English, for people
    country: str = ""  # home or maker, ISO 3166 alpha-2 lower case; "" when none or several
    categories: tuple[str, ...] = ()  # of a weapon system
    exports: str = ""  # one of EXPORTS; "" where arms are not known to be sold abroad
    names: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Every entity there is, by id, in order of id."""

    entities: Mapping[str, Entity] = field(default_factory=dict)


_LAST: Final[Remembered[Gazetteer]] = Remembered()


@dataclass(slots=True)
class _Draft:
    """What the rows of one id have said so far."""

    first: Row
    facts: dict[str, str] = field(default_factory=dict)
    where: dict[str, Row] = field(default_factory=dict)  # fact → the row that gave it
    names: dict[tuple[str, str], Name] = field(default_factory=dict)  # (term, language) → name
    seen: dict[tuple[str, str], Row] = field(default_factory=dict)
    off: list[tuple[Row, str, str]] = field(default_factory=list)  # row, language, term


def read(root: Path, problems: Problems, environ: Mapping[str, str]) -> Gazetteer:
    """
    Every entity of root/entities/*.csv; faults go to problems and leave the entity out.

    The files are one table: an id may have rows in several of them, so that a local file
    adds names to, or takes names from, those that came with the monitor.
    """
    files, before = sorted((root / "entities").glob("*.csv")), len(problems.lines)
    key = content(files)
    if (known := _LAST.get(key)) is not None:
        return known
    drafts: dict[str, _Draft] = {}
    for file in files:
        for row in rows(file, COLUMNS, ("id",), problems):
            _take(row, drafts)
    found = (_entity(id, draft) for id, draft in sorted(drafts.items()))
    entities = {entity.id: entity for entity in found if entity is not None}
    _check_countries(entities, drafts)
    return _LAST.keep(key, Gazetteer(entities), problems, before)


def _take(row: Row, drafts: dict[str, _Draft]) -> None:
    id = row.required("id", "give the entity a short name such as 'houthis'")
    if not id:
        return
    if not _ID.fullmatch(id):
        row.fault("id", f"{id!r} is not an id", "use a-z, 0-9 and single hyphens")
        return
    draft = drafts.setdefault(id, _Draft(row))
    for fact in FACTS:
        _take_fact(row, fact, draft)
    form = row.choice("form", (*NAMED, OFF), "name")
    doubtful = row["ambiguous"] == ALL
    if row["ambiguous"] not in ("", ALL):
        row.fault("ambiguous", f"{row['ambiguous']!r} is neither {ALL} nor empty", _MARK_ONE)
    for language, text in _terms(row):
        term = text.removesuffix("?")
        key = term, language
        if form == OFF:
            draft.off.append((row, language, term))
        elif form in HALVES and len(term) != len(HALVES):
            row.fault(language or ANY, f"{term!r} has not two letters", "one for each state")
        elif (twin := draft.seen.setdefault(key, row)) is not row:
            place = f"{twin.file.name}:{twin.line}"
            row.fault(language or ANY, f"{term!r} is already a name of it", f"see {place}")
        else:
            draft.names[key] = Name(
                text=term.removeprefix("="),
                language=language,
                form=form,
                exact=term.startswith("="),
                ambiguous=doubtful or text.endswith("?"),
            )


def _take_fact(row: Row, fact: str, draft: _Draft) -> None:
    value = row[fact]
    if not value:
        return
    known = draft.facts.setdefault(fact, value)
    first = draft.where.setdefault(fact, row)
    if known != value:
        row.fault(
            fact, f"{value!r} contradicts {known!r}", f"{first.file.name}:{first.line} says so"
        )


def _terms(row: Row) -> Iterator[tuple[str, str]]:
    """(language, term) for each term of the row; language "" for the column of all."""
    for column in (ANY, *LANGUAGES):
        cell = row[column]
        language = "" if column == ANY else column
        for part in _split(cell) if cell else ():
            yield from ((language, text) for text in _sound(row, column, part))


def _sound(row: Row, column: str, part: str) -> Iterator[str]:
    """The terms that a part of a cell is short for, up to the first that is wrong."""
    for text in expand(part):
        if wrong := _fault(text):
            row.fault(column, f"{part!r} {wrong}", "see docs/entities.md")
            return
        yield text


def _split(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _fault(text: str) -> str:
    """What is wrong with one term; "" when nothing is."""
    if "(" in text or ")" in text:
        return "has an open bracket"
    bare = text.removeprefix("=").removesuffix("?")
    if "*" not in bare and "=" not in bare and "?" not in bare:
        return "" if bare else "has no letters"
    words = bare.split()
    if not any(word.strip("*") for word in words):
        return "has no letters"
    if any("*" in word.strip("*") for word in words):
        return "has a * in the middle of a word"
    return "has a = or a ? in its middle" if "=" in bare or "?" in bare else ""


def expand(part: str) -> tuple[str, ...]:
    """
    Every term that one notation stands for: "Кита(й/я)" is "Китай" and "Китая".

    An empty ending is one too: "Ирак(/а)" is "Ирак" and "Ирака". Several brackets multiply.
    """
    if "(" not in part:
        return (part,)
    pieces = _GROUP.split(part)
    choices = [piece.split("/") if index % 2 else [piece] for index, piece in enumerate(pieces)]
    return tuple(dict.fromkeys("".join(chosen).strip() for chosen in product(*choices)))


def _entity(id: str, draft: _Draft) -> Entity | None:
    """The finished entity, or None after reporting what keeps it from being one."""
    row = draft.where.get("kind", draft.first)
    if "kind" not in draft.facts:
        row.fault("kind", f"{id!r} has none", f"write one of {', '.join(KINDS)} in one of its rows")
        return None
    kind = row.choice("kind", KINDS)
    if "title" not in draft.facts:
        row.fault("title", f"{id!r} has none", "write its English name")
    _switch_off(draft)
    return Entity(
        id=id,
        kind=kind,
        title=draft.facts.get("title", id),
        country=draft.facts.get("country", ""),
        categories=_categories(draft),
        exports=_exports(draft),
        names=tuple(draft.names.values()),
    )


def _exports(draft: _Draft) -> str:
    row = draft.where.get("exports")
    return row.choice("exports", EXPORTS, EXPORTS[-1]) if row is not None else ""


def _categories(draft: _Draft) -> tuple[str, ...]:
    row, cell = draft.where.get("category", draft.first), draft.facts.get("category", "")
    if draft.facts["kind"] == "system" and not cell:
        row.fault("category", "is empty", f"a system has one of {', '.join(CATEGORIES)}")
    parts = _split(cell)
    for part in parts:
        if part not in CATEGORIES:
            row.fault("category", f"{part!r} is unknown", f"known here: {', '.join(CATEGORIES)}")
    return tuple(part for part in parts if part in CATEGORIES)


def _switch_off(draft: _Draft) -> None:
    for row, language, text in draft.off:
        if draft.names.pop((text, language), None) is None:
            row.fault(language or ANY, f"{text!r} is no name of it", "take it out of the off row")


def _check_countries(entities: Mapping[str, Entity], drafts: Mapping[str, _Draft]) -> None:
    """A country is the id of a state, so that nobody is at home nowhere."""
    for entity in entities.values():
        draft, home = drafts[entity.id], entities.get(entity.country)
        if entity.country and (home is None or home.kind != "state"):
            row = draft.where["country"]
            row.fault("country", f"{entity.country!r} is no state", "write the id of a state")
        if entity.kind == "state" and not _COUNTRY.fullmatch(entity.id):
            draft.first.fault("id", f"{entity.id!r} is a state", "use its ISO 3166 alpha-2 code")
