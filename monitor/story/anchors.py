"""
What pins a headline to one event: counts, values, ordinals and dates.

Two bulletins of one series differ in nothing else ("12th package", "13th package"), so equal
wording must not join what these keep apart.
"""

import re
from dataclasses import dataclass
from typing import Final

from monitor.story.text import fold, sparing, stem

_SCALES: Final = {
    1e3: "k thousand thousands тыс тысяч тысячи tausend mille mil tusen bin tysiecy tys ألف हजार",
    1e4: "万 萬 만",
    1e5: "lakh लाख",
    1e6: "m mn mln mio million millions млн миллиона миллионов мільйонів مليون millionen millones "
    "milhoes milioni milyon miljon miljoner miljoonaa milionow میلیون מיליון",
    1e7: "crore करोड़",
    1e8: "億 亿 억",
    1e9: "b bn bln billion billions млрд миллиарда миллиардов мільярдів مليار milliarden mrd mld "
    "milliards miliardi milyar miljard miljarder miliardow میلیارد מיליארד",
    1e12: "tn trillion trillions трлн 兆 조",
}
_SCALE: Final = {word: value for value, words in _SCALES.items() for word in words.split()}
_GLUED_SCALE: Final = "万萬만億亿억兆조"
_NUMBER = re.compile(
    r"(?<![\w.,-])(?P<money>us\$|[$€£¥₩₹₽₺])?\s?"
    r"(?P<digits>\d{1,3}(?:[,.  ]\d{3})+(?!\d)|\d+(?:[.,]\d{1,2})?)"
    rf"(?:(?P<glued>[{_GLUED_SCALE}])|[\s-]?(?P<scale>[^\W\d_]+))?"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_ALIKE: Final = 0.6  # of the words of two templates, for one series
_LEAST: Final = 4  # "two men", "3 ways": small counts tell nothing apart

_ORDINAL = re.compile(
    r"\b(\d{1,4})\s?(?:st|nd|rd|th|-?(?:и|я|е|го|му|ои|ыи|ая|ое)|º|ª|\.)\s+([^\W\d_]{3,})"
    r"|\b(?:day|part|no|number|vol|volume|round|batch|tranche|phase|episode|week|issue|nr|№|день)\.?\s*#?"
    r"(\d{1,3}(?:,\d{3})+|\d{1,4})\b|[#№]\s?(\d{1,4})\b|[第제]\s?(\d{1,4})"
)
_SPELLED: Final = {
    word: number
    for number, word in enumerate(
        "fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
        "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth".split(),
        4,
    )
}
_SPELLED_AT = re.compile(rf"\b({'|'.join(_SPELLED)})\s+([^\W\d_]{{3,}})")

_MONTHS: Final = (
    "january januar janvier enero gennaio janeiro "
    "января январь ocak januari styczen stycznia يناير",
    "february februar fevrier febrero febbraio fevereiro "
    "февраля февраль subat februari lutego فبراير",
    "march marz mars marzo marco марта март mart marca مارس",
    "april avril abril aprile апреля апрель nisan kwietnia أبريل ابريل",
    "may mai mayo maggio maio мая май mayis maj maja مايو",
    "june juni juin junio giugno junho июня июнь haziran czerwca يونيو",
    "july juli juillet julio luglio julho июля июль temmuz lipca يوليو",
    "august aout agosto августа август agustos augusti sierpnia أغسطس اغسطس",
    "september septembre septiembre settembre setembro сентября сентябрь eylul wrzesnia سبتمبر",
    "october oktober octobre octubre ottobre outubro "
    "октября октябрь ekim pazdziernika أكتوبر اكتوبر",
    "november novembre noviembre novembro ноября ноябрь kasim listopada نوفمبر",
    "december dezember decembre diciembre dicembre dezembro декабря декабрь aralik grudnia ديسمبر",
)
_MONTH: Final = {fold(w): n for n, words in enumerate(_MONTHS, 1) for w in words.split()} | {
    w: n for n, w in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)
}
# Also verbs, names and numbers: months only with a day beside them.
_DOUBTFUL: Final = frozenset("may mar mars marco marca mart march mai maj maja sep jan".split())
_DAY_MONTH = re.compile(
    r"(?<!\w)(?:(\d{1,2})\.?\s+)?([^\W\d_]{3,12})\.?(?:\s+(\d{1,2})(?![\w,.]*\d))?"
)
_NUMERIC = re.compile(
    r"\b(?:20\d\d[-/.])?(\d{1,2})[/.](\d{1,2})(?:[/.](?:20)?\d\d)?\b|\b20\d\d-(\d\d)-(\d\d)\b|(\d{1,2})[月월]\s?(?:(\d{1,2})[日일])?"
)
_WEEKDAYS = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:montag|dienstag|mittwoch|donnerstag|"
    r"freitag|samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|"
    r"miercoles|jueves|viernes|sabado|domingo)\b|[月火水木金土日]曜|[월화수목금토일]요일"
)


@dataclass(frozen=True, slots=True)
class Anchors:
    """What one headline is pinned by."""

    numbers: frozenset[str]  # counts and values, scaled: "8e+09"
    money: frozenset[str]  # those of them that are values
    ordinals: frozenset[tuple[str, int]]  # (stem of the noun or "", number)
    dates: frozenset[str]  # "11-21", "11" for a month alone
    maybe: frozenset[str]  # months that may be other words: "march", "may"
    weekdays: frozenset[str]
    template: frozenset[str]  # its words without dates and numbers; empty when it has no date


def anchors(folded: str) -> Anchors:
    """The anchors of a folded headline."""
    found_dates = sparing(_dates(folded))
    weekdays = sparing(m.group() for m in _WEEKDAYS.finditer(folded))
    maybe = sparing(str(_MONTH[w]) for w in re.findall(r"[a-z]+", folded) if w in _DOUBTFUL)
    template = _template(folded) if found_dates or weekdays or maybe else sparing(())
    counted, money = numbers(folded)
    ordinals = sparing(_ordinals(folded))
    return Anchors(counted, money, ordinals, found_dates, maybe, weekdays, template)


def numbers(folded: str) -> tuple[frozenset[str], frozenset[str]]:
    """Counts and values of a folded text, and the values alone; each with three digits kept."""
    every: set[str] = set()
    money: set[str] = set()
    for m in _NUMBER.finditer(folded):
        scale = _SCALE.get(m["glued"] or m["scale"] or "", 1.0)
        if scale == 1.0 and not m["money"] and _YEAR.fullmatch(m["digits"]):
            continue
        value = _value(m["digits"]) * scale
        if value >= _LEAST:
            every.add(f"{value:.3g}")
            if m["money"]:
                money.add(f"{value:.3g}")
    return sparing(every), sparing(money)


def _value(digits: str) -> float:
    """ "1,200", "1.200" and "1 200" are 1200; "1.5" and "1,5" are one and a half."""
    bare = re.sub(r"[,.\s](?=\d{3}(?:\D|$))", "", digits)
    return float(bare.replace(",", ".").replace(" ", ""))


def _ordinals(folded: str) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for m in _ORDINAL.finditer(folded):
        number, noun = m[1], m[2]
        bare = number or m[3] or m[4] or m[5]
        found.append((stem(noun) if noun else "", int(bare.replace(",", ""))))
    found.extend((stem(m[2]), _SPELLED[m[1]]) for m in _SPELLED_AT.finditer(folded))
    return found


def _dates(folded: str) -> list[str]:
    found = []
    for m in _DAY_MONTH.finditer(folded):
        month = _MONTH.get(m[2])
        day = m[1] or m[3]
        if month and (day or m[2] not in _DOUBTFUL):
            found.append(f"{month}-{int(day)}" if day and int(day) <= 31 else str(month))
    for m in _NUMERIC.finditer(folded):
        if m[5]:
            found.append(f"{int(m[5])}-{int(m[6])}" if m[6] else m[5].lstrip("0"))
        else:
            a, b = sorted((int(m[1] or m[3]), int(m[2] or m[4])))
            found.append(f"{a}-{b}")
    return found


def _template(folded: str) -> frozenset[str]:
    return frozenset(
        w for w in re.findall(r"[^\W\d_]+", _WEEKDAYS.sub(" ", folded)) if w not in _MONTH
    )


def series(one: Anchors, other: Anchors) -> bool:
    """Whether both are of one series and not the same of it: another number, another date."""
    if one.ordinals and other.ordinals:
        nouns = {noun for noun, _ in one.ordinals} & {noun for noun, _ in other.ordinals}
        if any(_of(noun, one).isdisjoint(_of(noun, other)) for noun in nouns):
            return True
    if not (one.template and other.template and _alike(one.template, other.template)):
        return False
    return _apart(*_dates_of(one, other)) or _apart(one.weekdays, other.weekdays)


def _dates_of(one: Anchors, other: Anchors) -> tuple[frozenset[str], frozenset[str]]:
    """What to compare: doubtful months count where the other title has a date beyond doubt."""
    return (
        one.dates or (one.maybe if other.dates else one.dates),
        other.dates or (other.maybe if one.dates else other.dates),
    )


def _of(noun: str, anchors: Anchors) -> set[int]:
    return {number for word, number in anchors.ordinals if word == noun}


def _apart(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one) and bool(other) and one.isdisjoint(other)


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= _ALIKE * len(one | other)
