"""
What makes accounts months apart accounts of one deal: the same goods between the same parties,
and a delivery stopped in one that is taken up again in the other.
"""

import re
from collections.abc import Mapping
from itertools import combinations
from typing import Final

from monitor.model import Act, Member, Stage
from monitor.story.judge import Judge
from monitor.story.text import fold
from monitor.story.view import View

BODIES: Final = frozenset(("eu", "nato", "un"))  # act through members: no party of their own
_OPEN: Final = ("unspecified", "aid_package")
_STOPPED: Final = frozenset((Stage.REFUSED, Stage.EMBARGO))
_RAREST: Final = 829  # Judge.rarity of a name that nobody counted
_MOST: Final = 3  # names of a headline that are taken for parties
_BEGUN: Final = (
    "resum restart reinstat restor unfreez unfroz unblock revers lift wieder reprend reprise "
    "reanud riprend ripres retom återuppta genoptag gjenoppta hervat wznaw wznow obnov yeniden "
    "возобнов віднов"
)
_GLUED: Final = "재개 再開 恢复 恢復 استئناف يستأنف"
_AGAIN: Final = re.compile(
    rf"(?<!\w)(?:back on|{'|'.join(map(fold, _BEGUN.split()))})"
    rf"|{'|'.join(map(fold, _GLUED.split()))}"
)


def deal(one: Member, other: Member, a: View, b: View, judge: Judge) -> Mapping[str, float]:
    """Feature → value, between 0 and 1; none where the parties are others or unknown."""
    shared = _parties(one.act, a) & _parties(other.act, b)
    if not shared:
        return {}
    # Two stories a day are about the United States and Ukraine, one a year about two others.
    uncommon = max(sum(judge.rarity(f"@{p}") for p in pair) for pair in shared)
    goods = _goods(one.act, a) & _goods(other.act, b)
    again = (_stops(other.act, b) and _again(a)) or (_stops(one.act, a) and _again(b))
    return {
        "same goods between uncommon parties": uncommon / (2 * _RAREST) if goods else 0.0,
        "taken up again": float(again),
    }


def _parties(act: Act | None, seen: View) -> frozenset[tuple[str, str]]:
    """Who deals with whom, in no order: of the act, or as the headline names them."""
    if act is not None and act.suppliers and act.recipients:
        found = ((s, r) for s in act.suppliers for r in act.recipients if s != r)
        return frozenset((min(pair), max(pair)) for pair in found)
    named = sorted(n for n in seen.names if len(n) == 2 or n in BODIES)[:_MOST]
    return frozenset(combinations(named, 2))


def _goods(act: Act | None, seen: View) -> frozenset[str]:
    told = (*act.systems, *act.categories) if act is not None else ()
    return seen.text_goods.union(g for g in told if g not in _OPEN)


def _again(seen: View) -> bool:
    return _AGAIN.search(seen.title) is not None


def _stops(act: Act | None, seen: View) -> bool:
    return bool(seen.deeds & _STOPPED) or (act is not None and act.stage in _STOPPED)
