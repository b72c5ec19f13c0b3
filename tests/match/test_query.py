"""A user's query means what it says; what cannot be read is refused with a reason."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.queries import QueryError, parse, pattern
from monitor.languages import Grammar
from monitor.match.query import found
from monitor.match.scene import fields
from tests.match.conftest import entry

TITLE, SUMMARY, TEXT = (
    "Iran ships armed drones to port",
    "The arms embargo ended. Officials in Tehran said the drone deal stands.",
    "A match was played.",
)


def met(query: str, title: str = TITLE, summary: str = SUMMARY, text: str = TEXT) -> bool:
    parts, _ = fields(entry(title, summary, text), Grammar(code=""))
    return found(parse(query), parts) is not None


@pytest.mark.parametrize(
    ("query", "result"),
    [
        ("iran", True),
        ("drone*", True),
        ('"arms embargo"', True),
        ('"embargo arms"', False),
        ('title:"arms embargo"', False),
        ("summary:embargo", True),
        ("iran AND embargo", True),
        ("iran embargo", True),
        ("iran AND helicopter", False),
        ("iran OR helicopter", True),
        ("helicopter OR tank", False),
        ("NOT helicopter", True),
        ("iran AND NOT match", False),
        ("NOT NOT iran", True),
        ("iran NEAR/3 drone*", True),
        ("drone* NEAR/3 iran", True),
        ("iran NEAR/1 drone*", False),
        ('"arms embargo" NEAR/9 tehran', True),
        ("iran NEAR/9 tehran", False),
        ("(iran OR iraq) AND (drone* OR tank)", True),
        ("helicopter OR iran AND match", True),
        ("=Iran", True),
        ("=iran", False),
    ],
)
def test_queries(query: str, result: bool) -> None:
    """Words, phrases, fields, AND, OR, NOT and NEAR do what people expect of them."""
    assert result is met(query)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "is empty"),
        ("iran AND", "ends where a word should follow"),
        ("AND iran", "'AND' where a word should stand"),
        ("iran NEAR/3 (a b)", "NEAR wants a word or phrase"),
        ("(iran", "open bracket"),
        ("(iran OR", "ends where"),
        ("iran)", "never opened"),
        ('""', "phrase without letters"),
        ("body:iran", "names the field 'body'"),
        ('"iran', "cannot be read from"),
        ("(" * 30 + "a" + ")" * 30, "more than 20 deep"),
        ("a " * 2000, "longer than"),
    ],
)
def test_bad_queries_say_why(query: str, said: str) -> None:
    """A query that cannot be read is refused in words."""
    with pytest.raises(QueryError, match=said.replace("(", r"\(")):
        parse(query)


@given(st.text('abc ()"ANDORT NEAR/3:*=', max_size=60))
def test_any_query_is_read_or_refused(query: str) -> None:
    """No text makes the reader fail otherwise."""
    try:
        parsed = parse(query)
    except QueryError:
        return
    parts, _ = fields(entry(TITLE, SUMMARY), Grammar(code=""))
    found(parsed, parts)


def test_patterns_are_re2() -> None:
    """A regular expression looks into each field; one that RE2 does not take is refused."""
    parts, _ = fields(entry(TITLE, SUMMARY), Grammar(code=""))
    assert (("title", 0, 4),) == found(pattern("^iran"), parts)
    assert found(pattern("helicopter"), parts) is None
    assert found(pattern("x*"), parts) is None
    with pytest.raises(QueryError, match="no RE2 pattern"):
        pattern("(a")
    with pytest.raises(QueryError, match="no RE2 pattern"):
        pattern(r"(?<=a)b")
    with pytest.raises(QueryError, match="longer"):
        pattern("a" * 3000)


def test_a_pattern_keeps_to_its_field() -> None:
    """A pattern for one field looks into no other."""
    parts, _ = fields(entry(TITLE, SUMMARY), Grammar(code=""))
    assert found(replace(pattern("embargo"), field="title"), parts) is None
    assert found(replace(pattern("embargo"), field="summary"), parts) is not None
