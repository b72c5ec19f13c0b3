"""What the story stage knows: fitted weights, how common words are, who can be named."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from monitor.config import entities, lexicons
from monitor.config.entities import Gazetteer
from monitor.config.lexicons import Lexicon
from monitor.config.load import shipped
from monitor.config.reading import Problems
from monitor.config.story import Weights, read
from monitor.story.names import Names, names

_RAREST: Final = 1 / 4000  # the share of headlines assumed of a word nobody counted
_UNKNOWN: Final = round(100 * math.log(4000))
_UNKNOWN_SHORT: Final = round(100 * math.log(500))  # mostly little words


@dataclass(frozen=True, slots=True, eq=False)
class Judge:
    """Compiled once, used for every comparison."""

    weights: Weights
    names: Names

    rarities: Mapping[str, int]  # of counted stems and ids

    def rarity(self, stem: str) -> int:
        """
        How much a shared word tells: 0 for one in every headline, 829 for a rare one.

        Hundredths, as whole numbers: their sums do not depend on the order of sets.
        """
        known = self.rarities.get(stem)
        if known is not None:
            return known
        return _UNKNOWN if len(stem) > 2 or not stem.isascii() else _UNKNOWN_SHORT


def _rarity(share: float) -> int:
    return round(-100 * math.log(max(share, _RAREST)))


def judge(weights: Weights, gazetteer: Gazetteer, words: Iterable[Lexicon]) -> Judge:
    rarities = {stem: _rarity(share) for stem, share in weights.frequency.items()}
    return Judge(weights=weights, names=names(gazetteer, words, weights.people), rarities=rarities)


@cache
def standard() -> Judge:
    """
    The judge of the shipped configuration.

    Raises:
        ConfigError: it cannot be read.
    """
    root = shipped()
    problems = Problems(root)
    weights = read(root, problems, {})
    problems.check()
    # A faulty name is `monitor check`'s business; comparisons do with the sound ones.
    ignored = Problems(root)
    gazetteer = entities.read(root, ignored, {})
    words = lexicons.read(root, ignored, {})
    assert weights is not None
    return judge(weights, gazetteer, words.values())
