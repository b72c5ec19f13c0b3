"""Names become the entities they stand for: the longest wins, doubt needs support."""

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import entities
from monitor.config.entities import Entity, Gazetteer, Name
from monitor.config.reading import Problems
from monitor.match.entities import Mention, Sense, Term, resolve, settle, settled, vocabulary
from monitor.match.rules import grammar
from monitor.match.terms import Automaton, Meaning, pattern
from monitor.match.text import fold

CONFIG = Path(__file__).parents[2] / "config"
Naming = Callable[..., list[str]]


@pytest.fixture(scope="module")
def naming() -> Naming:
    """(language, text) → the ids it names, in order, by the names that come with the monitor."""
    terms = vocabulary(entities.read(CONFIG, Problems(CONFIG), {}))

    @cache
    def automaton(language: str) -> Automaton:
        own = grammar(language)
        letters = tuple(own.letters.items())
        return Automaton(
            [
                pattern(term.term, (Meaning("entity", term.senses),), letters)
                for term in terms
                if term.language in ("", language)
            ],
            own,
        )

    def named(language: str, text: str, *, supported: bool = False) -> list[str]:
        folded = fold(text, tuple(grammar(language).letters.items()))
        mentions = [
            Mention(hit.start, hit.end, meaning.senses)
            for hit in automaton(language).find(folded)
            for meaning in hit.pattern.meanings
        ]
        return [id for id in settled(mentions, supported=supported).values() if id]

    return named


NAMED = """
    en | Washington and Moscow trade blame                        | us ru
    en | Russian-made tanks seen near the border                  | ru
    en | The UK and France test their jets                        | gb fr
    en | Let us go home                                           |
    en | US and UAE sign a pact                                   | us ae
    en | South Sudan asks Sudan for help                          | ss sd
    en | North Korea and South Korea talk                         | kp kr
    en | Papua New Guinea signs up                                | pg
    en | Guinea-Bissau and Equatorial Guinea meet                 | gw gq
    en | New Mexico votes, Latin America watches                  |
    en | Captain America beats Michael Jordan                     |
    en | The turkey was cold                                      |
    en | Turkey buys frigates                                     | tr
    en | Polish troops polish their boots                         | pl
    en | Mali and Niger leave the bloc                            | ml ne
    en | Houthi rebels and Hezbollah fighters                     | houthis hezbollah
    en | Saab and Rheinmetall build a plant                       | saab rheinmetall
    en | Gripen or F-16s for the air force                        | gripen f-16
    en | S-400s and HIMARS launchers                              | s-400 himars
    en | DR Congo says M23 rebels withdrew                        | cd m23
    en | Congo-Brazzaville hosts the talks                        | cg
    en | Brussels and NATO coordinate                             | eu nato
    en | The U.N. Security Council and the E.U. met               | un un eu
    en | Kyiv thanks Berlin, Zelensky thanks Scholz               | ua de ua de
    en | The Pentagon and Downing Street are silent               | us gb
    en | Iranian Shahed-136 drones                                | ir shahed
    ru | Россия передаст Ирану вертолёты                          | ru ir
    ru | Польские гаубицы для Украины                             | pl ua
    ru | США и Китай, Вашингтон с Пекином                         | us cn us cn
    ru | Южный Судан и Северная Корея                             | ss kp
    ru | Латинская Америка и Америка                              | us
    ru | ЗРК С-400 и «Байрактары»                                 | s-400 bayraktar
    ru | Хуситы и Хезболла                                        | houthis hezbollah
    uk | Німеччина надасть Україні системи                        | de ua
    uk | Литва і Польща разом зі Швецією                          | lt pl se
    uk | Шахеди з Ірану                                           | shahed ir
    pl | Polska kupi czołgi w Korei Południowej                   | pl kr
    pl | Niemieckie armatohaubice dla Ukrainy                     | de ua
    pl | Rosja i Chiny w Warszawie                                | ru cn pl
    de | Deutschland liefert der Ukraine Waffen                   | de ua
    de | Die Türkei und Südkorea verhandeln                       | tr kr
    de | US-Regierung und Kreml schweigen                         | us ru
    de | Der türkische Präsident und die französische Marine      | tr fr
    sv | Sverige säljer till Ungern                               | se hu
    sv | Tysklands regering och USA:s president                   | de us
    sv | Den ryska flottan och Storbritannien                     | ru gb
    fr | La France livre des canons à l'Ukraine                   | fr ua
    fr | Les États-Unis et la Corée du Sud                        | us kr
    fr | L'armée israélienne et les rebelles houthis              | il houthis
    es | Estados Unidos vende cazas a Arabia Saudita              | us sa
    es | El Gobierno alemán y la marina brasileña                 | de br
    es | Rusia, la Casa Blanca y Corea del Norte                  | ru us kp
    it | L'Italia consegna fregate all'Egitto                     | it eg
    it | Gli Stati Uniti e la Corea del Nord                      | us kp
    pt | O Irão e a Polónia, o Irã e a Polônia                    | ir pl ir pl
    zh | 紐西蘭與義大利,新西兰与意大利                            | nz it nz it
    zh | 上海地铁与内蒙古                                         |
    ja | マインドとブラインド                                     |
    fr | Il faut qu'elle vienne avec une grenade                  |
    pt | O Brasil compra caças à Suécia                           | br se
    pt | Os Estados Unidos e a Coreia do Norte                    | us kp
    tr | Türkiye, Azerbaycan'a insansız araç sattı                | tr az
    tr | ABD'den Yunanistan'a                                     | us gr
    tr | Suudi Arabistan ve Birleşik Arap Emirlikleri             | sa ae
    ar | السعودية والإمارات توقعان اتفاقا                         | sa ae
    ar | صفقة للعراق مع كوريا الجنوبية                            | iq kr
    ar | روسيا تسلم إيران منظومة إس-400                           | ru ir s-400
    ar | الجيش الإسرائيلي وحزب الله                               | il hezbollah
    ar | أسلحة للسودان وللولايات المتحدة                         | sd us
    fa | روسیه و ایران و آمریکا                                   | ru ir us
    fa | کره شمالی و چین                                          | kp cn
    he | ארה"ב תמכור לישראל מטוסים                                | us il
    he | גרמניה וצפון קוריאה                                      | de kp
    he | כיפת ברזל לקפריסין                                       | iron-dome cy
    hi | भारत और रूस के बीच                                       | in ru
    hi | उत्तर कोरिया और अमेरिका                                  | kp us
    hi | फ्रांस से राफेल                                          | fr rafale
    ja | 米国がウクライナに供与                                   | us ua
    ja | 北朝鮮とロシアの協定                                     | kp ru
    ja | 韓国製のK9自走砲                                         | kr k9
    ko | 북한이 러시아에 포탄을 보냈다                            | kp ru
    ko | 한국과 폴란드, K2 전차 계약                              | kr pl k2
    ko | 미국의 F-35를 일본에                                     | us f-35 jp
    zh | 美国向台湾出售导弹                                       | us tw
    zh | 俄羅斯與北韓簽約                                         | ru kp
    zh | 印度购买S-400                                            | in s-400
    ja | 日米と米韓の演習                                         | jp us us kr
    ko | 북러 협정, 한미 훈련                                     | kp ru kr us
    zh | 俄乌冲突与美韩演习                                       | ru ua us kr
    zh | 其中美国最多                                             | us
    zh | 前往俄亥俄州和北美                                       |
"""


@pytest.mark.parametrize("line", NAMED.strip().splitlines(), ids=lambda line: line[:50].strip())
def test_text_names_its_entities(line: str, naming: Naming) -> None:
    """Names, adjectives, capitals, governments and leaders in every language and script."""
    language, text, expected = (part.strip() for part in line.split("|"))

    assert expected.split() == naming(language, text)


def test_doubtful_name_wants_support(naming: Naming) -> None:
    """Georgia, a javelin and Kursk count beside a weapon and a transfer, not alone."""
    for text, id in (
        ("Georgia orders rifles", "ge"),
        ("A crate of Javelins", "javelin"),
        ("Rifles reach Kursk", "ru"),
        ("Boeing wins the order", "boeing"),
    ):
        assert [] == naming("en", text)
        assert [id] == naming("en", text, supported=True)


def test_certain_name_settles_a_doubtful_one(naming: Naming) -> None:
    """Congo beside Kinshasa is the one, beside Brazzaville the other."""
    assert ["cd", "cd"] == naming("en", "Kinshasa is calm, says Congo")
    assert ["cg", "cg"] == naming("en", "Brazzaville is calm, says Congo")
    assert [] == naming("en", "Congo is calm")


def name(text: str, *, ambiguous: bool = False) -> Name:
    return Name(text, "en", "name", ambiguous=ambiguous)


def test_vocabulary_joins_what_is_written_alike() -> None:
    """One term per language and spelling, with every entity it stands for."""
    known = Gazetteer(
        {
            "cd": Entity(id="cd", kind="state", title="", names=(name("Congo"),)),
            "cg": Entity(id="cg", kind="state", title="", names=(name("Congo"), name("Brazza"))),
        }
    )
    one, two = (Sense(id, "state", "name", False) for id in ("cd", "cg"))

    assert (Term("Congo", "en", (one, two)), Term("Brazza", "en", (two,))) == vocabulary(known)


def sense(entity: str, kind: str = "state", *, ambiguous: bool = False) -> Sense:
    return Sense(entity, kind, "name", ambiguous)


def test_certain_sense_beats_a_doubtful_one() -> None:
    """Whatever their kinds; among equals a state comes before a company, then the alphabet."""
    both = Mention(0, 5, (sense("be", ambiguous=True), sense("eu", "body")))

    assert "eu" == settle(both, supported=True)
    assert "be" == settle(both, {"be"})
    assert "aa" == settle(Mention(0, 1, (sense("zz", "company"), sense("bb"), sense("aa"))))


def test_pair_of_states_becomes_two_mentions() -> None:
    """A letter each, in order; half a pair is a name like any other."""
    first, second = Sense("jp", "state", "first", False), Sense("us", "state", "second", True)
    halves = (
        Mention(4, 5, (Sense("jp", "state", "abbreviation", False),)),
        Mention(5, 6, (Sense("us", "state", "abbreviation", True),)),
    )

    assert halves == resolve([Mention(4, 6, (first,)), Mention(4, 6, (second,))])
    assert (Mention(4, 6, (first,)),) == resolve([Mention(4, 6, (first,))])


def test_lookalike_is_nobody() -> None:
    """Even where the same words also stand for somebody."""
    assert "" == settle(Mention(0, 5, (sense("us"), sense("new-mexico", "lookalike"))))


SPANS = st.lists(
    st.builds(
        lambda start, length, id: Mention(start, start + length, (sense(id),)),
        st.integers(0, 20),
        st.integers(1, 6),
        st.sampled_from(("aa", "bb", "cc")),
    ),
    max_size=12,
)


@given(SPANS)
def test_standing_mentions_never_overlap_and_the_longest_stands(mentions: list[Mention]) -> None:
    """In order, apart, none of them new; nothing found is longer than what hides it."""
    standing = resolve(mentions)

    assert all(a.end <= b.start for a, b in pairwise(standing))
    assert {(m.start, m.end) for m in standing} <= {(m.start, m.end) for m in mentions}
    for lost in mentions:
        rivals = [m for m in standing if m.start < lost.end and lost.start < m.end]
        assert any(m.end - m.start >= lost.end - lost.start for m in rivals)
    assert standing == resolve(standing)


@given(SPANS, st.booleans())
def test_every_standing_mention_is_settled(mentions: list[Mention], supported: bool) -> None:
    """On one of its own senses, or on nobody."""
    for mention, id in settled(mentions, supported=supported).items():
        assert id in {"", *(s.entity for s in mention.senses)}
