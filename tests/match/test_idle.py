"""How much of a title is about other things counts, in steps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.languages import ja
from monitor.match.idle import idle
from monitor.match.scene import Field, Scene
from monitor.match.text import fold
from tests.match.conftest import seen


def tenths(title: str, summary: str = "") -> int:
    """The highest step reached; every lower one must be said too."""
    steps = [int(name.split()[0]) for name in idle(seen(title, summary).scene)]
    assert list(range(1, len(steps) + 1)) == steps
    return len(steps)


@pytest.mark.parametrize(
    ("title", "most"),
    [
        ("Arland sells tanks to Borland", 0),
        ("Arland sells tanks while whales sing", 3),
        ("tanks among whales singing loudly every spring", 7),
        ("of it", 0),
        ("", 0),
    ],
)
def test_each_step_of_the_share_is_said(title: str, most: int) -> None:
    """Words in which nothing was found count; little ones and no words at all do not."""
    assert most == tenths(title)


def test_only_the_title_counts() -> None:
    """What stands below is background more often than not."""
    assert 0 == tenths("Arland sells tanks", "Whales sing loudly every spring")


def test_two_characters_are_about_a_word_where_no_spaces_are() -> None:
    """A title in kana and kanji has its share as any other."""
    scene = Scene((Field("title", fold("新型戦車を供与"), 0),), "ja", ja.LANGUAGE)
    assert 7 == len(list(idle(scene)))


@given(st.text(max_size=80))
def test_any_title_has_a_share(title: str) -> None:
    """Steps come in order and end at seven, whatever stands there."""
    assert 0 <= tenths(title) <= 7
