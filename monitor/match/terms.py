"""
Terms are found in a text: one automaton per language, boundaries by script.

    lexicon, gazetteer → Automaton → find(folded) → Hit

Source: https://github.com/G-Research/ahocorasick_rs
"""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate, product
from typing import Final
from unicodedata import normalize

import ahocorasick_rs

from monitor.languages import Grammar
from monitor.match.entities import Sense
from monitor.match.text import Folded, fold, folded, script, wordly

_UNBOUNDED: Final = ("han", "kana")
# A headline in capitals, or in no capitals at all, says nothing by the case of a letter.
_SHOUTING: Final = 0.7


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a term stands for: a concept, or the senses of a name."""

    concept: str  # "weapon.tank"; "entity" for a name
    senses: tuple[Sense, ...] = ()


@dataclass(frozen=True, slots=True)
class Pattern:
    """One term ready to be checked where the automaton found its first piece."""

    term: str  # as written
    piece: str  # folded: what the automaton looks for
    meanings: tuple[Meaning, ...]
    open_left: bool = False  # "*stem"
    open_right: bool = False  # "stem*"
    rest: tuple[tuple[str, bool, bool], ...] = ()  # further words: (folded, *left, right*)
    exact: str = ""  # the spelling that counts; "" when letter case does not
    accents: str = ""  # the piece with the accents that count; "" when they do not
    gate: bool = False  # by itself a reason to look closer: a weapon, an embargo, a system


@dataclass(frozen=True, slots=True)
class Hit:
    """One term found: folded[start:end]."""

    start: int
    end: int
    pattern: Pattern


def pattern(
    term: str, meanings: tuple[Meaning, ...], letters: tuple[tuple[str, str], ...]
) -> Pattern:
    """The term as written in a lexicon, ready for an automaton."""
    exact = term.removeprefix("=") if term.startswith("=") else ""
    gate = any(map(_opens, meanings))
    words = term.lstrip("=!").split()
    strict = term.startswith("!")
    if not any("*" in word for word in words):
        piece = " ".join(words)
        written = accented(piece) if strict else ""
        return Pattern(
            term, folded(piece, letters), meanings, exact=exact, accents=written, gate=gate
        )
    pieces = [
        (folded(word.strip("*"), letters), word.startswith("*"), word.endswith("*"))
        for word in words
    ]
    written = accented(words[0].strip("*")) if strict else ""
    (first, left, right), *rest = pieces
    if strict:
        return Pattern(term, first, meanings, left, right, tuple(rest), exact, written, gate)
    while rest and not right and not rest[0][1]:
        (second, _, right), *rest = rest  # "plain words* …" need no check between
        first = f"{first} {second}"
    return Pattern(term, first, meanings, left, right, tuple(rest), exact, gate=gate)


def _opens(meaning: Meaning) -> bool:
    return meaning.concept.startswith(("weapon.", "embargo.arms", "embargo.word")) or any(
        sense.kind == "system" for sense in meaning.senses
    )


class Automaton:
    """Finds the terms of one language."""

    def __init__(self, patterns: Iterable[Pattern], grammar: Grammar) -> None:
        """Terms that fold alike share one place in the automaton."""
        by_piece: dict[str, list[tuple[str, tuple[Meaning, ...]]]] = {}
        for found in patterns:
            if found.piece:
                by_piece.setdefault(found.piece, []).append((found.term, found.meanings))
        # Most of 125,000 patterns are never hit: kept as they are written, side by side, and
        # made again at their first hit, they take a fifth of the memory.
        self._terms = [term for group in by_piece.values() for term, _ in group]
        self._means = [means for group in by_piece.values() for _, means in group]
        self._starts = array("I", accumulate(map(len, by_piece.values()), initial=0))
        self._made: dict[int, tuple[Pattern, ...]] = {}
        self._letters = tuple(grammar.letters.items())
        self.prefixes = closure(grammar.prefixes)
        self.suffixes = closure(grammar.suffixes)
        self._machine = ahocorasick_rs.AhoCorasick(
            list(by_piece), matchkind=ahocorasick_rs.MatchKind.Standard, store_patterns=False
        )

    def find(self, text: Folded) -> list[Hit]:
        """Every term in its boundaries, overlapping ones included, by place."""
        found: list[Hit] = []
        plain = text.text
        seen = self._machine.find_matches_as_indexes(plain, overlapping=True)
        length = len(plain)
        for index, start, end in seen:
            cut_left = start > 0 and wordly(plain[start - 1]) and wordly(plain[start])
            cut_right = end < length and wordly(plain[end]) and wordly(plain[end - 1])
            for p in self._made.get(index) or self._make(index):
                if cut_left and not p.open_left and not self._clitic(plain, start):
                    continue
                stop = self._end(plain, end, p) if cut_right or p.rest else end
                if stop < 0:
                    continue
                if p.exact and not _spelled(text, start, end, p.exact):
                    continue
                if p.accents and accented(text.said(start, end)) != p.accents:
                    continue
                begin = _word_start(plain, start) if cut_left and p.open_left else start
                found.append(Hit(begin, stop, p))
        return found

    def _make(self, index: int) -> tuple[Pattern, ...]:
        places = range(self._starts[index], self._starts[index + 1])
        made = tuple(pattern(self._terms[n], self._means[n], self._letters) for n in places)
        self._made[index] = made
        return made

    def _clitic(self, plain: str, start: int) -> bool:
        """Whether what stands before in the same word is nothing, or only clitics."""
        if script(plain[start]) in _UNBOUNDED or script(plain[start - 1]) in _UNBOUNDED:
            return True
        if not self.prefixes:
            return False
        return plain[_word_start(plain, start) : start] in self.prefixes

    def _end(self, plain: str, end: int, p: Pattern) -> int:
        """Where the term ends, its inflection and further words included; -1: not here."""
        stop = self._word_end(plain, end, p.open_right)
        for word, left, right in p.rest:
            if stop < 0 or plain[stop : stop + 1] != " ":
                return -1
            stop = self._further(plain, stop + 1, word, left, right)
        return stop

    def _further(self, plain: str, at: int, word: str, left: bool, right: bool) -> int:
        if not left:
            if not plain.startswith(word, at):
                return -1
            return self._word_end(plain, at + len(word), right)
        end = _word_end(plain, at)
        place = plain.rfind(word, at, end)
        return -1 if place < 0 else self._word_end(plain, place + len(word), right)

    def _word_end(self, plain: str, end: int, open_right: bool) -> int:
        if end >= len(plain) or not wordly(plain[end]):
            return end
        if script(plain[end - 1]) in _UNBOUNDED or script(plain[end]) in _UNBOUNDED:
            return end
        stop = _word_end(plain, end)
        if open_right:
            return stop
        return end if self.suffixes and plain[end:stop] in self.suffixes else -1


def _word_start(plain: str, at: int) -> int:
    while at > 0 and wordly(plain[at - 1]):
        at -= 1
    return at


def _word_end(plain: str, at: int) -> int:
    while at < len(plain) and wordly(plain[at]):
        at += 1
    return at


def accented(text: str) -> str:
    """In small letters that keep their accents."""
    return normalize("NFC", text.casefold())


def _spelled(text: Folded, start: int, end: int, exact: str) -> bool:
    """Whether letter case is as it must be, or tells nothing here."""
    said = text.said(start, end)
    return said == exact or _cased(said) == _cased(exact) or shouting(text.original)


@lru_cache(maxsize=4096)
def _cased(text: str) -> str:
    """Folded, but with the letter case it was written in."""
    return "".join(f.upper() if c.isupper() else f for c in text for f in (fold(c).text or "",))


@lru_cache(maxsize=256)
def shouting(original: str) -> bool:
    """Whether nearly every letter is a capital: then case tells nothing."""
    upper = sum(map(str.isupper, original))
    return upper > 12 and upper > _SHOUTING * sum(map(str.isalpha, original))


@cache
def closure(places: tuple[tuple[str, ...], ...]) -> frozenset[str]:
    """Every run with one of each place at most, in order, folded; one for both automata."""
    plain = [("", *map(folded, place)) for place in places]
    return frozenset(map("".join, product(*plain))) - {""}
