"""The count or value of a good is read as written."""

from unicodedata import name

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.match.matching import reading
from monitor.match.quantity import quantity
from tests.conftest import NOW
from tests.match.conftest import entry, seen, small


@pytest.mark.parametrize(
    ("title", "summary", "said"),
    [
        ("Arland sells 100 tanks", "", "100 tanks"),
        ("Arland sells 1,200 new battle tanks", "", "1,200 new battle tanks"),
        ("millions of missiles", "", "millions"),
        ("dozens of tanks", "", "dozens"),
        ("Arland sells tanks for $14 million", "", "$14 million"),
        ("$14 million of tanks", "", "$14 million"),
        ("Arland sells tanks", "The deal is worth €2bn", "€2bn"),
        ("tanks in 2019", "", ""),
        ("tanks of the T-72 kind", "", ""),
        ("5 years later, Arland and all the others sell tanks", "", ""),
        ("12 killed. tanks", "", ""),
        ("Arland sells tanks", "", ""),
        ("Tanks, 3 missiles", "", "3 missiles"),
        ("A 20-year deal, tanks", "", ""),
        ("B52 tanks", "", ""),
        ("3 million tanks", "", "3 million tanks"),
        ("3 Zap-9", "", "3 Zap-9"),
        ("7 dozens of tanks", "", "7 dozens of tanks"),
        ("News", "dozens of tanks", "dozens"),
        ("costs 40%", "tanks", ""),
        ("four new tanks for Arland", "", "four new tanks"),
        ("12 Zap-9 missiles", "", "12 Zap-9 missiles"),
        ("dozens, Arland says, and tanks", "", ""),
        ("6 months until Arland sells tanks", "", ""),
        ("155mm tanks", "", ""),
        ("Leo 2 tanks", "", ""),
        ("Arland 2 tanks", "", "2 tanks"),
        ("2 tanks", "", "2 tanks"),
        ("tanks of Mk 80", "", ""),
        ("1/2 tanks", "", ""),
        ("tanks for $ 3 million", "", "$ 3 million"),
        ("tanks worth million $", "", ""),
        ("tanks cost €90B", "", "€90B"),
        ("１２ tanks", "", "１２ tanks"),
        ("１，２００ tanks", "", "１，２００ tanks"),
        ("Arland。12 killed。tanks", "", ""),
        ("News, 5 dead", "$3m for bread", ""),
        ("dozens to Arland aboard tanks", "", ""),
        ("18 to 20 tanks", "", "18 to 20 tanks"),
        ("Arland sells dozens of tanks to Borland", "", "dozens"),
    ],
)
def test_quantities(title: str, summary: str, said: str) -> None:
    """Counts come with their good, values alone, years and names of models not at all."""
    assert said == quantity(seen(title, summary).scene)


EASTERN = {
    "weapon.tank": ("戦車", "전차", "坦克"),
    "weapon.unspecified": ("武器",),
    "transfer.give": ("供与",),
    "quantity.unit": ("数十",),
}


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("戦車20両を供与", "戦車20両"),
        ("戦車２０両を供与", "戦車２０両"),
        ("20両の戦車を供与", "20両の戦車"),
        ("戦車、計30両", "30両"),
        ("전차 20대 수출", "전차 20대"),
        ("K2 전차 20여 대", "전차 20여 대"),
        ("向邻国出口44辆坦克", "44辆坦克"),
        ("共1.2万枚坦克", "1.2万枚坦克"),
        ("武器4億ドル相当", "4億ドル"),
        ("武器 60조원 규모", "60조원"),
        ("数十の戦車", "数十の戦車"),
        ("10日、戦車を公開", ""),
        ("10日に戦車を公開", ""),
        ("戦車を25日に公開", ""),
        ("3인이 전차를", ""),
        ("第3国の戦車", ""),
        ("戦車2019年", ""),
        ("Ａ20戦車", ""),
        ("戦車 K20両", ""),
    ],
)
def test_counts_where_no_spaces_part_words(title: str, said: str) -> None:
    """A counter makes a number a count, before its good or after it; a date counts nothing."""
    language = "ko" if "HANGUL" in "".join(map(name, title)) else "ja"
    rules = small(concepts=EASTERN, language=language)
    assert said == quantity(reading(entry(title, language=language), rules, NOW).scene)


@settings(deadline=None)  # each example compiles a detector
@given(st.text("12 ,.-$€%mk両日台tanks万", max_size=30))
def test_a_quantity_is_a_piece_of_the_text(title: str) -> None:
    """Whatever is written, what is said stands there word for word."""
    assert quantity(seen(f"tanks {title} tanks").scene) in f"tanks {title} tanks"
