"""
Numbers as news writes them: digits with their scale, currency or counter, and words for numbers.

    Scene → Number: where it stands in the original text of a field, and what it is

Counters are those that count arms in Chinese, Japanese and Korean; a date, a share or a calibre
is no number of anything.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from monitor.match.scene import Field, Scene
from monitor.match.text import folded, script

_DIGITS = r"\d(?:[\d.,．，]*\d)?(?:[\s\u00a0]\d{3}(?!\d))*"
_CURRENCY = r"(?:US\$|R\$|A\$|C\$|HK\$|NT\$|USD|EUR|GBP|\$|€|£|¥|₩|₹|₽|₺|₪|₴)"
_LATIN_SCALE = r"(?:bn|mn|tn|mln|mld|mrd|md|m|b|k)\b"  # glued to the number: "£300m"
_SCALE = r"[万萬億亿兆千百十만억조천백]{1,2}"
_MONEY = (
    r"(?:ドル|円|ユーロ|ポンド|ウォン|元|美元|欧元|歐元|英镑|日元|卢布|원|달러|유로|파운드|위안)"
)
_COUNTER = (
    r"(?:両|輌|台|機|隻|基|門|丁|発|枚|艘|辆|輛|架|套|支|发|门|枝|"
    r"대|기|척|문|발|정|량|개|자루)"
)
_NUMBER = re.compile(
    rf"(?P<sign>{_CURRENCY}\s?)?{_DIGITS}"
    rf"(?:{_LATIN_SCALE}|\s?(?P<money>{_SCALE}\s?{_MONEY}|{_MONEY})|(?:{_SCALE})?(?:여\s?|余|餘|多)?"
    rf"(?P<counter>{_COUNTER})|{_SCALE})?",
    re.IGNORECASE,
)
# Behind digits these say that they are a date, an hour, a share, people or a measure.
_OTHER: Final = re.compile(
    r"\s?(?:[%％‰年月日号號時时点點分歳岁人名回次位国國年世]|년|월|일|시|명|인|살|세|회|위|축|주|개국|개월"
    r"|(?:mm|cm|km|kg|mph|km/h|мм|км|кг)\b|-|/\d)",
    re.IGNORECASE,
)
_SHORT: Final = 2  # letters of an abbreviation: m, bn
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_CALLED: Final = re.compile(r"(?:\b(?:mk|mark|block|type|no|номер)\.?\s?)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Number:
    """One number at original[start:end] of a field."""

    start: int
    end: int
    digits: bool = False  # else it is a word
    money: bool = False
    counted: bool = False  # has a counter for arms behind it
    unit: bool = False  # no number by itself: a coin, or an abbreviation such as "m"


def numbers(scene: Scene, part: Field) -> list[Number]:
    """The numbers of a field in order; neighbours are one: "$ 14" and "billion"."""
    text = part.folded.original
    written = [_written(found) for found in _NUMBER.finditer(text) if not _named(text, found)]
    found = _joined(sorted([*written, *_words(scene, part)], key=lambda n: (n.start, n.end)), text)
    return [one for one in found if not one.unit]


def _written(found: re.Match[str]) -> Number:
    money = bool(found["sign"] or found["money"])
    return Number(found.start(), found.end(), True, money, bool(found["counter"]))


def _named(text: str, found: re.Match[str]) -> bool:
    """Whether the digits are part of a name, a date, a share or a measure."""
    before = text[found.start() - 1] if found.start() else " "
    if before in "-–/" or script(folded(before)[:1]) in ("latin", "cyrillic"):
        return True
    if found["sign"] or found["money"] or found["counter"]:
        return False
    return (
        _OTHER.match(text, found.end()) is not None
        or _YEAR.fullmatch(found.group()) is not None
        or _CALLED.search(text, max(0, found.start() - 8), found.start()) is not None
    )


def _words(scene: Scene, part: Field) -> Iterator[Number]:
    """The words of quantity that the lexicon found in this field."""
    text = part.folded.original
    for find in scene.of("quantity"):
        own, start, end = scene.place(find)
        if own is part and text[start:end].strip():
            word = text[start:end]
            money = _worth(word)
            short = len(word) <= _SHORT and word.isascii()
            yield Number(start, end, money=money, unit=money or short)


def _joined(found: list[Number], text: str) -> list[Number]:
    joined: list[Number] = []
    for one in found:
        last = joined[-1] if joined else None
        if last is None or one.start - last.end > 1 or text[last.end : one.start].strip():
            joined.append(one)
            continue
        joined[-1] = Number(
            last.start,
            max(last.end, one.end),
            last.digits or one.digits,
            last.money or one.money,
            last.counted or one.counted,
            last.unit and one.unit,
        )
    return joined


def _worth(word: str) -> bool:
    """Whether a unit is of money, by how all languages here begin its name."""
    return word.lower().startswith(_COINS)


_COINS: Final = (
    *("dol", "dól", "dlr", "usd", "eur", "евро", "євро", "euro", "avro", "pound", "pfund", "pund"),
    *("funt", "фунт", "libra", "sterl", "livre", "rub", "руб", "rouble", "yuan", "юан", "yen"),
    *("won", "rupee", "rupi", "crore", "kron", "koron", "крон", "kr", "mkr", "mdkr", "frank"),
    *("franc", "франк", "zł", "złot", "злот", "гривен", "грн", "lira", "tl", "peso", "real"),
    *("reais", "долл", "дол", "دولار", "دلار", "یورو", "يورو", "דולר", "אירו", "שקל", "डॉलर"),
    *("डालर", "रुपय", "रुपए", "यूरो", "ドル", "円", "億ドル", "万ドル", "億円", "원", "달러", "억"),
    *("조", "유로", "亿", "億", "万美", "美元", "欧元", "crowns", "₽", "₺", "₹", "$", "€", "£"),
)
