"""A text's language is what its feed says, unless the text proves otherwise."""

import pytest

from monitor.languages import Grammar
from monitor.match.language import Detector, detector
from monitor.match.rules import Rules
from monitor.match.text import folded

COMMON = {
    "en": frozenset(("the", "of", "and", "to")),
    "de": frozenset(("der", "die", "und", "für", "je")),
    "fr": frozenset(("je", "fur", "où")),
    "ru": frozenset(("и", "в")),
    "ja": frozenset(("の", "は")),
    "zh": frozenset(("的",)),
}
TERMS = {
    "en": ["arms"],
    "fr": ["où", "là", "été", "déjà", "fär"] * 3,
    "de": ["für", "über", "müssen", "größe", "straße", "groß"],
    "ru": ["оружие"] * 3,
    "ja": ["武器の"] * 3,
    "zh": ["武器"] * 3,
}
SCRIPTS = {"ru": ("cyrillic",), "ja": ("han", "kana"), "zh": ("han",)}


@pytest.fixture(scope="module")
def own() -> Detector:
    grammars = {
        code: Grammar(
            code=code, scripts=SCRIPTS.get(code, ("latin",)), spaces=code not in ("ja", "zh")
        )
        for code in COMMON
    }
    return detector(COMMON, TERMS, grammars)


@pytest.mark.parametrize(
    ("text", "said", "language"),
    [
        ("the price of bread and milk", "", "en"),
        ("der Preis für Brot und Milch", "", "de"),
        ("Preis Brot Größe", "", "de"),
        ("für alles Käse", "", "de"),
        ("fur", "fr", "fr"),
        ("bread milk", "", "en"),
        ("der Preis und die Milch und der Käse", "en", "de"),
        ("bread milk", "de", "de"),
        ("the price of bread", "en", "en"),
        ("цена хлеба", "", "ru"),
        ("цена хлеба", "en", "ru"),
        ("パンの値段", "", "ja"),
        ("面包的价格", "", "zh"),
        ("面包价格", "", "zh"),
        ("面包价格", "en", "zh"),
        ("物価上昇総額二兆円を超過、首相発表、野党反発", "", "ja"),
        ("F-16面包价格", "", "zh"),
        ("物価上昇", "ja", "ja"),
        ("de prijs van brood", "nl", "nl"),
        ("12 %", "en", "en"),
        ("", "", ""),
        ("ñandú", "", ""),
        ("ἄρτος", "", ""),
    ],
)
def test_languages(own: Detector, text: str, said: str, language: str) -> None:
    """Little words, letters and scripts decide; few of them do not overrule the feed."""
    assert language == own.language(text, folded(text), said)


def test_every_language_knows_itself(shipped: Rules) -> None:
    """A sentence of each language's own little words is recognised, unsaid."""
    for code, lexicon in shipped.lexicons.items():
        words = sorted(lexicon.concepts["common"], key=len)[-12:]
        text = ("" if code in ("ja", "zh") else " ").join(words)
        assert code == shipped.detector.language(text, folded(text), ""), code


@pytest.mark.parametrize(
    ("text", "said", "language"),
    [
        ("Norway signs contract to deliver warships", "sv", "en"),
        ("Albanien liefert Haubitzen nach Ghana", "", "de"),
        ("Rzeka się cofa", "", "pl"),
        ("Norge köper pansarvagnar av Lettland", "sv", "sv"),
        ("Norge säljer stridsvagnar till Lettland", "en", "sv"),
        ("Latvia praises Norway", "sv", "sv"),
    ],
)
def test_words_of_the_field_overrule_too(
    shipped: Rules, text: str, said: str, language: str
) -> None:
    """A headline without little words is of the language whose goods and deeds it names."""
    assert language == shipped.detector.language(text, folded(text), said)
