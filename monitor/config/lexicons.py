"""
config/lexicons/*.toml become Lexicons: what each language says for each concept.

Format: docs/lexicons.md
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from monitor.config.entities import CATEGORIES, LANGUAGES
from monitor.config.reading import Problems, Table, read_toml
from monitor.config.remembered import Remembered, content

STAGES: Final = (
    *("requested", "offered", "negotiating", "agreed", "delivered"),
    *("refused", "intercepted", "embargo", "reported"),
)
VETOES: Final = (
    *("sport", "space", "crime", "gunlaw", "drugs", "idiom", "games", "domestic", "civil"),
    *("market", "use", "deploy", "test", "history", "politics", "accident", "secrets", "disarm"),
)
NEEDED: Final = (
    *(f"weapon.{category}" for category in CATEGORIES),
    *("transfer.give", "transfer.get", "transfer.noun"),
    *(f"stage.{stage}" for stage in STAGES if stage not in ("embargo", "reported")),
    *("embargo.arms", "embargo.word", "embargo.act", "mark.to", "mark.from"),
    *("negation", "doubt", "denial", "context.military", "quantity.unit", "common"),
)
CONCEPTS: Final = (
    *NEEDED,
    *(
        "stage.reported",
        "mark.by",
        "mark.of",
        "mark.made",
        "mark.against",
        "mark.say",
        "mark.passive",
        "mark.may",
        "mark.with",
    ),
    *("clause.split", "context.foreign", *(f"veto.{name}" for name in VETOES)),
)
# Nearly all of 70,000 terms: words with a * at an end or none, checked a list at a time.
_PLAIN = re.compile(r"(?:\*?[^\s*=]+\*?(?: \*?[^\s*=]+\*?)*\n)*")
_VETO = re.compile(r"veto\.[a-z]+")  # a language may have look-alikes of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """The words of one language."""

    language: str
    concepts: Mapping[str, tuple[str, ...]]  # concept → terms, in file order
    places: Mapping[str, str] = field(default_factory=dict)  # concept → "file:line"

    def terms(self) -> Iterator[tuple[str, str]]:
        """(concept, term) for every term there is."""
        for concept, terms in self.concepts.items():
            for term in terms:
                yield concept, term


_LAST: Final[Remembered[Mapping[str, Lexicon]]] = Remembered()


def read(root: Path, problems: Problems, environ: Mapping[str, str]) -> Mapping[str, Lexicon]:
    """
    The lexicon of every root/lexicons/<language>.toml, by language.

    <language>.local.toml beside it adds terms, and takes away those under [remove].
    """
    files, before = sorted((root / "lexicons").glob("*.toml")), len(problems.lines)
    key = content(files)
    if (known := _LAST.get(key)) is not None:
        return known
    found: dict[str, Lexicon] = {}
    for file in files:
        if file.name.endswith(".local.toml"):
            continue
        lexicon = _read(file, problems, environ)
        if lexicon is not None:
            found[lexicon.language] = _with_local(lexicon, file, problems, environ)
    return _LAST.keep(key, found, problems, before)


def _read(file: Path, problems: Problems, environ: Mapping[str, str]) -> Lexicon | None:
    document = read_toml(file, problems, environ)
    if document is None:
        return None
    if file.stem not in LANGUAGES:
        problems.add(
            file,
            1,
            "",
            f"{file.stem!r} is no language known here",
            f"one of {', '.join(LANGUAGES)}",
        )
        return None
    table = document.table("concepts")
    concepts = _concepts(table)
    document.close()
    places = {concept: f"{file.name}:{table.line(concept)}" for concept in concepts}
    return Lexicon(language=file.stem, concepts=concepts, places=places)


def _concepts(table: Table) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for concept in table.values:
        if concept not in CONCEPTS and not _VETO.fullmatch(concept):
            continue  # close() reports it, with the nearest that is known
        terms = table.texts(concept)
        wrong = _wrong(terms)
        for term, said in wrong.items():
            table.fault(concept, f"{term!r} {said}", "see docs/lexicons.md")
        found[concept] = tuple(term for term in terms if term not in wrong) if wrong else terms
    table.asked.update(found)
    if table.asked != set(table.values):
        table.asked.update(CONCEPTS)  # so that close() can name the nearest
    table.close()
    return found


def _wrong(terms: Sequence[str]) -> Mapping[str, str]:
    """Term → what is wrong with it, for those that are; a look at each takes five times as long."""
    if _PLAIN.fullmatch("".join(f"{term}\n" for term in terms)):
        return {}
    return {term: said for term in terms if (said := fault(term))}


def fault(term: str) -> str:
    """What is wrong with a term as written; "" when nothing is."""
    words = term.lstrip("=!").split()
    if not words or not any(word.strip("*") for word in words):
        return "has no letters"
    if any("*" in word.strip("*") for word in words):
        return "has a * in the middle of a word"
    if term.startswith("=") and "*" in term:
        return "is exact and yet has a *"
    return ""


def _with_local(
    lexicon: Lexicon, file: Path, problems: Problems, environ: Mapping[str, str]
) -> Lexicon:
    own = file.with_name(f"{file.stem}.local.toml")
    document = read_toml(own, problems, environ) if own.exists() else None
    if document is None:
        return lexicon
    added, removed = _concepts(document.table("concepts")), _concepts(document.table("remove"))
    document.close()
    merged = dict(lexicon.concepts)
    for concept, terms in added.items():
        merged[concept] = tuple(dict.fromkeys((*merged.get(concept, ()), *terms)))
    for concept, terms in removed.items():
        merged[concept] = tuple(t for t in merged.get(concept, ()) if t not in terms)
    return Lexicon(language=lexicon.language, concepts=merged, places=lexicon.places)
