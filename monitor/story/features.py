"""
What speaks for and against two members telling one story, each with a name. Symmetric.

features(a, b) == features(b, a), so that a partition does not hang on the order of arrival.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from rapidfuzz import fuzz

from monitor.model import Act, Member
from monitor.story.deals import BODIES, deal
from monitor.story.judge import Judge
from monitor.story.view import View

_SANE: Final = timedelta(days=60)  # a date further from when it was seen is a wrong date
_DAYS: Final = 31
_NEAR: Final = 1.25
_CLOSE_DAYS: Final = 3.0  # days in which closeness falls to a third; measured against 1 to 30


def moment(member: Member) -> datetime:
    """When it was published, or seen where that is unknown or absurd."""
    if member.published and abs(member.published - member.seen) <= _SANE:
        return member.published
    return member.seen


def same_language(one: Member, other: Member) -> bool:
    """Unknown counts as the same: most feeds are in one language."""
    return not one.language or not other.language or one.language == other.language


def features(one: Member, other: Member, a: View, b: View, judge: Judge) -> Mapping[str, float]:
    """Feature → value, most of them between 0 and 1; zero ones are left out."""
    found = {
        "bias": 1.0,
        **_wording(a, b),
        **_named(a, b),
        **_acts(one.act, other.act),
        **deal(one, other, a, b, judge),
    }
    days = abs(moment(one) - moment(other)) / timedelta(days=1)
    found["days apart (log)"] = math.log1p(days)
    found["close in time"] = math.exp(-days / _CLOSE_DAYS)
    found["same outlet"] = float(bool(one.outlet) and one.outlet == other.outlet)
    return {name: value for name, value in found.items() if value}


def _wording(a: View, b: View) -> Mapping[str, float]:
    titles, texts, meanings, _ = a.lengths
    other_titles, other_texts, other_meanings, _ = b.lengths
    return {
        "title alike": _ratio(_product(a.stems, b.stems), titles * other_titles),
        "text alike": _ratio(_product(a.text, b.text), texts * other_texts),
        "meaning of titles alike": _ratio(
            _product(a.meaning, b.meaning), meanings * other_meanings
        ),
        "title told in the other text": max(_told(a, b), _told(b, a)),
        "wording": fuzz.token_set_ratio(a.title, b.title) / 100,
    }


def likeness(a: View, b: View) -> float:
    """How like two titles are in meaning: 0 to 1."""
    return _ratio(_product(a.meaning, b.meaning), a.lengths[2] * b.lengths[2])


def frames(a: View, b: View) -> float:
    """How like two titles are in meaning but for whom they name: 0 to 1."""
    one, other = a.meaning, b.meaning
    both = sum([one[w] * other[w] for w in one.keys() & other.keys() if w[0] != "@"])
    return _ratio(both, a.lengths[3] * b.lengths[3])


def _product(one: Mapping[str, int], other: Mapping[str, int]) -> int:
    return sum([one[w] * other[w] for w in one.keys() & other.keys()])


def _told(a: View, b: View) -> float:
    """How much of a's title stands in b's title and lead, by rarity."""
    return _ratio(sum([v for w, v in a.stems.items() if w in b.text]), sum(a.stems.values()))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _named(a: View, b: View) -> Mapping[str, float]:
    names, numbers = a.text_names & b.text_names, a.numbers & b.numbers
    uncommon = sum(own.meaning[f"@{n}"] for own in (a, b) for n in names if n in own.names)
    return {
        "uncommon names shared": min(uncommon / 2000, 1.0),
        "names alike": _ratio(len(names), len(a.text_names | b.text_names)),
        "titles name others": float(_apart(a.names, b.names)),
        "each title names one more": float(bool(a.names - b.text_names and b.names - a.text_names)),
        "numbers shared": min(sum(map(_telling, sorted(numbers))) / 2, 1.0),
        "values apart": float(_far(a.anchors.money, b.anchors.money)),
    }


def _telling(number: str) -> float:
    """How much it says that two texts give one number: less for days and round counts."""
    value = float(number)
    if value <= _DAYS:
        return 0.2
    return 0.5 if float(f"{value:.1g}") == value else 1.0


def _far(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether both tell values and none is near one of the other: 7 for 6.5 billion is rounded."""
    pairs = [sorted((float(x), float(y))) for x in one for y in other]
    return bool(pairs) and all(more > _NEAR * less for less, more in pairs)


def _apart(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one) and bool(other) and not one & other


def _acts(one: Act | None, other: Act | None) -> Mapping[str, float]:
    if one is None or other is None:
        return {}
    goods = any(c in other.categories for c in one.categories if c != "unspecified")
    told = bool(one.systems and other.systems)
    return {
        "same goods": float(goods),
        "systems apart": float(told and not any(s in other.systems for s in one.systems)),
        "same quantity": float(bool(one.quantity) and one.quantity == other.quantity),
    }


@dataclass(frozen=True, slots=True)
class Parties:
    """Who takes part in a story, as far as its members tell."""

    suppliers: frozenset[str]
    recipients: frozenset[str]
    named: frozenset[str]  # anywhere in the texts


def strangers(act: Act, headed: frozenset[str], story: Parties) -> bool:
    """
    Whether supplier or recipient is known on both sides, in the headline, and new to the story.

    `headed`: who is named in the headline; parties found only in the lead are less sure. Two
    readings of one deal may disagree on who gives and who gets, not on who takes part:
    vetoing by role cost 19 % of true pairs, by presence 4 %. A state is only held against
    states, a group against groups; bodies act through their members.
    """
    known = story.suppliers | story.recipients | story.named
    sides = ((act.suppliers, story.suppliers), (act.recipients, story.recipients))
    return any(theirs and _stranger(own, headed, theirs, known) for own, theirs in sides)


def _stranger(
    own: tuple[str, ...], headed: frozenset[str], theirs: frozenset[str], known: frozenset[str]
) -> bool:
    if known.intersection(own):
        return False
    kinds = {len(p) == 2 for p in headed.intersection(own) if p not in BODIES}
    return bool(kinds & {len(p) == 2 for p in theirs if p not in BODIES})
