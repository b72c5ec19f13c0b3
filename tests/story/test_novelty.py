"""Only what is materially new is news, and it is said in sentences."""

from dataclasses import replace

import pytest

from monitor.model import Act, Relation, Stage
from monitor.story.changes import changes
from monitor.story.judge import standard
from monitor.story.novelty import news
from tests.story.accounts import account, deal, streamed

TITLE = "Norway to supply K9 howitzers to Latvia"


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (deal(Stage.DELIVERED), "Stage: delivered, before agreed."),
        (deal(suppliers=("no", "se")), "New supplier: Sweden."),
        (deal(recipients=("ee", "lv")), "New recipient: Estonia."),
        (deal(systems=("zz-9",)), "New item: zz-9."),
        (deal(quantity="70 guns"), "Quantity: 70 guns, before 54 guns."),
        (deal(denied=True), "Denied by a party."),
    ],
)
def test_changes(act: Act, said: str) -> None:
    """Each new fact is one sentence, with what was known before."""
    story = streamed([account(TITLE, act=deal(quantity="54 guns", doubted=False))]).told[0].story

    assert said in changes(account(TITLE, 60, act), story, standard())


def test_first_quantity_has_no_before() -> None:
    """A count that nobody gave yet stands alone."""
    story = streamed([account(TITLE, act=deal())]).told[0].story

    assert ("Quantity: 54 guns.",) == changes(
        account(TITLE, 9, deal(quantity="54 guns")), story, standard()
    )


def test_confirmation_is_a_change() -> None:
    """What was only alleged and is told as a fact now is news."""
    story = streamed([account(TITLE, act=deal(doubted=True))]).told[0].story

    assert ("Told as a fact, no longer only alleged.",) == changes(
        account(TITLE, 9, deal()), story, standard()
    )


@pytest.mark.parametrize("act", [None, deal()])
def test_nothing_nameable_shows_the_headline(act: Act | None) -> None:
    """An update always says something."""
    story = streamed([account(TITLE, act=act)]).told[0].story

    assert ("New account: Norway again",) == changes(
        account("Norway again", 9, act), story, standard()
    )


def test_reaction_on_the_same_day_is_no_update() -> None:
    """Comment within the first days adds nothing."""
    comment = account("Why Norway is to supply howitzers to Latvia", 5, deal())
    stream = streamed([account(TITLE, act=deal()), comment])

    assert 1 == stream.stories
    assert [Relation.FIRST, Relation.REPORT] == stream.relations()


def test_silence_speaks_for_news() -> None:
    """The later an account comes, the likelier it tells something new."""
    story = streamed([account(TITLE, act=deal())]).told[0].story
    chances = [news(account(TITLE, h, deal()), story, standard()).chance for h in (1, 50, 200)]

    assert sorted(chances) == chances
    assert chances[0] < chances[2]


def test_parts_add_up() -> None:
    """Why it counts as news can be read off the parts."""
    story = streamed([account(TITLE, act=deal())]).told[0].story
    found = news(replace(account(TITLE, 99, deal(Stage.DELIVERED))), story, standard())

    assert "a stage not yet told" in found.parts
    assert (sum(found.parts.values()) > 0) == (found.chance > 0.5)
