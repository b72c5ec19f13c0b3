"""
Regenerates config/entities/states.csv: names and capitals of every state, from CLDR.

    python -m bench.build_states

A development tool: babel carries the data and is not needed at run time. Russian, Ukrainian
and Polish names get their case endings here, by rule; German and Swedish ones the genitive.
What CLDR cannot know (adjectives, metonyms, colloquial and ambiguous names) stands in
state_words.csv; a term given there is left out here, so that what is said of it there counts.

Source: Unicode CLDR, https://cldr.unicode.org, through https://babel.pocoo.org
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Set
from pathlib import Path
from typing import Final

from babel import Locale

from monitor.config.entities import ANY, COLUMNS, LANGUAGES, expand

Taken = Set[tuple[str, str, str]]
FOLDER: Final = Path(__file__).parent.parent / "config" / "entities"
STATES: Final = """
    ad ae af ag al am ao ar at au az ba bb bd be bf bg bh bi bj bn bo br bs bt bw by bz ca cd
    cf cg ch ci cl cm cn co cr cu cv cy cz de dj dk dm do dz ec ee eg eh er es et fi fj fm fr
    ga gb gd ge gh gm gn gq gr gt gw gy hk hn hr ht hu id ie il in iq ir is it jm jo jp ke kg
    kh ki km kn kp kr kw kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mr
    mt mu mv mw mx my mz na ne ng ni nl no np nr nz om pa pe pg ph pk pl ps pt pw py qa ro rs
    ru rw sa sb sc sd se sg si sk sl sm sn so sr ss st sv sy sz td tg th tj tl tm tn to tr tt
    tv tw tz ua ug us uy uz va vc ve vn vu ws xk ye za zm zw
""".split()
TITLES: Final = {
    "cd": "DR Congo",
    "cg": "Republic of the Congo",
    "hk": "Hong Kong",
    "mm": "Myanmar",
    "ps": "Palestine",
    "ba": "Bosnia and Herzegovina",
    "ci": "Côte d'Ivoire",
}
# Where one language is written in two ways that news keeps apart.
LOCALES: Final = {"zh": ("zh", "zh_Hant"), "pt": ("pt", "pt_PT")}
# The capital is CLDR's example city of this time zone.
ZONES: Final = """
    ad=Europe/Andorra af=Asia/Kabul al=Europe/Tirane am=Asia/Yerevan ao=Africa/Luanda
    ar=America/Buenos_Aires at=Europe/Vienna az=Asia/Baku ba=Europe/Sarajevo bd=Asia/Dhaka
    be=Europe/Brussels bf=Africa/Ouagadougou bg=Europe/Sofia bo=America/La_Paz bt=Asia/Thimphu
    by=Europe/Minsk cd=Africa/Kinshasa cf=Africa/Bangui cg=Africa/Brazzaville cl=America/Santiago
    co=America/Bogota cu=America/Havana cy=Asia/Nicosia cz=Europe/Prague de=Europe/Berlin
    dk=Europe/Copenhagen dz=Africa/Algiers ee=Europe/Tallinn eg=Africa/Cairo er=Africa/Asmera
    es=Europe/Madrid et=Africa/Addis_Ababa fi=Europe/Helsinki fr=Europe/Paris ga=Africa/Libreville
    gb=Europe/London ge=Asia/Tbilisi gh=Africa/Accra gm=Africa/Banjul gn=Africa/Conakry
    gr=Europe/Athens gw=Africa/Bissau hn=America/Tegucigalpa hr=Europe/Zagreb
    ht=America/Port-au-Prince hu=Europe/Budapest id=Asia/Jakarta ie=Europe/Dublin
    il=Asia/Jerusalem iq=Asia/Baghdad ir=Asia/Tehran is=Atlantic/Reykjavik it=Europe/Rome
    jo=Asia/Amman jp=Asia/Tokyo ke=Africa/Nairobi kg=Asia/Bishkek kh=Asia/Phnom_Penh
    kp=Asia/Pyongyang kr=Asia/Seoul la=Asia/Vientiane lb=Asia/Beirut lk=Asia/Colombo
    lr=Africa/Monrovia lt=Europe/Vilnius lv=Europe/Riga ly=Africa/Tripoli md=Europe/Chisinau
    me=Europe/Podgorica mg=Indian/Antananarivo mk=Europe/Skopje ml=Africa/Bamako
    mr=Africa/Nouakchott mv=Indian/Maldives my=Asia/Kuala_Lumpur mz=Africa/Maputo
    na=Africa/Windhoek ne=Africa/Niamey ni=America/Managua no=Europe/Oslo np=Asia/Katmandu
    om=Asia/Muscat pe=America/Lima ph=Asia/Manila pl=Europe/Warsaw py=America/Asuncion
    ro=Europe/Bucharest rs=Europe/Belgrade ru=Europe/Moscow rw=Africa/Kigali sa=Asia/Riyadh
    sd=Africa/Khartoum se=Europe/Stockholm si=Europe/Ljubljana sk=Europe/Bratislava
    sl=Africa/Freetown sn=Africa/Dakar so=Africa/Mogadishu ss=Africa/Juba sy=Asia/Damascus
    td=Africa/Ndjamena th=Asia/Bangkok tj=Asia/Dushanbe tm=Asia/Ashgabat tn=Africa/Tunis
    tw=Asia/Taipei ua=Europe/Kiev ug=Africa/Kampala uy=America/Montevideo uz=Asia/Tashkent
    ve=America/Caracas zm=Africa/Lusaka zw=Africa/Harare
"""
# Names that are a small-letter word too ("china", "irán", "danie"): matched with their capital.
CASED: Final = {
    "en": "cn gn ml ne om pa pe tg cu gb cl",
    "ru": "cu ml tg qa ga at pe pa lv",
    "uk": "cu ml tg qa ga om pe it pa lv",
    "tr": "qa ml ne td tg sd cn ma",
    "es": "ir cl cu om pe ml gn ne ec mt py",
    "pt": "ir pe cu ml om gn ec py mt",
    "fr": "ml cu tg om gn at pa",
    "de": "is ml pe tg ne it lv",
    "it": "mt cu ml cl tg om cn lv",
    "pl": "dk td cu ml in pe cn tg fi om",
    "sv": "is ml pe fi tg in ir it lv",
}
_BRACKETS = re.compile(r"\s*[(（]([^()（）]*)[)）]")
# (what a name ends in, how many of its letters the endings replace, the endings)
_RUSSIAN = (
    ("ия", 1, "я/и/ю/ей"),
    ("ья", 1, "я/и/ю/ей"),
    ("[гкхжшчщ]а", 1, "а/и/е/у/ой/ей"),
    ("а", 1, "а/ы/е/у/ой"),
    ("я", 1, "я/и/е/ю/ей"),
    ("ь", 1, "ь/я/ю/ем/е"),
    ("й", 1, "й/я/ю/ем/е"),
    ("ы", 1, "ы//ам/ами/ах"),
    ("ет", 2, "ет/та/ту/том/те"),
    ("[бвгджзклмнпрстфхцчшщ]", 0, "/а/у/ом/е"),
)
_UKRAINIAN = (
    ("ія", 1, "я/ї/ю/єю"),
    ("[жшчщ]а", 1, "а/і/у/ею"),
    ("га", 2, "га/ги/зі/гу/гою"),
    ("ка", 2, "ка/ки/ці/ку/кою"),
    ("ха", 2, "ха/хи/сі/ху/хою"),
    ("а", 1, "а/и/і/у/ою"),
    ("я", 1, "я/і/ю/ею"),
    ("ь", 1, "ь/ю/я/ем/і"),
    ("й", 1, "й/ю/я/єм/ї"),
    ("и", 1, "и//ам/ами/ах"),
    ("ет", 2, "ет/ту/том/ті"),
    ("ів", 2, "ів/ева/еву/евом/еві"),
    ("[бвгджзклмнпрстфхцчшщ]", 0, "/у/а/ом/і"),
)
_POLISH = (
    ("[ijlu]a", 1, "a/i/ę/ą"),
    ("ea", 1, "a/i/ę/ą"),
    ("ka", 2, "ka/ki/ce/kę/ką"),
    ("ga", 2, "ga/gi/dze/gę/gą"),
    ("da", 2, "da/dy/dzie/dę/dą"),
    ("ta", 2, "ta/ty/cie/tę/tą"),
    ("ra", 2, "ra/ry/rze/rę/rą"),
    ("[cż]a", 1, "a/y/ę/ą"),
    ("a", 1, "a/y/ie/ę/ą"),
    ("ko", 1, "o/a/u/iem"),
    ("[wn]o", 1, "o/a/u/em/ie"),
    ("y", 1, "y//om/ami/ach"),
    ("[kg]", 0, "/u/iem/owi"),
    ("t", 1, "t/tu/cie/tem/towi"),
    ("d", 1, "d/du/dzie/dem/dowi"),
    ("r", 1, "r/ru/rze/rem/rowi"),
    ("ż", 0, "/a/u/em/owi"),
    ("sz", 0, "/u/em/owi"),
    ("[bcfhjlmnpswz]", 0, "/u/a/em/ie/owi"),
)
_RULES: Final = {"ru": _RUSSIAN, "uk": _UKRAINIAN, "pl": _POLISH}
_ADJECTIVES: Final = {
    "ru": (("ая", "ая/ой/ую"), ("ый", "ый/ого/ому/ым/ом"), ("ий", "ий/его/ему/им/ем")),
    "uk": (("а", "а/ої/ій/у/ою"), ("ий", "ий/ого/ому/им")),
    "pl": (("Nowa", "Nowa/Nowej/Nową"), ("Wielka", "Wielka/Wielkiej/Wielką")),
}


def inflected(name: str, language: str) -> str:
    """The name in the notation of a cell, with the endings its language gives it."""
    if language in ("de", "sv"):
        return name if name[-1] in "sxzß" else f"{name}(/s)"
    if language not in _RULES:
        return name
    words = name.split(" ")
    if len(words) == 1:
        return _declined(name, language)
    if len(words) != 2:
        return name
    first, second = _agreeing(words[0], language), _following(words[1], language)
    if first:
        return f"{first} {_declined(words[1], language)}"
    return f"{_declined(words[0], language)} {second}" if second else name


def _agreeing(word: str, language: str) -> str:
    """An adjective before its noun; "" when the word does not look like one."""
    for ending, forms in _ADJECTIVES[language]:
        if word.endswith(ending):
            return f"{word[: -len(ending)]}({forms})"
    return ""


def _following(word: str, language: str) -> str:
    """A Polish adjective after its noun; "" for anything else."""
    for ending, forms in (("ka", "ka/kiej/ką"), ("ia", "ia/iej/ią"), ("a", "a/ej/ą")):
        if language == "pl" and word.endswith(ending) and word.istitle():
            return f"{word[: -len(ending)]}({forms})"
    if language == "pl" and word.endswith(("owy", "ni")):
        return f"{word[:-1]}(y/ego/emu/ym)" if word.endswith("y") else f"{word}(/ego/emu/m)"
    return ""


def _declined(word: str, language: str) -> str:
    for ending, replaced, forms in _RULES[language]:
        if re.search(f"{ending}$", word):
            return f"{word[: len(word) - replaced]}({forms})"
    return word


def names(state: str, language: str) -> Iterator[str]:
    """CLDR's names of a state: the one before the bracket and, if a name, the one inside."""
    for locale in LOCALES.get(language, (language,)):
        yield from _names(state, language, Locale.parse(locale))


def _names(state: str, language: str, locale: Locale) -> Iterator[str]:
    whole = locale.territories.get(state.upper(), "")
    if not whole or " - " in whole.replace("–", "-"):
        return
    whole = whole.replace(" & ", " and ")
    yield from _plain(_BRACKETS.sub("", whole))
    if language == "ar" and whole.startswith("ال") and state not in ("dz", "ma"):
        yield from _plain(whole.removeprefix("ال"))  # after the preposition ل the article shrinks
    for inside in _BRACKETS.findall(whole):
        if state in ("mm", "mk"):
            yield from _plain(inside)


def _plain(name: str) -> Iterator[str]:
    """Without vowel marks nobody types, and typographic apostrophes as keyboards have them."""
    yield name.replace("ٔ", "").replace("ʼ", "'").replace("’", "'").strip()


def capitals(state: str, language: str) -> Iterator[str]:
    """CLDR's names of the capital; none where it has none in that language."""
    zones = dict(pair.split("=") for pair in ZONES.split())
    if state not in zones:
        return
    for locale in LOCALES.get(language, (language,)):
        city = Locale.parse(locale).time_zones.get(zones[state], {}).get("city", "")
        if not city and language in ("en", "de", "fr", "es", "it", "pt", "pl", "sv", "tr"):
            city = zones[state].rpartition("/")[2].replace("_", " ")
        yield from _plain(city) if city else ()


def hand_written() -> set[tuple[str, str, str]]:
    """(id, language, term) of all that state_words.csv says; "=", "?" and letter case levelled."""
    file = FOLDER / "state_words.csv"
    with file.open(encoding="utf-8", newline="") as opened:
        return {
            (row["id"], language, _levelled(term))
            for row in csv.DictReader(opened)
            for language in LANGUAGES
            for part in row[language].split(";")
            for term in expand(part.strip())
        }


def _levelled(term: str) -> str:
    return term.removeprefix("=").removesuffix("?").casefold()


def cell(state: str, language: str, plain: Iterable[str], taken: Taken) -> str:
    """Names in their inflected forms, without what is written by hand or said twice."""
    sign = "=" if state in CASED.get(language, "").split() else ""
    terms: dict[str, None] = {}
    for name in sorted(plain):
        if (state, language, _levelled(name)) in taken:
            continue  # so its other cases are written by hand too
        forms = inflected(name, language)
        new = [t for t in expand(forms) if (state, language, _levelled(t)) not in taken]
        whole = len(new) == len(expand(forms))
        terms.update(dict.fromkeys(sign + term for term in ([forms] if whole else new)))
    return "; ".join(terms)


def table() -> Iterator[Mapping[str, str]]:
    """The rows of states.csv: a name and perhaps a capital for each state."""
    taken = hand_written()
    for state in STATES:
        title = TITLES.get(state) or next(names(state, "en"))
        row = {"id": state, "kind": "state", "title": title, "form": "name"}
        for language in LANGUAGES:
            row[language] = cell(state, language, names(state, language), taken)
        yield row
        cities = {
            language: cell(state, language, own, taken)
            for language in LANGUAGES
            if (own := set(capitals(state, language)) - set(names(state, language)))
        }
        if any(cities.values()):
            yield {"id": state, "form": "capital", **cities}


def main() -> None:
    """Write the table beside the others."""
    columns = [column for column in COLUMNS if column not in ("note", ANY)]
    with (FOLDER / "states.csv").open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(table())


if __name__ == "__main__":
    main()
