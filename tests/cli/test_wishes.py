"""monitor silences, routes, feedback, missed: people's wishes and opinions, from the terminal."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.app import clock
from monitor.cli.main import main
from monitor.model import Delivery
from monitor.stores.sqlite import open as sqlite
from tests.contract.making import changes, commit, decision, entry, feed, take_one, unflagged
from tests.samples import ALERT, NOW

Run = Callable[..., tuple[int, str, str]]

MAIN = """
[store]
url = "sqlite:///{store}"
[sinks.desk]
kind = "jsonl"
path = "{folder}/alerts.jsonl"
[sinks.pager]
kind = "jsonl"
path = "{folder}/pager.jsonl"
[[routes]]
name = "embargoes"
regimes = ["any"]
sinks = ["pager"]
[[routes]]
sinks = ["desk"]
cooldown = "2h"
quiet = {{ from = "00:00", to = "23:59", how = "critical" }}
"""


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """`monitor ARGUMENTS` on a configuration of its own: status, output, errors."""
    text = MAIN.format(store=tmp_path / "m.db", folder=tmp_path)
    (tmp_path / "feeds").mkdir()
    (tmp_path / "monitor.toml").write_text(text, encoding="utf-8")

    def ran(*words: str) -> tuple[int, str, str]:
        try:
            status = main([*words, "--config", str(tmp_path)])
        except SystemExit as e:
            status = int(e.code or 0)
        out, err = capsys.readouterr()
        return status, out, err

    return ran


def with_alert(tmp_path: Path, **changed: Any) -> None:
    """A store in which one alert was told a while ago."""
    store = sqlite(f"sqlite:///{tmp_path / 'm.db'}")
    one = replace(ALERT, **{"at": clock() - timedelta(minutes=30), **changed})
    store.add_deliveries([Delivery(id=f"dl-{one.id}", alert=one, sink="desk", due=clock())])
    store.close()


def test_a_silence_from_its_beginning_to_its_end(run: Run) -> None:
    """Added with an author and a reason, listed, ended once."""
    status, out, _ = run("silences", "add", "--parties", "kp, ru", "--min-severity", "low",
                         "--until", "8h", "--author", "kim", "--comment", "drill", "--json")  # fmt: skip
    name = json.loads(out)["id"]
    assert 0 == status
    [listed] = [json.loads(line) for line in run("silences", "list", "--json")[1].splitlines()]
    assert (name, "kim", "drill") == (listed["id"], listed["author"], listed["comment"])
    assert "parties kp or ru; min_severity low" == listed["conditions"]

    assert 0 == run("silences", "end", name)[0]
    assert (2, "") == run("silences", "end", name)[:2]
    assert "nothing to show" in run("silences", "list")[1]
    assert "holds until" in run("silences", "add", "--stories", "s-1", "--until", "1h")[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--until", "8h"), "name at least one condition"),
        (("--until", "8h", "--parties", "atlantis"), "--parties: 'atlantis' is unknown here"),
        (("--until", "8h", "--stages", "signed"), "--stages: 'signed' is unknown here"),
        (("--until", "soon", "--stages", "agreed"), "neither a length nor a date"),
        (("--until", "2020-01-01", "--stages", "agreed"), "must lie ahead"),
        (("--until", "2y", "--stages", "agreed"), "neither a length nor a date"),
        (("--until", "900d", "--stages", "agreed"), "within a year"),
    ],
)
def test_a_silence_that_would_silence_nothing(run: Run, words: tuple[str, ...], said: str) -> None:
    """A misspelt name is refused, for nobody would notice."""
    status, _, err = run("silences", "add", *words)

    assert 2 == status
    assert said in err


def test_the_walk_of_an_alert(run: Run, tmp_path: Path) -> None:
    """Every route with its reason, and what keeps it back or delays it."""
    act = replace(ALERT.act, regimes=()) if ALERT.act else None
    with_alert(tmp_path, act=act)
    status, out, _ = run("routes", "test", ALERT.id, "--json")
    told = json.loads(out)

    assert 0 == status
    assert ["no", "yes"] == [step["takes it"] for step in told["steps"]]
    assert "wants embargo any, this is none" == told["steps"][0]["why not"]
    assert [("desk", True)] == [(end["sink"], end["sent"]) for end in told["ends"]]
    assert (
        "quiet hours until 23:59" == told["ends"][0]["how"] or "at once" == told["ends"][0]["how"]
    )

    with_alert(tmp_path, id="al-2", story="s-2", act=act)
    status, out, _ = run("routes", "test", "al-2")
    assert 1 == status
    assert "cool-down" in out
    run("silences", "add", "--outlets", "example.org", "--until", "1h", "--author", "kim")
    assert "by kim" in run("routes", "test", "al-2")[1]


def test_routes_of_what_is_not_there(run: Run, tmp_path: Path) -> None:
    """No store, no such alert, a headline that no topic flags: one line each."""
    assert 1 == run("routes", "test", "al-x")[0]
    with_alert(tmp_path)
    assert "there is no alert 'al-x'" in run("routes", "test", "al-x")[2]
    status, _, err = run("routes", "test", "Bakers", "win", "a", "prize")
    assert 2 == status
    assert "no topic flags it" in err
    assert "embargoes" in run("routes", "list")[1]


def test_a_headline_of_ones_own(run: Run) -> None:
    """Read, weighed and walked without a store."""
    words = "Freedonia", "Germany sells 40 tanks and artillery shells to Poland"
    status, out, _ = run("routes", "test", words[1], "--json")

    assert 0 == status
    assert "desk" == json.loads(out)["ends"][0]["sink"]
    assert "quantity stated: 40 tanks (+1)" in json.loads(out)["severity_why"]
    assert "arms-transfers. Medium: " in run("routes", "test", words[1])[1]


def test_opinions_become_precision(run: Run, tmp_path: Path) -> None:
    """Two of three judged alerts relevant: in all, by topic; labels come out for eval."""
    for n, opinion in enumerate(("relevant", "relevant", "not-relevant", "seen")):
        with_alert(tmp_path, id=f"al-{n}")
        assert 0 == run("feedback", "add", f"al-{n}", opinion, "--author", "kim")[0]
    rows = [json.loads(line) for line in run("feedback", "--json")[1].splitlines()]
    labels = [json.loads(line) for line in run("feedback", "export")[1].splitlines()]

    assert [("all", 2, 1), ("topic", 2, 1)] == [
        (r["by"], r["relevant"], r["not relevant"]) for r in rows
    ]
    assert 0.667 == round(rows[0]["precision"], 3)
    assert ["neg", "pos", "pos"] == sorted(one["label"] for one in labels)
    assert ALERT.title == labels[0]["title"]
    assert "kim" in run("feedback", "list")[1]
    assert "there is no alert" in run("feedback", "add", "al-9", "seen")[2]


def test_what_lost_a_story(run: Run, tmp_path: Path) -> None:
    """Never read, stopped by a stage, or told after all."""
    store = sqlite(f"sqlite:///{tmp_path / 'm.db'}")
    low, told = entry("1"), entry("2")
    store.sync([feed()], NOW)
    decisions = (unflagged(low), decision(told, alert="al-1"))
    assert commit(store, changes(take_one(store), entries=(low, told), decisions=decisions))
    store.close()
    never = json.loads(run("missed", "https://example.org/never", "--json")[1])
    status, out, _ = run("missed", low.url, "--author", "kim", "--note", "big one")

    assert ("feed", "never read") == (never["lost_by"], never["why"][:10])
    assert 0 == status
    assert "stopped by match, 0.40 below the threshold of arms-transfers: no supplier" in out
    assert (1, "not missed: al-1 told it") == (
        run("missed", told.url)[0],
        run("missed", told.url)[1].splitlines()[0],
    )
    said = [json.loads(line) for line in run("feedback", "list", "--json")[1].splitlines()]
    assert ["missed", "missed"] == [one["opinion"] for one in said]
    assert "big one" in [one["note"] for one in said]
    assert run("feedback", "export")[1] == ""
