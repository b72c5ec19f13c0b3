"""monitor.fetch.walls: what stands in the way is named, in any language, and nothing else is."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.egress import Response
from monitor.fetch.walls import html, wall
from monitor.model import FailureReason
from tests.fetch.life import rss
from tests.fetch.wall_pages import CAPTIVES, CHALLENGES, CONSENTS, ORDINARY, Wall

SECONDS = 1.0  # of CPU; each takes a thirtieth of it on a quiet machine
MANY = 40_000


def came(body: bytes, wall: Wall | None = None, charset: str = "") -> Response:
    """The page as an answer to a poll; after a redirect where it has a path."""
    place, kind = (wall.path if wall else ""), f"text/html; charset={charset}" if charset else ""
    headers = {**(wall.headers if wall else {}), **({"content-type": kind} if kind else {})}
    url = f"https://paper.example{place or '/rss'}"
    return Response(
        status=wall.status if wall else 200, headers=tuple(headers.items()), body=body, url=url,
        milliseconds=1, hops=((302, url),) if place else (),
    )  # fmt: skip


EVERY = [
    *((FailureReason.CHALLENGE, name, page) for name, page in CHALLENGES.items()),
    *((FailureReason.CONSENT, name, page) for name, page in CONSENTS.items()),
    *((FailureReason.CAPTIVE, name, page) for name, page in CAPTIVES.items()),
    *((None, name, page) for name, page in ORDINARY.items()),
]


@pytest.mark.parametrize(
    ("reason", "page"), [(r, p) for r, _, p in EVERY], ids=[f"{r}-{n}" for r, n, _ in EVERY]
)
def test_every_page_has_its_name(reason: FailureReason | None, page: Wall) -> None:
    """Challenges, consent and hotel networks by what they say; other pages are just pages."""
    assert reason == wall(came(page.raw, page))


@pytest.mark.parametrize(
    ("page", "encoding"),
    [(CHALLENGES["ru"], "cp1251"), (CONSENTS["ja"], "shift_jis"), (CAPTIVES["zh"], "gbk")],
)
def test_words_are_read_in_any_encoding(page: Wall, encoding: str) -> None:
    """As the server names it, else as the page does, else as UTF-8."""
    expected = wall(came(page.raw, page))
    body = page.body.encode(encoding, "ignore")
    named = body.replace(b'charset="utf-8"', f'charset="{encoding}"'.encode())

    assert expected is not None
    assert expected == wall(came(body, page, encoding)) == wall(came(named, page))
    assert expected == wall(came(page.raw.replace(b'"utf-8"', b'"no-such"'), page))


@pytest.mark.parametrize("page", [CHALLENGES["en human"], CONSENTS["en"], CAPTIVES["en"]])
def test_a_feed_may_speak_of_walls(page: Wall) -> None:
    """Not one of their words means anything inside a feed, nor on a page that is not there."""
    quoted = page.body.replace("<", "&lt;").encode()
    feed = rss("a").replace(b"Title a", quoted)

    assert not html(came(feed))
    assert wall(came(feed)) is None
    assert wall(came(page.raw, Wall(body="", status=404))) is None


def test_json_is_a_challenge_only_where_it_says_so() -> None:
    """A JSON Feed about captchas is a feed; a few lines that lead to one are none."""
    feed = b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "captcha"}]}'

    assert wall(came(feed)) is None
    assert FailureReason.CHALLENGE == wall(came(CHALLENGES["json"].raw))


@pytest.mark.parametrize(
    "mark",
    ["<script ", "<", "<!--", "<meta charset ", "<title ", "&amp;", "<svg>", "<a ", "location=",
     "http-equiv=refresh http://", "human ", "check    ", " ", "this ", "<style>x</style>", "wi "],
)  # fmt: skip
def test_no_page_takes_long(mark: str) -> None:
    """Patterns give up at once: what is made to be slow costs no more than a page."""
    began = process_time()
    wall(came(b"<html>" + mark.encode() * MANY))

    assert process_time() - began < SECONDS


@given(st.binary(max_size=400), st.integers(0, 900), st.sampled_from(["", "utf-8", "x", "gbk"]))
def test_no_bytes_break_it(junk: bytes, where: int, charset: str) -> None:
    """Whatever a page is damaged by."""
    whole = CONSENTS["en"].raw
    found = wall(came(whole[:where] + junk + whole[where:], charset=charset))

    assert found in (None, FailureReason.CHALLENGE, FailureReason.CONSENT, FailureReason.CAPTIVE)
