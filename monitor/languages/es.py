"""Spanish: prepositions before the name; the person acted on takes "a" as the receiver does."""

from typing import Final

from monitor.languages import Grammar

LANGUAGE: Final = Grammar(
    code="es",
    scripts=("latin",),
    order="svo",
)
