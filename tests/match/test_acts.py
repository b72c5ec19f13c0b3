"""An act is who, what, whom, how far, under which embargo."""

from datetime import date

import pytest

from monitor.match.acts import act, told
from monitor.match.roles import Party, Roles
from monitor.model import Act, Stage
from tests.match.conftest import seen, small

DAY = date(2026, 1, 1)


def judged(title: str, *chances: tuple[float, float], at: Stage = Stage.AGREED) -> Act:
    scene = seen(title).scene
    sides = Roles()
    for actor, (giver, taker) in zip(scene.of("actor"), chances, strict=True):
        sides.parties.append(Party(actor.names[0], [actor], {}, giver, taker))
    return act(scene, small(), sides, at, DAY)


GIVES, TAKES, NEITHER = (0.9, 0.0), (0.0, 0.9), (0.0, 0.0)


def test_sides_and_regimes() -> None:
    """The sides as judged, and the embargo that stands between them."""
    found = judged("Arland sells 12 tanks to Borland", GIVES, TAKES)
    assert (("aa",), ("bb",)) == (found.suppliers, found.recipients)
    assert ("un-bb",) == found.regimes
    assert "12 tanks" == found.quantity


def test_a_company_brings_its_country() -> None:
    """Who sells through a company sells from its country, unless that is who buys."""
    assert ("acme", "cc") == judged("Acme sells tanks to Arland", GIVES, TAKES).suppliers
    assert ("acme",) == judged("Acme sells tanks to Corland", GIVES, TAKES).suppliers
    assert ("acme", "cc") == judged("Acme of Corland sells tanks", GIVES, GIVES).suppliers


def test_a_system_brings_its_maker() -> None:
    """Where nobody is named to supply, the maker of the system does; not in an embargo."""
    assert ("cc",) == judged("Arland buys Zap-9", TAKES).suppliers
    assert ("aa",) == judged("Arland sells Zap-9", GIVES).suppliers
    assert () == judged("Corland buys Zap-9", TAKES).suppliers
    assert () == judged("Embargo on Zap-9", at=Stage.EMBARGO).suppliers


@pytest.mark.parametrize(
    ("title", "categories"),
    [
        ("tanks and missiles", ("tank", "missile")),
        ("arms", ("unspecified",)),
        ("arms and tanks", ("tank",)),
        ("Zap-9 and tanks", ("missile", "tank")),
    ],
)
def test_categories(title: str, categories: tuple[str, ...]) -> None:
    """Every kind that is named; "unspecified" only where there is no other."""
    found = judged(title)
    assert categories == found.categories


def test_the_title_names_the_kind() -> None:
    """What stands below counts only where the title names no kind."""
    rules = small()
    below = told(seen("Arland sells arms", "Tanks and missiles").scene, rules, None, DAY)
    assert ("tank", "missile") == below.act.categories
    above = told(seen("Arland sells tanks", "Missiles were used").scene, rules, None, DAY)
    assert ("tank",) == above.act.categories


def test_doubt_and_denial() -> None:
    """Doubt and denial are part of what is told; a mere report is doubtful by itself."""
    found = judged("alleged tanks, Arland denies", NEITHER)
    assert found.doubted
    assert found.denied
    plain = judged("tanks")
    assert not plain.doubted
    assert not plain.denied
    assert judged("tanks", at=Stage.REPORTED).doubted


def test_what_else_is_denied_is_not_the_transfer() -> None:
    """A denial stands beside what is denied or right behind it; further away it is of else."""
    rules = small()

    def denied(summary: str) -> bool:
        return told(seen("Arland sells tanks", summary).scene, rules, None, DAY).act.denied

    assert denied("Arland denies it")
    assert denied("Bread is dear. Arland denies tanks")
    assert not denied("Bread is dear. Arland denies it")
