"""
Everything that decides, compiled once: an automaton per language, topics, regimes, weights.

    Rules.compile(lexicons, topics, gazetteer, regimes) → Rules → match()
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import Final

from monitor import languages
from monitor.config.entities import Gazetteer
from monitor.config.lexicons import Lexicon
from monitor.config.regimes import RegimeRow
from monitor.config.topics import Topic
from monitor.languages import Grammar
from monitor.match.entities import Sense, vocabulary
from monitor.match.language import Detector, detector
from monitor.match.terms import Automaton, Meaning, Pattern, pattern
from monitor.registry import load, names

NO_LEXICON = ""  # the voice that knows names only
_ENGLISH: Final = "en"  # whose names that voice knows


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How one language is read."""

    grammar: Grammar
    gate: Automaton  # only what makes it worth looking closer: goods, embargoes, systems
    automaton: Automaton
    lexicon: bool  # False: names and systems only


@dataclass(slots=True, kw_only=True)
class Rules:
    """The detector, compiled. Safe to share between threads: voices are only ever added."""

    lexicons: Mapping[str, Lexicon]
    topics: Mapping[str, Topic]
    gazetteer: Gazetteer
    regimes: tuple[RegimeRow, ...]
    version: str
    detector: Detector
    grammars: Mapping[str, Grammar]
    _voices: dict[str, Voice] = field(default_factory=dict)
    _names: dict[str, list[tuple[str, tuple[Meaning]]]] = field(default_factory=dict)
    _regimes: dict[str, list[RegimeRow]] = field(default_factory=dict)  # by whom they target
    _lock: Lock = field(default_factory=Lock)

    @classmethod
    def compile(
        cls,
        lexicons: Mapping[str, Lexicon],
        topics: Mapping[str, Topic],
        gazetteer: Gazetteer,
        regimes: tuple[RegimeRow, ...],
    ) -> "Rules":
        """Ready to match; a language's automaton is built when its first text comes."""
        own = {code: grammar(code) for code in (*lexicons, NO_LEXICON)}
        common = {code: lexicon.concepts.get("common", ()) for code, lexicon in lexicons.items()}
        terms = {code: [term for _, term in lexicons[code].terms()] for code in lexicons}
        return cls(
            lexicons=lexicons,
            topics=topics,
            gazetteer=gazetteer,
            regimes=regimes,
            version=_version(lexicons, topics, gazetteer, regimes),
            detector=detector(common, terms, own),
            grammars=own,
        )

    def voice(self, language: str) -> Voice:
        """How to read this language; without a lexicon, by names alone."""
        code = language if language in self.lexicons else NO_LEXICON
        if code not in self._voices:
            # One builds, the others wait: thirty threads that all built one after a start took
            # 90 MB more, and one could read the names while another was still adding them.
            with self._lock:
                self._voices[code] = self._voices.get(code) or self._voice(code)
        return self._voices[code]

    def regimes_on(self, ids: Iterable[str]) -> tuple[RegimeRow, ...]:
        """The embargoes that have one of these among their targets, in order."""
        if not self._regimes:
            known: dict[str, list[RegimeRow]] = {}
            for row in self.regimes:
                for id in (*row.targets, *row.parties):
                    known.setdefault(id, []).append(row)
            self._regimes = known  # at once: other threads see all of it or none
        found = {row.id: row for id in ids for row in self._regimes.get(id, ())}
        return tuple(found.values())

    def prepare(self) -> None:
        """Build every language now instead of at its first text."""
        for code in (*self.lexicons, NO_LEXICON):
            self.voice(code)

    def _voice(self, code: str) -> Voice:
        own = self.grammars[code]
        patterns = list(self._patterns(code, own))
        return Voice(
            grammar=own,
            gate=Automaton((p for p in patterns if p.gate), own),
            automaton=Automaton(patterns, own),
            lexicon=bool(code),
        )

    def _patterns(self, code: str, own: Grammar) -> Iterator[Pattern]:
        letters = tuple(own.letters.items())
        meanings: dict[str, tuple[Meaning, ...]] = {}
        for term, one in (*self._concepts(code), *self._named(code)):
            known = meanings.get(term)
            meanings[term] = one if known is None else known + one
        alike: dict[tuple[Meaning, ...], tuple[Meaning, ...]] = {}  # one tuple for all equal ones
        for term, means in meanings.items():
            shared = means if len(means) == 1 else alike.setdefault(means, means)
            yield pattern(term, shared, letters)

    def _concepts(self, code: str) -> Iterator[tuple[str, tuple[Meaning]]]:
        for concept, term in self.lexicons[code].terms() if code else ():
            if concept != "common":  # tells languages apart, and nothing else
                yield term, _meaning(concept)

    def _named(self, code: str) -> Iterator[tuple[str, tuple[Meaning]]]:
        if not self._names:
            meant: dict[tuple[Sense, ...], tuple[Meaning]] = {}  # one for all names alike
            for name in vocabulary(self.gazetteer):
                means = meant.setdefault(name.senses, (Meaning("entity", name.senses),))
                self._names.setdefault(name.language, []).append((name.term, means))
        yield from self._names.get("", ())
        if code in ("", _ENGLISH):
            yield from self._names.get(_ENGLISH, ())
        else:
            yield from self._names.pop(code, ())  # nobody else wants them: 2 MB in all


@cache
def _meaning(concept: str) -> tuple[Meaning]:
    """One for all terms of a concept."""
    return (Meaning(concept),)


def grammar(code: str) -> Grammar:
    """The grammar of languages/<code>.py; a plain one where there is none."""
    if code in names(languages):
        found: Grammar = load(languages, code).LANGUAGE
        return found
    return Grammar(code=code)


def _version(
    lexicons: Mapping[str, Lexicon],
    topics: Mapping[str, Topic],
    gazetteer: Gazetteer,
    regimes: tuple[RegimeRow, ...],
) -> str:
    """A short hash over everything that decides; the same files give the same one."""
    seen = hashlib.sha256()

    def add(parts: Iterable[object]) -> None:
        for part in parts:
            seen.update(repr(part).encode())

    for lexicon in lexicons.values():
        add((lexicon.language, lexicon.concepts))
    for topic in topics.values():
        add((topic.name, topic.threshold, topic.base, topic.stages, topic.suppliers))
        add((topic.recipients, topic.categories, topic.requires, sorted(topic.parts.items())))
        add((search.name, search.text, search.weight) for search in topic.searches)
        add(sorted(topic.model.sections.items()) if topic.model else ())
    for entity in gazetteer.entities.values():
        add((entity.id, entity.kind, entity.country, entity.categories, entity.exports))
        seen.update(
            "\n".join(f"{n.term}|{n.language}|{n.ambiguous}" for n in entity.names).encode()
        )
    add(regimes)
    return seen.hexdigest()[:12]
