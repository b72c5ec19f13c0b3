"""monitor feeds: lists in and out, and what an address holds."""

import argparse
import io
import json
import sys
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.app import clock
from monitor.cli.main import main
from monitor.cli.setting import configuration, opened
from monitor.fetch.memory import recall, written
from monitor.model import Changes, Pace, Unchanged
from monitor.parse import opml
from tests.end_to_end.world import ENTITIES, LEXICON, REGIMES, TOPIC
from tests.fetch.life import rss
from tests.hostile import answer, hostile

MAIN = '[store]\nurl = "sqlite:///{0}/monitor.db"\n[egress]\nallow_private = ["127.0.0.1/32"]\n'
FEEDS = '[[feeds]]\nid = "paper"\nurl = "https://paper.example/rss"\nlanguage = "en"\n'
LIST = """<opml version="2.0"><head><title>x</title></head><body>
<outline text="Ports">
<outline type="rss" text="Harbour Gazette" xmlUrl="https://gazette.example/feed" language="en-GB"/>
<outline type="rss" text="Twice" xmlUrl="https://gazette.example/feed"/>
<outline type="rss" text="Known" xmlUrl="https://paper.example/rss"/>
<outline type="rss" text="Bad" xmlUrl="ftp://x.example/"/>
</outline>
<outline text="Ñandú" xmlUrl="feed://bird.example/rss"/>
</body></opml>"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A configuration of one feed and a topic of one word."""
    made = tmp_path / "config"
    for part in ("feeds", "topics", "lexicons", "entities"):
        (made / part).mkdir(parents=True)
    (made / "monitor.toml").write_text(MAIN.format(tmp_path), "utf-8")
    (made / "feeds" / "few.toml").write_text(FEEDS, "utf-8")
    (made / "topics" / "howitzers.toml").write_text(TOPIC, "utf-8")
    (made / "lexicons" / "en.toml").write_text(LEXICON, "utf-8")
    (made / "entities" / "few.csv").write_text(ENTITIES, "utf-8")
    (made / "regimes.csv").write_text(REGIMES, "utf-8")
    return made


class Said:
    """What one command came to."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err

    def json(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def monitor(root: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs `monitor feeds …` on the configuration."""

    def run(*words: str) -> Said:
        status = main(["--config", str(root), "feeds", *words])
        return Said(status, *capsys.readouterr())

    return run


def test_feeds_come_and_go(monitor: Any) -> None:
    """Added once, listed, exported, removed; those of the files are removed in the files."""
    added = monitor("add", "https://bird.example/a/feed.xml", "--language", "EN", "--json")
    again = monitor("add", "https://bird.example/a/feed.xml")
    listed = monitor("list", "--json").json()
    out = monitor("export").out
    removed = monitor("remove", "bird-example-a-feed-xml")
    unknown, written = monitor("remove", "bird"), monitor("remove", "paper")

    assert [
        {"id": "bird-example-a-feed-xml", "url": "https://bird.example/a/feed.xml"}
    ] == added.json()
    assert 2 == again.status
    assert "feed.xml is there already" in again.err
    assert {("bird-example-a-feed-xml", "new"), ("paper", "new")} == {
        (row["id"], row["state"]) for row in listed
    }
    assert {"https://paper.example/rss", "https://bird.example/a/feed.xml"} == {
        f.url for f in opml.read(out.encode()).feeds
    }
    assert (0, 2, 2) == (removed.status, unknown.status, written.status)
    assert "few.toml: remove it there" in written.err


def test_feeds_are_paused_and_resumed(monitor: Any, root: Path) -> None:
    """Also those of files, once a daemon has taken them up; the list says it and by whom."""
    early = monitor("pause", "paper")
    config = configuration(argparse.Namespace(config=str(root)))
    with opened(config) as store:
        store.sync(config.feeds, clock())
    paused = monitor("pause", "paper", "--author", "kim")
    [listed] = monitor("list", "--json").json()
    resumed = monitor("resume", "paper", "--json")

    assert (2, 0, 0) == (early.status, paused.status, resumed.status)
    assert "no daemon has taken up" in early.err
    assert ("paused", "kim") == (listed["state"], listed["paused_by"])
    assert [{"id": "paper", "paused": False}] == resumed.json()
    assert "no feed" in monitor("pause", "none").err


def test_a_feed_may_be_named(monitor: Any) -> None:
    """Id, title, outlet and interval as given; what cannot be is told in one line."""
    named = monitor("add", "https://a.example/", "--id", "a", "--title", "A", "--interval", "10m")
    for words in (
        ["https://b.example/", "--interval", "soon"],
        ["https://b.example/", "--id", "no id"],
        ["b.example"],
        ["ftp://b.example/"],
        ["http://[b/"],
        ["https://paper.example/rss"],
    ):
        said = monitor("add", *words)
        assert (2, 1) == (said.status, len(said.err.splitlines())), words
    assert "a added, due now\n" == named.out


def test_a_list_is_imported_once(monitor: Any, tmp_path: Path) -> None:
    """New feeds are added, known ones counted, doubles and bad lines told with their line."""
    path = tmp_path / "list.opml"
    path.write_text(LIST, "utf-8")
    first = monitor("import", str(path), "--dry-run", "--json")
    second = monitor("import", str(path))
    third = monitor("import", str(path), "--json")

    assert ["harbour-gazette", "nandu"] == first.json()[0]["added"]
    assert (1, "2 added, 1 there already, 1 twice in the list, 1 bad\n") == (
        second.status,
        second.out,
    )
    assert 2 == len(second.err.splitlines())
    assert "line 4: https://gazette.example/feed stands already in line 3" in second.err
    assert "line 6: Bad: 'ftp://x.example/' is no http address" in second.err
    assert [] == third.json()[0]["added"]


def test_a_list_from_a_pipe(monitor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a file the list is read from stdin; what is no list is one clear line."""

    class Stream:
        def __init__(self, data: bytes) -> None:
            self.buffer = io.BytesIO(data)

    monkeypatch.setattr(sys, "stdin", Stream(LIST.encode()))
    good = monitor("import")
    monkeypatch.setattr(sys, "stdin", Stream(b"hello"))
    bad, missing = monitor("import", "-"), monitor("import", "/nonexistent.opml")

    assert good.out.startswith("2 added")
    assert (2, 2) == (bad.status, missing.status)
    assert "not OPML" in bad.err
    assert "No such file" in missing.err


def test_export_to_a_file(monitor: Any, tmp_path: Path) -> None:
    """The file is OPML; a place that cannot be written is one clear line."""
    said = monitor("export", str(tmp_path / "out.opml"))
    refused = monitor("export", str(tmp_path / "no" / "out.opml"))

    assert "1 feeds written" in said.err
    assert 1 == len(opml.read((tmp_path / "out.opml").read_bytes()).feeds)
    assert 2 == refused.status


def test_the_list_tells_states_and_events(monitor: Any) -> None:
    """Only feeds of a state, why they are due when, and what happened to them."""
    assert "nothing to show\n" == monitor("list", "--state", "gone").out
    assert "interval" in monitor("list", "--why").out.splitlines()[0]
    assert "nothing to show\n" == monitor("list", "--events").out


def test_a_still_feed_is_listed_as_quiet(monitor: Any, root: Path, tmp_path: Path) -> None:
    """A feed that brought hourly news and then none for a week is quiet, another is not."""
    (root / "feeds" / "few.toml").unlink()
    now = clock()
    hourly = {f"n{n}": format_datetime(now - timedelta(hours=n)) for n in range(9)}
    weekly = {f"n{n}": format_datetime(now - timedelta(weeks=n)) for n in range(9)}
    for name, dates in (("busy", hourly), ("calm", weekly)):
        (tmp_path / f"{name}.xml").write_bytes(rss(*dates, at=dates))
        monitor("add", (tmp_path / f"{name}.xml").as_uri(), "--id", name)
    main(["--config", str(root), "once"])
    with opened(configuration(argparse.Namespace(config=str(root)))) as store:
        later = now + timedelta(days=7)
        for taken in store.claim(later, 9, owner="o", lease=timedelta(hours=1)):
            still = replace(recall(taken), newest_at=(now - timedelta(days=20)).timestamp())
            known = {**taken.known, **written(still, {})}
            outcome = Unchanged(at=now, validators=taken.validators)
            pace = Pace(next_due=later, interval=timedelta(hours=1))
            with store.writing():
                store.commit(Changes(claim=taken, at=now, outcome=outcome, pace=pace, known=known))
    rows = [json.loads(r) for r in monitor("list", "--json").out.splitlines() if r[0] == "{"]

    assert {"busy": "quiet", "calm": "ok"} == {
        row["id"]: row["state"] for row in rows if "id" in row
    }


def test_how_polite_we_were(monitor: Any, root: Path) -> None:
    """What a strict publisher would count, after one pass of polling."""
    with hostile(answer(rss("a"), headers={"ETag": '"1"'})) as server:
        monitor("add", server.url("/x"), "--id", "mine")
        (root / "feeds" / "few.toml").unlink()
        main(["--config", str(root), "once"])
        rows = monitor("list", "--requests", "--json").out.splitlines()
    found = [json.loads(row) for row in rows if row.startswith("{")]
    mine = next(row for row in found if row.get("id") == "mine")

    assert (1, 0, 0, 0, server.url("/x")) == (
        mine["requests"], mine["conditional"], mine["early"], mine["throttled"], mine["url_now"]
    )  # fmt: skip


def test_every_list_says_how_polite_we_were(monitor: Any, root: Path) -> None:
    """A second pass in haste is a fault in the publisher's book, and in ours."""
    headers = {"ETag": '"1"', "Cache-Control": "max-age=3600"}
    with hostile(answer(rss("a"), headers=headers)) as server:
        monitor("add", server.url("/x"), "--id", "mine")
        (root / "feeds" / "few.toml").unlink()
        for _ in range(2):
            main(["--config", str(root), "once", "--all"])
        listed, asked = monitor("list", "--json"), monitor("list", "--requests", "--json")
        text = monitor("list").out
    found, counted = ([json.loads(r) for r in s.out.splitlines() if '"mine"' in r][-1]
                      for s in (listed, asked))  # fmt: skip

    assert "50 %" == found["polite"] == counted["polite"]
    assert ("100 %", 1, 0, 1, 1) == (
        counted["conditional_share"], counted["early"], counted["hurried"], counted["unneeded"],
        counted["same_body"],
    )  # fmt: skip
    assert "polite" in text
    assert "50 %" in text


def test_the_list_says_what_a_hub_is_worth(monitor: Any, root: Path) -> None:
    """Nothing promised, promised, kept; and since when it is not."""
    config = configuration(argparse.Namespace(config=str(root)))

    def said() -> str:
        rows = monitor("list", "--why", "--json").json()
        return str(next(row for row in rows if row["id"] == "paper")["push"])

    with opened(config) as store:
        now = clock()
        store.sync(config.feeds, now)
        none = said()
        store.subscribed("paper", now + timedelta(days=5))
        promised = said()
        store.wake("paper", now, apart=timedelta(0))
        works = said()
        [taken] = store.claim(now, 9, owner="o", lease=timedelta(hours=1))
        outcome = Unchanged(at=now, validators=taken.validators)
        pace = Pace(next_due=now + timedelta(hours=1), interval=timedelta(hours=1))
        with store.writing():
            store.commit(Changes(claim=taken, at=now, outcome=outcome, pace=pace, unpushed_at=now))
        broken, events = said(), monitor("list", "--events").out
        store.subscribed("paper", now - timedelta(days=1))

    assert ("", "promised", "works", f"broken since {now:%Y-%m-%d %H:%M}", "") == (
        none, promised, works, broken, said()
    )  # fmt: skip
    assert "push-broken" in events


def test_test_shows_what_a_feed_holds(monitor: Any) -> None:
    """Format, entries, validators, and what the topics make of them."""
    body = rss("a", "b").replace(b"Title b", b"Sylvania sends howitzers to the coast")
    headers = {"ETag": '"1"', "Cache-Control": "max-age=60", "Content-Type": "text/xml"}
    with hostile(answer(body, headers=headers)) as server:
        facts = monitor("test", server.url("/feed"), "--json")
        text = monitor("test", server.url("/feed"))
    found = facts.json()[0]

    assert (0, 2, 1, '"1"', 60) == (
        facts.status, found["entries"], found["flagged"], found["etag"], found["max_age_seconds"]
    )  # fmt: skip
    assert ["howitzers"] == found["newest_entries"][0]["topics"]
    assert "  [howitzers] Sylvania sends howitzers to the coast" in text.out.splitlines()


def test_test_finds_the_feeds_of_a_page(monitor: Any) -> None:
    """A web page is no feed, but the feeds it names are listed."""
    page = b"""<html><head><base href="/blog/">
    <link rel=alternate type="application/rss+xml" href="comments/feed" title="no">
    <link rel="alternate" type="application/atom+xml" href="atom" title="Atom &amp; more">
    <link rel="alternate" hreflang="de" href="/de"></head></html>"""
    with hostile(answer(page)) as server:
        said = monitor("test", server.url(), "--json")
        text = monitor("test", server.url())
    found = said.json()[0]

    assert (1, "html-not-a-feed") == (said.status, found["failure"])
    assert [server.url("/blog/atom"), server.url("/blog/comments/feed")] == [
        f["url"] for f in found["feeds_named"]
    ]
    assert f"  {server.url('/blog/atom')}  Atom & more" in text.out.splitlines()


def test_test_says_why_there_is_nothing(monitor: Any) -> None:
    """A failure has its name and when to come again; an id stands for its address."""
    with hostile(answer(status="429 Slow", headers={"Retry-After": "60"})) as server:
        said = monitor("test", server.url(), "--json")
        monitor("add", server.url("/x"), "--id", "mine")
        mine = monitor("test", "mine", "--json")
    unknown = monitor("test", "nobody")

    assert (1, "throttled", 60) == (
        said.status, said.json()[0]["failure"], said.json()[0]["retry_after_seconds"]
    )  # fmt: skip
    assert server.url("/x") == mine.json()[0]["url"]
    assert 2 == unknown.status


def test_test_follows_a_move(monitor: Any) -> None:
    """Where a feed has moved to is told."""
    with hostile(answer(rss("a"))) as there:
        moved = answer(status="301 Moved", headers={"Location": there.url("/new")})
        with hostile(moved) as server:
            said = monitor("test", server.url(), "--json")

    assert there.url("/new") == said.json()[0]["moved_to"] == said.json()[0]["final_url"]
