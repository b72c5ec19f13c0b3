"""
Which embargoes stand between the parties of an act on a date, the most binding first.

    (Act, date, rows of regimes.csv) → in_force() → ids;  rows → facts() → what an alert shows
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from monitor.config.regimes import ALL, RegimeRow, first_day
from monitor.model import Act, RegimeFact, Stage

_STANDING: Final = ("in force", "political", "lifted")  # "lifted": until its end; not "unknown"
_CONFIDENCES: Final = ("high", "medium", "low")
# What is seized was smuggled, and what an embargo story names is the embargo's target, though
# its government may be supplied openly.
_EXEMPTION_COUNTS_NOT: Final = (Stage.EMBARGO, Stage.INTERCEPTED)
_EU: Final = "eu"
# Member → (first day, first day out; None while it stays). The EU's arms embargoes bound the
# United Kingdom until the end of the transition period.
# Source: https://european-union.europa.eu/principles-countries-history/eu-countries_en
_MEMBERS: Final[Mapping[str, tuple[date, date | None]]] = {
    **dict.fromkeys(
        "be de dk es fr gr ie it lu nl pt".split(), (date(1993, 11, 1), None)
    ),
    "gb": (date(1993, 11, 1), date(2021, 1, 1)),
    **dict.fromkeys("at fi se".split(), (date(1995, 1, 1), None)),
    **dict.fromkeys("cy cz ee hu lt lv mt pl si sk".split(), (date(2004, 5, 1), None)),
    **dict.fromkeys("bg ro".split(), (date(2007, 1, 1), None)),
    "hr": (date(2013, 7, 1), None),
}  # fmt: skip


def in_force(act: Act, on: date, rows: Iterable[RegimeRow]) -> tuple[str, ...]:
    """
    Ids of the embargoes that concern this act on that date, the most binding first.

    An embargo that binds everybody needs only its target among the parties; one that binds
    some needs one of them on the other side. Where an embargo itself is the news and only
    one side is named, every embargo on those named counts.
    """
    found = (row for row in rows if _concerns(row, act, on) and _stands(row, on))
    return tuple(row.id for row in sorted(found, key=_rank))


def facts(rows: Iterable[RegimeRow]) -> Mapping[str, RegimeFact]:
    """What an alert shows of each regime, by id: always with legal act, as-of date and doubts."""
    return {
        row.id: RegimeFact(
            id=row.id, name=row.name, act=row.act, as_of=row.as_of, note="; ".join(_doubts(row))
        )
        for row in rows
    }


def _stands(row: RegimeRow, on: date) -> bool:
    """Whether it is in force that day; a start nobody knows counts as long ago."""
    start, end = first_day(row.start), first_day(row.end)
    if row.status not in _STANDING or (start is not None and on < start):
        return False
    return end is None or on < end


def _concerns(row: RegimeRow, act: Act, on: date) -> bool:
    goods = frozenset(act.categories) - {"unspecified", "aid_package"}
    if row.categories and goods and goods.isdisjoint(row.categories):
        return False
    if act.stage is Stage.EMBARGO and not (act.suppliers and act.recipients):
        return _targeted(row, (*act.suppliers, *act.recipients), act.stage, on)
    bought = row.direction != "from" and _crosses(row, act.recipients, act.suppliers, act.stage, on)
    sold = row.direction != "to" and _crosses(row, act.suppliers, act.recipients, act.stage, on)
    return bought or sold


def _crosses(
    row: RegimeRow, side: Sequence[str], other: Sequence[str], stage: Stage, on: date
) -> bool:
    """Whether one side is its target and somebody on the other side is bound by it."""
    return _targeted(row, side, stage, on) and _binds(row, other, on)


def _targeted(row: RegimeRow, ids: Sequence[str], stage: Stage, on: date) -> bool:
    open_ = () if stage in _EXEMPTION_COUNTS_NOT else _exempt(row, on)
    return any(id in row.parties or (id in row.targets and id not in open_) for id in ids)


def _exempt(row: RegimeRow, on: date) -> tuple[str, ...]:
    since = first_day(row.exempt_from)
    return row.exempt if since is None or on >= since else ()


def _binds(row: RegimeRow, ids: Sequence[str], on: date) -> bool:
    if ALL in row.bound or any(id in row.bound for id in ids):
        return True
    return _EU in row.bound and any(_member(id, on) for id in ids)


def _member(id: str, on: date) -> bool:
    """Whether the state was in the European Union that day."""
    if id not in _MEMBERS:
        return False
    joined, left = _MEMBERS[id]
    return joined <= on and (left is None or on < left)


def _rank(row: RegimeRow) -> tuple[bool, bool, bool, int, str]:
    """Law before politics, the whole world before some, whole states before parts, then by id."""
    return (
        row.status == "political",
        ALL not in row.bound,
        row.scope == "region",
        _CONFIDENCES.index(row.confidence),
        row.id,
    )


def _doubts(row: RegimeRow) -> Iterator[str]:
    """What a reader must know before relying on it."""
    if row.status == "political":
        yield "political commitment, not legally binding"
    if row.status == "unknown":
        yield "status unknown"
    if row.status == "lifted":
        yield f"lifted {row.end}"
    if row.disputed:
        yield f"disputed by {row.disputed}"
    if row.verified_until:
        yield f"renewal not verified after {row.verified_until}"
    if row.exempt:
        yield f"exempt: {', '.join(row.exempt)}" + (
            f" since {row.exempt_from}" if row.exempt_from else ""
        )
    if row.confidence == "low":
        yield "low confidence"
    if row.note:
        yield row.note
