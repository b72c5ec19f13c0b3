"""Wishes not to be told, made of what somebody wrote."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from monitor.config.entities import CATEGORIES
from monitor.config.load import Knowledge
from monitor.config.matchers import Matcher
from monitor.config.reading import duration
from monitor.errors import UsageError
from monitor.model import Severity, Silence, Stage

LISTS: Final = (
    *("topics", "stages", "parties", "suppliers", "recipients", "categories", "regimes"),
    *("languages", "feeds", "outlets", "stories"),
)
_LONGEST: Final = timedelta(days=366)


def silence(
    wished: Mapping[str, str],
    until: str,
    knowledge: Knowledge,
    now: datetime,
    *,
    author: str,
    comment: str,
) -> Silence:
    """
    The silence of these conditions, each "a,b"; until a length such as "8h" or a moment.

    Raises:
        UsageError: no condition, an unknown name, or an end that is no end.
    """
    conditions = {
        name: tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))
        for name, value in wished.items()
        if value.strip(" ,")
    }
    if not conditions:
        raise UsageError("a silence of everything is none; name at least one condition")
    _check(conditions, knowledge)
    _check_score(conditions.get("min_score", ()))
    end = _end(until, now)
    cause = repr((sorted(conditions.items()), end, comment, now)).encode("utf-8", "replace")
    return Silence(
        id=f"si-{sha256(cause).hexdigest()[:8]}",
        conditions=conditions,
        since=now,
        until=end,
        author=author,
        comment=comment,
    )


def said(found: Silence) -> str:
    """Its conditions in words."""
    words = "; ".join(f"{k} {' or '.join(v)}" for k, v in found.conditions.items())
    return words or "everything"


def _check(conditions: Mapping[str, tuple[str, ...]], knowledge: Knowledge) -> None:
    """A misspelt name would silence nothing, and nobody would notice."""
    parties = knowledge.gazetteer.entities
    known = {
        "topics": tuple(knowledge.topics),
        "stages": tuple(stage.value for stage in Stage),
        "categories": CATEGORIES,
        **dict.fromkeys(("parties", "suppliers", "recipients"), parties),
        "regimes": ("any", *(row.id for row in knowledge.regimes)),
        "min_severity": tuple(severity.value for severity in Severity),
    }
    assert set(known) < set(Matcher.__dataclass_fields__)
    for name, allowed in known.items():
        for value in conditions.get(name, ()):
            if value not in allowed:
                raise UsageError(f"--{name}: {value!r} is unknown here")


def _check_score(given: Sequence[str]) -> None:
    for text in given:
        try:
            good = 0.0 <= float(text) <= 1.0
        except ValueError:
            good = False
        if not good:
            raise UsageError(f"--min_score: {text!r} is no score; write one from 0 to 1")


def _end(text: str, now: datetime) -> datetime:
    length = duration(text)
    end = now + min(length, 2 * _LONGEST) if length else moment(text)
    if end is None:
        raise UsageError(
            f"--until: {text!r} is neither a length nor a date; write 8h or 2026-08-01"
        )
    if end <= now or end - now > _LONGEST:
        raise UsageError("--until: must lie ahead, within a year")
    return end


def moment(text: str) -> datetime | None:
    """The moment of an ISO 8601 text in UTC; None when it is none, for unknown is unknown."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    try:
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except OverflowError:
        return None
