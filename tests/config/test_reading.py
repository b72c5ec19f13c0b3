"""Every fault is one line that says where, what is wrong and what would be right."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config.reading import Problems, Table, duration, read_toml
from monitor.errors import ConfigError

Read = Callable[[str], tuple[Table, Problems]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def make(text: str, environ: Mapping[str, str] | None = None) -> tuple[Table, Problems]:
        (tmp_path / "m.toml").write_text(text, encoding="utf-8")
        problems = Problems(tmp_path)
        table = read_toml(tmp_path / "m.toml", problems, environ or {"SET": "value"})
        assert table is not None
        return table, problems

    return make


FAULTS: list[tuple[str, Callable[[Table], object], str]] = [
    ("", lambda t: t.text("url"), "m.toml:1: url: is missing; a text in quotes"),
    ("\nurl = 1", lambda t: t.text("url"), "m.toml:2: url: 1 is not a text in quotes; write a text in quotes"),
    ("n = true", lambda t: t.integer("n"), "m.toml:1: n: True is not a whole number of at least 0; write a whole number of at least 0"),
    ("n = -1", lambda t: t.integer("n", least=1), "m.toml:1: n: -1 is too small; write a whole number of at least 1"),
    ("n = 'x'", lambda t: t.number("n"), "m.toml:1: n: 'x' is not a number; write a number"),
    ("f = 1", lambda t: t.flag("f", False), "m.toml:1: f: 1 is not true or false; write true or false"),
    ("d = '5 min'", lambda t: t.duration("d", "1m"), 'm.toml:1: d: \'5 min\' is not a duration; write one such as "90s", "15m", "2h"'),
    ("k = 'slak'", lambda t: t.choice("k", ("slack", "jsonl")), "m.toml:1: k: 'slak' is unknown; did you mean 'slack'?"),
    ("k = 'zzz'", lambda t: t.choice("k", ("slack", "jsonl")), "m.toml:1: k: 'zzz' is unknown; known here: slack, jsonl"),
    ("l = ['a', 1]", lambda t: t.texts("l"), "m.toml:1: l: 1 is not a text; put it in quotes"),
    ("u = '${UNSET}'", lambda t: t.text("u"), "m.toml:1: u: variable UNSET is not set; set UNSET in the environment"),
    ("s = 'file:/no/such'", lambda t: t.secret("s"), "m.toml:1: s: cannot read file:/no/such: No such file or directory; name a readable file"),
    ("t = 1", lambda t: t.table("t"), "m.toml:1: t: 1 is not a table [t]; write a table [t]"),
    ("t = [1]", lambda t: t.tables("t"), "m.toml:1: t: 1 is not a table; write [[t]]"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "ask", "said"), FAULTS, ids=[f[2][7:40] for f in FAULTS])
def test_fault_is_one_line(
    read: Read, text: str, ask: Callable[[Table], object], said: str
) -> None:
    """File, line, key, what is wrong, what would be right."""
    table, problems = read(text)
    ask(table)

    assert [said] == problems.lines


def test_unknown_key_names_the_nearest(read: Read) -> None:
    """A slip of the finger is answered with the word that was meant."""
    table, problems = read("[poll]\nworkrs = 3\n")
    poll = table.table("poll")
    poll.integer("workers", 32)
    poll.close()

    assert ["m.toml:2: poll.workrs: is not a known key; did you mean 'workers'?"] == problems.lines


def test_faults_deep_in_arrays_have_their_line(read: Read) -> None:
    """The second [[feeds]] is told from the first."""
    table, problems = read('[[feeds]]\nid = "a"\n\n[[feeds]]\nid = 2\n')
    for feed in table.tables("feeds"):
        feed.text("id")

    assert [
        "m.toml:5: feeds.id: 2 is not a text in quotes; write a text in quotes"
    ] == problems.lines


def test_good_values_come_as_they_are(read: Read) -> None:
    """Each accessor gives its type, its default, and no fault."""
    table, problems = read(
        'a = "x ${SET}"\nb = 3\nc = 1.5\nd = true\ne = ["p"]\nf = "1h30m"\n[g.h]\ni = 1\n'
    )

    assert "x value" == table.text("a")
    assert 3 == table.integer("b")
    assert 1.5 == table.number("c")
    assert table.flag("d")
    assert ("p",) == table.texts("e")
    assert timedelta(minutes=90) == table.duration("f", None)
    assert table.duration("none", None) is None
    assert "d" == table.text("absent", "d")
    assert {"h"} == set(table.named_tables("g"))
    assert table.has("a")
    assert [] == problems.lines
    problems.check()


def test_secrets_come_from_files_variables_and_lists(read: Read, tmp_path: Path) -> None:
    """Each way gives the same Secret, and all are known for redaction."""
    (tmp_path / "s").write_text("from file\n")
    table, problems = read(f's = "file:{tmp_path}/s"\nv = "${{SET}}"\nl = ["one", "two"]\n')

    assert "from file" == table.secret("s").reveal()
    assert ["value"] == [s.reveal() for s in table.secrets("v")]
    assert ["one", "two"] == [s.reveal() for s in table.secrets("l")]
    assert 4 == len(problems.secrets)


def test_secret_file_that_is_no_text_is_a_fault(read: Read, tmp_path: Path) -> None:
    """Binary rubbish is named, not raised."""
    (tmp_path / "s").write_bytes(b"\xff\xfe")
    table, problems = read(f's = "file:{tmp_path}/s"')
    table.secret("s")

    assert "is not text" in problems.lines[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a = \n", "m.toml:1: not TOML: "),
        (b"\n\n\xff", "m.toml:3: is not UTF-8; save it as UTF-8"),
        (b"a = 1\na = 2\n", "m.toml:2: not TOML: "),
        (b'a = "x', "m.toml:1: not TOML: "),
    ],
)
def test_unreadable_file_is_one_fault(tmp_path: Path, content: bytes, said: str) -> None:
    """Not TOML, not text: the line is named and there is no table."""
    (tmp_path / "m.toml").write_bytes(content)
    problems = Problems(tmp_path)

    assert read_toml(tmp_path / "m.toml", problems, {}) is None
    assert problems.lines[0].startswith(said)


def test_missing_file_is_one_fault(tmp_path: Path) -> None:
    """With what to do about it."""
    problems = Problems(tmp_path)

    assert read_toml(tmp_path / "no.toml", problems, {}) is None
    assert [
        "no.toml:1: cannot be read: No such file or directory; check path and rights"
    ] == problems.lines
    with pytest.raises(ConfigError):
        problems.check()


def test_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    """Editors on some systems write one."""
    (tmp_path / "m.toml").write_bytes(b"\xef\xbb\xbfa = 1\n")
    problems = Problems(tmp_path)
    table = read_toml(tmp_path / "m.toml", problems, {})

    assert table is not None
    assert 1 == table.integer("a")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("0s", 0), ("1h30m", 5400), ("2d", 172800), ("50ms", 0.05), ("1w", 604800)],
)
def test_durations(text: str, seconds: float) -> None:
    """Number and unit, as often as wanted."""
    assert timedelta(seconds=seconds) == duration(text)


@pytest.mark.parametrize("text", ["", "15", "m", "15 m", "-5m", "1x", "5m later"])
def test_what_is_no_duration(text: str) -> None:
    """Anything else is None."""
    assert duration(text) is None


def test_a_length_beyond_all_reason() -> None:
    """Is none, and no error either: addresses hold what anybody writes."""
    assert duration("9" * 150 + "w") is None
    assert duration("36500d") == timedelta(days=36_500)
