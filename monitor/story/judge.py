"""What the story stage knows: fitted weights, how common words are, who can be named."""

import math
from dataclasses import dataclass
from functools import cache
from typing import Final

from monitor.config import entities
from monitor.config.entities import Gazetteer
from monitor.config.load import shipped
from monitor.config.reading import Problems
from monitor.config.story import Weights, read
from monitor.story.names import Names, names

_RAREST: Final = 1 / 4000  # the share of headlines assumed of a word nobody counted


@dataclass(frozen=True, slots=True, eq=False)
class Judge:
    """Compiled once, used for every comparison."""

    weights: Weights
    names: Names

    def rarity(self, stem: str) -> float:
        """How much a shared word tells: 0 for one in every headline, 8.3 for a rare one."""
        share = self.weights.frequency.get(stem)
        if share is None:
            share = _RAREST if len(stem) > 2 or not stem.isascii() else _RAREST * 8
        return -math.log(max(share, _RAREST))


def judge(weights: Weights, gazetteer: Gazetteer) -> Judge:
    return Judge(weights=weights, names=names(gazetteer))


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
    gazetteer = entities.read(root, problems, {})
    problems.check()
    assert weights is not None
    return judge(weights, gazetteer)
