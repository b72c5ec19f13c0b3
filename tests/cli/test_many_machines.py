"""monitor nodes and migrate, and a desk whose store is PostgreSQL, from the terminal."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.cli.main import main
from monitor.cli.nodes import late, said
from monitor.stores import postgres, sqlite
from tests.contract import making as m
from tests.postgres import server
from tests.samples import NOW

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """`monitor ARGUMENTS` on the store at this URL: status, output, errors."""

    def command(url: str, *words: str) -> tuple[int, str, str]:
        text = f'[store]\nurl = "{url}"\n[console]\nlisten = ""\n'
        (tmp_path / "monitor.toml").write_text(text, encoding="utf-8")
        status = main(["--config", str(tmp_path), *words])
        out, err = capsys.readouterr()
        return status, out, err

    return command


@pytest.fixture
def old(tmp_path: Path) -> str:
    """A SQLite store in which one alert was told."""
    url = f"sqlite:///{tmp_path}/old.db"
    store = sqlite.open(url)
    m.commit(store, m.alerting(m.take_one(store), m.entry()))
    store.close()
    return url


def test_a_desk_moves_and_goes_on(run: Run, old: str) -> None:
    """One command, then the same commands as before on the new URL; not a second time."""
    new = server().fresh("desk")
    status, out, err = run(old, "migrate", old, new)
    assert (0, "") == (status, err)
    assert "moved and compared: 1 feeds, " in out
    assert "1 alerts" in out
    assert "run no daemon on it" in out

    status, out, _ = run(new, "alerts", "list", "--json")
    assert (0, "al-s-1") == (status, json.loads(out)["alert"])
    status, _, err = run(new, "migrate", old, new)
    assert 1 == status
    assert "is not empty (1 feeds, " in err


def test_what_cannot_be_moved_is_said_in_one_line(run: Run, old: str, tmp_path: Path) -> None:
    """Exit 2 for a wrong argument, 1 for a store that is not there."""
    assert 2 == run(old, "migrate", "postgresql://h/d", old)[0]
    status, _, err = run(old, "migrate", old, "mysql://h/d")
    assert (2, True) == (status, "postgresql://user@host/database" in err)
    gone = f"sqlite:///{tmp_path}/gone.db"
    status, _, err = run(old, "migrate", gone, server().fresh("desk"))
    assert (1, True) == (status, "there is no store yet" in err)
    assert not (tmp_path / "gone.db").exists()


def test_moving_says_in_json_how_many_rows(run: Run, old: str) -> None:
    """By table."""
    status, out, _ = run(old, "migrate", old, server().fresh("desk"), "--json")
    assert (0, 1) == (status, json.loads(out)["rows"]["deliveries"])


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_who_is_at_work(run: Run, old: str, kind: str) -> None:
    """Exit 1 when nobody is; otherwise each with what he holds, and how late the work is."""
    url = old if kind == "sqlite" else server().fresh("desk")
    store = (sqlite if kind == "sqlite" else postgres).open(url)
    store.sync([m.feed("a"), m.feed("b")], NOW)
    status, out, _ = run(url, "nodes")
    assert (1, True) == (status, "nobody is at work on this store" in out)
    with store.hold("desk-1", NOW):
        m.take(store, 1, owner="desk-1")
        status, out, _ = run(url, "nodes", "--json")
        assert (0, "desk-1", 1) == (status, json.loads(out)["owner"], json.loads(out)["feeds"])
        status, out, _ = run(url, "nodes")
        assert (0, True) == (status, "1 at work; " in out)
        doctor = run(url, "doctor", "--json")[1]
    store.close()

    found = {one["check"]: one for one in map(json.loads, doctor.splitlines())}
    assert ("good", "good", "good") == tuple(found[k]["state"] for k in ("store", "disk", "daemon"))
    assert "runs on it" in found["daemon"]["said"]


def test_how_late_the_work_is() -> None:
    """Feeds that wait for somebody; not those that are paused, or being polled, or not due."""
    feed = {"state": "ok", "leased_until": None}
    feeds = [
        {**feed, "next_due": NOW - timedelta(seconds=30)},
        {**feed, "next_due": NOW - timedelta(seconds=90), "leased_until": NOW},
        {**feed, "next_due": NOW - timedelta(seconds=60), "leased_until": NOW + m.MINUTE},
        {**feed, "next_due": NOW - timedelta(seconds=60), "state": "paused"},
        {**feed, "next_due": NOW + timedelta(seconds=60)},
    ]
    assert [90.0, 30.0] == late(feeds, NOW)
    assert "2 at work; 2 feeds are due, the latest for 90 s" == said(2, [90.0, 30.0])
    assert "nobody is at work on this store; no feed is late" == said(0, [])
