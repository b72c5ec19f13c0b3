"""A term is found where a reader would find it, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.languages import Grammar
from monitor.match.terms import Automaton, Meaning, closure, pattern, shouting
from monitor.match.text import fold, folded

ARABIC = Grammar(code="ar", scripts=("arabic",), prefixes=(("و",), ("ال", "ب")))
KOREAN = Grammar(code="ko", scripts=("hangul",), suffixes=(("를", "에서"), ("만",)))
PLAIN = Grammar(code="en")


def found(term: str, text: str, grammar: Grammar = PLAIN) -> list[str]:
    """The original words at every place of the term."""
    automaton = Automaton([pattern(term, (Meaning("x"),), ())], grammar)
    plain = fold(text)
    return [plain.said(hit.start, hit.end) for hit in automaton.find(plain)]


@pytest.mark.parametrize(
    ("term", "text", "where"),
    [
        ("tank", "a Tank, two tanks", ["Tank"]),
        ("tank*", "a Tank, two tanks", ["Tank", "tanks"]),
        ("*waffen", "Panzerabwehrwaffen, Waffenruhe", ["Panzerabwehrwaffen"]),
        ("*waffen*", "Kriegswaffenexport", ["Kriegswaffenexport"]),
        ("escalation", "de-escalation", ["escalation"]),
        ("-made", "Iran-made drones made here", ["-made"]),
        ("arms embargo", "an arms  embargo; arms, embargo", ["arms  embargo"]),
        ("arms embargo*", "arms embargoes", ["arms embargoes"]),
        ("arms* embargo*", "arms embargo", ["arms embargo"]),
        ("оружейн* эмбарг*", "оружейное эмбарго", ["оружейное эмбарго"]),
        ("оружейн* эмбарг*", "оружейное дело", []),
        ("оружейн* эмбарг*", "оружейное", []),
        ("air *craft", "air spacecraft and air raid", ["air spacecraft"]),
        ("war* arms deal", "wartime arms deals wartime arms deal", ["wartime arms deal"]),
        ("=US", "US and us and U.S.", ["US"]),
        ("=É", "É é", ["É"]),
        ("!für", "für fur FÜR fu\u0308r", ["für", "FÜR", "fu\u0308r"]),
        ("!żąda*", "Żądają, zadanie", ["Żądają"]),
        ("!żąda* tank*", "żądają tanków, żądają, zadanie tanków", ["żądają tanków"]),
        ("=sa", "SA sa", ["sa"]),
        ("weapon", "weapons", []),
        ("china", "China's", ["China"]),
        ("武器", "供应武器装备", ["武器"]),
        ("武器 装备", "武器 装备", ["武器 装备"]),
        ("f-16", "F-16s F-16", ["F-16"]),
    ],
)
def test_boundaries(term: str, text: str, where: list[str]) -> None:
    """Words end at hyphens and apostrophes, stems and compounds where a * says so."""
    assert where == found(term, text)


def test_clitics_before() -> None:
    """Before an Arabic word its little words may be glued, alone or together; no others."""
    assert ["سلاح", "سلاح", "سلاح"] == found("سلاح", "والسلاح بسلاح سلاح", ARABIC)
    assert [] == found("سلاح", "تسلاح", ARABIC)
    assert [] == found("سلاح", "الوسلاح", ARABIC)


def test_particles_after() -> None:
    """After a Korean word its particles may stand, alone or together; no others."""
    assert ["무기", "무기", "무기"] == found("무기", "무기를 무기에서만 무기", KOREAN)
    assert [] == found("무기", "무기고", KOREAN)
    assert [] == found("무기", "무기만를", KOREAN)


def test_a_shouting_title_has_no_case() -> None:
    """In a title of capitals the case of a letter says nothing."""
    assert ["US"] == found("=us", "THE GENERALS OF THE US ARMY")
    assert shouting("THE GENERALS OF THE US ARMY")
    assert not shouting("US army")
    assert not shouting("US")


def test_terms_that_fold_alike_share_a_place() -> None:
    """Two spellings of one term are both told apart at the same place."""
    terms = [pattern(t, (Meaning(t),), ()) for t in ("=US", "us", "***")]
    hits = Automaton(terms, PLAIN).find(fold("US"))
    assert {"=US", "us"} == {hit.pattern.term for hit in hits}


def test_only_goods_and_embargoes_open_the_gate() -> None:
    """What can be transferred makes a closer look worth it; a verb does not."""
    gates = {
        name: pattern("x", (Meaning(name),), ()).gate
        for name in ("weapon.tank", "embargo.arms", "embargo.word", "transfer.give", "entity")
    }
    assert ["weapon.tank", "embargo.arms", "embargo.word"] == [n for n, g in gates.items() if g]


def test_closure_joins_clitics() -> None:
    """Clitics stand one after another, one of each place, in the order of the places."""
    assert {"a", "b", "c", "ac", "bc"} == closure((("a", "b"), ("c",)))
    assert frozenset() == closure(())


@given(st.text(alphabet="abc *=-'é ", min_size=1, max_size=8), st.text("abcé -'*=", max_size=40))
def test_every_hit_begins_or_holds_its_piece(term: str, text: str) -> None:
    """Whatever the term and the text, a hit holds the letters that were looked for."""
    one = pattern(term, (Meaning("x"),), ())
    for hit in Automaton([one], PLAIN).find(fold(text)):
        assert one.piece in fold(text).text[hit.start : hit.end]
        assert folded(term.replace("*", "").removeprefix("=")).split()[:1] is not None
