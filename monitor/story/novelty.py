"""
Whether an account tells something materially new: Member + Story → how likely, and why.

A long silence, a headline unlike the last, a stage, deed or party not yet told speak for it; the
first two days of accounts, comment and explainers against it.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from monitor.model import Member, Story
from monitor.story.changes import changes
from monitor.story.features import likeness, moment
from monitor.story.judge import Judge
from monitor.story.linking import logistic, weighed
from monitor.story.view import View, view

# In folded titles.
_TALK: Final = re.compile(
    r"\?\s*$"
    r"|^(?:why|what|how|who|where|when|is|are|could|can|should|will|does)\b"
    r"|^(?:analysis|opinion|explain\w*|editorial|comment|factbox|timeline|profile|kommentar|analyse|"
    r"meinung|warum|wie|tribune|pourquoi|por que|analisis|perche|почему|мнение|анализ|комментарий|"
    r"لماذا|تحليل|분석|사설|칼럼|なぜ|解説|社説|分析|评论)(?!\w)"
    r"|\b(?:what we know|what to know|things to know|here's what|at a glance|explained|"
    r"in pictures|years? (?:ago|after|on|since)|anniversary|looking back)\b"
)
_FIRST_DAYS: Final = 1.6  # a day and what time zones and noon dates blur


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What an account adds to its story."""

    chance: float  # that it is materially new, 0..1
    changes: tuple[str, ...]  # at least one
    parts: Mapping[str, float]  # feature → weight × value


def news(member: Member, story: Story, judge: Judge) -> News:
    """What the member adds to a story that it is not yet in."""
    parts = weighed(novelty(member, story, judge), judge.weights.sections["update"])
    return News(
        chance=logistic(math.fsum(parts.values())),
        changes=changes(member, story, judge),
        parts=parts,
    )


def novelty(member: Member, story: Story, judge: Judge) -> Mapping[str, float]:
    """Feature → value; zero ones are left out."""
    seen, told = view(member, judge), [view(m, judge) for m in story.members]
    stages = {m.act.stage for m in story.members if m.act is not None}
    found = {
        "bias": 1.0,
        "days since the last (log)": math.log1p(_days(member, story)),
        "within the first days": float(_within(member, story)),
        "headline like the last": likeness(seen, told[-1]),
        "a stage not yet told": float(
            bool(member.act and stages and member.act.stage not in stages)
        ),
        "a deed not yet in a headline": float(bool(_new(told, seen, lambda v: v.deeds))),
        "somebody not yet in a headline": float(bool(_new(told, seen, lambda v: v.names))),
        "a number not yet told": float(
            bool(seen.anchors.numbers - _all(told, lambda v: v.numbers))
        ),
        "comment or explainer": float(bool(_TALK.search(seen.title))),
        "accounts so far (log)": math.log(len(told)),
    }
    return {name: value for name, value in found.items() if value}


_Part = Callable[[View], frozenset[str]]


def _new(told: Sequence[View], seen: View, part: _Part) -> frozenset[str]:
    return part(seen) - _all(told, part)


def _all(told: Sequence[View], part: _Part) -> frozenset[str]:
    return frozenset(x for v in told for x in part(v))


def _days(member: Member, story: Story) -> float:
    last = max(moment(m) for m in story.members)
    return max((moment(member) - last) / timedelta(days=1), 0.0)


def _within(member: Member, story: Story) -> bool:
    first = min(moment(m) for m in story.members)
    return (moment(member) - first) / timedelta(days=1) < _FIRST_DAYS
