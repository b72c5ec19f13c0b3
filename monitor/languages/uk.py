"""Ukrainian: seven cases; the dative of a name receives, and its accusative after в and на."""

from typing import Final

from monitor.languages import Grammar

# Written as the reader folds them: й as и, ї as і. "і" ends dative and locative alike
# (Україні, в Україні) and genitives are told by their preposition (з, від, до, проти).
_ENDINGS: Final = {
    "у": "to",
    "ю": "to",
    "баку": "",
    "перу": "",
    "ові": "to",
    "еві": "to",
    "єві": "to",
    "ія": "subject",
    "украіна": "subject",
    "польща": "subject",
    "туреччина": "subject",
    "німеччина": "subject",
    "литва": "subject",
    "канада": "subject",
    "москва": "subject",
    "анкара": "subject",
    "варшава": "subject",
    "корея": "subject",
    "ом": "with",
    "ем": "with",
    "єм": "with",
    "ою": "with",
    "ею": "with",
    "єю": "with",
}

# Source: Український правопис 2019, declension of nouns.
LANGUAGE: Final = Grammar(
    code="uk",
    scripts=("cyrillic",),
    order="svo",
    cases=_ENDINGS,
)
