"""One address for one article; never one for two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.urls import canonical, site

SAME = [
    ("https://www.example.com/a/b?utm_source=x&utm_medium=y", "http://example.com/a/b/"),
    ("https://m.example.com/a", "https://example.com/a"),
    ("https://en.m.wiki.example/a", "https://en.wiki.example/a"),
    ("https://amp.example.com/a/b", "https://example.com/a/b/amp/"),
    ("https://example.com/a/b.amp.html", "https://example.com/a/b.html"),
    ("https://example.com/a/amp.html", "https://example.com/a.html"),
    ("https://example.com/a?amp=1", "https://example.com/a?outputType=amp"),
    ("https://www.google.com/amp/s/www.example.com/a", "https://example.com/a"),
    ("https://www-example-com.cdn.ampproject.org/c/s/www.example.com/a", "https://example.com/a"),
    ("https://www.google.com/url?q=https%3A%2F%2Fexample.com%2Fa&sa=D", "https://example.com/a"),
    ("https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.com%2Fa", "https://example.com/a"),
    ("https://www.bbc.co.uk/news/x-1?at_medium=RSS", "https://www.bbc.com/news/x-1"),
    ("https://edition.cnn.com/a?cid=1", "https://us.cnn.com/a"),
    ("https://youtu.be/abc", "https://www.youtube.com/watch?v=abc&feature=share"),
    ("https://example.com/index.html?id=3", "https://example.com/?id=3"),
    ("https://example.com//a///b#top", "https://example.com/a/b"),
    ("https://example.com/a?b=1&a=2", "https://example.com/a?a=2&b=1"),
    ("https://example.com/%7Eann/a", "https://example.com/~ann/a"),
    ("https://example.com/a?from=rss", "https://example.com/a"),
    ("https://example.com./a", "https://EXAMPLE.com:443/a"),
]
OTHER = [
    ("https://example.com/?p=1", "https://example.com/?p=2"),
    ("https://example.com/a?id=feed-1", "https://example.com/a?id=feed-2"),
    ("https://example.com/a?page=1", "https://example.com/a?page=2"),
    ("https://www.youtube.com/watch?v=a", "https://www.youtube.com/watch?v=b"),
    ("https://example.com/a?cid=1", "https://example.com/a?cid=2"),
    ("https://a.example.com/x", "https://b.example.com/x"),
    ("https://example.com/A", "https://example.com/a"),
]
NONE = [
    "", "https://example.com/", "https://news.google.com/rss/articles/CBMi?oc=5", "ftp://x.org/a",
    "https://[bad", "mailto:a@b.c", "https://youtu.be/", "https://t.co/x",
    "https://www.google.com/url?sa=D", "https://www.google.com/amp/",
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME)
def test_same_article(one: str, other: str) -> None:
    """Campaigns, mobile pages, AMP and redirectors lead to one address."""
    assert canonical(one) == canonical(other) != ""


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_other_article(one: str, other: str) -> None:
    """What names an article is never stripped."""
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize("url", NONE)
def test_no_article(url: str) -> None:
    """Home pages, opaque links and what is no web address name no article."""
    assert "" == canonical(url) or "google.com/" in canonical(url)


def test_redirectors_in_redirectors_end() -> None:
    """A chain of redirectors is followed a few steps, not for ever."""
    url = "https://example.com/a"
    for _ in range(9):
        url = "https://www.google.com/url?q=" + url.replace(":", "%3A").replace("?", "%3F")

    assert isinstance(canonical(url), str)


@given(
    st.from_regex(
        r"https?://[a-z]{1,8}\.(com|co\.uk)/[a-z0-9/._%-]{0,20}(\?[a-z=&0-9]{0,20})?",
        fullmatch=True,
    )
)
def test_canonical_is_stable(url: str) -> None:
    """The canonical form of a canonical form is itself."""
    found = canonical(url)

    assert not found or found == canonical(f"https://{found}")


def test_site() -> None:
    """The outlet of an item is the host without its faces."""
    assert "example.com" == site("https://www.example.com/a")
    assert "" == site("nonsense")
