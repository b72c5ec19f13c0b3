"""Italian: prepositions melt with the article (alla, all', della, dell', dagli, dall')."""

from typing import Final

from monitor.languages import Grammar

LANGUAGE: Final = Grammar(
    code="it",
    scripts=("latin",),
    order="svo",
)
