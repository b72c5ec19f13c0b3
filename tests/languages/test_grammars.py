"""Every languages/<code>.py keeps the form the detector reads, and its marks do what they say."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import languages
from monitor.config.entities import Entity, Gazetteer
from monitor.config.entities import Name as Known
from monitor.config.lexicons import Lexicon
from monitor.languages import CASES, ORDERS, SCRIPTS, Grammar
from monitor.match import Rules
from monitor.match.marks import marked
from monitor.match.matching import reading
from monitor.match.rules import grammar
from monitor.match.terms import Automaton, Meaning, closure, pattern
from monitor.match.text import fold, folded, script
from monitor.model import Entry
from monitor.registry import load, names

NOW = datetime(2026, 8, 1, tzinfo=UTC)
CODES = names(languages)
GRAMMARS: dict[str, Grammar] = {code: load(languages, code).LANGUAGE for code in CODES}
# What follows or precedes a name says its side; a name alone says nothing.
MARKED = (
    ("ru", "танк", "Танк передадут Ирану", "Иран*", "to"),
    ("ru", "танк", "Танк вывезли в Россию", "Росси*", "to"),
    ("ru", "танк", "Россия получила танк", "Росси*", "subject"),
    ("ru", "танк", "О танке говорили с Ираном", "Иран*", "with"),
    ("ru", "танк", "Танк прибыл из Ирана", "Иран*", "bare"),
    ("ru", "танк", "Танк видели в Баку", "Баку", "bare"),
    ("uk", "танк", "Танк передадуть Ірану", "Іран*", "to"),
    ("uk", "танк", "Танк передали Іранові", "Іран*", "to"),
    ("uk", "танк", "Танк вивезли у Францію", "Франці*", "to"),
    ("uk", "танк", "Росія отримала танк", "Росі*", "subject"),
    ("uk", "танк", "Угода про танк із Францією", "Франці*", "with"),
    ("pl", "czołg", "Czołg przekazano Iranowi", "Iran*", "to"),
    ("pl", "czołg", "Czołg kupiono wspólnie z Iranem", "Iran*", "with"),
    ("pl", "czołg", "Iran kupi czołg", "Iran*", "bare"),
    ("tr", "tank", "İran'a tank satıldı", "İran", "to"),
    ("tr", "tank", "Rusya'dan tank geldi", "Rusya", "from"),
    ("tr", "tank", "Rusya'nın tank alımı", "Rusya", "of"),
    ("tr", "tank", "Rusya tank sattı", "Rusya", "bare"),
    ("he", "טנק", "טנק נמסר לאיראן", "איראן", "to"),
    ("he", "טנק", "טנק הגיע מאיראן", "איראן", "from"),
    ("he", "טנק", "איראן קנתה טנק", "איראן", "bare"),
    ("ar", "دبابة", "دبابة لإيران", "إيران", "to"),
    ("ar", "دبابة", "دبابة للعراق", "عراق", "to"),
    ("ar", "دبابة", "دبابة وصلت العراق", "عراق", "bare"),
    ("fa", "تانک", "تانک به ایران رسید", "ایران", "bare"),
    ("ko", "전차", "이란에 전차 수출", "이란", "to"),
    ("ko", "전차", "이란으로부터 전차 도입", "이란", "from"),
    ("ko", "전차", "이란이 전차를 샀다", "이란", "subject"),
    ("ja", "戦車", "イランに戦車を供与", "イラン", "to"),
    ("ja", "戦車", "イランから戦車が到着", "イラン", "from"),
    ("sv", "stridsvagn", "USA:s stridsvagn", "=USA", "of"),
)
# A term in a text that holds it, and one that only looks so.
FOUND = (
    ("ar", "سلاح", "والسلاح وصل", True),
    ("he", "נשק", "והנשק הגיע", True),
    ("he", "רחפן", "וברחפן", True),
    ("he", "רחפן", "ושמהרחפן", True),
    ("he", "רחפן", "בורחפן", False),
    ("ar", "سلاح", "وللسلاح", True),
    ("ar", "سلاح", "بوسلاح", False),
    ("ko", "무기", "무기들에게는", True),
    ("ko", "무기", "무기는에게", False),
    ("fa", "موشک", "موشک‌های تازه", True),
    ("fa", "از", "باز هم", False),
    ("ko", "무기", "무기를 샀다", True),
    ("ru", "танк", "нефтяной танкер", False),
    ("ru", "ракетн*", "ракетный", True),
    ("uk", "дрон", "дронів", False),
    ("pl", "działa", "oddział", False),
    ("tr", "jet", "jeton", False),
    ("tr", "silah", "SİLAH", True),
    ("tr", "ışık", "IŞIK", True),
)


@pytest.mark.parametrize("code", CODES)
def test_a_grammar_keeps_the_form_its_readers_rely_on(code: str) -> None:
    """Code, scripts, order and cases are of the sets that the detector knows."""
    own = GRAMMARS[code]

    assert code == own.code
    assert own.scripts
    assert set(SCRIPTS) >= set(own.scripts)
    assert own.order in ORDERS
    assert {*CASES, ""} >= {*own.cases.values(), *own.prefix_cases.values()}
    glued = (*closure(own.prefixes), *closure(own.suffixes), *own.cases, *own.prefix_cases)
    assert all(map(str.strip, glued))


@pytest.mark.parametrize("code", CODES)
def test_a_case_is_written_as_texts_are_read(code: str) -> None:
    """An ending that folding would change is an ending no text can have."""
    own = GRAMMARS[code]

    written = (*own.cases, *own.prefix_cases)
    assert written == tuple(fold(f"x{mark}").text.removeprefix("x") for mark in written)


@pytest.mark.parametrize("code", CODES)
def test_what_hangs_on_words_is_in_their_script(code: str) -> None:
    """Clitics, particles and endings are letters of the language; others cannot adjoin."""
    own = GRAMMARS[code]

    clitics = (clitic for place in (*own.prefixes, *own.suffixes) for clitic in place)
    glued = "".join((*clitics, *own.cases, *own.prefix_cases))
    assert set(own.scripts) >= {script(letter) for letter in folded(glued)} - {""}


@given(code=st.sampled_from(CODES), text=st.text(max_size=40))
def test_a_language_levels_letter_for_letter(code: str, text: str) -> None:
    """Levelling keeps every place, and twice is once: places found are places in the text."""
    own = GRAMMARS[code]

    once = own.fold(text)
    assert len(text) == len(once)
    assert once == own.fold(once)


def test_letters_of_its_own_come_first() -> None:
    """A grammar may read a letter otherwise than Unicode does."""
    own = Grammar(code="xx", letters={"W": "v", "w": "v"})

    assert "vater" == own.fold("water")
    assert "water" == Grammar(code="xx").fold("water")


@pytest.mark.parametrize("code", CODES)
def test_a_term_is_found_behind_every_clitic_and_before_every_particle(code: str) -> None:
    """What may be glued to a word does not hide it; anything else does."""
    own = GRAMMARS[code]
    word = {"arabic": "قرم", "hebrew": "זזז", "hangul": "갈", "latin": "zz"}.get(own.scripts[0], "")
    automaton = Automaton([pattern(word or "zz", (Meaning("weapon.tank"),), ())], own)

    for glued in closure(own.prefixes):
        assert automaton.find(fold(f"{glued}{word}")), glued
    for glued in closure(own.suffixes):
        assert automaton.find(fold(f"{word}{glued}")), glued


@pytest.mark.parametrize(("code", "term", "text", "there"), FOUND)
def test_words_end_where_their_language_ends_them(
    code: str, term: str, text: str, there: bool
) -> None:
    """Inflected words are found, words that merely begin or end alike are not."""
    own = grammar(code)
    letters = tuple(own.letters.items())
    automaton = Automaton([pattern(term, (Meaning("weapon.tank"),), letters)], own)

    assert there is bool(automaton.find(fold(text, letters)))


@pytest.mark.parametrize(("code", "good", "text", "name", "side"), MARKED)
def test_the_form_of_a_name_tells_its_side(
    code: str, good: str, text: str, name: str, side: str
) -> None:
    """An ending, particle or clitic of the name says who gets and who gives."""
    known = Known(name.removeprefix("="), code, "name", exact=name.startswith("="))
    entity = Entity(id="xx", kind="state", title="X", names=(known,))
    terms = (good, f"{good}*")
    rules = Rules.compile(
        {code: Lexicon(language=code, concepts={"weapon.tank": terms, "common": ("zz",)})},
        {},
        Gazetteer(entities={"xx": entity}),
        (),
    )

    entry = Entry(feed_id="", id="", url="", title=text, language=code)
    scene = reading(entry, rules, NOW).scene
    (party,) = scene.of("actor")
    assert side == marked(party, (), (), scene)
