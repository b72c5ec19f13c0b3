"""The count or value of a good is read as written."""

import pytest

from monitor.match.quantity import quantity
from tests.match.conftest import seen


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
        ("Tanks 3 and missiles", "", "3 and missiles"),
        ("A 20-year deal, tanks", "", ""),
        ("B52 tanks", "", ""),
        ("3 million tanks", "", "3 million"),
        ("3 Zap-9", "", "3 Zap-9"),
        ("7 dozens of tanks", "", "7 dozens"),
        ("News", "dozens of tanks", "dozens"),
        ("costs 40%", "tanks", ""),
    ],
)
def test_quantities(title: str, summary: str, said: str) -> None:
    """Counts come with their good, values alone, years and names of models not at all."""
    assert said == quantity(seen(title, summary).scene)
