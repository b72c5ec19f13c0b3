"""Portuguese of both shores: prepositions melt with the article (ao, à, do, da, no, na)."""

from typing import Final

from monitor.languages import Grammar

LANGUAGE: Final = Grammar(
    code="pt",
    scripts=("latin",),
    order="svo",
)
