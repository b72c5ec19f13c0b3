"""A wire report in many papers is one voice."""

import pytest

from monitor.story.credits import credit, house


@pytest.mark.parametrize(
    ("title", "summary", "found"),
    [
        ("Norway sells guns", "OSLO, 4 May (Reuters) - Norway said", "reuters"),
        ("Norway sells guns — TASS", "", "tass"),
        ("Норвегия продаст гаубицы", "ОСЛО, 4 мая. /ТАСС/. Норвегия", "tass"),
        ("노르웨이", "(오슬로=연합뉴스) 노르웨이가", "yonhap"),
        ("ノルウェー", "【共同】ノルウェー", "kyodo"),
        ("Norway sells guns", "By Reuters", "reuters"),
        ("Norway sells guns", "sources told Reuters on Monday", "reuters"),
        ("Norwegen", "laut Reuters", "reuters"),
        ("Norway", "Interfax reports the sale", "interfax"),
        ("Norway sells guns", "The ap is new", ""),
        ("Norway sells guns", "", ""),
    ],
)
def test_credit(title: str, summary: str, found: str) -> None:
    """Agencies are read as they sign, in several languages; a mere word is no credit."""
    assert found == credit(title, summary)


def test_credit_stands_in_the_text() -> None:
    """The head of the full text is read where the rest says nothing."""
    assert "ap" == credit("A", "", "RIGA (AP) — Latvia" + "x" * 1000)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("BBC News", "bbc.com"),
        ("bbc.co.uk", "news.bbc.co.uk"),
        ("The New York Times", "nytimes.com"),
        ("edition.cnn.com", "CNN"),
        ("The Guardian", "theguardian.com"),
        ("Example News", "example.org"),
        ("wsj.com", "nypost.com"),
    ],
)
def test_one_house(one: str, other: str) -> None:
    """Domain, name and sister paper are one publisher family."""
    assert house(one) == house(other) != ""


def test_other_houses() -> None:
    """Different outlets stay different, and none is none."""
    assert house("a.example") != house("b.test")
    assert "" == house("")
    assert "news" == house("news")
