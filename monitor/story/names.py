"""
Who and what a headline names, as ids that are the same in every language.

Only whole names of the gazetteer; who supplies and who receives is the detector's business.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from monitor.config.entities import Gazetteer, Name
from monitor.story.text import fold

_TOKEN = re.compile(r"\w+(?:\.\w+)*")
_GLUED = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_CLITICS = re.compile(r"^(?:[وفبلك]?ال|[وفبلك]|[והבלמשכ])(?=\w{3})")
_SHORTEST_STEM: Final = 3


@dataclass(frozen=True, slots=True)
class _Known:
    """One way to write one entity, as the finder compares it."""

    tail: tuple[str, ...]  # the words after the first; one ending with "*" may go on
    id: str
    exact: str  # the first word as it must be written; "" when letter case is free


@dataclass(slots=True)
class Names:
    """Every name by its first word; names in scripts without spaces by their first character."""

    by_word: dict[str, list[_Known]] = field(default_factory=dict)
    glued: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # → (name, id)

    def find(self, text: str) -> frozenset[str]:
        """Ids of all that the text names."""
        return frozenset((*self._words(text), *self._runs(text)))

    def _words(self, text: str) -> Iterator[str]:
        written = [m.group().replace(".", "") for m in _TOKEN.finditer(text)]
        folded = [fold(w) for w in written]
        at = 0
        while at < len(folded):
            known = self._longest(written[at], folded, at)
            if known is not None:
                yield known.id
            at += 1 + (len(known.tail) if known else 0)

    def _longest(self, written: str, folded: list[str], at: int) -> _Known | None:
        fitting = (
            known
            for form in _forms(folded[at])
            for known in self.by_word.get(form, ())
            if known.exact in ("", written) and _follows(known.tail, folded, at + 1)
        )
        return max(fitting, key=lambda known: (len(known.tail), known.id), default=None)

    def _runs(self, text: str) -> Iterator[str]:
        at = 0 if _GLUED.search(text) else len(text)
        while at < len(text):
            fitting = [(n, i) for n, i in self.glued.get(text[at], ()) if text.startswith(n, at)]
            name, id_ = max(fitting, key=lambda known: len(known[0]), default=(text[at], ""))
            if id_:
                yield id_
            at += len(name)


def _follows(tail: tuple[str, ...], folded: list[str], at: int) -> bool:
    if at + len(tail) > len(folded):
        return False
    return all(
        folded[at + i].startswith(t[:-1]) if t.endswith("*") else folded[at + i] == t
        for i, t in enumerate(tail)
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


def names(gazetteer: Gazetteer) -> Names:
    """The finder for these entities; names that mean other things too are left out."""
    found = Names()
    for entity in gazetteer.entities.values():
        for name in entity.names:
            if not name.ambiguous:
                _add(found, entity.id, name)
    return found


def _add(found: Names, id_: str, name: Name) -> None:
    if _GLUED.search(name.text):
        listed = found.glued.setdefault(name.text[0], [])
        if len(name.text) > 1 and (name.text, id_) not in listed:
            listed.append((name.text, id_))
        return
    star = name.text.endswith("*")
    tokens = [t.replace(".", "") for t in _TOKEN.findall(name.text)]
    if not tokens:
        return
    parts = [fold(t) for t in tokens]
    if star:
        parts[-1] += "*"
    exact = tokens[0] if name.exact else ""
    known = _Known(tuple(parts[1:]), id_, exact)
    listed_words = found.by_word.setdefault(parts[0], [])
    if known not in listed_words:
        listed_words.append(known)
