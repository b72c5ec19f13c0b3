"""One member as comparisons see it: words by rarity, names, numbers. Made once, kept a while."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from monitor.model import Member
from monitor.story.anchors import Anchors, anchors, numbers
from monitor.story.judge import Judge
from monitor.story.text import fold, headline, stem, words

_KEPT: Final = 20_000  # views; about 3 kB each
_LEAD: Final = 300  # characters of the summary that are compared
_LEAD_WEIGHT: Final = 0.6  # each outlet writes its own lead; measured


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What two members are compared by."""

    title: str  # folded, without outlet
    stems: Mapping[str, float]  # of the title → rarity
    text: Mapping[str, float]  # of title and lead → rarity, less in the lead
    length: float  # of `stems` as a vector
    text_length: float
    names: frozenset[str]  # entity ids in the title
    text_names: frozenset[str]  # in title and lead
    anchors: Anchors  # of the title
    numbers: frozenset[str]  # of title and lead


def view(member: Member, judge: Judge) -> View:
    return _view(member.title, member.summary[:_LEAD], member.outlet, judge)


@lru_cache(maxsize=_KEPT)
def _view(title: str, lead: str, outlet: str, judge: Judge) -> View:
    bare = headline(title, outlet)
    folded = fold(bare)
    lead_folded = fold(lead)
    stems = _weighed(folded, judge)
    text = {k: v * _LEAD_WEIGHT for k, v in _weighed(lead_folded, judge).items()} | stems
    named = judge.names.find(bare)
    pinned = anchors(folded)
    return View(
        title=folded,
        stems=stems,
        text=text,
        length=_length(stems),
        text_length=_length(text),
        names=named,
        text_names=named | judge.names.find(lead) if lead else named,
        anchors=pinned,
        numbers=pinned.numbers | numbers(lead_folded)[0] if lead else pinned.numbers,
    )


def _weighed(folded: str, judge: Judge) -> dict[str, float]:
    return {s: judge.rarity(s) for s in map(stem, words(folded)) if not s.isdecimal()}


def _length(vector: Mapping[str, float]) -> float:
    return math.sqrt(sum(v * v for v in vector.values()))
