"""Tests for monitor.config.lists: what tomllib would say, sooner, or nothing at all."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.lists import lists
from monitor.config.load import shipped
from monitor.config.positions import positions

_PIECES = st.sampled_from(
    [
        *("[", "]", "a", '"a.b"', "=", ",", '"', "'", "\\", "#", "\n", " ", "\t", "\x01", "x", "1"),
        *('["c.d"]\n', "k = 1.5\n", "-0.25", '"l" = ', "+1", ".0"),
        *("[a]\n", "[b]\n", "k = [", '"гаубица"', '"a \\" b"', '"\\n"', "]\n", '"""', "[[c]]\n"),
    ]
)


def test_it_reads_comments_tables_texts_and_numbers() -> None:
    """Values in order, and each table's and key's line."""
    text = (
        '# x\n[a] # y\n"k.l" = [\n  "b*", "=C",\n]\nm=[]\n\n["d"]\nk = ["say \\"go\\""]\nn = -0.5'
    )
    values = {"a": {"k.l": ["b*", "=C"], "m": []}, "d": {"k": ['say "go"'], "n": -0.5}}
    places = {
        (): 1,
        ("a",): 2,
        ("a", "k.l"): 3,
        ("a", "m"): 6,
        ("d",): 8,
        ("d", "k"): 9,
        ("d", "n"): 10,
    }
    assert (values, places) == lists(text)


@pytest.mark.parametrize(
    "text",
    [
        'k = ["outside a table"]',
        '[a]\nk = "a text"',
        "[a]\nk = ['single']",
        '[a]\nk = ["\\u0041"]',
        '[a]\nk = ["x", 1]',
        '[a]\nk = ["x" "y"]',
        "[a]\nk = [,]",
        '[a]\nk = ["x"\n',
        '[a]\nk.l = ["x"]',
        '[a]\nk = ["x", # why\n"y"]',
        '[a]\nk = ["x"]\nk = ["y"]',
        "[a]\n[a]",
        "[a.b]",
        "[[a]]",
        "[a]\nk = 1",
        "[a]\nk = 01.5",
        "[a]\nk = 1.5e3",
        "[a]\nk = 1.",
        "[a]\nk = 1.5 2",
        '[a]\nk = [["x"]]',
        '[a]\nk = ["""x"""]',
        '[a]\nk = ["x\x01"]',
    ],
)
def test_anything_else_is_left_to_tomllib(text: str) -> None:
    """Other values, tables and notations, and whatever is wrong, are not its business."""
    assert lists(text) is None


@pytest.mark.parametrize("language", sorted(f.stem for f in shipped().glob("lexicons/*.toml")))
def test_every_lexicon_is_read_as_tomllib_reads_it(language: str) -> None:
    """All shipped lexicons take the short way, and come out the same."""
    text = (shipped() / "lexicons" / f"{language}.toml").read_text("utf-8-sig")
    assert (tomllib.loads(text), positions(text)) == lists(text)


def test_a_model_is_read_as_tomllib_reads_it() -> None:
    """The weights of the shipped topics take the short way, and come out the same."""
    text = (shipped() / "weights" / "arms.toml").read_text("utf-8")
    assert (tomllib.loads(text), positions(text)) == lists(text)


@given(st.lists(_PIECES, max_size=30).map("".join))
def test_it_never_differs_from_tomllib(text: str) -> None:
    """Whatever it reads at all is valid TOML and means the same."""
    if found := lists(text):
        assert (tomllib.loads(text), positions(text)) == found
