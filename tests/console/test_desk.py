"""console/desk: what an analyst sees first, and what they say of it."""

import json
import re
import threading
from dataclasses import replace
from datetime import timedelta
from http.client import HTTPConnection
from time import monotonic
from urllib.parse import quote, urlencode
from xml.etree import ElementTree as Xml

import pytest

from monitor.config.console import ConsoleSettings
from monitor.errors import StoreBusy, StoreFull
from monitor.model import Act, Severity, Silence, Stage
from monitor.ports import Store
from tests.console.conftest import HOUR, Visitor, console, tell
from tests.contract.making import alerting, commit, entry, take_one
from tests.samples import ACT, NOW, alert


def shown(text: str) -> list[str]:
    """The stories on a page, in its order."""
    return re.findall(r'<article class="story[^"]*" id="([^"]+)"', text)


def test_newest_first_with_all_that_matters(web: Visitor) -> None:
    """Who to whom by name, item, stage, embargo, severity, sources, age, the words that prove it."""
    page = web.get("/")

    assert (200, ["al-1", "al-2", "al-3"]) == (page.status, shown(page.text))
    for text in (
        "Türkiye</a>", "Ukraine</a>, <a", "artillery", "(200)", "agreed", "UN arms embargo on Sylvania",
        "medium", "2 sources, 2 independent", "<mark>orders</mark>", ">1 h</time>", "example.org",
    ):  # fmt: skip
        assert text in page.text, text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"severity": "high"}, ["al-2", "al-3"]),
        ({"party": "Turkey"}, ["al-1", "al-2", "al-3"]),
        ({"party": "Polen", "supplier": "tr"}, ["al-1", "al-2", "al-3"]),
        ({"recipient": "TR"}, []),
        ({"since": "90m"}, ["al-1"]),
        ({"until": "2026-07-31"}, []),
        ({"since": "2026-08-01T09:30:00Z", "until": "2026-08-01T10:30:00"}, ["al-2"]),
        ({"stage": "agreed", "category": "Artillery", "language": "en", "story": "s-3"}, ["al-3"]),
        ({"outlet": "example.org", "regime": "un-kp"}, []),
        ({"q": "zeppelin"}, []),
        ({"q": "   "}, ["al-1", "al-2", "al-3"]),
    ],
    ids=str,
)
def test_filters_stand_in_the_address(
    web: Visitor, query: dict[str, str], expected: list[str]
) -> None:
    """Names in any language and case; what is written is shown again."""
    page = web.get(f"/?{urlencode(query)}")

    assert (200, expected) == (page.status, shown(page.text))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"stage": "sold"}, "there is no stage “sold”; known: requested, offered"),
        ({"party": "Atlantis"}, "there is no party “Atlantis”"),
        ({"severity": "<b>"}, "there is no severity “&lt;b&gt;”"),
        ({"since": "yesterday"}, "“since” is no time: “yesterday”; write 7d or 2026-08-01"),
        ({"until": "2026-13-45"}, "“until” is no time"),
        ({"since": "0001-01-01T00:00:00+23:59"}, "“since” is no time"),
        ({"until": "9999-12-31T23:59:59-23:59"}, "“until” is no time"),
        ({"since": "9" * 150 + "w"}, "“since” is no time"),
        ({"since": "2026-08-01", "until": "2026-07-01"}, "“since” lies after “until”"),
        ({"after": "';--"}, "that page does not exist; begin at the newest"),
        ({"q": "x" * 300}, "“q” is too long"),
    ],
    ids=str,
)
def test_filters_that_make_no_sense(web: Visitor, query: dict[str, str], said: str) -> None:
    """Each is named with what would be right, on a page that still has its filters."""
    page = web.get(f"/?{urlencode(query)}")

    assert 400 == page.status
    assert said in page.text
    assert '<select name="stage">' in page.text


def test_pages_follow_each_other(store: Store) -> None:
    """Fifty to a page; the next begins where the last one ended, and past the end is a page too."""
    for number in range(60):
        tell(store, number)
    with console(store) as web:
        first = web.get("/?stage=agreed")
        link = re.search(r'rel="next" href="([^"]+)"', first.text)
        assert link
        second = web.get(link[1].replace("&amp;", "&"))
        beyond = web.get("/?after=" + quote("2001-01-01T00:00:00.000000Z~al-0"))

    assert [f"al-{n}" for n in range(60)] == shown(first.text) + shown(second.text)
    assert (200, True) == (beyond.status, "Nothing is older than that." in beyond.text)


def test_an_empty_store_says_what_to_do(store: Store) -> None:
    """Nobody is left before an empty page."""
    with console(store) as web:
        page = web.get("/")

    assert (200, True) == (page.status, "Nothing was told yet." in page.text)


def test_words_are_shown_where_they_were_found(store: Store) -> None:
    """Full text of all that was read, with a snippet."""
    one = entry("1", summary="Crates of shells left the harbour at night")
    assert commit(store, alerting(take_one(store), one))
    with console(store) as web:
        page = web.get("/?q=harbour")

    assert ["al-s-1"] == shown(page.text)
    assert "left the harbour at night" in page.text


def test_a_story_whole(store: Store) -> None:
    """Every account and why it was joined, revisions, embargoes with act and date, who was told."""
    assert commit(store, alerting(take_one(store), entry("1")))
    later = alert(id="al-s-1", story="s-1", revision=2, at=NOW + HOUR, changes=("now 300 shells",))
    tell(store, 1, **{"id": "al-s-1", "story": "s-1", "revision": 2, "changes": later.changes})
    store.add_silence(
        Silence(id="si-1", conditions={"stories": ("s-1",)}, since=NOW, until=NOW + HOUR, author="kim")
    )  # fmt: skip
    with console(store) as web:
        page = web.get("/story/s-1")

    assert 200 == page.status
    for text in (
        "Freedonia orders shells, part 1", "S/RES/1 (2006), as of 2026-07-01", "Update 1",
        "now 300 shells", "first", "desk", "due", "Muted until", "kim", "https://a.example/1",
    ):  # fmt: skip
        assert text in page.text, text


def test_an_unknown_story(web: Visitor) -> None:
    """A page that says so, and shows the name as text."""
    page = web.get("/story/" + quote("<img src=x onerror=alert(1)>"))

    assert 404 == page.status
    assert "There is no such story" in page.text
    assert "<img" not in page.text
    assert "&lt;img" in page.text


def test_a_story_without_any_act(store: Store) -> None:
    """Nothing known of parties, published, outlet or link is no hindrance."""
    tell(store, 1, act=None, reasons=(), published=None, url="", outlet="", sources=(), regimes=())
    tell(store, 2, act=Act(stage=Stage.EMBARGO, denied=True, doubted=True, systems=("f-16",)))
    tell(store, 3, title="", summary="", act=replace(ACT, suppliers=("zz",) * 9))
    with console(store) as web:
        pages = [web.get(path) for path in ("/", "/story/s-1", "/story/s-2", "/story/s-3")]

    assert [200] * 4 == [page.status for page in pages]
    assert "and 4 more" in pages[0].text


def test_opinions(web: Visitor) -> None:
    """Noted under the name somebody gave, shown beside the story; of an unknown alert nothing is."""
    named = web.post("/name", {"name": " Kim\u202e ", "back": "/?stage=agreed"})
    said = web.post("/say", {"alert": "al-2", "opinion": "not-relevant", "back": "//evil.example"})
    silent = web.post("/say", {"alert": "al-1", "opinion": "seen"}, x_requested_with="console")

    assert (303, "/?stage=agreed") == (named.status, named.headers["location"])
    assert (303, "/") == (said.status, said.headers["location"])
    assert (204, "") == (silent.status, silent.text)
    assert {("al-2", "not-relevant", "Kim"), ("al-1", "seen", "Kim")} == {
        (row["alert"], row["opinion"], row["author"]) for row in web.store.labels()
    }
    assert "not-relevant by Kim" in web.get("/").text
    assert 404 == web.post("/say", {"alert": "al-9", "opinion": "seen"}).status
    assert 404 == web.post("/say", {"alert": "al-1", "opinion": "missed"}).status


def test_mute(web: Visitor) -> None:
    """Nobody is told of the story for 30 days; the story page says so."""
    assert 303 == web.post("/mute", {"alert": "al-1"}).status
    assert 404 == web.post("/mute", {"alert": "al-9"}).status
    [silence] = web.store.silences(NOW)

    assert ({"stories": ("s-1",)}, NOW + timedelta(days=30)) == (silence.conditions, silence.until)
    assert "Muted until" in web.get("/story/s-1").text


def test_feeds_of_any_filter(store: Store) -> None:
    """RSS and JSON Feed hold what the desk shows, whatever strangers put into a title."""
    tell(store, 1, title="A \x0b & <b>\ufffe bold</b> title", severity=Severity.CRITICAL)
    tell(store, 2, severity=Severity.LOW)
    with console(store, ConsoleSettings(listen="", url="https://m.example")) as web:
        rss = web.get("/feed.rss?severity=high")
        feed = web.get("/feed.json?severity=high")
        refused = web.get("/feed.json?severity=immense")
    item = Xml.fromstring(rss.text).find("channel/item")
    assert item is not None

    assert ("A  & <b> bold</b> title", "https://m.example/story/s-1", "al-1-1") == tuple(
        item.findtext(name) for name in ("title", "link", "guid")
    )
    [one] = json.loads(feed.text)["items"]
    assert ("al-1-1", "2026-08-01T11:00:00Z") == (one["id"], one["date_published"])
    assert one["content_text"].startswith(
        "critical · agreed · Türkiye → Ukraine, Poland · artillery"
    )
    assert ("application/rss+xml", 400) == (
        rss.headers["content-type"].split(";")[0],
        refused.status,
    )


def test_news_come_within_a_second(web: Visitor) -> None:
    """What is told while a page is open is on it without asking."""
    host, _, port = web.address.rpartition(":")
    line = HTTPConnection(host, int(port), timeout=10)
    line.request("GET", "/events")
    events = line.getresponse()
    assert "text/event-stream; charset=utf-8" == events.getheader("content-type")
    assert b"retry: 3000\n" == events.readline()
    timer = threading.Timer(0.5, lambda: tell(web.store, 0, title="Two\n\nlines"))
    timer.start()
    while not (found := events.readline()).startswith(b"data: "):
        pass
    line.close()
    timer.join()

    assert ("al-0", "Two\n\nlines") == tuple(
        json.loads(found.removeprefix(b"data: "))[k] for k in ("alert", "title")
    )


def test_news_are_late_by_less_than_a_second(web: Visitor) -> None:
    """From the moment it is committed to the event on the line."""
    host, _, port = web.address.rpartition(":")
    line = HTTPConnection(host, int(port), timeout=10)
    line.request("GET", "/events")
    events = line.getresponse()
    events.readline()
    web.get("/")
    threading.Event().wait(0.4)
    began = monotonic()
    tell(web.store, 0)
    while not events.readline().startswith(b"data: "):
        pass
    took = monotonic() - began
    line.close()

    assert took < 1.0


@pytest.mark.parametrize(
    ("error", "title"),
    [
        (StoreBusy("m.db: another process writes to it"), "The store is busy"),
        (StoreFull("m.db: cannot be written"), "Nothing can be written just now"),
    ],
    ids=["busy", "full"],
)
def test_a_store_that_refuses(error: Exception, title: str) -> None:
    """A page that says so with the reason, 503; JSON where programs ask."""

    class Refusing:
        def __getattr__(self, name: str) -> object:
            raise error

    with console(Refusing()) as web:  # type: ignore[arg-type]
        page, api = web.get("/"), web.get("/api/v1/alerts")

    assert 503 == page.status
    assert title in page.text
    assert str(error) in page.text
    assert "Traceback" not in page.text
    assert (503, str(error)) == (api.status, json.loads(api.text)["detail"])


def test_pages_that_are_not_there(web: Visitor) -> None:
    """404 and 405 are pages of ours too."""
    assert (404, True) == (
        web.get("/nowhere").status,
        "There is no such page" in web.get("/x").text,
    )
    assert 405 == web.get("/say").status
