"""monitor.model.manners: shares of what a publisher would count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model.manners import Manners, manners


@pytest.mark.parametrize("client", [None, "words", 3, []])
def test_a_feed_that_was_never_asked_has_none(client: object) -> None:
    """Neither has one of which something else is remembered."""
    assert manners(client) is None


def test_what_is_no_number_counts_for_nothing() -> None:
    """Of a memory that was spoilt the rest is taken."""
    assert Manners(requests=3) == manners({"requests": 3, "early": "x", "spacing": None, "url": ""})


@given(st.dictionaries(st.sampled_from([*Manners.__dataclass_fields__]), st.integers(0, 99)))
def test_shares_are_shares(client: dict[str, int]) -> None:
    """From none to all, and unknown where there is nothing to share."""
    found = manners(client)

    assert found is not None
    for share in (found.conditional_share, found.faultless_share):
        assert share is None or 0 <= share <= 1
    assert (found.faultless_share is None) == (found.requests == 0)
