"""Arabic: particles glued before the word, pronouns after it, the verb often first."""

from typing import Final

from monitor.languages import Grammar

# The article after ل loses its alef (للعراق), which is ل + ل here; the article itself (العراق)
# ends in ل too and says nothing.
LANGUAGE: Final = Grammar(
    code="ar",
    scripts=("arabic",),
    order="svo",  # headlines; running text prefers the verb first
    prefixes=(("و", "ف"), ("ب", "ل", "ك", "ال", "بال", "لل", "كال")),
    suffixes=(("ه", "ها", "هم", "هما", "نا", "ك", "ا"),),
    prefix_cases={"ل": "to", "لل": "to", "ول": "to", "ولل": "to", "ال": ""},
)
