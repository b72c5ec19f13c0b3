"""
Titles become comparable: folded, without the outlet's name, cut into stems, grams and numbers.

Language by language as little as possible: stems are beginnings of words, scripts that write
without spaces are cut into pairs of characters.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, Never, TypeVar

_LEVELLED: Final = str.maketrans(
    {"’": "'", "‘": "'", "`": "'", "–": "-", "—": "-", "‑": "-", "−": "-", "“": '"', "”": '"',
     "ı": "i", "đ": "d", "ł": "l", "ø": "o", "أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ی": "ي",
     "ک": "ك", "ة": "ه", "ـ": None}
)  # fmt: skip
# A designation ("F-35", "Су-34") is one word, "U.S." too.
_WORD = re.compile(r"[^\W\d_]{1,5}-\d{1,4}[^\W_]{0,3}\b|[^\W_]+(?:\.[^\W_]\b)*\.?(?:'[^\W\d_]+)?")
# Han, kana, hangul, Thai, Lao, Khmer, Burmese: no spaces, or particles glued to words.
_GLUED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]"
)
_RUN = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+|[^\u0e00-\u0eff\u1000-\u109f"
    "\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+"
)
_STEM: Final = 6  # letters; measured against 5, 7 and whole words, see docs/stories.md
_CLITIC = re.compile(r"^(?:ال|وال|بال|لل|كال|فال)(?=\w{3})")
_BREAK = re.compile(r"\s+(?:[|·•«»]|-{1,2}|[–—―])\s+|\s+:\s+(?=[A-Z]{2,6}$)")
_LABEL = re.compile(
    r"^(?:(?:exclusive|breaking(?: news)?|watch|video|live(?: updates?)?|urgent|update \d*|updated|"
    r"wrapup(?: \d)?|analysis|opinion|factbox|explainer|just in|alert|flash|developing|молния|"
    r"срочно|eilmeldung|urgente|urgent|عاجل|速報|속보)\s*[:|\-–—]+\s*|"
    r"\(\s*(?:\d(?:st|nd|rd|th)\s+)?(?:lead|ld|urgent|update|recasts?)\s*\)\s*|"
    r"[【\[［][^】\]］]{1,12}[】\]］]\s*)+",
    re.I,
)
_OUTLET_WORDS: Final = 5
_LEAST_LEFT: Final = 12  # characters of a title without its outlet; "A - B" keeps both


_T = TypeVar("_T")
_NONE: Final[frozenset[Never]] = frozenset()


def sparing(values: Iterable[_T]) -> frozenset[_T]:
    """A set of them; most sets of a headline are empty, and all the empty ones are one."""
    return frozenset(values) or _NONE


@lru_cache(maxsize=20_000)
def one_of(values: frozenset[str]) -> frozenset[str]:
    """The set, one for all that equal it: a fifth of what headlines weigh is sets of two names."""
    return values


@lru_cache(maxsize=4096)
def _level(character: str) -> str:
    spread = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", character).casefold())
    kept = "".join(
        c for c in spread if not ("\u0300" <= c <= "\u036f" or "\u064b" <= c <= "\u065f")
    )
    return unicodedata.normalize("NFC", kept)


def fold(text: str) -> str:
    """In lower case, accents off, quotes and dashes level; fold(fold(x)) == fold(x)."""
    if text.isascii():
        return text.lower()
    return "".join(map(_level, text.translate(_LEVELLED))).translate(_LEVELLED)


def headline(title: str, outlet: str = "") -> str:
    """The title without the name of its outlet behind and labels such as "Exclusive:" before."""
    text = title.strip()
    cut = [m for m in _BREAK.finditer(text)]
    if cut and _names_outlet(text[cut[-1].end() :], cut[-1].group(), outlet):
        head = text[: cut[-1].start()].rstrip()
        text = head if len(head) >= _LEAST_LEFT else text
    bare = _LABEL.sub("", text)
    return bare if len(bare) >= _LEAST_LEFT else text


def _names_outlet(tail: str, mark: str, outlet: str) -> bool:
    """Whether what stands behind the last dash is who published it."""
    words = tail.split()
    if not words or len(words) > _OUTLET_WORDS:
        return False
    if "|" in mark or ":" in mark:
        return True
    letters = re.sub(r"[^a-z0-9]", "", fold(tail))
    home = re.sub(r"[^a-z0-9]", "", fold(outlet))
    if len(letters) >= 3 and home and (letters in home or home in letters):
        return True
    if re.search(r"\.(?:com|org|net|co|[a-z]{2})$", tail.strip().lower()):
        return True
    named = all(w[:1].isupper() or w.lower() in ("of", "the", "and", "de", "di") for w in words)
    return mark.strip() == "-" and named and not re.search(r"\d", tail)


def words(folded: str) -> tuple[str, ...]:
    """Words and, of scripts without spaces, pairs of characters, in order."""
    found: list[str] = []
    for match in _WORD.finditer(folded):
        word = match.group()
        if _GLUED.search(word):
            found.extend(_grams(word))
        else:
            found.append(word.replace(".", "").replace("-", "").partition("'")[0])
    return tuple(found)


def _grams(word: str) -> list[str]:
    found: list[str] = []
    for run in _RUN.findall(word):
        if not _GLUED.match(run) or len(run) == 1:
            found.append(run)
        else:
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
    return found


@lru_cache(maxsize=30_000)
def stem(word: str) -> str:
    """The beginning of the word, by which its inflections meet; numbers stay whole."""
    if any(c.isdigit() for c in word):
        return word
    word = _CLITIC.sub("", word)
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    return word[:_STEM]
