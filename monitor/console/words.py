"""What templates say of moments, parties, links and marked words. PURE."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from monitor.config.entities import Entity
from monitor.model import Reason
from monitor.terminal import visible, visible_reasons

_STEPS: Final = ((60.0, "s"), (60.0, "min"), (24.0, "h"), (365.0, "d"))
_AROUND: Final = 80  # characters on either side of a word found
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def stamp(moment: datetime | None) -> str:
    """2026-08-01 12:00 UTC; "unknown" for None."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment else "unknown"


def iso(moment: datetime | None) -> str:
    """For the datetime attribute; "" for None."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else ""


def age(moment: datetime | None, now: datetime) -> str:
    """5 min, 3 h, 12 d; "in 5 min" when it lies ahead; "never" for None."""
    if moment is None:
        return "never"
    ahead = moment > now
    said = length(abs(now - moment))
    return f"in {said}" if ahead else said


def length(span: timedelta | float) -> str:
    """In the largest unit of which there is at least one."""
    amount = span.total_seconds() if isinstance(span, timedelta) else float(span)
    for size, unit in _STEPS:
        if amount < size:
            return f"{int(amount)} {unit}" if amount >= 10 or unit != "s" else f"{amount:.1f} s"
        amount /= size
    return f"{int(amount)} y"


def web(url: object) -> str:
    """The address when it may be followed, http or https alone; "" otherwise."""
    text = str(url or "")
    return text if host(text) else ""


def host(url: object) -> str:
    """Where the link leads, so that no title can pretend another place; "" when nowhere."""
    try:
        parts = urlsplit(str(url or ""))
        name = parts.hostname or ""
        shown = name.encode("idna").decode()
    except (ValueError, UnicodeError):
        return ""
    return shown.removeprefix("www.") if parts.scheme in ("http", "https") else ""


def pieces(text: str, field: str, reasons: Sequence[Reason]) -> list[tuple[str, bool]]:
    """
    The text in parts, each with whether it is evidence; nothing in it hides or reorders.

    Words such as "to" and "of", which only mark who does what, are not marked: they would hide
    what carries the story.
    """
    telling = [r for r in reasons if not r.concept.startswith("mark:")]
    return [(visible(part), held) for part, held in visible_reasons(text, field, telling) if part]


def around(texts: Sequence[str], query: str) -> str:
    """The first text that holds a word of the query, cut around it; "" when none does."""
    needles = [n for n in re.split(r'[\s"*]+', query) if n]
    pattern = re.compile("|".join(re.escape(n) for n in needles) or r"(?!)", re.IGNORECASE)
    for text in texts:
        hit = pattern.search(text)
        if hit:
            start, end = max(0, hit.start() - _AROUND), hit.end() + _AROUND
            return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")
    return ""


def naming(entities: Mapping[str, Entity]) -> Callable[[str], str]:
    """Names of parties and weapon systems as people read them; the id where none is known."""

    def name(id_: str) -> str:
        found = entities.get(id_)
        return found.title if found else plain(id_)

    return name


def plain(id_: object) -> str:
    """An id for people: "air_defence" is "air defence", "zz" is "ZZ"."""
    text = visible(str(id_))
    return text.upper() if len(text) == 2 else text.replace("_", " ").replace("-", " ")


def cell(value: Any) -> str:
    """
    A value as a spreadsheet may have it: what it would take for a formula gets a quote before it.

    Source: https://owasp.org/www-community/attacks/CSV_Injection
    """
    text = (
        iso(value) if isinstance(value, datetime) else visible(str("" if value is None else value))
    )
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text.startswith(_FORMULA) else text
