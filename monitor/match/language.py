"""Which language a text is in, when the feed does not say or says what cannot be."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from monitor.languages import Grammar
from monitor.match.text import script

_WORD = re.compile(r"[^\W\d_]+")
_LOOKED_AT: Final = 600  # characters; what a title and a summary hold
# Below these the little words of a text are too few to overrule a feed that names its language.
_OVERRULING: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """The little words and scripts of every language there is a lexicon for."""

    common: Mapping[str, frozenset[str]]  # language → folded frequent words
    scripts: Mapping[str, frozenset[str]]  # language → scripts it is written in
    marks: Mapping[str, frozenset[str]]  # language → letters that few others have

    def language(self, text: str, said: str) -> str:
        """The language of a folded text; `said` by the feed unless the text proves otherwise."""
        head = text[:_LOOKED_AT]
        seen = _scripts(head)
        if not seen:
            return said
        fitting = [code for code, own in self.scripts.items() if _fits(seen, own)]
        if said and said not in self.common:
            return said  # no lexicon: nothing here can tell it from its neighbours
        if len(fitting) == 1:
            return fitting[0]
        counts = self._counts(head, fitting)
        best = max(counts, key=lambda code: counts[code], default="")
        if said in fitting:
            surely = counts[best] >= _OVERRULING and counts[best] > 3 * counts[said]
            return best if surely else said
        return best if best and counts[best] > 0 else ""

    def _counts(self, head: str, fitting: list[str]) -> Mapping[str, float]:
        words = _WORD.findall(head)
        letters = set(head)
        return {
            code: sum(word in self.common[code] for word in words)
            + 1.5 * len(letters & self.marks.get(code, frozenset()))
            for code in fitting
        }


def detector(common: Mapping[str, frozenset[str]], grammars: Mapping[str, Grammar]) -> Detector:
    """The detector for these languages; letters mark a language when its rivals lack them."""
    scripts = {code: frozenset(grammars[code].scripts) for code in common}
    return Detector(common=common, scripts=scripts, marks=_marks(common, scripts))


def _marks(
    common: Mapping[str, frozenset[str]], scripts: Mapping[str, frozenset[str]]
) -> Mapping[str, frozenset[str]]:
    own = {code: frozenset("".join(words)) for code, words in common.items()}
    return {
        code: frozenset(
            letter
            for letter in letters
            if not any(letter in own[o] for o in own if o != code and scripts[o] & scripts[code])
        )
        for code, letters in own.items()
    }


def _scripts(head: str) -> Mapping[str, int]:
    """Letters by script; a script with next to none of them is left out."""
    counts = Counter(map(script, head))
    counts.pop("", None)
    total = sum(counts.values())
    return {name: n for name, n in counts.items() if n * 10 >= total}


def _fits(seen: Mapping[str, int], own: frozenset[str]) -> bool:
    """Whether the text can be of a language: its scripts hold most of what was seen."""
    if "kana" in seen:
        return "kana" in own
    inside = sum(n for name, n in seen.items() if name in own)
    return inside * 2 > sum(seen.values())
