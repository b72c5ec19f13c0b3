"""German: compounds in one word, the verb second and last, prefixes of verbs split off."""

from typing import Final

from monitor.languages import Grammar

LANGUAGE: Final = Grammar(
    code="de",
    scripts=("latin",),
    order="svo",
)
