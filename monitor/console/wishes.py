"""Conditions of silences and routes, as ids and as people read and write them. PURE."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from monitor.config.matchers import Matcher
from monitor.config.routes import Route
from monitor.console.filters import Choices
from monitor.console.words import length

# Condition → the kind of filter whose names it takes; the others are written as they are.
_KINDS: Final = {
    "topics": "topic",
    "stages": "stage",
    "parties": "party",
    "suppliers": "supplier",
    "recipients": "recipient",
    "categories": "category",
    "regimes": "regime",
    "languages": "language",
}
_SAID: Final = {"regimes": "embargoes", "min_severity": "severity at least",
                "min_score": "score at least", "categories": "items"}  # fmt: skip

Name = Callable[[str], str]


def meant(condition: str, text: str, options: Choices, feeds: Mapping[str, str]) -> str:
    """
    Names, ids or addresses, "one, another", as the ids that a condition wants.

    A name that has a comma in it is found when it stands alone. `feeds`: id → title.
    """
    whole = _one(condition, text.strip(), options, feeds)
    if whole != text.strip():
        return whole
    return ",".join(_one(condition, part.strip(), options, feeds) for part in text.split(","))


def _one(condition: str, text: str, options: Choices, feeds: Mapping[str, str]) -> str:
    if condition == "stories":
        return urlsplit(text).path.rpartition("/")[2]
    named = feeds if condition == "feeds" else options.of.get(_KINDS.get(condition, ""), {})
    wanted = text.casefold()
    if text in named or wanted in named:
        return text if text in named else wanted
    known = options.names.get(wanted, "")
    titled = (id_ for id_, title in named.items() if title.casefold() == wanted)
    return known if known in named else next(titled, text)


def words(
    conditions: Mapping[str, Sequence[str]], options: Choices, name: Mapping[str, Name]
) -> str:
    """Conditions by name: "parties Iran or Iraq; stages agreed". `name`: of feeds and stories."""
    said = []
    for condition, values in conditions.items():
        known = options.of.get(_KINDS.get(condition, ""), {})
        own = name.get(condition, str)
        shown = [known.get(v) or own(v) for v in values]
        said.append(f"{_SAID.get(condition, condition)} {' or '.join(shown)}")
    return "; ".join(said) or "everything"


def conditions(matcher: Matcher) -> Mapping[str, Sequence[str]]:
    """Those that are not empty, as silences have them."""
    found: dict[str, Sequence[str]] = {}
    for field, whole in Matcher.__dataclass_fields__.items():
        value = getattr(matcher, field)
        if value != whole.default:
            found[field] = value if isinstance(value, tuple) else (str(value),)
    return found


def numbered(routes: Sequence[Route], above: str = "") -> Iterator[tuple[str, Route]]:
    """Every route with its number, "2.1" for the first under the second, in the order asked."""
    for number, one in enumerate(routes, 1):
        yield f"{above}{number}", one
        yield from numbered(one.routes, f"{above}{number}.")


def manner(route: Route) -> str:
    """How and when its destinations are told, in words."""
    said = [{"quiet": "new facts as updates", "chatty": "every new account as an update",
             "none": "no updates"}[route.updates]]  # fmt: skip
    if route.cooldown:
        said.append(f"{length(route.cooldown)} between stories of the same parties")
    if route.repeat:
        said.append(f"again every {length(route.repeat)} while it goes on")
    if route.quiet:
        hours = f"{route.quiet.start:%H:%M}–{route.quiet.end:%H:%M} {route.quiet.zone}"
        said.append(f"quiet {hours} ({route.quiet.how})")
    if route.digest:
        said.append(f"as a digest at {route.digest.at:%H:%M} {route.digest.zone}")
    if route.continue_:
        said.append("then the routes below are asked too")
    return "; ".join(said)
