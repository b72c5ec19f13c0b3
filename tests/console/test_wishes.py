"""Conditions and routes in words."""

from datetime import time, timedelta
from zoneinfo import ZoneInfo

from monitor.config.matchers import Matcher
from monitor.config.routes import Digest, Route
from monitor.console.filters import Choices
from monitor.console.wishes import conditions, manner, meant, numbered, words
from monitor.model import Severity

OPTIONS = Choices(
    {"party": {"ir": "Iran", "iq": "Iraq"}, "regime": {"un-x": "UN embargo (X), of 2006"}},
    {"persia": "ir"},
)


def test_manners_of_a_route() -> None:
    """Updates, repeats, digests and what follows, each when it is asked for."""
    digest = Digest(at=time(7, 30), zone=ZoneInfo("UTC"))
    whole = Route(
        sinks=("desk",), updates="none", repeat=timedelta(days=2), digest=digest, continue_=True
    )

    assert (
        "no updates; again every 2 d while it goes on; as a digest at 07:30 UTC; "
        "then the routes below are asked too"
    ) == manner(whole)
    assert "new facts as updates" == manner(Route(sinks=()))


def test_routes_are_numbered_as_they_are_asked() -> None:
    """A route below another one goes by both numbers."""
    below = Route(sinks=("b",))
    found = numbered((Route(sinks=("a",), routes=(below,)), Route(sinks=("c",))))

    assert [("1", "a"), ("1.1", "b"), ("2", "c")] == [(n, r.sinks[0]) for n, r in found]


def test_names_are_meant() -> None:
    """By id, by title, by any name; what is unknown stays as it is, to be refused with its words."""
    assert "ir,iq,nowhere" == meant("parties", "Persia, IRAQ, nowhere", OPTIONS, {})
    assert "un-x" == meant("regimes", "UN embargo (X), of 2006", OPTIONS, {})
    assert "paper" == meant("feeds", "The Paper", OPTIONS, {"paper": "The Paper"})
    assert "s-1" == meant("stories", "https://x.example/story/s-1", OPTIONS, {})


def test_conditions_in_words() -> None:
    """Only those that are set, by name; none of them is everything."""
    found = conditions(Matcher(parties=("ir",), min_severity=Severity.HIGH))

    assert "parties Iran; severity at least high" == words(found, OPTIONS, {})
    assert "everything" == words(conditions(Matcher()), OPTIONS, {})
