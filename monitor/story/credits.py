"""
Whose words these are: wire agencies credited in a text, publishers that share their texts.

A wire report in forty papers is one source told forty times.
"""

import re
from functools import lru_cache
from typing import Final

from monitor.story.text import fold

# Agency → how it signs, folded; as a rule in brackets, between strokes or after a dash.
_WIRES: Final = {
    "reuters": "reuters ロイター 路透社 路透 رويترز рейтер рейтерс 로이터",
    "ap": "ap associated_press",
    "afp": "afp agence_france-presse 法新社 فرانس_برس أ_ف_ب афп",
    "tass": "tass тасс itar-tass 塔斯社",
    "ria": "ria_novosti риа_новости риа ria",
    "interfax": "interfax интерфакс interfax-ukraine",
    "ukrinform": "ukrinform укринформ укрінформ",
    "unian": "unian униан уніан",
    "yonhap": "yonhap 연합뉴스 聯合通信",
    "kyodo": "kyodo 共同 共同通信 kyodo_news",
    "jiji": "jiji 時事 時事通信",
    "xinhua": "xinhua 新华社 新華社 синьхуа",
    "dpa": "dpa dpa-afx",
    "ansa": "ansa",
    "efe": "efe",
    "pti": "pti press_trust_of_india",
    "ani": "ani",
    "ians": "ians",
    "aa": "aa anadolu anadolu_agency anadolu_ajansi",
    "pa": "pa_media press_association pa",
    "tt": "tt",
    "ntb": "ntb",
    "pap": "pap",
    "bloomberg": "bloomberg",
    "upi": "upi",
    "irna": "irna ایرنا ирна",
    "spa": "spa واس",
    "belta": "belta белта",
    "cna": "cna 中央社",
}
_SIGNED: Final = {
    fold(name.replace("_", " ")): wire for wire, names in _WIRES.items() for name in names.split()
}
_NAMES: Final = "|".join(sorted(map(re.escape, _SIGNED), key=len, reverse=True))
_LONG: Final = "|".join(
    sorted((re.escape(n) for n in _SIGNED if len(n) >= 4 or not n.isascii()), key=len, reverse=True)
)
_CREDIT = re.compile(
    rf"[(/\[【（=]\s?({_NAMES})(?:/[\w ]+)?\s?[)/\]】）=]"
    rf"|(?:^|[.\s])[-–—]\s?({_NAMES})\.?\s*$"
    rf"|^(?:by|von|par|source|quelle|fuente|источник|출처)[:\s]+({_NAMES})\b"
    rf"|\b(?:according to|citing|told|reported by|laut|selon|segun|secondo|enligt|сообщает|"
    rf"передает|передает агентство|со ссылкой на)\s+(?:the\s+|agency\s+)?({_LONG})\b"
    rf"|\b({_LONG})\s+(?:reported|reports|reporta|сообщил|сообщило|報道|보도)"
)
_LOOKED_AT: Final = 600

# Names and domains of one house, and houses whose papers print each other's texts.
_HOUSES: Final = {
    "bbc": "bbc bbcnews bbcnewsworld",
    "reuters": "reuters thomsonreuters",
    "ap": "ap apnews associatedpress",
    "afp": "afp",
    "tass": "tass",
    "rossiya-segodnya": "ria rian sputnik sputniknews sputnikglobe inosmi radiosputnik",
    "rt": "rt rttv",
    "nyt": "nyt nytimes newyorktimes",
    "guardian": "guardian theguardian",
    "news-corp": "wsj wallstreetjournal nypost newyorkpost thetimes thesun sunday-times newscomau "
    "theaustralian barrons marketwatch",
    "washington-post": "washingtonpost",
    "axel-springer": "politico politicoeu bild welt businessinsider insider",
    "reach": "mirror express dailyexpress theexpress dailystar dailyrecord manchestereveningnews",
    "dmg": "dailymail mailonline metrocouk inews",
    "scmp": "scmp smcp southchinamorningpost",
    "dw": "dw deutschewelle",
    "cnn": "cnn",
    "bloomberg": "bloomberg",
    "rferl": "rferl radiofreeeurope svoboda currenttime",
    "aljazeera": "aljazeera",
    "yonhap": "yonhap yna",
    "kyodo": "kyodo kyodonews",
    "xinhua": "xinhua xinhuanet",
    "dn": "dn dagensnyheter",
    "svd": "svd svenskadagbladet",
    "svt": "svt svtnyheter",
    "times-of-israel": "timesofisrael",
    "bonnier": "expressen",
    "postmedia": "nationalpost financialpost ottawacitizen torontosun montrealgazette",
    "gannett": "usatoday",
}
_HOUSE: Final = {name: house for house, names in _HOUSES.items() for name in names.split()}
_SECOND_LEVEL: Final = ("co", "com", "org", "net", "gov", "ac", "go", "or", "ne")
_FILLING = re.compile(r"^(?:the)|(?:news|online|world|english)$")


def credit(title: str, summary: str, text: str = "") -> str:
    """The agency whose words they are, "" when none is credited."""
    for part in (title, summary, text[:_LOOKED_AT]):
        if part and (found := _CREDIT.search(fold(part[:_LOOKED_AT]))):
            return _SIGNED[next(group for group in found.groups() if group)]
    return ""


@lru_cache(maxsize=4096)
def house(outlet: str) -> str:
    """The publisher family of an outlet, given as domain or as name; "" for none."""
    name = fold(outlet).strip()
    if "." in name and " " not in name:
        labels = name.split(".")[:-1]
        name = labels[-2] if len(labels) > 1 and labels[-1] in _SECOND_LEVEL else labels[-1]
    bare = re.sub(r"[^\w]", "", name)
    for candidate in (bare, _FILLING.sub("", bare), _FILLING.sub("", _FILLING.sub("", bare))):
        if candidate in _HOUSE:
            return _HOUSE[candidate]
    return _FILLING.sub("", bare) or bare
