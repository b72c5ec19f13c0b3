"""Persian: prepositions before the name, the verb last, the plural and pronouns glued behind."""

from typing import Final

from monitor.languages import Grammar

# Written as the reader folds them: ی as ي. The half-space before them is already gone.
# Left out, for what they make of short words: ش (ارز, ارزش), ات (قطع, قطعات).
# No clitic stands before a word: ب would make از (from) of باز (again).
LANGUAGE: Final = Grammar(
    code="fa",
    scripts=("arabic",),
    order="sov",
    suffixes=(("ها", "هاي", "هايي"), ("ي", "اي", "يي", "اش", "شان")),
)
