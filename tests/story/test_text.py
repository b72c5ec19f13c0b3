"""Titles of one event compare as equal as they are, in every script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.story.text import fold, headline, stem, words


@pytest.mark.parametrize(
    ("title", "outlet", "bare"),
    [
        ("Norway to sell howitzers - Example Post", "news.google.com", "Norway to sell howitzers"),
        ("Norway to sell howitzers | Example", "", "Norway to sell howitzers"),
        ("Norway to sell howitzers : NPR", "", "Norway to sell howitzers"),
        ("Norway to sell howitzers — Paper", "paper.example", "Norway to sell howitzers"),
        ("Norway to sell howitzers — paper.com", "", "Norway to sell howitzers"),
        ("Norway to sell howitzers — report", "paper.example", "Norway to sell howitzers — report"),
        ("Norway to sell howitzers - sources", "x", "Norway to sell howitzers - sources"),
        ("Norway to sell guns - it says it will do so soon", "x", "Norway to sell guns - it says it will do so soon"),
        ("Tanks - Example", "", "Tanks - Example"),
        ("Norway -", "x", "Norway -"),
        ("Exclusive: Norway to sell howitzers", "", "Norway to sell howitzers"),
        ("UPDATE 2 - Norway to sell howitzers", "", "Norway to sell howitzers"),
        ("(2nd LD) Norway to sell howitzers", "", "Norway to sell howitzers"),
        ("【速報】日本、レーダーを輸出へ、政府が発表", "", "日本、レーダーを輸出へ、政府が発表"),
        ("Exclusive: yes", "", "Exclusive: yes"),
    ],
)  # fmt: skip
def test_headline(title: str, outlet: str, bare: str) -> None:
    """Outlets and labels go, sources and parts of the sentence stay."""
    assert bare == headline(title, outlet)


@given(st.text())
def test_fold_is_stable(text: str) -> None:
    """Folding what is folded changes nothing."""
    assert fold(text) == fold(fold(text))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("U.S. sends F-16s, Latvia's army", ("us", "sends", "f16s", "latvia", "army")),
        ("日本がF15を", ("日本", "本が", "f15", "を")),
        ("무기를", ("무기", "기를")),
        ("don't", ("don",)),
    ],
)
def test_words(text: str, found: tuple[str, ...]) -> None:
    """Words in scripts with spaces, pairs of characters in the others, designations whole."""
    assert found == words(fold(text))


def test_stems_meet() -> None:
    """Inflections of one word have one stem; numbers stay whole."""
    assert stem("missile") == stem("missiles")
    assert stem("гаубица") == stem("гаубицами")
    assert stem("الصواريخ") == stem("صواريخ")
    assert "f16s" == stem("f16s")
    assert "class" == stem("class")
