"""French: prepositions before the name, contracted with its article (au, aux, du, des)."""

from typing import Final

from monitor.languages import Grammar

LANGUAGE: Final = Grammar(
    code="fr",
    scripts=("latin",),
    order="svo",
)
