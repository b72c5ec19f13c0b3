"""Swedish: compounds in one word, the verb second, the genitive of abbreviations after a colon."""

from typing import Final

from monitor.languages import Grammar

LANGUAGE: Final = Grammar(
    code="sv",
    scripts=("latin",),
    order="svo",
    cases={":s": "of"},  # USA:s; the bare -s of other names is also how some of them end
)
