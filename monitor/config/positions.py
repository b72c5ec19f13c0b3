"""Where each key of a TOML text stands, because tomllib does not say."""

import re

Place = tuple[str | int, ...]  # keys from the root; an int is an index in an array of tables

_HEADER = re.compile(r"^\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(
    r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*="""
)
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_STRING = re.compile(r'"""|\'\'\'|"(?:\\.|[^"\\])*"|\'[^\']*\'|#.*|[\[\]{}]')


def positions(text: str) -> dict[Place, int]:
    """
    Line numbers, from 1, of every table header and every key at the start of a line.

    The text must already be known to be valid TOML. Keys inside inline tables have no
    place of their own: ask for the key that holds them.
    """
    found: dict[Place, int] = {(): 1}
    counts: dict[Place, int] = {}
    table: Place = ()
    depth, quote = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        if not depth and not quote:
            if header := _HEADER.match(line):
                table = _enter(_parts(header.group(2)), header.group(1) == "[[", counts)
                found.setdefault(table, number)
                continue
            if key := _KEY.match(line):
                found.setdefault((*table, *_parts(key.group(1))), number)
        depth, quote = _scan(line, depth, quote)
    return found


def _parts(text: str) -> tuple[str, ...]:
    return tuple(p.strip("\"'") for p in _PART.findall(text))


def _enter(parts: tuple[str, ...], array: bool, counts: dict[Place, int]) -> Place:
    """The place of a header: [a.b] below the latest [[a]] is ("a", 0, "b")."""
    place: Place = ()
    for part in parts[:-1]:
        place = (*place, part)
        if place in counts:
            place = (*place, counts[place] - 1)
    place = (*place, parts[-1])
    if array:
        counts[place] = counts.get(place, 0) + 1
        place = (*place, counts[place] - 1)
    return place


def _scan(line: str, depth: int, quote: str) -> tuple[int, str]:
    """Follow brackets and multi-line strings to the end of the line."""
    at = 0
    while at < len(line):
        if quote:
            end = line.find(quote, at)
            if end < 0:
                return depth, quote
            at, quote = end + 3, ""
            continue
        token = _STRING.search(line, at)
        if token is None:
            break
        at = token.end()
        if token.group() in ('"""', "'''"):
            quote = token.group()
        elif token.group() in "[{":
            depth += 1
        elif token.group() in "]}":
            depth -= 1
    return depth, quote
