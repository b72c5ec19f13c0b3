"""Russian: six cases; the dative of a name receives, and its accusative after в and на."""

from typing import Final

from monitor.languages import Grammar

# Written as the reader folds them: й as и, ё as е.
# "у", "ю" end the masculine dative (Ирану, Китаю) and the feminine accusative (в Россию,
# на Украину): both receive. "е", "и" end too many cases to say anything; a genitive is told
# by its preposition (из, от, у).
_ENDINGS: Final = {
    "у": "to",
    "ю": "to",
    "ому": "to",
    "баку": "",
    "перу": "",
    "ия": "subject",
    "украина": "subject",
    "польша": "subject",
    "литва": "subject",
    "канада": "subject",
    "москва": "subject",
    "анкара": "subject",
    "варшава": "subject",
    "прага": "subject",
    "корея": "subject",
    "куба": "subject",
    "ом": "with",
    "ем": "with",
    "ои": "with",
    "еи": "with",
}

# Source: https://rusgram.ru, declension of nouns.
LANGUAGE: Final = Grammar(
    code="ru",
    scripts=("cyrillic",),
    order="svo",
    cases=_ENDINGS,
)
