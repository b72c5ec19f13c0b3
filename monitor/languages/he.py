"""Hebrew: conjunction, article and prepositions glued before the word; ל receives, מ supplies."""

from typing import Final

from monitor.languages import Grammar

# ב (in, with) says nothing of sides: both "in Poland" and "with Poland".
# A hyphen keeps the preposition from letters and digits: ל-NATO.
LANGUAGE: Final = Grammar(
    code="he",
    scripts=("hebrew",),
    order="svo",
    prefixes=(("ו",), ("ש", "כש"), ("ב", "ל", "כ", "מ", "ה", "מה")),
    prefix_cases={"ל": "to", "ל-": "to", "מ": "from", "מ-": "from", "מה": "from"},
)
