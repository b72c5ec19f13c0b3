"""What people are told of articles: `explain`, `doctor`, `feeds test`."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Desk
from tests.end_to_end.world import SECRET, Page, World, configured, world
from tests.test_articles import LEAD, PROOF, TOPIC, article, feed


@pytest.fixture
def around() -> Iterator[World]:
    with world() as made:
        made.pages |= {
            "/robots.txt": Page(b"User-agent: *\nDisallow: /private/\n", "text/plain"),
            "/wire": feed(made, "a", "b", "private/c", "d"),
            "/a": article(LEAD, PROOF),
            "/b": article(LEAD, LEAD),
            "/d": Page(b"", "text/html", 500),
        }
        yield made


@pytest.fixture
def read(desk: Desk, around: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk after one pass over a feed whose entries are all near."""
    monkeypatch.setenv("DESK_SECRET", SECRET)
    configured(tmp_path, around, {"wire": "/wire"}, topic=TOPIC)
    assert 0 == desk("once").status
    return desk


def test_explain_shows_both_decisions(read: Desk, around: World) -> None:
    """Whose words decided, where they stand, and what the others came to."""
    said = read("explain", "a").out

    assert "by the article's words" in said
    length = len("Two ministers met " + LEAD + " " + PROOF)
    assert f"article  read, {length} characters of {around.url}/a" in said
    assert "From the article: “Sylvania sends twelve [howitzers|" in said
    assert "other    by the feed's words: not flagged, 0.269 of 0.5 needed (1.0 short)" in said
    assert "end      alert al-" in said


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("b", ["article  read, ", "other    by the feed's words", "by the article's words"]),
        ("private/c", ["article  not asked for, robots-txt: robots.txt asks robots not to"]),
        ("d", ["article  to be asked for at ", "UTC, since server-error: HTTP 500"]),
    ],
)
def test_explain_says_what_came_of_each(name: str, lines: list[str], read: Desk) -> None:
    """Read in vain, not to be read, not there yet."""
    said = read("explain", name).out

    assert [] == [line for line in lines if line not in said]
    assert "stopped by match" in said


def test_machines_have_it_whole(read: Desk) -> None:
    """The text that was read, both decisions with their reasons."""
    [row] = [json.loads(line) for line in read("explain", "a", "--json").out.splitlines()]

    assert PROOF in row["article_text"]
    assert ("article", "feed") == (row["basis"], row["other"]["basis"])
    [reason] = [r for r in row["reasons"] if r["text"] == "howitzers"]
    assert ("article", "howitzers") == (
        reason["field"], row["article_text"][reason["start"] : reason["end"]],
    )  # fmt: skip


def test_the_doctor_counts_them(read: Desk) -> None:
    """By what came of them; nothing is said where none was wanted."""
    said = read("doctor").out

    assert "articles" in said
    assert "2 read, 1 refused: robots-txt, 1 wanted: server-error since yesterday" in said


def test_a_trial_says_how_many_would_be_read(
    desk: Desk, around: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before a feed is added; it reads none of them."""
    monkeypatch.setenv("DESK_SECRET", SECRET)
    configured(tmp_path, around, {}, topic=TOPIC)
    found = json.loads(desk("feeds", "test", f"{around.url}/wire", "--json").out)

    assert (0, 4) == (found["flagged"], found["articles_to_read"])
    assert ["/wire"] == around.asked
    assert "articles" not in desk("doctor").out
