"""
How many, or for how much: the words of a count or value that belongs to a good.

    Scene → numbers → the one beside a good, before it or after it → as written
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from monitor.match.numbers import Number, numbers
from monitor.match.scene import Field, Find, Scene

_WORDS_TO_GOOD: Final = 4
_CLOSE: Final = 1  # characters between a good and what belongs to its name
_PARTICLES: Final = 2  # characters between a good and the count that follows it
_CUT: Final = re.compile(r"[.;:,!?，。．、；：！？）)]")  # no number reaches a good across these
_WORD: Final = 40  # characters that the name of a model may have
_NAMING: Final = ("weapon", "system", "quantity")
_LAST: Final = re.compile(r"[^\W\d_]+(?=\s$)")  # the word right before
_TELLING: Final = ("stage", "transfer", "clause", "negation")
_WAYS: Final = frozenset({"to", "from"})  # marks of where it goes

Span = tuple[int, int]  # of a find, in the original text of its field


def quantity(scene: Scene) -> str:
    """The count or value as written, the good it counts included; "" when there is none."""
    goods = sorted((*scene.of("weapon"), *scene.of("system")), key=lambda f: f.start)
    for part in scene.fields:
        found = numbers(scene, part)
        spans = _spans(scene, goods, part)
        told = _spans(scene, [f for f in scene.finds if _parts(f)], part)
        told = [one for one in told if not _joins(one, found)]
        text = part.folded.original
        others = _spans(scene, [f for f in scene.finds if f.family not in _NAMING], part)
        own = [one for one in found if not _model(one, text, others)]
        if said := next(_counts(own, spans, told, part, scene), ""):
            return said
        if goods and (said := _alone(own, text)):
            return said
    return ""


def _parts(find: Find) -> bool:
    """Whether a good after it is not what a number before it counts: a shipment to X by plane."""
    return find.family in _TELLING or (find.family == "mark" and not _WAYS.isdisjoint(find.names))


def _joins(told: Span, found: Sequence[Number]) -> bool:
    """Whether a number follows at once: "18 to 20 jets" is one count."""
    return any(0 <= one.start - told[1] <= _CLOSE for one in found)


def _spans(scene: Scene, finds: Sequence[Find], part: Field) -> list[Span]:
    places = (scene.place(find) for find in finds)
    return sorted((start, end) for own, start, end in places if own is part)


def _model(one: Number, text: str, others: Sequence[Span]) -> bool:
    """Whether a figure belongs to the name before it: Leopard 2, but not Arland 2, sells 2."""
    if one.end - one.start > 1 or not text[one.start].isdigit():
        return False
    word = _LAST.search(text, max(one.start - _WORD, 0), one.start)
    return (
        word is not None
        and word.group()[0].isupper()
        and not any(start <= word.start() < end for start, end in others)
    )


def _counts(
    found: Sequence[Number], goods: Sequence[Span], told: Sequence[Span], part: Field, scene: Scene
) -> Iterator[str]:
    """What each number counts, in order; nothing for those that count no good."""
    text = part.folded.original
    marks = _spans(scene, [f for f in scene.of("mark") if "of" in f.names], part)
    for one in found:
        if (first := _followed(one, goods, text)) is not None:
            yield text[first : one.end]
        good = _ahead(one, goods, text)
        if good is None or any(one.end <= a < good[0] for a, _ in told):
            continue
        of = any(one.end <= a < good[0] for a, _ in marks)
        # "millions of rockets" is told by the number alone; so is a value.
        alone = one.money or (of and not one.digits)
        yield text[one.start : one.end if alone else _whole(good, goods)].strip()


def _followed(one: Number, goods: Sequence[Span], text: str) -> int | None:
    """Where the good begins whose count comes after it: 戦車20両; None when none does."""
    if not one.counted or one.money:
        return None
    for start, end in reversed(goods):
        if 0 <= one.start - end <= _PARTICLES and not _CUT.search(text[end : one.start]):
            before = [a for a, b in goods if 0 <= start - b <= _CLOSE]
            return min([start, *before])
    return None


def _ahead(one: Number, goods: Sequence[Span], text: str) -> Span | None:
    """The good that a number stands before, with few words and no stop between; else None."""
    for start, end in goods:
        if start < one.end:
            continue
        between = text[one.end : start]
        near = len(between.split()) <= _WORDS_TO_GOOD and len(between) <= _REACH
        return (start, end) if near and not _CUT.search(between) else None
    return None


_REACH: Final = 60  # characters; where no spaces part words, four of them would be a sentence


def _whole(good: Span, goods: Sequence[Span]) -> int:
    """Where the name of the good ends: "F-35 fighter jets" is one."""
    end = good[1]
    for start, stop in goods:
        if 0 <= start - end <= _CLOSE:
            end = stop
    return end


def _alone(found: Sequence[Number], text: str) -> str:
    """A value, or a count with its counter, that stands beside no good of its text."""
    for one in found:
        if one.digits and (one.money or one.counted or _scaled(text[one.start : one.end])):
            return text[one.start : one.end].strip()
    return ""


def _scaled(said: str) -> bool:
    return bool(re.search(r"\d.*[^\W\d_]", said))
