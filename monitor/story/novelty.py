"""
Whether an account tells something materially new, and what, in sentences for people.

Values that are new speak for it; opinion, explainers, recaps and anniversaries against it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from monitor.model import Member, Story
from monitor.story.features import moment
from monitor.story.judge import Judge
from monitor.story.linking import logistic, weighed


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What an account adds to its story."""

    chance: float  # that it is materially new, 0..1
    changes: tuple[str, ...]
    parts: Mapping[str, float]


def news(member: Member, story: Story, judge: Judge) -> News:
    """What the member adds to a story that it is not yet in."""
    last = max(moment(m) for m in story.members)
    gap = max((moment(member) - last) / timedelta(days=1), 0.0)
    values = {"bias": 1.0, "days since the last (log)": math.log1p(gap)}
    parts = weighed(values, judge.weights.sections["update"])
    return News(chance=logistic(math.fsum(parts.values())), changes=(), parts=parts)
