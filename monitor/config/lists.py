"""
TOML that is nothing but lists of texts and numbers, read in one pass with the line of every key.

A lexicon is 4,000 texts in 60 lists, a model 6,500 numbers. tomllib takes 0.5 s for all of them,
half of the daemon's start; this takes a tenth of that. What is not such a file is left to tomllib.

Format: https://toml.io/en/v1.0.0#array
"""

import re
from typing import Final

from monitor.config.positions import Place

_TEXT: Final = r'"([^"\\\x00-\x08\n-\x1f\x7f]*(?:\\"[^"\\\x00-\x08\n-\x1f\x7f]*)*)"'
_BARE: Final = _TEXT.replace('"([', '"[').replace(')*)"', ')*"')  # the same, without a group
_BETWEEN: Final = r"[ \t\n]*"
_COMMENT: Final = r"[ \t]*(?:#[^\x00-\x08\n-\x1f\x7f]*)?(?:\n|\Z)"
_TEXTS = re.compile(_TEXT)
_LINE = re.compile(
    rf'{_COMMENT}|\[(?:([A-Za-z0-9_-]+)|"([^"\\\x00-\x1f\x7f]+)")\]{_COMMENT}'
    r'|(?:([A-Za-z0-9_-]+)|"([^"\\\x00-\x1f\x7f]+)")[ \t]*=[ \t]*'
    rf"(?:([+-]?(?:0|[1-9][0-9]*)\.[0-9]+)"
    rf"|\[({_BETWEEN}(?:{_BARE}{_BETWEEN},{_BETWEEN})*(?:{_BARE}{_BETWEEN})?)\]){_COMMENT}"
)

Lists = dict[str, dict[str, list[str] | float]]


def lists(text: str) -> tuple[Lists, dict[Place, int]] | None:
    """
    Table → key → texts or number, and the line of each as positions() gives it.

    None when there is anything but comments, [tables], decimal fractions and lists of texts in
    double quotes, or when a name stands twice: then tomllib shall say what it is.
    """
    found: Lists = {}
    lines: dict[Place, int] = {(): 1}
    table, at, number = "", 0, 1
    while at < len(text):
        line = _LINE.match(text, at)
        if line is None:
            return None
        plain, named, bare, quoted, fraction, inside = line.groups()
        header, key = plain or named, bare or quoted
        if header in found or (key and (not table or key in found[table])):
            return None
        if header:
            table, lines[(header,)], found[header] = header, number, {}
        elif key:
            lines[table, key] = number
            found[table][key] = float(fraction) if fraction else _texts(inside)
        number += text.count("\n", at, line.end())
        at = line.end()
    return found, lines


def _texts(inside: str) -> list[str]:
    return [one.replace('\\"', '"') for one in _TEXTS.findall(inside)]
