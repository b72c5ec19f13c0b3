"""Every key of a TOML text has a line."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from monitor.config.positions import positions

TEXT = '''# a comment = 1
[store]
url = "sqlite://"  # [not.a.table]

[poll]
"quoted key" = 1
many = [
  "[[feeds]]",
  "x = 1",
]
long = """
[inside]
y = 2
"""

[[feeds]]
id = "a"
[feeds.more]
deep.er = 1
[[feeds]]
id = "b"
'''


def test_tables_and_keys_have_their_lines() -> None:
    """Headers, plain, quoted and dotted keys, arrays of tables and what lies below them."""
    found = positions(TEXT)

    assert 2 == found["store",]
    assert 3 == found["store", "url"]
    assert 6 == found["poll", "quoted key"]
    assert 7 == found["poll", "many"]
    assert 11 == found["poll", "long"]
    assert 16 == found["feeds", 0]
    assert 18 == found["feeds", 0, "more"]
    assert 19 == found["feeds", 0, "more", "deep", "er"]
    assert 21 == found["feeds", 1, "id"]


def test_nothing_inside_a_text_counts() -> None:
    """Look-alikes in strings, arrays and comments are not keys."""
    found = positions(TEXT)

    assert ("inside",) not in found
    assert ("poll", "x") not in found
    assert ("a comment",) not in found


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "c"]),
            st.one_of(
                st.integers(), st.booleans(), st.just('"[x] # = \\" \'"'), st.just("[1, [2], 3]")
            ),
        ),
        unique_by=lambda pair: pair[0],
    )
)
def test_every_top_key_is_found(pairs: list[tuple[str, object]]) -> None:
    """Whatever the values look like, each key stands on its own line, in order."""
    lines = [f"{k} = {str(v).lower() if isinstance(v, bool) else v}" for k, v in pairs]
    text = "\n".join(lines)
    found = positions(text)

    assert {k: n for n, (k, _) in enumerate(pairs, 1)} == {
        k: found[k,] for k in tomllib.loads(text)
    }
