"""How many, or for how much: the words of a count or value that belongs to a good."""

import re
from typing import Final

from monitor.match.scene import Find, Scene

_DIGITS = r"\d[\d.,]*(?:\s\d{3})*"
_CURRENCY = r"(?:US\$|USD|EUR|\$|€|£|¥|₩|₹|₽|₺)"
_SCALE = r"(?:bn|mn|tn|mln|mld|mrd|md|m|k)\b"  # glued to the number: "£300m"
_COUNT = re.compile(rf"(?:{_CURRENCY}\s?)?(?>{_DIGITS}(?:{_SCALE})?)(?!\s?%)", re.IGNORECASE)
_WORDS_TO_GOOD: Final = 4
_YEAR = re.compile(r"(?:19|20)\d\d")


def quantity(scene: Scene) -> str:
    """The count or value as written, the good it counts included; "" when there is none."""
    goods = sorted((*scene.of("weapon"), *scene.of("system")), key=lambda f: f.start)
    for part in scene.fields:
        text = part.folded.original
        for start, end in _expressions(scene, part.name):
            if found := _of_good(scene, goods, part.name, start, end):
                return text[start:found]
        money = [span for span in _expressions(scene, part.name) if _is_money(text, *span)]
        if money and goods:
            return text[slice(*money[0])].strip()
    return ""


def _expressions(scene: Scene, name: str) -> list[tuple[int, int]]:
    """Spans of the original that are numbers, with their units, or words of quantity."""
    part = next(p for p in scene.fields if p.name == name)
    text = part.folded.original
    units = []
    for find in scene.of("quantity"):
        own, start, end = scene.place(find)
        if own is part:
            units.append((start, end))
    spans = [
        (m.start(), m.start() + len(m.group().rstrip(" .,")))
        for m in _COUNT.finditer(text)
        if not _in_name(text, m)
    ]
    return _joined(sorted({*spans, *(u for u in units if text[u[0]].isalpha())}), text)


def _in_name(text: str, found: re.Match[str]) -> bool:
    before = text[found.start() - 1] if found.start() else " "
    digits = found.group().strip(" .,")
    after = text[found.end()] if found.end() < len(text) else " "
    year = _YEAR.fullmatch(digits) is not None
    return before in "-–" or before.isalpha() or (after == "-" and len(digits) > 0) or year


def _joined(spans: list[tuple[int, int]], text: str) -> list[tuple[int, int]]:
    """Neighbours become one: "$ 14" and "billion"."""
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start - joined[-1][1] <= 1:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _is_money(text: str, start: int, end: int) -> bool:
    said = text[start:end]
    return bool(re.search(_CURRENCY, said)) or bool(
        re.search(r"\d", said) and re.search(r"[^\d\s.,]", said)
    )


def _of_good(scene: Scene, goods: list[Find], name: str, start: int, end: int) -> int:
    """Where the counted good ends; for "millions of …" where the number does; 0 for none."""
    for good in goods:
        part, first, last = scene.place(good)
        if part.name != name or first < end:
            continue
        between = part.folded.original[end:first]
        if len(between.split()) > _WORDS_TO_GOOD or re.search(r"[.;:,!?]", between):
            return 0
        if _is_money(part.folded.original, start, end):
            return end
        counted = part.folded.original[start:end]
        return last if any(c.isdigit() for c in counted) else end
    return 0
