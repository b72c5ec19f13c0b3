"""Which language a text is in, when the feed does not say or says what cannot be."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from unicodedata import normalize

from monitor.languages import Grammar
from monitor.match.text import folded, script

_WORD = re.compile(r"[^\W\d_]+")
_LOOKED_AT: Final = 600  # characters; what a title and a summary hold
# Below these the little words of a text are too few to overrule a feed that names its language.
_OVERRULING: Final = 3
_PLAIN: Final = "en"  # the language that is written without other letters
_CLEARLY: Final = 2.0
_SHARE: Final = 8  # of so many words of running text, one at least is a little one
_TELLING: Final = 4  # letters of a word that tells its language
_ALPHABETS: Final = ("latin", "cyrillic", "arabic", "hebrew", "devanagari")
_OWN: Final = 1.5  # what a letter that only one language has is worth, in little words
_FOREIGN: Final = 1.0  # what a letter costs that the language does not write
_RARE: Final = 3  # times a letter must be written to be one of the language


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """The little words, letters and scripts of every language there is a lexicon for."""

    common: Mapping[str, frozenset[str]]  # language → folded frequent words
    written: Mapping[str, frozenset[str]]  # Latin ones → the same words with their accents
    scripts: Mapping[str, frozenset[str]]  # language → scripts it is written in
    letters: Mapping[str, Mapping[str, float]]  # language → letter beyond a-z → its worth
    words: Mapping[str, frozenset[str]]  # of the field, folded; none where no spaces are
    unspaced: frozenset[str] = frozenset()  # languages that keep no words apart

    def language(self, original: str, plain: str, said: str) -> str:
        """
        The language of a text, given as written and folded.

        It is what the feed says unless the text proves otherwise; "" when nothing tells.
        """
        head = plain[:_LOOKED_AT]
        if self._plausible(head, said):
            return said
        seen = _scripts(head)
        if not seen or (said and said not in self.common):
            return said  # without a lexicon nothing here can tell it from its neighbours
        fitting = [code for code, own in self.scripts.items() if _fits(seen, own)]
        alone = [code for code in fitting if self.scripts[code] == (set(seen) - {"latin"})]
        if len(fitting) == 1 or (len(alone) == 1 and said not in fitting):
            # Han and nothing else is Chinese: hardly a sentence of Japanese is without kana.
            return (alone or fitting)[0]
        counts = self._counts(head, original[:_LOOKED_AT], fitting)
        # Headlines leave little words out, so words of the field count as well: of 179 headlines
        # 12 were English and came from a search in Swedish.
        spoken = set(_WORD.findall(head))
        known = {code: count + len(self.words[code] & spoken) for code, count in counts.items()}
        best = max(known, key=lambda code: known[code], default="")
        if said in fitting:
            surely = known[best] >= _OVERRULING and known[best] > 3 * known[said]
            return best if surely else said
        return self._guess(known, best, original[:_LOOKED_AT])

    def _words(self, code: str, accented: Sequence[str], words: list[str], head: str) -> int:
        """
        How many little words there are, with their accents where the text writes any.

        Without them Polish "się" is German "sie", and Swedish "är" French "ar".
        """
        own = self.written.get(code)
        if not accented or own is None:
            return self._little(code, words, head)
        return sum(word in own for word in accented)

    def _little(self, code: str, words: list[str], head: str) -> int:
        """How many of a language's little words there are."""
        if code in self.unspaced:
            return sum(map(head.count, self.common[code]))
        return sum(word in self.common[code] for word in words)

    def _guess(self, counts: Mapping[str, float], best: str, original: str) -> str:
        """
        The likeliest where nobody says; "" when nothing tells.

        Without a single letter beyond a-z a text is English unless another has clearly more of
        its little words: headlines leave them out, and "to", "on", "a" are words elsewhere too.
        """
        if _PLAIN in counts and original.isascii() and counts[best] < counts[_PLAIN] + _CLEARLY:
            return _PLAIN
        return best if best and counts[best] > 0 else ""

    def _plausible(self, head: str, said: str) -> bool:
        """Whether enough little words are of the language the feed says; a cheap first look."""
        common = self.common.get(said)
        if not common or said in self.unspaced:
            return False
        words = _WORD.findall(head)
        return sum(word in common for word in words) * _SHARE >= len(words) > 0

    def _counts(self, head: str, original: str, fitting: list[str]) -> Mapping[str, float]:
        words = _WORD.findall(head)
        accented = () if original.isascii() else _WORD.findall(normalize("NFC", original.lower()))
        marks = [c for c in set(original.lower()) if _own(c)]
        return {
            code: self._words(code, accented, words, head)
            + sum(self.letters[code].get(letter, -_FOREIGN) for letter in marks)
            for code in fitting
        }


def detector(
    common: Mapping[str, Iterable[str]],
    terms: Mapping[str, Iterable[str]],
    grammars: Mapping[str, Grammar],
) -> Detector:
    """
    The detector for these languages, of their little words as lexicons write them.

    A letter is worth more the fewer of them write it.
    """
    own = {code: _letters(terms[code]) for code in common}
    shared = Counter(letter for letters in own.values() for letter in letters)
    return Detector(
        common={code: frozenset(map(folded, words)) for code, words in common.items()},
        written={
            code: frozenset(normalize("NFC", word.lower()) for word in words)
            for code, words in common.items()
            if "latin" in grammars[code].scripts
        },
        scripts={code: frozenset(grammars[code].scripts) for code in common},
        letters={
            code: {letter: _OWN / shared[letter] for letter in letters}
            for code, letters in own.items()
        },
        unspaced=frozenset(code for code in common if not grammars[code].spaces),
        words=_Fields({code: terms[code] if grammars[code].spaces else () for code in common}),
    )


class _Fields(dict[str, frozenset[str]]):
    """Language → words of the field; each made when first asked for, a tenth of the start saved."""

    def __init__(self, terms: Mapping[str, Iterable[str]]) -> None:
        super().__init__()
        self._terms = terms

    def __missing__(self, code: str) -> frozenset[str]:
        self[code] = found = _field(self._terms[code])
        return found


def _field(terms: Iterable[str]) -> frozenset[str]:
    """Whole words of the field's terms, folded; short ones are words of any language."""
    found = (word for term in terms for word in term.split() if word.isalpha())
    # One text is folded in a twentieth of the time that its words take.
    return frozenset(folded(" ".join(word for word in found if len(word) >= _TELLING)).split())


def _own(character: str) -> bool:
    """Whether it is a letter that may tell languages of one alphabet apart."""
    return character > "\x7f" and script(character) in _ALPHABETS


def _letters(terms: Iterable[str]) -> frozenset[str]:
    """The letters beyond a-z that are written more than once or twice."""
    text = "".join(terms).lower()  # counting its few letters takes a tenth of counting them all
    return frozenset(c for c in set(text) if _own(c) and text.count(c) >= _RARE)


def _scripts(head: str) -> Mapping[str, int]:
    """Letters by script; a script with next to none of them is left out, but never kana."""
    if head.isascii():
        return {"latin": 1} if any(map(str.isalpha, head)) else {}
    counts = Counter(map(script, head))
    counts.pop("", None)
    total = sum(counts.values())
    return {name: n for name, n in counts.items() if n * 10 >= total or name == "kana"}


def _fits(seen: Mapping[str, int], own: frozenset[str]) -> bool:
    """Whether the text can be of a language: its scripts hold most of what was seen."""
    if "kana" in seen:
        return "kana" in own
    inside = sum(n for name, n in seen.items() if name in own)
    return inside * 2 > sum(seen.values())
