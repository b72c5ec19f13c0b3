"""How much there is of a thing counts, each step under its own name."""

import pytest

from monitor.match.tallies import tally
from tests.match.conftest import seen


def counted(title: str, summary: str = "") -> dict[str, int]:
    """Feature → how many finds are behind it."""
    return {name: len(finds) for name, finds in tally(seen(title, summary).scene)}


def test_every_step_up_to_the_count_is_said() -> None:
    """Three of a thing are also one or more and two or more of it."""
    found = counted("attack, attack, attack on tanks")
    assert [1, 2, 3] == [found[f"{n} or more look-alikes"] for n in (1, 2, 3)]
    assert "4 or more look-alikes" not in found


@pytest.mark.parametrize(("times", "most"), [(4, 4), (9, 4)])
def test_more_than_the_most_makes_no_difference(times: int, most: int) -> None:
    """A ninth look-alike says nothing that the fourth has not said."""
    found = counted("tanks", "attack " * times)
    assert f"{most} or more look-alikes" in found
    assert f"{most + 1} or more look-alikes" not in found


def test_one_look_alike_often_is_one_kind() -> None:
    """Kinds are counted apart from how often each is said."""
    assert "2 or more kinds of look-alike" not in counted("attack after attack on tanks")
    assert "2 or more kinds of look-alike" in counted("attack on tanks after the match")


def test_a_look_alike_away_from_the_goods_is_counted_apart() -> None:
    """A battle in another sentence is less against a story than one in the sentence of the good."""
    away = counted("Arland sells tanks", "A match follows the match.")
    beside = counted("Arland sells tanks after the match")
    assert "1 or more look-alikes beside a good" not in away
    assert 1 == beside["1 or more look-alikes beside a good"]
    assert 1 == beside["1 or more kinds of look-alike beside a good"]


def test_the_title_is_counted_by_itself() -> None:
    """What stands below counts for the text, not for its title."""
    found = counted("Arland sells tanks", "Arland sells tanks and Borland buys")
    assert "2 or more acts of transfer" in found
    assert "2 or more acts of transfer in title" not in found


def test_parties_are_counted_by_kind_and_country() -> None:
    """Two names of one state are one state."""
    found = counted("Arland and Arland sell tanks to Borland")
    assert {"2 of kind state", "2 countries", "2 states in title"} <= set(found)


@pytest.mark.parametrize(
    ("title", "feature"),
    [
        ("Arland sells tanks to Borland", "title: good, act, 2 parties"),
        ("Arland sells", "title: act, 1 parties"),
        ("tanks", "title: good, 0 parties"),
        ("news", "title: 0 parties"),
    ],
)
def test_what_the_title_names_is_one_feature(title: str, feature: str) -> None:
    """Good, act and parties of a title are said together."""
    assert feature in counted(title, "tanks")
