"""
Words as PostgreSQL's text search holds them. PURE.

Cut and folded here and not by to_tsvector(), which leaves every capital outside ASCII alone in
a database whose locale is C, and knows nothing of scripts without spaces.
Format: https://www.postgresql.org/docs/current/datatype-textsearch.html
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final
from unicodedata import normalize

_WORD: Final = re.compile(r"[^\W_]+")
# Accents of Latin, Greek and Cyrillic, points of Hebrew, vowel signs of Arabic.
_MARKS: Final = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]"
)
_PHRASE: Final = re.compile(r'"([^"]*)"(\*?)')
# A tsvector may have 1 MB, a position at most 16,383, a lexeme 2 kB.
_CHARACTERS: Final = 150_000
_POSITIONS: Final = 16_000
_LETTERS: Final = 200
_WEIGHTS: Final = "ABD"  # title, summary, text


def words(text: str) -> Iterator[str]:
    """The words of a text in their comparable form: case and accents do not matter."""
    plain = text.lower()
    if not plain.isascii():
        plain = normalize("NFC", _MARKS.sub("", normalize("NFD", plain)))
    return (found[0][:_LETTERS] for found in _WORD.finditer(plain))


def vector(*fields: str) -> str:
    """
    Title, summary and text as a tsvector is written: 'word':3A,17D …

    What stands beyond 16,000 words is not found.
    """
    places: defaultdict[str, list[str]] = defaultdict(list)
    position, room = 0, _CHARACTERS
    for weight, field in zip(_WEIGHTS, fields, strict=True):
        for word in words(field[:room]):
            position += 1
            if position <= _POSITIONS:
                places[word].append(f"{position}{weight}")
        position += 1  # no phrase reaches from one field into the next
        room = max(0, room - len(field))
    return " ".join(f"'{word}':{','.join(at)}" for word, at in places.items())


def query(expression: str) -> str:
    """A tsquery for the phrases of _search.expression(); "" when no word is in them."""
    return " & ".join(filter(None, (_phrase(*found) for found in _PHRASE.findall(expression))))


def _phrase(text: str, ending: str) -> str:
    asked = [f"'{word}'" for word in words(text)]
    if asked and ending:
        asked[-1] += ":*"
    return f"({' <-> '.join(asked)})" if asked else ""
