"""monitor.fetch.robots: RFC 9309, to the letter and within limits."""

from datetime import datetime, timedelta

import pytest

from monitor.fetch import robots
from monitor.model import Robots
from tests.conftest import NOW
from tests.fetch.life import gate
from tests.hostile import answer, elapsed, hostile, path_of

HOUR = timedelta(hours=1)
HERE = "https://news.example:443"


def rules(text: str) -> Robots:
    return Robots(origin=HERE, until=NOW + HOUR, rules=text)


@pytest.mark.parametrize(
    ("url", "whose"),
    [
        ("https://news.example/a?b#c", "https://news.example:443"),
        ("http://News.Example:8080/a", "http://news.example:8080"),
        ("http://[::1]/a", "http://[::1]:80"),
        ("ftp://news.example/a", ""),
        ("https:///a", ""),
        ("https://news.example:99999/", ""),
        ("http://[broken/", ""),
        ("", ""),
    ],
)
def test_whose_rules_count(url: str, whose: str) -> None:
    """Scheme, host and port; nothing of what is no address."""
    assert whose == robots.origin(url)


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow: /a", "/abc", False),
        ("User-agent: *\nDisallow: /a$", "/abc", True),
        ("User-agent: *\nDisallow: /*.php", "/x/y.php?z", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),  # the longest wins
        ("User-agent: *\nAllow: /a\nDisallow: /a", "/a", True),  # and of two the kinder one
        ("User-agent: other\nDisallow: /", "/a", True),
        ("User-agent: other\nUser-agent: arms-monitor\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: ARMS-MONITOR\nAllow: /", "/a", True),
        ("user-agent:*\r\ndisallow:/a # why\r\n", "/a", False),
        ("User-agent: *\nDisallow: /%C3%A9", "/é", False),
        ("User-agent: *\nDisallow: /é", "/%c3%a9", False),
        ("User-agent: *\nDisallow: /?s=", "/?s=x", False),
        ("<!doctype html><html><body>Not here</body></html>", "/a", True),
        ("Disallow: /", "/a", True),  # of no group
    ],
)
def test_the_rules_are_those_of_the_standard(text: str, path: str, allowed: bool) -> None:
    """RFC 9309 §2.2: groups, longest match, wildcards, escapes, and junk around them."""
    assert allowed == robots.allowed(rules(text), f"https://news.example{path}")


def test_a_server_that_did_not_answer_allows_nothing() -> None:
    """RFC 9309 §2.3.1.4, whatever its rules were before."""
    closed = Robots(origin=HERE, until=NOW, closed=True, why="HTTP 503")

    assert not robots.allowed(closed, "https://news.example/a")


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("", 0), ("Crawl-delay: 7", 7), ("Crawl-delay: 1e9", 60), ("Crawl-delay: -1", 0),
     ("Crawl-delay: soon", 0), ("Crawl-delay: 0.5", 0.5), ("Crawl-delay: inf", 0)],
)  # fmt: skip
def test_a_wish_for_distance_is_heeded(said: str, seconds: float) -> None:
    """Crawl-delay is no part of the standard, but a minute is no sacrifice."""
    found = rules(f"User-agent: *\nDisallow: /x\n{said}\n")

    assert timedelta(seconds=seconds) == robots.delay(found)


def asked(
    status: str = "200 OK", body: bytes = b"User-agent: *\nDisallow: /a", **headers: str
) -> Robots:
    """What comes of asking a server that answers so; underscores in names are hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with hostile(answer(body, status, named)) as server:
        found = robots.ask(gate(), server.url("/articles/1"), NOW)
    assert ["/robots.txt"] == [path_of(r) for r in server.requests]
    return found


def test_what_the_server_says_is_kept_for_a_day() -> None:
    """Or for as long as it says itself, between an hour and that."""
    plain = asked()

    assert ("User-agent: *\nDisallow: /a", False) == (plain.rules, plain.closed)
    assert NOW + 24 * HOUR == plain.until
    assert NOW + 2 * HOUR == asked(Cache_Control="max-age=7200").until
    assert NOW + HOUR == asked(Cache_Control="no-store").until
    assert NOW + 5 * HOUR == asked(Cache_Control="max-age=999999999").until


@pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden", "410 Gone", "401 No"])
def test_where_there_are_no_rules_all_is_allowed(status: str) -> None:
    """RFC 9309 §2.3.1.3: any 4xx but the one that asks for patience."""
    found = asked(status)

    assert ("", False) == (found.rules, found.closed)
    assert robots.allowed(found, f"{found.origin}/a")


@pytest.mark.parametrize("status", ["503 Busy", "500 Oh", "429 Slow"])
def test_a_server_in_trouble_is_left_alone(status: str) -> None:
    """For an hour, or as long as it asks for."""
    assert (True, NOW + HOUR) == (asked(status).closed, asked(status).until)
    assert NOW + 3 * HOUR == asked(status, Retry_After="10800").until


def test_a_hotel_network_says_nothing_of_the_server() -> None:
    """Its login page is no robots.txt without rules."""
    page = b"<!doctype html><html>WISPAccessGatewayParam</html>"
    found = asked(body=page)

    assert (True, "robots.txt: captive-portal") == (found.closed, found.why)


def test_a_server_that_is_not_there_is_left_alone(now: datetime) -> None:
    """No connection: nothing may be asked of it for a while."""
    with hostile(answer()) as server:
        url = server.url("/a")
    found = robots.ask(gate(), url, now)

    assert found.closed
    assert found.why.startswith("robots.txt: connect: ")


def test_what_the_gate_refuses_it_refuses_by_its_own_name(now: datetime) -> None:
    """Rules are not what keeps us from a forbidden address."""
    found = robots.ask(gate(), "http://10.0.0.1/a", now)

    assert not found.closed


def test_only_the_head_of_endless_rules_is_read() -> None:
    """Half a megabyte, to the end of a line; the rest may say what it likes."""
    line = b"Disallow: /" + b"x" * 89 + b"\n"
    found = asked(body=b"\xef\xbb\xbfUser-agent: *\n" + line * 6_000 + b"Disallow: /a\n")

    assert len(found.rules) <= 512_000
    assert found.rules.endswith("x\n")
    assert found.rules.startswith("User-agent")
    assert robots.allowed(found, f"{found.origin}/a")


def test_no_pattern_takes_long() -> None:
    """Wildcards by the thousand against a long address: linear, where a regex took minutes."""
    hostile_rules = rules("User-agent: *\nDisallow: /" + "*a" * 3_000 + "*b$\n")

    assert elapsed(lambda: robots.allowed(hostile_rules, f"{HERE}/{'a' * 1_990}")) < 1
