"""monitor.fetch.hosts and domains: whose server it is, and who may enter when."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fetch.domains import owner
from monitor.fetch.hosts import Hosts
from tests.conftest import NOW

ZERO, SECOND = timedelta(0), timedelta(seconds=1)


@pytest.mark.parametrize(
    ("url", "whose"),
    [
        ("https://feeds.bbci.co.uk/news/rss.xml", "bbci.co.uk"),
        ("https://www.example.org/x", "example.org"),
        ("https://example.org.:8443/x", "example.org"),
        ("https://a.substack.com/feed", "substack.com"),
        ("http://127.0.0.1:8000/feed", "127.0.0.1"),
        ("http://[2001:db8::1]/feed", "2001:db8::1"),
        ("http://localhost/feed", "localhost"),
        ("https://co.uk/", "co.uk"),
        ("file:///srv/feed.xml", ""),
        ("http://[broken/", ""),
    ],
)
def test_owner(url: str, whose: str) -> None:
    """The registrable domain, else the host; platforms are one publisher."""
    assert whose == owner(url)


def test_spacing_and_places() -> None:
    """Two at once at most, five seconds apart, each domain for itself."""
    hosts = Hosts(2, 5 * SECOND)
    a, b = "https://a.example.org/1", "https://b.example.org/2"

    assert ZERO == hosts.enter(a, NOW)
    assert 5 * SECOND == hosts.enter(b, NOW)
    assert ZERO == hosts.enter("https://example.net/", NOW)
    assert 2 * SECOND == hosts.wait(b, NOW + 3 * SECOND)
    assert ZERO == hosts.enter(b, NOW + 5 * SECOND)
    assert ZERO < hosts.enter(a, NOW + 60 * SECOND)  # both places taken
    hosts.leave(a)
    assert ZERO == hosts.enter(a, NOW + 60 * SECOND)


def test_a_closed_host_opens() -> None:
    """Retry-After shuts the whole domain until then; a longer one wins."""
    hosts = Hosts(2, ZERO)
    hosts.close("https://x.example.org/", NOW + 60 * SECOND)
    hosts.close("https://y.example.org/", NOW + 30 * SECOND)

    assert 60 * SECOND == hosts.enter("https://example.org/", NOW)
    assert ZERO == hosts.enter("https://example.org/", NOW + 60 * SECOND)


def test_a_clock_set_back_shuts_nobody_out() -> None:
    """An hour back does not make a host wait for an hour."""
    hosts = Hosts(2, 5 * SECOND)
    hosts.enter("https://example.org/", NOW)
    hosts.leave("https://example.org/")

    assert ZERO == hosts.enter("https://example.org/", NOW - timedelta(hours=1))


def test_files_never_wait() -> None:
    """A file belongs to nobody, and leaving what was never entered is nothing."""
    hosts = Hosts(1, 5 * SECOND)
    for _ in range(3):
        assert ZERO == hosts.enter("file:///a.xml", NOW)
    hosts.leave("file:///a.xml")
    hosts.leave("https://never.example/")


def test_memory_does_not_grow() -> None:
    """Hosts that would let anybody in are forgotten."""
    hosts = Hosts(2, SECOND)
    for n in range(3_000):
        moment = NOW + n * SECOND
        url = f"https://n{n}.example/"
        assert ZERO == hosts.enter(url, moment)
        hosts.leave(url)

    assert len(hosts._hosts) <= 1_001


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 4_000)), max_size=60))
def test_no_order_of_arrival_breaks_the_rules(arrivals: list[tuple[str, int]]) -> None:
    """Whoever comes when: spacing holds and never more than two are inside."""
    hosts, moment = Hosts(2, 5 * SECOND), NOW
    inside: dict[str, int] = {"a": 0, "b": 0}
    last: dict[str, datetime] = {}
    for name, milliseconds in arrivals:
        moment += timedelta(milliseconds=milliseconds)
        url = f"https://{name}.example/"
        if milliseconds % 3 == 0 and inside[name]:
            hosts.leave(url)
            inside[name] -= 1
        if hosts.enter(url, moment) == ZERO:
            assert inside[name] < 2
            assert name not in last or moment - last[name] >= 5 * SECOND
            inside[name] += 1
            last[name] = moment
