"""Japanese: no spaces, particles after the name, the verb last, headlines end in nouns."""

from itertools import product
from typing import Final

from monitor.languages import Grammar

_PARTICLES: Final = {
    "に": "to",
    "へ": "to",
    "への": "to",
    "には": "to",
    "にも": "to",
    "向け": "to",
    "宛て": "to",
    "支援": "to",
    "から": "from",
    "からの": "from",
    "より": "from",
    "製": "from",
    "産": "from",
    "発": "from",
    "による": "by",
    "により": "by",
    "が": "subject",
    "は": "subject",
    "も": "subject",
    "、": "subject",
    "を": "object",
    "の": "of",
    "と": "with",
    "との": "with",
}
# What may stand between the name and its particle: ウクライナ軍に, 米政府が.
_BEARERS: Final = ("軍", "政府", "側", "海軍", "空軍", "陸軍", "国防省", "当局")

# Source: https://www2.ninjal.ac.jp, particles and their functions.
LANGUAGE: Final = Grammar(
    code="ja",
    scripts=("kana", "han"),
    order="sov",
    postpositions=True,
    spaces=False,
    cases=_PARTICLES
    | {f"{who}{mark}": role for who, (mark, role) in product(_BEARERS, _PARTICLES.items())},
)
