"""
What speaks for and against two members telling one story, each with a name. Symmetric.

features(a, b) == features(b, a), so that a partition does not hang on the order of arrival.
"""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from rapidfuzz import fuzz

from monitor.model import Act, Member
from monitor.story.view import View

_SANE: Final = timedelta(days=60)  # a date further from when it was seen is a wrong date
_BODIES: Final = frozenset(["eu", "nato", "un"])  # act through members: no party of their own
_TELLING: Final = 5.0  # rarity from which a shared word is telling


def moment(member: Member) -> datetime:
    """When it was published, or seen where that is unknown or absurd."""
    if member.published and abs(member.published - member.seen) <= _SANE:
        return member.published
    return member.seen


def same_language(one: Member, other: Member) -> bool:
    """Unknown counts as the same: most feeds are in one language."""
    return not one.language or not other.language or one.language == other.language


def features(one: Member, other: Member, a: View, b: View) -> Mapping[str, float]:
    """Feature → value, most of them between 0 and 1; zero ones are left out."""
    found = {
        "bias": 1.0,
        **_wording(a, b),
        **_named(a, b),
        **_acts(one.act, other.act),
    }
    days = abs(moment(one) - moment(other)) / timedelta(days=1)
    found["days apart (log)"] = math.log1p(days)
    found["same outlet"] = float(bool(one.outlet) and one.outlet == other.outlet)
    return {name: value for name, value in found.items() if value}


def _wording(a: View, b: View) -> Mapping[str, float]:
    shared = a.stems.keys() & b.stems.keys()
    title = _product(a.stems, b.stems)
    text = _product(a.text, b.text)
    telling = sum(a.stems[w] for w in shared if a.stems[w] >= _TELLING)
    least = min(a.length, b.length) ** 2
    return {
        "title alike": _ratio(title, a.length * b.length),
        "text alike": _ratio(text, a.text_length * b.text_length),
        "shorter title contained": _ratio(title, least),
        "title told in the other text": max(_told(a, b), _told(b, a)),
        "rare words shared": min(telling / 30, 1.0),
        "wording": fuzz.token_set_ratio(a.title, b.title) / 100,
    }


def _product(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    return math.fsum(one[w] * other[w] for w in one.keys() & other.keys())


def _told(a: View, b: View) -> float:
    """How much of a's title stands in b's title and lead, by rarity."""
    every = math.fsum(a.stems.values())
    return _ratio(math.fsum(v for w, v in a.stems.items() if w in b.text), every)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _named(a: View, b: View) -> Mapping[str, float]:
    names, numbers = a.text_names & b.text_names, a.numbers & b.numbers
    return {
        "names shared": min(len(names) / 3, 1.0),
        "names alike": _ratio(len(names), len(a.text_names | b.text_names)),
        "titles name others": float(_apart(a.names, b.names)),
        "each title names one more": float(bool(a.names - b.text_names and b.names - a.text_names)),
        "numbers shared": min(len(numbers) / 2, 1.0),
        "numbers apart": float(_apart(a.anchors.numbers, b.anchors.numbers)),
        "values apart": float(_apart(a.anchors.money, b.anchors.money)),
    }


def _apart(one: frozenset[str] | set[str], other: frozenset[str] | set[str]) -> bool:
    return bool(one) and bool(other) and not one & other


def _acts(one: Act | None, other: Act | None) -> Mapping[str, float]:
    if one is None or other is None:
        return {}
    goods = set(one.categories) - {"unspecified"}, set(other.categories) - {"unspecified"}
    systems = set(one.systems), set(other.systems)
    return {
        "acts": 1.0,
        "same supplier": float(bool(set(one.suppliers) & set(other.suppliers))),
        "same recipient": float(bool(set(one.recipients) & set(other.recipients))),
        "same goods": float(bool(goods[0] & goods[1])),
        "goods apart": float(_apart(*goods)),
        "same system": float(bool(systems[0] & systems[1])),
        "systems apart": float(_apart(*systems)),
        "same stage": float(one.stage is other.stage),
        "same quantity": float(bool(one.quantity) and one.quantity == other.quantity),
    }


def parties_apart(one: Act | None, other: Act | None) -> bool:
    """Whether both name a supplier, or both a recipient, and not one of them is the same."""
    if one is None or other is None:
        return False
    return _others(one.suppliers, other.suppliers) or _others(one.recipients, other.recipients)


def _others(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    if set(one) & set(other):
        return False
    states = [{p for p in side if p not in _BODIES} for side in (one, other)]
    return any(
        {p for p in states[0] if (len(p) == 2) is two}
        and {p for p in states[1] if (len(p) == 2) is two}
        for two in (True, False)
    )
