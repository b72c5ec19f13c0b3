"""Commands that judge texts: match, eval, explain, check."""

import gzip
import json
from pathlib import Path

import pytest

from monitor.cli import main
from monitor.cli.explain import marked
from monitor.model import Reason
from tests.cli.conftest import DULL, ONE, TWO, Desk

ITEMS = (
    {"id": "a", "title": ONE[0], "label": "pos", "language": "en", "stage": "delivered",
     "supplier": ["xs"], "recipient": ["xf"], "category": ["artillery"]},
    {"id": "b", "title": DULL[0], "label": "neg", "lang": "en"},
    {"id": "c", "title": "Mortars for all", "label": "pos", "language": "en"},
    {"id": "d", "title": "Milk", "label": "borderline"},
)  # fmt: skip


def written(desk: Desk, name: str, *items: object) -> str:
    file = desk.folder / name
    text = "\n".join(json.dumps(item) for item in items) + "\n\n"
    if name.endswith(".gz"):
        file.write_bytes(gzip.compress(text.encode()))
    else:
        file.write_text(text, "utf-8")
    return str(file)


# ── match ───────────────────────────────────────────────────────────────────────


def test_match_answers_every_good_line(desk: Desk) -> None:
    """A bad line is named by its number, the others are answered, the status is 1."""
    file = desk.folder / "items.jsonl"
    file.write_text(json.dumps({"id": 1, "title": ONE[0]}) + "\n{\n", "utf-8")
    said = desk("match", str(file))
    (decision,) = [json.loads(line) for line in said.out.splitlines()]

    assert 1 == said.status
    assert decision["flagged"]
    assert ":2: not JSON" in said.err


def test_a_bad_topic_is_left_out(desk: Desk) -> None:
    """A faulty topic is named with file and line; the others still judge."""
    (desk.root / "topics" / "bad.toml").write_text('title = "Bad"\nthreshold = 7\n', "utf-8")
    said = desk("match", written(desk, "items.jsonl", ITEMS[0]))

    assert 0 == said.status
    assert 1 == len(said.out.splitlines())
    assert "topic left out: topics/bad.toml:2: threshold: 7" in said.err
    assert 2 == desk("check").status


def test_no_sound_topic_is_a_fault(desk: Desk) -> None:
    """Where every topic is faulty there is nothing to run."""
    (desk.root / "topics" / "howitzers.toml").write_text("threshold = 7\n", "utf-8")
    said = desk("match", written(desk, "items.jsonl", ITEMS[0]))

    assert 2 == said.status
    assert "topics/howitzers.toml:1" in said.err


# ── eval ────────────────────────────────────────────────────────────────────────


def test_eval_prints_the_figures(desk: Desk) -> None:
    """Precision, recall, slots, and what of ordinary news is flagged."""
    file = written(desk, "labelled.jsonl", *ITEMS)
    news = written(desk, "news.jsonl.gz", *ITEMS[:2])
    said = desk("eval", file, "--background", news, "--wrong")

    assert 0 == said.status
    assert "2 stories, 1 other items; 1 borderline left out" in said.out
    assert "ordinary   1 of 2 flagged (50.00%)" in said.out
    assert "missed: c: Mortars for all" in said.out


def test_eval_for_machines(desk: Desk) -> None:
    """The same as one JSON object."""
    file = written(desk, "labelled.jsonl", *ITEMS)
    found = json.loads(desk("eval", file, "--background", file, "--json").out)

    assert (3, 1) == (found["items"], found["borderline"])
    assert 1.0 == found["precision"]
    assert 0.5 == found["recall"]
    assert 4 == found["background"]["items"]
    assert [] == found["wrong"]


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ('{"id": "a", "title": "x"}', ":1: label: write one of pos, neg, borderline"),
        ('{"id": "a", "label": "pos"}', ":1: title: is missing"),
        ("[]", ":1: an item is an object"),
        ("{", ":1: Expecting"),
    ],
)
def test_eval_refuses_what_is_no_labelled_item(desk: Desk, line: str, wrong: str) -> None:
    """A line that cannot be scored stops it, with its place."""
    file = desk.folder / "bad.jsonl"
    file.write_text(line, "utf-8")
    said = desk("eval", str(file))

    assert 2 == said.status
    assert wrong in said.err


def test_eval_of_a_missing_file(desk: Desk) -> None:
    """A file that is not there, or no gzip, is one clear line."""
    assert "cannot read" in desk("eval", str(desk.folder / "nothing.jsonl")).err
    (desk.folder / "bad.gz").write_bytes(b"no gzip")
    assert "cannot read" in desk("eval", str(desk.folder / "bad.gz")).err


# ── explain ─────────────────────────────────────────────────────────────────────


def test_explain_a_text(desk: Desk) -> None:
    """The evidence marked in the text, the parts, the distance, the act."""
    said = desk("explain", ONE[0], "--summary", ONE[1])

    assert 0 == said.status
    assert "howitzers: flagged" in said.out
    assert "over)" in said.out
    assert "[howitzers|" in said.out
    assert "  act      " in said.out


def test_explain_what_was_not_flagged(desk: Desk) -> None:
    """How far it fell short, and why; as JSON the distance too."""
    said = desk("explain", DULL[0])
    found = json.loads(desk("explain", DULL[0], "--json").out)

    assert "not flagged" in said.out
    assert "short)" in said.out
    assert found["distance"] < 0


def test_explain_a_stored_entry(desk: Desk) -> None:
    """The whole path of a stored entry: seen, judged, its story, its alert or what stopped it."""
    desk.publish(ONE, TWO, DULL)
    desk("once")
    alert = json.loads((desk.folder / "alerts.jsonl").read_text("utf-8").splitlines()[0])
    said = desk("explain", alert["data"]["story"])
    row = json.loads(desk("explain", alert["data"]["alert"], "--json").out.splitlines()[0])
    stopped = desk("explain", _link_of(desk, DULL[0]))

    assert 0 == said.status
    assert "  story    s-" in said.out
    assert "  end      alert al-" in said.out
    assert row["alert"] == alert["data"]["alert"]
    assert "stopped by" in stopped.out


def _link_of(desk: Desk, title: str) -> str:
    found = json.loads(desk("stories", "search", title.split()[0], "--json").out.splitlines()[0])
    return str(found["url"])


def test_explain_what_is_not_there(desk: Desk) -> None:
    """One word that nothing in the store has is refused; so is one without a store."""
    without = desk("explain", "s-none")
    desk("once")
    unknown = desk("explain", "s-none")

    assert (2, 2) == (without.status, unknown.status)
    assert "s-none" in without.err
    assert "the store has no entry, URL, alert or story 's-none'" in unknown.err


# ── check ───────────────────────────────────────────────────────────────────────


def test_check_runs_the_examples(desk: Desk) -> None:
    """A topic whose own example fails is said with its line; otherwise all is right."""
    assert 0 == desk("check").status
    topic = desk.root / "topics" / "howitzers.toml"
    topic.write_text(
        topic.read_text("utf-8") + f'\n[[should_match]]\ntitle = "{DULL[0]}"\n', "utf-8"
    )
    said = desk("check")

    assert 2 == said.status
    assert "is not flagged" in said.err
    assert not json.loads(desk("check", "--json").out)["ok"]


def test_check_lists_gaps(desk: Desk) -> None:
    """What a language lacks is listed when asked for, and is no fault."""
    said = desk("check", "--gaps")

    assert 0 == said.status
    assert "gap: weapon.tank: nothing in en" in said.out
    assert json.loads(desk("check", "--gaps", "--json").out)["gaps"]
    assert Path(desk.root).is_dir()


def test_explain_with_what_is_shipped(capfd: pytest.CaptureFixture[str]) -> None:
    """Embargoes between the parties, vetoes with their cost, the heaviest parts only."""
    shipped = str(Path(__file__).parents[2] / "config")
    title = "Moscow sells missiles to North Korea amid air strike, stocks fall"
    assert 0 == main(["explain", title, "--config", shipped])
    said = capfd.readouterr().out

    assert "  regimes  " in said
    assert "  against  market: 'stocks' cost" in said
    assert " others " in said


def test_evidence_is_marked_once() -> None:
    """Of two reasons for the same words the first is shown; weightless ones have no number."""
    one = Reason(field="title", start=0, end=4, text="arms", concept="weapon:x", weight=1.0)
    two = Reason(field="title", start=0, end=4, text="arms", concept="query:y", weight=0.5)
    far = Reason(field="title", start=8, end=12, text="Chad", concept="recipient:td", weight=0.0)

    assert "[arms|weapon:x +1.0] to [Chad|recipient:td]" == marked("arms to Chad", [one, two, far])
