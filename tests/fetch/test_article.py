"""monitor.fetch.article: which articles are wanted, and where a redirect may lead."""

import pytest

from monitor.egress import Response
from monitor.fetch.article import Moved, _moved, wanted, wants
from monitor.model import ArticleClaim, ArticleWant, Entry, Failed, FailureReason, Match
from tests.conftest import NOW

ENTRY = Entry(feed_id="a", id="1", url="https://www.a.example/1", title="t", summary="s")


def match(score: float, *, flagged: bool = False) -> Match:
    return Match(
        topic="t", flagged=flagged, score=score, threshold=0.5, rule_version="r", language="en",
        act=None,
    )  # fmt: skip


NEAR, FAR, TAKEN = match(0.2), match(0.05), match(0.9, flagged=True)


@pytest.mark.parametrize(
    ("found", "mode", "expected"),
    [
        ([NEAR], "near", True),
        ([FAR], "near", False),
        ([FAR, NEAR], "near", True),
        ([NEAR, TAKEN], "near", False),  # people have been told of it
        ([match(0.8)], "near", True),  # enough, but the topic demands what it has not
        ([], "near", False),
        ([NEAR], "off", False),
        ([FAR], "always", True),
        ([TAKEN], "always", True),
        ([], "always", True),
    ],
)
def test_what_may_change_a_decision_is_wanted(
    found: list[Match], mode: str, expected: bool
) -> None:
    """By the mode, the score and what was told."""
    assert expected == wanted(ENTRY, found, mode, 0.1)


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "mailto:a@b.example", "javascript:x"])
def test_only_pages_are_wanted(url: str) -> None:
    """Whatever the mode."""
    entry = Entry(feed_id="a", id="1", url=url, title="t")

    assert not wanted(entry, [NEAR], "always", 0.1)
    assert () == wants([(entry, [NEAR])], "near", 0.1)


def test_the_host_is_who_is_to_be_spared() -> None:
    """The registrable domain, as at the turnstile."""
    assert (ArticleWant(entry=ENTRY, host="a.example"),) == wants([(ENTRY, [NEAR])], "near", 0.1)


def redirected(here: str, there: str, hops: int = 0) -> Moved | Failed:
    claim = ArticleClaim(
        number=1, entry=ENTRY, url=here, host="a.example", wanted_at=NOW, hops=hops
    )
    answer = Response(
        status=301, headers=(("location", there),), body=b"", url=here, milliseconds=1
    )
    return _moved(claim, answer, NOW)


@pytest.mark.parametrize(
    ("there", "url"),
    [
        ("https://b.example/2", "https://b.example/2"),
        ("/2", "https://a.example/2"),
        ("?x", "https://a.example/1?x"),
        ("//b.example/2", "https://b.example/2"),
        ("/\xc3\xa9", "https://a.example/é"),  # UTF-8, as nearly always
        ("/\xe9", "https://a.example/é"),
    ],
)
def test_a_redirect_leads_there(there: str, url: str) -> None:
    """By the address of the page that sent it."""
    assert Moved(url=url) == redirected("https://a.example/1", there)


@pytest.mark.parametrize(
    ("here", "there", "hops", "reason"),
    [
        ("https://a.example/1", "http://a.example/1", 0, FailureReason.DOWNGRADE),
        ("http://a.example/1", "ftp://a.example/1", 0, FailureReason.BAD_URL),
        ("http://a.example/1", "http://[a/", 0, FailureReason.BAD_URL),
        ("http://a.example/1", "https:///x", 0, FailureReason.BAD_URL),
        ("http://a.example/1", "/" + "x" * 2_000, 0, FailureReason.BAD_URL),
        ("http://a.example/1", "/2", 5, FailureReason.TOO_MANY_REDIRECTS),
    ],
)
def test_it_does_not_lead_everywhere(
    here: str, there: str, hops: int, reason: FailureReason
) -> None:
    """Not off the web, not out of the cipher, and not for ever."""
    found = redirected(here, there, hops)

    assert isinstance(found, Failed)
    assert reason is found.reason
