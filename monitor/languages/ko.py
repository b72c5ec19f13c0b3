"""Korean: particles hang on every noun, the verb stands last, headlines drop both."""

from typing import Final

from monitor.languages import Grammar

# A final consonant chooses between the two forms of most of them (을/를, 이/가, 으로/로).
_PARTICLES: Final = {
    "에": "to",
    "에게": "to",
    "에게도": "to",
    "에도": "to",
    "에는": "to",
    "에의": "to",
    "측에": "to",
    "군에": "to",
    "향": "to",
    "행": "to",
    "로의": "to",
    "으로의": "to",
    "에서": "from",
    "에게서": "from",
    "로부터": "from",
    "으로부터": "from",
    "로부터의": "from",
    "으로부터의": "from",
    "산": "from",
    "제": "from",
    "발": "from",
    "이": "subject",
    "가": "subject",
    "은": "subject",
    "는": "subject",
    "도": "subject",
    "측은": "subject",
    "측이": "subject",
    "을": "object",
    "를": "object",
    "의": "of",
    "와": "with",
    "과": "with",
    "와의": "with",
    "과의": "with",
}

_OTHERS: Final = (
    *("로", "으로", "까지", "부터", "보다", "처럼", "등", "용", "이나", "나", "이라고", "라고"),
    *("이라는", "라는", "이다", "이며", "며", "인"),
)
_LAST: Final = ("은", "는", "도", "만", "의", "까지", "조차", "마저", "만이", "만을", "을", "이")

# Source: https://korean.go.kr, Standard Korean Dictionary, entries marked 조사.
LANGUAGE: Final = Grammar(
    code="ko",
    scripts=("hangul", "han"),
    order="sov",
    postpositions=True,
    suffixes=(("들",), (*_PARTICLES, *_OTHERS), _LAST),
    cases=_PARTICLES,
)
