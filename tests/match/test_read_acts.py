"""Who supplies what to whom, as the shipped rules read it, form by form."""

from collections.abc import Callable

import pytest

from monitor.model import Match

Judge = Callable[..., Match]


@pytest.mark.parametrize(
    ("title", "suppliers", "recipients"),
    [
        ("Norwegian-made howitzers for Peru", {"no"}, {"pe"}),
        ("Peru's purchase of Sweden's fighter jets", {"se"}, {"pe"}),
        ("Sale of Norwegian missiles to Peru blocked by Washington", {"no"}, {"pe"}),
        ("Washington blocks Spain's sale of transport planes to Venezuela", {"es"}, {"ve"}),
        ("US vetoes Swedish fighter jets sale to Colombia", {"se"}, {"co"}),
        ("Rifles seized off Oman, bound for Somalia from Iran", {"ir"}, {"so"}),
        ("Italy sells frigates to Egypt", {"it"}, {"eg"}),
        ("Frigates sold to Egypt by Italy", {"it"}, {"eg"}),
        ("Egypt buys frigates from Italy", {"it"}, {"eg"}),
        ("Egypt to receive Italian frigates", {"it"}, {"eg"}),
        ("Spain's purchase of Israeli missiles", {"il"}, {"es"}),
    ],
)
def test_sides_are_read_in_every_form(
    judge: Judge, title: str, suppliers: set[str], recipients: set[str]
) -> None:
    """Order, voice, origin and nouns say the same; who blocks a sale, or where, is no side of it."""
    act = judge(title).act
    assert act is not None
    assert (suppliers, recipients) == (set(act.suppliers), set(act.recipients))


@pytest.mark.parametrize(
    ("title", "language", "said"),
    [
        ("Serbia denies selling mortar shells to Ukraine", "en", (True, True)),
        ("No indication that Kenya supplied rifles to Sudan, UN says", "en", (False, True)),
        ("Kenya sells rifles to Uganda", "en", (False, False)),
    ],
)
def test_denial_and_doubt_are_told(
    judge: Judge, title: str, language: str, said: tuple[bool, bool]
) -> None:
    """What is denied or doubted is told so, what is not is not."""
    act = judge(title, language=language).act
    assert act is not None
    assert said == (act.denied, act.doubted)


@pytest.mark.parametrize(
    ("title", "language", "said"),
    [
        ("Norge skänker två stridsvagnar till Lettland", "sv", "två stridsvagnar"),
        ("Россия продаст Алжиру двадцать танков", "ru", "двадцать танков"),
        ("ノルウェー、ペルーに戦車20両を供与", "ja", "戦車20両"),
        ("노르웨이, 페루에 전차 20대 수출", "ko", "전차 20대"),
        ("挪威向秘鲁出售20辆坦克", "zh", "20辆坦克"),
        ("La France livre deux frégates au Pérou", "fr", "deux frégates"),
        ("Norway sells dozens of tanks to Peru", "en", "dozens"),
    ],
)
def test_quantities_are_read_in_every_script(
    judge: Judge, title: str, language: str, said: str
) -> None:
    """Figures and number words, before the good or after it."""
    act = judge(title, language=language).act
    assert act is not None
    assert said == act.quantity
