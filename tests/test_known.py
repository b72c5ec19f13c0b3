"""What is remembered of a feed reads like any mapping, however little of it was looked at."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Known, turned

NAMES = st.sampled_from("abcdefgh")
TEXTS = st.sampled_from(["", "1", "2"])
SOME = st.dictionaries(NAMES, TEXTS)


def known(client: str, others: Mapping[str, str]) -> Known:
    return Known({"client": client}, json.dumps(others))


@given(SOME, TEXTS)
def test_it_reads_like_the_whole(others: Mapping[str, str], client: str) -> None:
    """Names, values, length and equality are those of one mapping of both parts."""
    whole = {"client": client, **others}
    made = known(client, others)

    assert whole == made
    assert whole == dict(made)
    assert len(whole) == len(made)
    assert [whole.get(name, "-") for name in "abcdefgh"] == [
        made.get(name, "-") for name in "abcdefgh"
    ]


@given(SOME, TEXTS, TEXTS)
def test_renewing_changes_one_name_alone(
    others: Mapping[str, str], before: str, after: str
) -> None:
    """The one it was renewed from stays as it was."""
    old = known(before, others)
    new = old.renewed("client", after)

    assert {"client": before, **others} == old
    assert {"client": after, **others} == new


@given(SOME, SOME, TEXTS, TEXTS)
def test_what_turned_makes_the_new_of_the_old(
    mine: Mapping[str, str], others: Mapping[str, str], before: str, after: str
) -> None:
    """Whether the two share a part or not, and no name is told that stayed as it was."""
    old = known(before, mine)
    for new in (known(after, others), old.renewed("client", after), dict(others)):
        said, gone = turned(old, new)
        made = {**{k: v for k, v in old.items() if k not in gone}, **said}

        assert dict(new) == made
        assert all(old.get(k) != v for k, v in said.items())


def test_what_nobody_asks_for_is_not_read() -> None:
    """A poll that brings nothing asks for the near part, renews it and compares: no more."""
    old = Known({"client": "1"}, "not JSON")
    new = old.renewed("client", "2")

    assert "1" == old["client"]
    assert ({"client": "2"}, []) == turned(old, new)
    with pytest.raises(ValueError, match="Expecting value"):
        len(new)
