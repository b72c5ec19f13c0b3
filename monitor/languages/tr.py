"""Turkish: an apostrophe parts the name from its case, the verb stands last."""

from typing import Final

from monitor.languages import Grammar

# Written as the reader folds them: ı as i, ü as u. The locative (da, de) names no side.
_ENDINGS: Final = {
    "to": ("a", "e", "ya", "ye", "na", "ne"),
    "from": ("dan", "den", "tan", "ten", "ndan", "nden"),
    "of": ("in", "un", "nin", "nun"),
    "object": ("i", "u", "yi", "yu", "ni", "nu"),
    "with": ("la", "le", "yla", "yle"),
}
# An ending counts only with the end of the word behind it: names may end so themselves
# (Rusya, Almanya), and there no such sign stands inside the name.
_STOPS: Final = (" ", ",", ".", ":", ";", "-", '"', ")")

# Source: https://tdk.gov.tr, rules of spelling, the apostrophe after names.
LANGUAGE: Final = Grammar(
    code="tr",
    scripts=("latin",),
    order="sov",
    postpositions=True,
    cases={
        f"{ending}{stop}": case
        for case, endings in _ENDINGS.items()
        for ending in endings
        for stop in _STOPS
    },
)
