"""One member as comparisons see it: words by rarity, names, numbers. Made once, kept a while."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from monitor.model import Member
from monitor.story.anchors import Anchors, anchors, numbers
from monitor.story.judge import Judge
from monitor.story.names import blanked
from monitor.story.text import fold, headline, one_of, stem, words

_KEPT: Final = 16_000  # views; about 4.5 kB each
_LEAD: Final = 300  # characters of the summary that are compared
_VAGUE: Final = ("unspecified", "aid_package")  # goods that any other may be
_LEAST_TITLE: Final = 25  # letters of a title that is told by itself; 12 where they are syllables
_LEAD_WEIGHT: Final = 0.6  # each outlet writes its own lead; measured


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What two members are compared by."""

    title: str  # folded, without outlet
    letters: str  # its letters and digits alone; "" when too short to be told by itself
    stems: Mapping[str, int]  # of the title → rarity
    text: Mapping[str, int]  # of title and lead → rarity, less in the lead
    meaning: Mapping[str, int]  # of the title, names and concepts as ids: "@ua", "#weapon.tank"
    lengths: tuple[float, float, float, float]  # as vectors: stems, text, meaning, meaning unnamed
    names: frozenset[str]  # entity ids in the title
    text_names: frozenset[str]  # in title and lead
    goods: frozenset[str]  # categories named in the title
    text_goods: frozenset[str]  # in title and lead
    deeds: frozenset[str]  # stages the title speaks of: "refused", "agreed", …
    anchors: Anchors  # of the title
    numbers: frozenset[str]  # of title and lead


def view(member: Member, judge: Judge) -> View:
    # The summary is cut within: a new text for every question would have to be hashed anew.
    return _view(member.title, member.summary, member.outlet, member.language, judge)


@lru_cache(maxsize=_KEPT)
def _view(title: str, summary: str, outlet: str, language: str, judge: Judge) -> View:
    head, lead = _read(headline(title, outlet), language, judge), summary[:_LEAD]
    rest = _read(lead, language, judge) if lead else _NOTHING
    text = _both(rest.stems, head.stems)
    pinned = anchors(head.folded)
    goods, more_goods = _goods(head, judge), _goods(rest, judge)
    return View(
        title=head.folded,
        letters=_letters(head.folded),
        stems=head.stems,
        text=text,
        meaning=head.meaning,
        lengths=_lengths(head, text),
        names=head.names,
        text_names=_with(head.names, rest.names),
        goods=goods,
        text_goods=_with(goods, more_goods),
        deeds=_family(head.deeds, "stage"),
        anchors=pinned,
        numbers=_with(pinned.numbers, numbers(rest.folded)[0]),
    )


def _both(lead: Mapping[str, int], title: Mapping[str, int]) -> Mapping[str, int]:
    """The words of both; the same again where there is no lead."""
    if not lead:
        return title
    return {**{k: round(v * _LEAD_WEIGHT) for k, v in lead.items()}, **title}


def _with(own: frozenset[str], more: frozenset[str]) -> frozenset[str]:
    """Both; the same set again where there is no more."""
    return own if more <= own else one_of(own | more)


@dataclass(frozen=True, slots=True)
class _Read:
    """One text, read."""

    folded: str
    stems: Mapping[str, int]
    meaning: Mapping[str, int]
    names: frozenset[str]
    deeds: frozenset[str]


_NOTHING: Final = _Read("", {}, {}, frozenset(), frozenset())


def _read(text: str, language: str, judge: Judge) -> _Read:
    named, done = judge.names.of(text, language)
    folded = fold(text)
    rest = fold(blanked(text, (*named, *done)))
    meaning = dict(_weighed(rest, judge))
    for sign, spans in (("@", named), ("#", done)):
        for span in spans:
            for id_ in span.ids:
                meaning[sign + id_] = round(judge.rarity(sign + id_) / math.sqrt(len(span.ids)))
    return _Read(
        folded=folded,
        stems=_weighed(folded, judge),
        meaning=meaning,
        names=one_of(frozenset(i for s in named for i in s.ids)),
        deeds=frozenset(i for s in done for i in s.ids),
    )


def _letters(folded: str) -> str:
    letters = "".join(c for c in folded if c.isalnum())
    least = _LEAST_TITLE if letters.isascii() else _LEAST_TITLE // 2
    return letters if len(letters) >= least else ""


def _goods(read: _Read, judge: Judge) -> frozenset[str]:
    systems = (judge.names.goods.get(name, ()) for name in read.names)
    named = (c for own in systems for c in own if c not in _VAGUE)
    return _with(_family(read.deeds, "weapon"), frozenset(named))


def _family(concepts: frozenset[str], family: str) -> frozenset[str]:
    parts = (c.partition(".") for c in concepts)
    return one_of(frozenset(n for own, _, n in parts if own == family and n not in _VAGUE))


def _weighed(folded: str, judge: Judge) -> dict[str, int]:
    return {s: judge.rarity(s) for s in map(stem, words(folded)) if not s.isdecimal()}


def _lengths(head: _Read, text: Mapping[str, int]) -> tuple[float, float, float, float]:
    unnamed = {k: v for k, v in head.meaning.items() if k[0] != "@"}
    return _length(head.stems), _length(text), _length(head.meaning), _length(unnamed)


def _length(vector: Mapping[str, int]) -> float:
    return math.sqrt(sum(v * v for v in vector.values()))
