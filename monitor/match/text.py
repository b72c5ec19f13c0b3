"""
Text becomes comparable without losing its place: folded, with an offset map to the original.

    original → fold() → Folded.text, in which terms are found → Folded.span() → original
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

_MARKUP = re.compile(r"<[a-zA-Z/!][^<>]*>|&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,20});")
_DASHES: Final = dict.fromkeys("‐‑‒–—―−﹘﹣－־", "-")
_QUOTES: Final = dict.fromkeys("‘’‚‛′ʼʹ`´׳＇", "'") | dict.fromkeys("“”„‟″«»״＂〝〞", '"')
_LEVELLED: Final = {
    **_DASHES,
    **_QUOTES,
    **{"ı": "i", "đ": "d", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"},
    **dict.fromkeys("أإآٱ", "ا"),
    **{"ى": "ي", "ی": "ي", "ئ": "ي", "ک": "ك", "ة": "ه", "ۀ": "ه", "ؤ": "و", "ہ": "ه"},
}
_LAYERS: Final = 8  # of markup in markup: real feeds hold two, and each costs a walk
# A sentence ends at these, before space or the end; CJK full stops need no space.
_ENDS: Final = re.compile(
    r"[.!?;…](?=[\s\"'”’)]|$)|[。！？；।؟؛।]|(?<=\S)[:|](?=\s)|\s-{1,2}\s|\s\|\s"
)
_ABBREVIATED: Final = re.compile(
    r"(?:\b[a-z]|\b(?:mr|mrs|dr|st|gen|sen|rep|gov|lt|col|no|vs|u\.s|jr|sr|inc|corp|co|ltd))$"
)


@dataclass(frozen=True, slots=True)
class Folded:
    """A text in its comparable form."""

    original: str
    text: str
    offsets: tuple[int, ...] | None  # folded index → original index; None: the same

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where folded text[start:end] stands in the original."""
        if self.offsets is None:
            return start, end
        first = self.offsets[start]
        last = self.offsets[end - 1]
        while last + 1 < len(self.original) and unicodedata.combining(self.original[last + 1]):
            last += 1
        return first, last + 1

    def said(self, start: int, end: int) -> str:
        """The original words of folded text[start:end]."""
        first, last = self.span(start, end)
        return self.original[first:last]


def fold(original: str, letters: tuple[tuple[str, str], ...] = ()) -> Folded:
    """
    The text in lower case, without accents, markup, doubled or invisible spaces.

    `letters` are a language's own: single letters it folds otherwise than Unicode does.
    fold(fold(x).text).text == fold(x).text.
    """
    if original.isascii() and not letters and not _untidy(original):
        return Folded(original, original.lower(), None)
    if not _untidy_spaces(original) and "<" not in original and "&" not in original:
        # Most text beyond ASCII folds letter by letter: measured 6 times faster than the walk.
        level = _letters(letters)
        pieces = [level[c] for c in original]
        text = "".join(pieces)
        tidy = not _untidy_spaces(text) and "<" not in text and "&" not in text
        if len(text) == len(original) and all(map(len, pieces)) and tidy:
            return Folded(original, text, None)
    text, offsets = _walked(original, letters)
    for _ in range(_LAYERS):
        # What is folded can read as markup that was none: <À> as <a>, &amp;lt; as &lt;.
        again, places = _walked(text, letters) if _MARKUP.search(text) else (text, [])
        if again == text:
            break
        text, offsets = again, [offsets[at] for at in places]
    return Folded(original, text, tuple(offsets))


def _walked(original: str, letters: tuple[tuple[str, str], ...]) -> tuple[str, list[int]]:
    """The text folded character by character, and the place of each."""
    own = dict(letters)
    out: list[str] = []
    offsets: list[int] = []
    blank = True  # a space now would be one at the start or after another
    for at, piece in _pieces(original):
        for character in _folded(own.get(piece, piece)) if len(piece) == 1 else _markup(piece):
            if character == " " and blank:
                continue
            blank = character == " "
            out.append(character)
            offsets.append(at)
    return "".join(out), offsets


def folded(text: str, letters: tuple[tuple[str, str], ...] = ()) -> str:
    """Only the comparable form, for terms."""
    return fold(text, letters).text.strip()


def _untidy(text: str) -> bool:
    """Whether ASCII text has more to it than letter case."""
    return (
        "<" in text or "&" in text or "`" in text or not text.isprintable() or _untidy_spaces(text)
    )


def _untidy_spaces(text: str) -> bool:
    return "  " in text or text.startswith(" ")


class _Letters(dict[str, str]):
    """Character → its comparable form, filled as texts bring them."""

    def __missing__(self, character: str) -> str:
        if len(self) > 20_000:  # hostile text may bring every character there is
            self.clear()
        self[character] = found = _folded(character)
        return found


@lru_cache(maxsize=64)
def _letters(own: tuple[tuple[str, str], ...]) -> _Letters:
    return _Letters({letter: _folded(to) for letter, to in own})


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """(index, character), or for a tag or an entity (index, all of it)."""
    at = 0
    for found in _MARKUP.finditer(text):
        yield from ((i, text[i]) for i in range(at, found.start()))
        yield found.start(), found.group()
        at = found.end()
    yield from ((i, text[i]) for i in range(at, len(text)))


def _markup(piece: str) -> str:
    if piece.startswith("<"):
        return " "
    plain = html.unescape(piece)
    return "".join(map(_folded, plain)) if plain != piece else piece.lower()


@lru_cache(maxsize=8192)
def _folded(character: str) -> str:
    """The comparable form of one character: none, one or several."""
    if character in _LEVELLED:
        return _LEVELLED[character]
    category = unicodedata.category(character)
    if category in ("Cf", "Cs", "Co", "Cn") or character in "ـ\u093c":
        return ""
    if category in ("Cc", "Zs", "Zl", "Zp"):
        return " "
    if category == "Nd":
        return str(unicodedata.decimal(character))
    spread = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", character).casefold())
    kept = "".join(c for c in spread if not _dropped(c))
    return "".join(_LEVELLED.get(c, c) for c in unicodedata.normalize("NFC", kept))


def _dropped(character: str) -> bool:
    """Accents, Hebrew points, Arabic vowel signs, the nukta: written or not, one word."""
    point = ord(character)
    return (
        0x0300 <= point <= 0x036F
        or 0x0591 <= point <= 0x05C7
        or 0x0610 <= point <= 0x061A
        or 0x064B <= point <= 0x065F
        or point in (0x0670, 0x0640, 0x093C)
    )


def sentences(text: str) -> tuple[tuple[int, int], ...]:
    """(start, end) of each sentence of a folded text, in order, together all of it."""
    cuts = [0]
    for found in _ENDS.finditer(text):
        if found.group() == "." and _ABBREVIATED.search(
            text[max(0, found.start() - 5) : found.start()]
        ):
            continue
        cuts.append(found.end())
    cuts.append(len(text))
    return tuple((a, b) for a, b in pairwise(cuts) if text[a:b].strip())


@lru_cache(maxsize=8192)
def wordly(character: str) -> bool:
    """Whether it is part of a word: a letter, a digit or a combining sign."""
    return character.isalnum() or unicodedata.category(character) in ("Mn", "Mc")


@lru_cache(maxsize=8192)
def script(character: str) -> str:
    """The script of a letter, one of languages.SCRIPTS; "" for anything else."""
    if "a" <= character <= "z":
        return "latin"
    if not character.isalpha():
        return ""
    name = unicodedata.name(character, "").partition(" ")[0]
    return {
        "CJK": "han", "HIRAGANA": "kana", "KATAKANA": "kana", "KATAKANA-HIRAGANA": "kana",
        "HALFWIDTH": "kana", "HANGUL": "hangul", "LATIN": "latin", "CYRILLIC": "cyrillic",
        "ARABIC": "arabic", "HEBREW": "hebrew", "DEVANAGARI": "devanagari",
    }.get(name, "other")  # fmt: skip
