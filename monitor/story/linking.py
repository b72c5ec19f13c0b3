"""
Whether a member tells a story already known: levels of sameness, the cheapest first.

revision → url → same-title → near-copy → link; each is a reason a person can check.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from rapidfuzz import fuzz

from monitor.model import Member, Story
from monitor.story.anchors import series
from monitor.story.features import (
    Parties,
    features,
    frames,
    likeness,
    moment,
    same_language,
    strangers,
)
from monitor.story.judge import Judge
from monitor.story.view import View, view
from monitor.story.walls import parts
from monitor.urls import canonical

SURE: Final = 1.0
COPIES: Final = ("same-title", "near-copy")
_SAME_TITLE: Final = timedelta(days=14)  # later it is a headline used twice
_NEAR_COPY: Final = timedelta(days=3)
_NEAR: Final = 90  # token_sort_ratio; MRPC: nothing separates paraphrases, this is only copies
_SAME_FRAME: Final = 0.8
_SOMETHING: Final = 0.05  # title likeness below which one address tells two stories


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """How a member hangs on a story."""

    story: Story
    reason: str  # as in Told.reason
    chance: float  # that both tell one story, 0..1; SURE for copies
    parts: Mapping[str, float] = field(default_factory=dict)  # feature → weight × value


def links(member: Member, stories: Iterable[Story], judge: Judge) -> list[Link]:
    """Every story the member may belong to, the likeliest first, then the oldest."""
    seen = view(member, judge)
    found = [link for s in stories if (link := _link(member, seen, s, judge)) is not None]
    return sorted(found, key=lambda one: (-one.chance, one.story.first_seen, one.story.id))


def _link(member: Member, seen: View, story: Story, judge: Judge) -> Link | None:
    """The best of its members; None where the story is another for certain."""
    best: Link | None = None
    for other in reversed(story.members):
        one = _compared(member, seen, other, story, judge)
        if one is not None and one.chance >= SURE:
            return one
        if one is not None and (best is None or one.chance > best.chance):
            best = one
    if best is None or best.chance < judge.weights.least:
        return best
    # Of what a person merged, each part takes in what it would have taken in alone.
    return None if all(foreign(member, part, judge) for part in parts(story)) else best


def foreign(member: Member, story: Story, judge: Judge) -> bool:
    """Whether the member supplies, or is supplied, somebody the story has never heard of."""
    acts = [m.act for m in story.members if m.act is not None]
    if member.act is None or not acts:
        return False
    known = Parties(
        suppliers=frozenset(p for act in acts for p in act.suppliers),
        recipients=frozenset(p for act in acts for p in act.recipients),
        named=frozenset(n for m in story.members for n in view(m, judge).text_names),
    )
    return strangers(member.act, view(member, judge).names, known)


def _compared(member: Member, seen: View, other: Member, story: Story, judge: Judge) -> Link | None:
    """How the member hangs on one other; None when something keeps them apart."""
    known = view(other, judge)
    if reason := _exact(member, other, seen, known):
        return Link(story=story, reason=reason, chance=SURE)
    if apart(seen, known):
        return None
    if _near(seen, known) and abs(moment(member) - moment(other)) <= _NEAR_COPY:
        return Link(story=story, reason="near-copy", chance=SURE)
    values = features(member, other, seen, known, judge)
    parts = _weighed(values, same_language(member, other), judge)
    return Link(story=story, reason="link", chance=logistic(math.fsum(parts.values())), parts=parts)


def _weighed(values: Mapping[str, float], same: bool, judge: Judge) -> Mapping[str, float]:
    """What each feature adds; where the languages are said to differ, the better of two ways."""
    sections = judge.weights.sections
    plain = weighed(values, sections["same_language"])
    # Feeds misstate their language, and two headlines with the same words are in the same one.
    if same:
        return plain
    return max(
        plain, weighed(values, sections["other_language"]), key=lambda p: math.fsum(p.values())
    )


def apart(a: View, b: View) -> bool:
    """Whether two titles tell of different things for certain, however alike they sound."""
    return series(a.anchors, b.anchors) or swapped(a, b)


def swapped(a: View, b: View) -> bool:
    """
    Whether two titles are one sentence told of others: another party, or another good.

    "US approves sale of rockets to Estonia", "… to Romania": nobody rewrites a report so.
    """
    swap = not (a.names <= b.names or b.names <= a.names)
    if swap and frames(a, b) >= _SAME_FRAME:
        return True
    # Of 167 pairs whose titles name other goods 3 told one story, of another set 2 of 1123.
    return bool(a.goods and b.goods) and not a.goods & b.goods


def _exact(member: Member, other: Member, seen: View, known: View) -> str:
    """The reason that needs no weighing; "" when there is none."""
    alike = bool(seen.letters) and seen.letters == known.letters
    if alike and abs(moment(member) - moment(other)) <= _SAME_TITLE:
        return "same-title"
    if (member.feed_id, member.entry_id) == (other.feed_id, other.entry_id):
        return "revision" if _akin(seen, known) else ""
    address = canonical(member.url)
    return "url" if address and address == canonical(other.url) and _akin(seen, known) else ""


def _akin(a: View, b: View) -> bool:
    """Whether two texts under one id or address can tell of one thing: both are reused."""
    return not (a.meaning and b.meaning) or likeness(a, b) >= _SOMETHING


def _near(a: View, b: View) -> bool:
    """Whether one title is the other with a word or two changed, and nothing that pins it."""
    if a.anchors != b.anchors or a.names != b.names or min(len(a.stems), len(b.stems)) < 4:
        return False
    if _told_apart(a, b) and _told_apart(b, a):
        return False
    return fuzz.token_sort_ratio(a.title, b.title) >= _NEAR


def _told_apart(a: View, b: View) -> bool:
    """Whether a's title has a telling word that b's lacks."""
    return any(rarity >= 500 for stem, rarity in a.stems.items() if stem not in b.stems)


def weighed(values: Mapping[str, float], weights: Mapping[str, float]) -> Mapping[str, float]:
    """What each feature adds, in log odds."""
    return {f: weights[f] * v for f, v in values.items() if f in weights}


def logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(min(x, 40.0), -40.0)))
