"""A deal goes on for months: the same goods between the same parties, stopped and taken up again."""

from collections.abc import Mapping
from typing import Any

import pytest

from monitor.model import Act, Member, Stage
from monitor.story.deals import deal as shared
from monitor.story.judge import standard
from monitor.story.view import view
from tests.story.accounts import account, deal, streamed

GUNS: dict[str, Any] = {"categories": ("artillery",)}
UNCOMMON = "same goods between uncommon parties"


def between(one: Member, other: Member) -> Mapping[str, float]:
    judge = standard()
    return shared(one, other, view(one, judge), view(other, judge), judge)


def test_uncommon_parties_tell_more() -> None:
    """That two accounts are of one pair of states says more the less is told of them."""
    often = [
        account(t, act=deal(suppliers=("us",), recipients=("ua",), **GUNS))
        for t in ("US guns for Ukraine", "Ukraine gets US guns")
    ]
    seldom = [
        account(t, act=deal(suppliers=("uy",), recipients=("bt",), **GUNS))
        for t in ("Uruguay's guns for Bhutan", "Bhutan gets guns of Uruguay")
    ]

    assert 0 < between(*often)[UNCOMMON] < between(*seldom)[UNCOMMON] <= 1


@pytest.mark.parametrize("act", [None, deal(suppliers=())])
def test_headlines_name_the_parties_of_acts_unread(act: Act | None) -> None:
    """Without an act, or with half of one, the states in the headline are who deals."""
    one = account("Norway sells howitzers to Latvia", act=act)
    other = account("Latvian howitzers come from Norway", 900, act=act)

    assert between(one, other)[UNCOMMON] > 0


def test_other_parties_and_other_goods_share_no_deal() -> None:
    """One state in common is no deal, and one pair may have several."""
    one = account("Norway sells howitzers to Latvia", act=deal(**GUNS))
    other = account("Norway sells howitzers to Peru", act=deal(recipients=("pe",), **GUNS))
    ships = account("Norway sells frigates to Latvia", act=deal(categories=("ship",)))

    assert {} == between(one, other)
    assert 0 == between(one, ships)[UNCOMMON]


@pytest.mark.parametrize(
    ("title", "again"),
    [
        ("Norway resumes exports to Latvia", 1),
        ("Norwegen nimmt Lieferungen an Lettland wieder auf", 1),
        ("Норвегия возобновила поставки Латвии", 1),
        ("Norway sells to Latvia", 0),
    ],
)
def test_taken_up_again(title: str, again: float) -> None:
    """What resumes is what had been stopped, whichever account came first."""
    stop = account("Norway halts exports to Latvia", act=deal(Stage.REFUSED))
    other = account(title, 1000, act=deal())

    assert again == between(stop, other)["taken up again"]
    assert again == between(other, stop)["taken up again"]


def test_deal_goes_on_after_months() -> None:
    """The delivery of what was ordered half a year ago is told with the order, as an update."""
    stream = streamed(
        [
            account("Norway to supply howitzers to Latvia", act=deal(**GUNS)),
            account(
                "First howitzers from Norway arrive in Latvia",
                24 * 150,
                deal(Stage.DELIVERED, **GUNS),
            ),
        ]
    )

    assert ["first", "update"] == [r.value for r in stream.relations()]


def test_export_is_resumed_in_the_story_of_its_halt() -> None:
    """A halt and its end are one story, weeks apart."""
    stream = streamed(
        [
            account("Norway halts arms exports to Latvia", act=deal(Stage.REFUSED)),
            account("Norway resumes arms exports to Latvia", 24 * 60, deal()),
        ]
    )

    assert 1 == stream.stories
