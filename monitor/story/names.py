"""
Who and what a headline names, as ids that are the same in every language.

Entities come from the gazetteer, goods and deeds from the lexicons. Only what is named: who
supplies and who receives is the detector's business.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

from monitor.config.entities import Gazetteer
from monitor.config.lexicons import Lexicon
from monitor.story.text import fold

_TOKEN = re.compile(r"\w+(?:\.\w+)*")
_PART = re.compile(r"\*?\w+(?:\.\w+)*\*?")
_GLUED = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_CLITICS = re.compile(r"^(?:[وفبلك]?ال|[وفبلك]|[והבלמשכ])(?=\w{3})")
_SHORTEST_STEM: Final = 3
_REMEMBERED: Final = 20_000  # words
# What tells one deed from another; the rest of a lexicon marks roles and vetoes.
_FAMILIES: Final = ("weapon", "stage", "embargo", "transfer")


@dataclass(frozen=True, slots=True)
class _Known:
    """One way to write one thing, as the finder compares it."""

    tail: tuple[str, ...]  # the words after the first; one ending with "*" may go on
    id: str
    exact: str  # the first word as it must be written; "" when letter case is free


class Token(NamedTuple):
    """One word of a text."""

    start: int
    end: int
    written: str  # without full stops: "US" for "U.S."
    folded: str


_folded = lru_cache(maxsize=30_000)(fold)


def _tokens(text: str) -> list[Token]:
    return [
        Token(m.start(), m.end(), word, _folded(word))
        for m in _TOKEN.finditer(text)
        for word in (m.group().replace(".", ""),)
    ]


class Span(NamedTuple):
    """text[start:end] names these."""

    start: int
    end: int
    ids: tuple[str, ...]


@dataclass(slots=True)
class Finder:
    """Terms by their first word; terms in scripts without spaces by their first character."""

    by_word: dict[str, list[_Known]] = field(default_factory=dict)
    by_pair: dict[str, dict[str, list[_Known]]] = field(default_factory=dict)  # first, second word
    glued: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # → (term, id)
    _alone: dict[str, tuple[_Known, ...]] = field(default_factory=dict)  # words met before
    _shared: dict[_Known, _Known] = field(default_factory=dict)  # while it is built

    def add(self, term: str, id_: str) -> None:
        """A term in the notation of docs/lexicons.md; a word that begins with "*" is left out."""
        bare = term.removeprefix("=")
        if _GLUED.search(bare) or (_HANGUL.search(bare) and bare.startswith("*")):
            self._add_glued(bare.strip("*"), id_)
            return
        tokens = [t.replace(".", "") for t in _PART.findall(bare)]
        if not tokens or any(t.startswith("*") for t in tokens):
            return
        parts = [fold(t) for t in tokens]
        known = _Known(tuple(parts[1:]), id_, tokens[0] if bare != term else "")
        # Two thirds of all terms differ in their first word alone: 70,000 are 24,000.
        known = self._shared.setdefault(known, known)
        # "to arm", "to be sold": most terms of a common first word are ruled out by the second.
        if len(parts) > 1 and "*" not in parts[0] + parts[1]:
            listed = self.by_pair.setdefault(parts[0], {}).setdefault(parts[1], [])
        else:
            listed = self.by_word.setdefault(parts[0], [])
        if known not in listed:
            listed.append(known)

    def built(self) -> None:
        """No more terms are to come."""
        self._shared.clear()

    def _add_glued(self, term: str, id_: str) -> None:
        listed = self.glued.setdefault(term[0], [])
        if len(term) > 1 and (term, id_) not in listed:
            listed.append((term, id_))

    def spans(self, text: str, tokens: Sequence[Token]) -> list[Span]:
        """Where the text, or those of its tokens, names what."""
        return [*self._words(tokens), *self._runs(text)]

    def _words(self, tokens: Sequence[Token]) -> Iterator[Span]:
        at = 0
        for index, token in enumerate(tokens):
            following = tokens[index + 1].folded if index + 1 < len(tokens) else ""
            if index < at or not (begun := self._beginning(token.folded, following)):
                continue
            if known := _longest(begun, tokens, index):
                at = index + 1 + len(known[0].tail)
                ids = tuple(sorted({one.id for one in known}))
                yield Span(token.start, tokens[at - 1].end, ids)

    def _beginning(self, word: str, following: str) -> Sequence[_Known]:
        """Terms that may begin with the word; most words begin none, and words recur."""
        alone = self._alone.get(word)
        if alone is None:
            if len(self._alone) >= _REMEMBERED:
                self._alone.clear()
            forms = tuple(_forms(word))
            alone = tuple(known for form in forms for known in self.by_word.get(form, ()))
            self._alone[word] = alone
        pairs = self.by_pair.get(word)
        return alone if pairs is None else (*alone, *pairs.get(following, ()))

    def _runs(self, text: str) -> Iterator[Span]:
        at = 0 if self.glued and (_GLUED.search(text) or _HANGUL.search(text)) else len(text)
        while at < len(text):
            fitting = [(n, i) for n, i in self.glued.get(text[at], ()) if text.startswith(n, at)]
            length = max((len(n) for n, _ in fitting), default=1)
            if fitting:
                ids = sorted({i for n, i in fitting if len(n) == length})
                yield Span(at, at + length, tuple(ids))
            at += length


def _longest(begun: Sequence[_Known], tokens: Sequence[Token], at: int) -> list[_Known]:
    """All terms of the longest that stand here: one word may be of several concepts."""
    written = tokens[at].written
    fitting = [
        known
        for known in begun
        if known.exact in ("", written) and (not known.tail or _follows(known.tail, tokens, at + 1))
    ]
    longest = max((len(known.tail) for known in fitting), default=0)
    return [known for known in fitting if len(known.tail) == longest]


def _follows(tail: tuple[str, ...], tokens: Sequence[Token], at: int) -> bool:
    if at + len(tail) > len(tokens):
        return False
    return all(
        token.folded.startswith(t[:-1]) if t.endswith("*") else token.folded == t
        for t, token in zip(tail, tokens[at:], strict=False)
    )


def _forms(word: str) -> Iterator[str]:
    """What the word may be listed as: itself, without clitics or particles, a stem of it."""
    yield word
    bare = _CLITICS.sub("", word)
    if bare != word:
        yield bare
    if _HANGUL.match(word):
        yield from (word[:n] for n in range(len(word) - 1, 1, -1))
    yield from (word[:n] + "*" for n in range(_SHORTEST_STEM, len(word) + 1))


@dataclass(slots=True)
class Concepts:
    """Goods and deeds by language; a language is made ready when its first text comes."""

    lexicons: Mapping[str, Lexicon]
    _made: dict[str, Finder] = field(default_factory=dict)

    def finder(self, language: str) -> Finder | None:
        """None for a language without a lexicon. Made twice by two threads, it is the same."""
        if language not in self._made and language in self.lexicons:
            self._made[language] = _concepts(self.lexicons[language])
        return self._made.get(language)


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """What can be named: entities in any language, goods and deeds in one."""

    entities: Finder
    concepts: Concepts
    titles: Mapping[str, str]  # entity id → its English name
    goods: Mapping[str, tuple[str, ...]]  # id of a weapon system → its categories

    def title(self, id_: str) -> str:
        """For people; the id itself where nothing better is known."""
        return self.titles.get(id_, id_)

    def of(self, text: str, language: str) -> tuple[list[Span], list[Span]]:
        """Where the text names entities, and where, elsewhere, concepts of its language."""
        tokens = _tokens(text)
        named = self.entities.spans(text, tokens)
        left = [t for t in tokens if not any(s.start <= t.start < s.end for s in named)]
        rest = blanked(text, named)
        # Feeds misstate their language: where it has no word of the text, English is tried.
        for code in dict.fromkeys((language, "en")):
            finder = self.concepts.finder(code)
            if finder is not None and (found := finder.spans(rest, left)):
                return named, found
        return named, []


def blanked(text: str, spans: Iterable[Span]) -> str:
    """The text with these places made spaces."""
    for start, end, _ in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def names(
    gazetteer: Gazetteer, lexicons: Iterable[Lexicon], people: Mapping[str, Sequence[str]]
) -> Names:
    """
    All of it.

    `people`: id of a state or body → names of those who speak for it.
    """
    found = Finder()
    for entity in gazetteer.entities.values():
        for name in entity.names:
            # Jordan is also a person: as written, with its capital, it is more often the state.
            if not name.ambiguous:
                found.add(name.term, entity.id)
            elif entity.kind == "state":
                found.add(f"={name.text}", entity.id)
    for id_, called in people.items():
        for term in called:
            found.add(term, id_)
    found.built()
    concepts = Concepts({lexicon.language: lexicon for lexicon in lexicons})
    every = gazetteer.entities.values()
    goods = {e.id: e.categories for e in every if e.categories}
    return Names(found, concepts, {e.id: e.title for e in every}, goods)


def _concepts(lexicon: Lexicon) -> Finder:
    found = Finder()
    for concept, term in lexicon.terms():
        if concept.partition(".")[0] in _FAMILIES:
            found.add(term, concept)
    found.built()
    return found
