"""monitor nodes and migrate, and a desk whose store is PostgreSQL, from the terminal."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.cli.main import main
from monitor.cli.nodes import late, said
from monitor.stores import postgres, sqlite
from tests.cli.conftest import ONE, Desk
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
    assert (2, True) == (status, "that is no URL of PostgreSQL" in err)
    gone = f"sqlite:///{tmp_path}/gone.db"
    status, _, err = run(old, "migrate", gone, server().fresh("desk"))
    assert (1, True) == (status, "there is no store yet" in err)
    assert not (tmp_path / "gone.db").exists()


def test_moving_says_in_json_how_many_rows(run: Run, old: str) -> None:
    """By table."""
    status, out, _ = run(old, "migrate", old, server().fresh("desk"), "--json")
    assert (0, 1) == (status, json.loads(out)["rows"]["deliveries"])


_AHEAD = """
create function desk.clock_timestamp() returns timestamptz language sql
as $$ select pg_catalog.clock_timestamp() + interval '1 hour' $$
"""


def test_what_people_say_is_dated_by_the_clock_of_all(run: Run) -> None:
    """On a machine an hour behind the database a silence holds at once, and a feed is due."""
    server().fresh("desk")
    server().run(_AHEAD)
    url = server().url("desk,pg_catalog")  # that function is found before the server's own
    postgres.open(url).close()
    before = datetime.now(UTC)
    words = ("--outlets", "example.org", "--until", "1h")
    assert 0 == run(url, "silences", "add", *words)[0]
    assert 0 == run(url, "feeds", "add", "https://a.example/feed", "--id", "a")[0]
    assert 0 == run(url, "feeds", "pause", "a")[0]
    store = postgres.open(url)
    [silence] = store.silences(before + timedelta(minutes=61))
    [feed] = store.feeds()
    store.close()

    for said_at in (silence.since, feed["next_due"], feed["paused_at"]):
        assert isinstance(said_at, datetime)
        assert said_at - before > timedelta(minutes=59)
    assert timedelta(hours=1) == silence.until - silence.since
    assert silence.id == json.loads(run(url, "silences", "list", "--json")[1])["id"]


def _no_rights(url: str) -> str:
    server().run(
        "drop role if exists stranger", "create role stranger login",
        "grant usage on schema desk to stranger",
    )  # fmt: skip
    return url.replace("user=monitor", "user=stranger")


def _newer(url: str) -> str:
    postgres.open(url).close()
    server().run("update desk.monitor_schema set version = 99, least = 99")
    return url


def _others(url: str) -> str:
    server().run("create table desk.feeds (id integer)")
    return url


@pytest.mark.parametrize(
    ("spoil", "said_"),
    [
        (lambda _: "postgresql://127.0.0.1:9/x", "cannot be reached"),
        (lambda url: url.replace("/postgres?", "/nowhere?"), 'database "nowhere" does not exist'),
        (lambda url: url.replace("Ddesk", "Dnone"), "search_path names no schema that exists"),
        (_no_rights, "let it own the schema"),
        (_newer, "run the newer program, or restore a backup"),
        (_others, "give the monitor a schema or a database of its own"),
    ],
)
def test_a_store_that_cannot_be_worked_on_is_refused_in_one_line(
    run: Run, tmp_path: Path, spoil: Callable[[str], str], said_: str
) -> None:
    """Exit 1, what is wrong and what to do; no traceback, and nothing was polled."""
    url = spoil(server().fresh("desk"))
    status, out, err = run(url, "once")
    server().run("drop schema desk cascade", "drop role if exists stranger")

    assert (1, "") == (status, out)
    assert said_ in err.strip().splitlines()[-1]
    assert "Traceback" not in err


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


# ── daemons on one store ────────────────────────────────────────────────────────


def on_postgres(desk: Desk) -> str:
    """Make it the desk's store."""
    url = server().fresh("desk")
    file = desk.root / "monitor.toml"
    text = file.read_text("utf-8")
    file.write_text(text.replace(f"sqlite:///{desk.folder}/monitor.db", url), "utf-8")
    return url


def test_a_desk_on_postgres_is_as_any_other(desk: Desk) -> None:
    """Poll, match, alert, deliver, ask, find: the same commands say the same."""
    on_postgres(desk)
    said_ = desk("once")
    assert "1 feeds polled, 0 feeds failed, 2 entries new, 1 alerts, 1 deliveries" in said_.out
    assert 0 == lines(desk("once", "--all", "--json").out)[0]["alerts"]
    assert "Sylvania" in desk("stories", "search", "howitzers").out
    assert "howitzers" in desk("alerts", "list").out
    assert 1 == len((desk.folder / "alerts.jsonl").read_text("utf-8").splitlines())


def test_two_daemons_tell_each_story_once(desk: Desk) -> None:
    """Both run on one store at once; ten feeds report ten stories, each is sent once."""
    url = on_postgres(desk)
    feeds = ""
    for number in range(10):
        title = f"Sylvania sends {number + 20} howitzers to Freedonia by train {number}"
        desk.publish((title, f"Convoy {number} left on Monday."), feed=f"f{number}")
        feeds += f'[[feeds]]\nid = "f{number}"\nurl = "file://{desk.folder}/f{number}.xml"\n'
    (desk.root / "feeds" / "all.toml").write_text(feeds, "utf-8")
    command = [sys.executable, "-m", "monitor", "--config", str(desk.root), "run"]
    quiet = subprocess.DEVNULL
    daemons = [subprocess.Popen(command, stdout=quiet, stderr=quiet) for _ in range(2)]
    store = postgres.open(url)
    try:
        assert wait_until(lambda: 2 == len(store.nodes()))
        assert wait_until(lambda: all(r["last_success"] for r in store.feeds()) and store.feeds())
        assert wait_until(lambda: store.counts()["queued"] == 0)
    finally:
        for one in daemons:
            one.terminate()
        assert [0, 0] == [one.wait(60) for one in daemons]
    told = lines((desk.folder / "alerts.jsonl").read_text("utf-8"))
    names = [str(one["id"]) for one in told]

    assert sorted(set(names)) == sorted(names)
    assert len(names) == store.counts()["deliveries"] > 0
    assert [1] * 10 == [r["polls"] for r in store.feeds()]
    assert [] == list(store.nodes())
    store.close()


def test_a_daemon_outlives_a_restart_of_its_database(desk: Desk) -> None:
    """It goes on by itself: what is published meanwhile is read once the server is back."""
    url = on_postgres(desk)
    hasty = '\n[poll]\ndefault_interval = "1s"\nmin_interval = "1s"\nhost_spacing = "0s"\ntick = "100ms"\n'
    file = desk.root / "monitor.toml"
    file.write_text(file.read_text("utf-8") + hasty, "utf-8")
    command = [sys.executable, "-m", "monitor", "--config", str(desk.root), "run"]
    quiet = subprocess.DEVNULL
    daemon = subprocess.Popen(command, stdout=quiet, stderr=quiet)
    archive = desk.folder / "alerts.jsonl"
    try:
        assert wait_until(lambda: archive.exists() and archive.read_text("utf-8"))
        server().stop()
        desk.publish(("Sylvania ships 40 howitzers to Osterlich", "A second deal."), ONE)
        time.sleep(1)
        server().start()
        store = postgres.open(url)
        read_before = 2
        assert wait_until(lambda: store.counts()["entries"] > read_before)
        assert wait_until(lambda: ["alive"] == [r["state"] for r in store.nodes()])
        store.close()
    finally:
        daemon.terminate()
        assert 0 == daemon.wait(60)


def wait_until(true: Callable[[], object]) -> bool:
    """Whether it came true within a minute."""
    end = time.monotonic() + 60
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def lines(out: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.splitlines()]


def test_an_earlier_configuration_is_brought_back(run: Run) -> None:
    """nodes --adopt names it; on a file it is nobody's business and does no harm."""
    url = server().fresh("desk")
    store = postgres.open(url)
    store.adopt("0123456789ab", "another")
    status, out, err = run(url, "nodes", "--adopt")
    assert (0, "") == (status, err)
    assert "is the one to work by; machines with another one say so" in out
    [[digest]] = server().run("select digest from desk.configurations order by since desc limit 1")
    assert out.split()[1] == digest
    store.close()


def test_a_role_on_a_file_is_refused(run: Run, tmp_path: Path) -> None:
    """Exit 2, and where to read about it."""
    status, _, err = run(f"sqlite:///{tmp_path}/m.db", "run", "--role", "poll")
    assert (2, True) == (status, "--role poll needs a store that several share" in err)
