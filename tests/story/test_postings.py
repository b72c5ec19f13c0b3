"""The table of postings answers like a dict of sets, in a twelfth of the memory."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.story.postings import Postings

KEYS = st.sampled_from(["a", "b", "c", "\ud800", ""])


@given(st.lists(st.tuples(KEYS, st.integers(0, 12))), st.integers(1, 9))
def test_newest_numbers_of_each_key(added: list[tuple[str, int]], most: int) -> None:
    """Under each key stand its highest numbers, each once, however often they were put there."""
    postings = Postings(most)
    known: dict[str, set[int]] = {}
    for key, number in added:
        postings.add(key, number)
        known.setdefault(key, set()).add(number)
        known[key] = set(sorted(known[key])[-most:])

    for key, numbers in known.items():
        assert sorted(numbers) == sorted(postings.of(key))


def test_table_grows() -> None:
    """However many keys there are, each keeps its own."""
    postings = Postings(3)
    for n in range(20_000):
        postings.add(f"key {n}", n)

    assert all([n] == list(postings.of(f"key {n}")) for n in range(20_000))
    assert [] == list(postings.of("another"))
