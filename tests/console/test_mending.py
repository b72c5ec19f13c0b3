"""Merging, splitting and marking on the pages: asked twice, noted with a name, taken back."""

import re
from collections.abc import Iterator

import pytest

from monitor.ports import Store
from tests.console.conftest import Visitor, console
from tests.contract.making import (
    entry,
    two_stories,
)


@pytest.fixture
def filled(store: Store) -> Store:
    """A story of two accounts, the second of them hostile, and one more story."""
    two_stories(store, entry('2"><script>', title="Sylvania <b>denies</b> the order"))
    return store


@pytest.fixture
def desk(filled: Store) -> Iterator[Visitor]:
    with console(filled) as found:
        found.post("/name", {"name": "kim"})
        yield found


def fields(page: str) -> dict[str, str]:
    """The hidden fields of the form that asks whether it is meant so."""
    form = page[page.index('class="stack"') :]
    found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {k: v.replace("&#34;", '"').replace("&gt;", ">").replace("&lt;", "<") for k, v in found}


def test_merge_is_asked_twice_and_noted(desk: Visitor) -> None:
    """The first answer shows what would happen; the second does it, under the author's name."""
    asked = desk.post("/repair/merge", {"story": "s-2", "other": "http://x.example/story/s-1"})
    assert "Make these one story?" in asked.text
    assert [] == list(desk.store.repairs())

    done = desk.post("/repair/merge", {**fields(asked.text), "comment": "one deal"})
    page = desk.get(done.headers["location"]).text
    [kept] = desk.store.repairs()

    assert (303, "/story/s-1") == (done.status, done.headers["location"])
    assert ("kim", "one deal", ("s-2",)) == (kept.author, kept.comment, kept.others)
    assert "merged s-2 into s-1" in page
    assert "“one deal”" in page
    assert 1 == desk.get("/").text.count('class="story')


def test_split_is_asked_twice_and_tells_nobody(desk: Visitor) -> None:
    """The ticked accounts go; the part has its line on the desk; nothing is queued."""
    assert 'name="entry" value="a/2&#34;&gt;&lt;script&gt;"' in desk.get("/story/s-1").text
    asked = desk.post("/repair/split", {"story": "s-1", "entry": 'a/2"><script>'})
    assert "Make this account a story of its own?" in asked.text
    assert "<script>" not in asked.text.replace('<script src="/static', "")
    queued = len(desk.store.deliveries())
    desk.post("/repair/split", fields(asked.text))
    [kept] = desk.store.repairs()

    assert queued == len(desk.store.deliveries())
    assert kept.others[0] in desk.get("/").text
    assert "<b>denies" not in desk.get("/").text
    assert 200 == desk.get(f"/story/{kept.others[0]}").status
    assert "split 1 account off s-1" in desk.get(f"/story/{kept.others[0]}").text


def test_marks_are_seen_found_and_taken_back(desk: Visitor) -> None:
    """On the story, on the desk, under the filter; and open again when taken back."""
    desk.post("/repair/mark", {"story": "s-1", "mark": "done"})
    assert "Marked <strong>done" in desk.get("/story/s-1").text
    assert "done by kim" in desk.get("/?mark=done").text
    assert "done by kim" not in desk.get("/?mark=open").text
    [kept] = desk.store.repairs()
    asked = desk.post("/repair/undo", {"repair": kept.id})
    assert "Take it back?" in asked.text
    desk.post("/repair/undo", fields(asked.text))

    assert "No story meets" in desk.get("/?mark=done").text
    assert "taken back by kim" in desk.get("/story/s-1").text


def test_stories_to_merge_with_are_offered(desk: Visitor) -> None:
    """By what they share, or by words; the story itself is not among them."""
    alike, found = desk.get("/story/s-1/merge"), desk.get("/story/s-1/merge?q=shells")

    assert 200 == alike.status
    assert 'name="other" value="s-2"' in found.text
    assert 'name="other" value="s-1"' not in found.text
    assert 404 == desk.get("/story/s-none/merge").status


@pytest.mark.parametrize(
    ("path", "sent", "status", "said"),
    [
        ("/repair/merge", {"story": "s-1"}, 400, "With which story?"),
        ("/repair/merge", {"story": "s-1", "other": "s-9"}, 400, "With which story?"),
        ("/repair/merge", {"story": "s-1", "other": "s-1"}, 400, "With which story?"),
        ("/repair/split", {"story": "s-1"}, 400, "Which accounts?"),
        ("/repair/split", {"story": "s-2", "entry": "a/3"}, 400, "Which accounts?"),
        ("/repair/split", {"story": "s-9", "entry": "a/3"}, 404, "no such story"),
        ("/repair/mark", {"story": "s-1", "mark": "sold"}, 400, "no such mark"),
        ("/repair/mark", {"story": "s-1", "mark": "open"}, 400, "open already"),
        ("/repair/undo", {"repair": "re-9"}, 404, "no such repair"),
        ("/repair/undo", {"repair": "re-9", "sure": "yes"}, 400, "cannot be done"),
    ],
)
def test_what_cannot_be_done_is_said(
    desk: Visitor, path: str, sent: dict[str, str], status: int, said: str
) -> None:
    """A plain page, and nothing is written."""
    answer = desk.post(path, sent)

    assert status == answer.status
    assert said in answer.text
    assert [] == list(desk.store.repairs())


@pytest.mark.parametrize("path", ["merge", "split", "mark", "undo"])
def test_nobody_else_repairs(desk: Visitor, path: str) -> None:
    """A form without the token of the session is none of ours."""
    sent = {"csrf": "guessed", "story": "s-1", "other": "s-2", "mark": "done", "sure": "yes"}

    assert 403 == desk.post(f"/repair/{path}", sent).status
    assert [] == list(desk.store.repairs())
