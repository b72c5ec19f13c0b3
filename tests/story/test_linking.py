"""The cheapest reason that holds is the one that is told, and vetoes hold against all likeness."""

import pytest

from monitor.model import Member
from monitor.story.features import features
from monitor.story.judge import standard
from monitor.story.view import view
from tests.story.accounts import account, deal, streamed

TITLE = "Norway to supply howitzers to Latvia under a new agreement"


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        (account(TITLE), account(f"{TITLE} - Example Post", 30), "same-title"),
        (account(TITLE), account("Norway to supply howitzers to Latvia under new agreement", 5), "near-copy"),
        (account(TITLE, url="https://x.example/a-1"), account("Latvia gets howitzers", 5, url="https://m.x.example/a-1?utm_source=b"), "url"),
        (account(TITLE, feed_id="f", id="1"), account("Norway's howitzers for Latvia", 5, feed_id="f", id="1"), "revision"),
        (account(TITLE), account("Latvia to receive howitzers from Norway", 5), "link"),
        (account(TITLE), account("Ferry sinks off Indonesia", 5), "new"),
    ],
)  # fmt: skip
def test_reason(one: Member, other: Member, reason: str) -> None:
    """Each level of sameness has its name."""
    assert reason == streamed([one, other]).told[1].reason


def test_features_are_symmetric() -> None:
    """The order of arrival changes no value."""
    a, b = account(TITLE), account("Latvia to receive 54 howitzers from Norway, 54 in all", 5)
    one, other = view(a, standard()), view(b, standard())

    assert features(a, b, one, other, standard()) == features(b, a, other, one, standard())


@pytest.mark.parametrize(
    ("number", "least", "most"), [("12", 0.05, 0.2), ("500", 0.2, 0.3), ("537", 0.45, 0.55)]
)
def test_telling_numbers_tell_more(number: str, least: float, most: float) -> None:
    """A day of the month says little, a round count more, an odd one most."""
    a, b = account(f"Ship with {number} aboard"), account(f"Vessel carries {number} people", 1)
    found = features(a, b, view(a, standard()), view(b, standard()), standard())

    assert least <= found["numbers shared"] <= most


def test_who_gives_and_who_gets_may_be_read_either_way() -> None:
    """Accounts that name the same parties in turned roles are still of one deal."""
    one = account(TITLE, act=deal())
    turned = account(
        "Latvia to receive howitzers from Norway", 5, deal(suppliers=("lv",), recipients=("no",))
    )

    assert 1 == streamed([one, turned]).stories


def test_nobody_is_a_stranger_to_a_story_without_parties() -> None:
    """A side that the story does not know keeps nobody out."""
    one = account(TITLE, act=deal(suppliers=(), recipients=("lv",)))
    other = account("Latvia to receive howitzers from Norway", 5, deal(suppliers=("ee",)))

    assert 1 == streamed([one, other]).stories


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("$6.5 billion", "$7 billion", 0),
        ("$6 billion", "$8 billion", 1),
        ("billions", "$8 billion", 0),
    ],
)
def test_rounded_values_are_one_value(one: str, other: str, apart: float) -> None:
    """Outlets round: only values a quarter apart are two."""
    a, b = account(f"Norway in {one} deal with Latvia"), account(f"{other} deal for Norway", 1)
    found = features(a, b, view(a, standard()), view(b, standard()), standard())

    assert apart == found.get("values apart", 0)
