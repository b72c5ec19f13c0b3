"""console: flows, why, feeds, delivery and health."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import time, timedelta
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import pytest

from monitor.config.console import ConsoleSettings
from monitor.config.routes import Quiet, Route
from monitor.console.flows import joined, sides
from monitor.console.places import place, places
from monitor.console.pulse import lags, states
from monitor.console.server import Server
from monitor.console.site import Site
from monitor.console.words import age, length, plain, stamp
from monitor.errors import UsageError
from monitor.model import Act, Silence, Stage, Verdict
from monitor.ports import Store
from tests.console.conftest import (
    HOUR,
    Visitor,
    console,
    console_of,
    office,
    probes,
    shipped_config,
    tell,
)
from tests.contract.making import alerting, attempt, commit, entry, send, take_one, unflagged
from tests.contract.making import changes as changed
from tests.samples import NOW

FLAGGED = "Russia wants to buy millions of rockets and artillery shells from North Korea"


def flow(store: Store, number: int, supplier: str, *recipients: str, **act: object) -> None:
    plain_ = {"stage": Stage.AGREED, "suppliers": (supplier,), "recipients": recipients}
    tell(store, number, act=Act(**{**plain_, **act}))  # type: ignore[arg-type]


# ── flows ───────────────────────────────────────────────────────────────────────


@pytest.fixture
def trading(store: Store) -> Store:
    flow(store, 1, "us", "ua", categories=("artillery", "missile"))
    flow(store, 2, "us", "ua", "pl", categories=("artillery",), stage=Stage.DELIVERED)
    flow(store, 3, "kp", "ru", categories=("missile",))
    flow(store, 900, "fr", "houthis", categories=("missile",))
    return store


def test_flows_lead_to_their_stories(trading: Store) -> None:
    """Matrix and list by name, each number a link to the stories behind it."""
    with console(trading) as web:
        page = web.get("/flows")
        behind = web.get("/?supplier=us&recipient=ua")

    for text in (
        '<th scope="row">United States</th>', '<th scope="col">Ukraine</th>', "≥ 2", "Houthis",
        'href="/?supplier=kp&amp;recipient=ru"', 'id="sankey"', 'id="map"',
    ):  # fmt: skip
        assert text in page.text, text
    assert 2 == behind.text.count("<article")


@pytest.mark.parametrize(
    ("query", "pairs"),
    [
        ("", [("us", "ua"), ("fr", "houthis"), ("kp", "ru"), ("us", "pl")]),
        ("since=7d", [("us", "ua"), ("kp", "ru"), ("us", "pl")]),
        ("category=missile&stage=agreed", [("fr", "houthis"), ("kp", "ru"), ("us", "ua")]),
        ("party=poland", [("us", "pl")]),
        ("supplier=kp", [("kp", "ru")]),
        ("recipient=de", []),
    ],
)
def test_flows_under_conditions(trading: Store, query: str, pairs: list[tuple[str, str]]) -> None:
    """Time, item, stage and party, as on the desk."""
    with console(trading) as web:
        body = json.loads(web.get(f"/flows.json?{query}").text)
        page = web.get(f"/flows?{query}")

    assert sorted(pairs) == sorted({(r["supplier"], r["recipient"]) for r in body["flows"]})
    assert 200 == page.status
    assert bool(pairs) is ('class="matrix"' in page.text)


def test_flows_as_geojson(trading: Store) -> None:
    """Lines between states; a group stands where its home is, or nowhere."""
    with console(trading) as web:
        found = json.loads(web.get("/flows.geojson").text)
        refused = web.get("/flows.geojson?since=soon")
        page = web.get("/flows?since=soon")
    shapes = {
        (f["properties"]["supplier"], f["properties"]["recipient"]): f["geometry"]
        for f in found["features"]
    }

    assert "LineString" == shapes["kp", "ru"]["type"]
    assert [list(places()["kp"]), list(places()["ru"])] == shapes["kp", "ru"]["coordinates"]
    assert (400, 400) == (refused.status, page.status)


def test_links_count_what_is_sure() -> None:
    """Stages add up; items of one stage may be of one alert, so the most common one counts."""
    rows: list[Mapping[str, object]] = [
        {"supplier": "a", "recipient": "b", "category": c, "stage": s, "alerts": n}
        for c, s, n in (("x", "agreed", 3), ("y", "agreed", 2), ("x", "refused", 1))
    ]
    [link] = joined(rows, {"since": "7d"})

    assert (4, True, "supplier=a&recipient=b&since=7d") == (link.alerts, link.least, link.query)
    assert (["a"], ["b"]) == sides([link])


def test_places() -> None:
    """Every state of ours that Natural Earth has lies on the map; groups at home."""
    entities = shipped_config().knowledge.gazetteer.entities
    missing = [e for e in entities if entities[e].kind == "state" and not place(e, entities)]

    assert len(missing) < 5, missing
    assert all(-180 <= x <= 180 and -90 <= y <= 90 for x, y in places().values())
    assert place("nowhere-at-all", entities) is None


# ── why ─────────────────────────────────────────────────────────────────────────


def test_why_not(store: Store) -> None:
    """By id, address or words: the score, what it lacked and where it stopped; near misses."""
    low = unflagged(entry("2", title="Freedonia buys tractors"))
    assert commit(store, alerting(take_one(store), entry("1")))
    near = changed(
        take_one(store),
        entries=(low.entry,),
        decisions=(replace(low, match=replace(low.match, score=0.45)),),
    )
    assert commit(store, near)
    with console(store) as web:
        by_url = web.get("/why?" + urlencode({"q": "https://a.example/2"})).text
        by_words = web.get("/why?q=tractors").text
        told = web.get("/why?q=al-s-1").text
        unknown = web.get("/why?q=zeppelins").text

    assert "0.450 of 0.5 needed, 0.2 short" in by_url
    assert "Stopped by match" in by_url
    assert "Near misses of the last day" in by_url
    assert "0.05" in by_url
    assert 'href="/why?q=2"' in by_words
    assert "<strong>Told</strong> as al-s-1" in told
    assert "no feed has carried it" in unknown


def test_a_text_of_ones_own(web: Visitor) -> None:
    """Judged by the rules in force, with its words marked; long ones come by a form."""
    page = web.get("/why?" + urlencode({"text": FLAGGED}))
    long = web.post("/why", {"text": FLAGGED, "summary": "Officials said so. " * 200})
    nothing = web.post("/why", {"text": " "})

    assert ": flagged" in page.text
    assert "<mark>North Korea</mark>" in page.text
    assert (200, True) == (long.status, ": flagged" in long.text)
    assert "Judged just now" not in nothing.text


def test_missed(web: Visitor) -> None:
    """Kept as an opinion, of an address; of nothing nothing is kept."""
    assert 200 == web.post("/missed", {"url": "https://a.example/lost", "note": "why"}).status
    assert 303 == web.post("/missed", {"url": " "}).status
    [label] = web.store.labels()

    assert ("missed", "https://a.example/lost", "why") == tuple(
        label[k] for k in ("opinion", "url", "note")
    )


# ── feeds ───────────────────────────────────────────────────────────────────────


def test_feeds_come_and_go(store: Store) -> None:
    """Added, found, shown, removed; those of the configuration stay."""
    store.sync(shipped_config().feeds, NOW)
    first = shipped_config().feeds[0]
    with console(store) as web:
        added = web.post("/feeds/add", {"url": "https://news.example/feed", "title": "Néws"})
        again = web.post("/feeds/add", {"url": "https://news.example/feed"})
        own = web.post("/feeds/add", {"url": first.url})
        page = web.get("/feeds?q=news.example")
        assert (303, "/feeds/news") == (added.status, added.headers["location"])
        assert [400, 400] == [again.status, own.status]
        assert "https://news.example/feed" in web.get("/feeds/news").text
        assert "news.example/feed" in web.get("/feeds.opml").text
        assert 400 == web.post("/feeds/remove", {"feed": first.id}).status
        assert 400 == web.post("/feeds/pause", {"feed": "none", "paused": "yes"}).status
        assert 303 == web.post("/feeds/pause", {"feed": first.id, "paused": "yes"}).status
        assert "this wins over its file" in web.get(f"/feeds/{first.id}").text
        assert 303 == web.post("/feeds/pause", {"feed": "news", "paused": "yes"}).status
        assert "Go on with it" in web.get("/feeds/news").text
        assert 303 == web.post("/feeds/pause", {"feed": "news", "paused": "no"}).status
        assert "Pause</button>" in web.get("/feeds/news").text
        assert 303 == web.post("/feeds/remove", {"feed": "news"}).status
        retired = web.get("/feeds?state=retired")

    assert "1 feed</h2>" in page.text
    assert "retired" in retired.text


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "javascript:alert(1)", "no address", "http://["]
)
def test_addresses_that_are_none(web: Visitor, url: str) -> None:
    """A page makes the daemon read no file, and nothing that is not of the web."""
    assert 400 == web.post("/feeds/add", {"url": url}).status
    assert 400 == web.post("/feeds/test", {"url": url}).status
    assert [] == list(web.store.own_feeds())


def test_a_list_of_feeds(web: Visitor) -> None:
    """Each once; what is no list is refused."""
    outline = "<outline xmlUrl='https://{0}.example/f' text='{0}'/>"
    text = (
        f"<opml><body>{outline.format('x')}{outline.format('y')}{outline.format('x')}</body></opml>"
    )
    page = web.post("/feeds/import", {"opml": text})

    assert "2 feeds added" in page.text
    assert "1 twice in the list" in page.text
    assert {"x", "y"} == {f.id for f in web.store.own_feeds()}
    assert 400 == web.post("/feeds/import", {"opml": "a,b,c"}).status


def test_a_trial(web: Visitor) -> None:
    """What an address holds, or why not, in words; our own refusals as pages."""
    page = web.post("/feeds/test", {"url": "https://x.example/"})

    assert "the name &lt;b&gt; does not resolve" in page.text
    assert 404 == web.get("/feeds/nowhere").status


def test_a_trial_of_a_feed(store: Store) -> None:
    """Entries with their topics, and a way to add it; an error of ours is a page."""
    facts = {
        "url": "https://x.example/f", "entries": 2, "newest": NOW, "defects": ["no dates"],
        "newest_entries": [{"title": "A <b>", "topics": ["arms-transfers"]}],
        "feeds_named": [{"url": "https://x.example/g", "title": ""}],
    }  # fmt: skip
    whole = office(store, ConsoleSettings(listen=""))

    def look(url: str) -> Mapping[str, object]:
        if "bad" in url:
            raise UsageError("the rules are being changed")
        return facts

    server = Server("127.0.0.1", 0, probes(), site=Site(replace(whole, look=look)))
    server.start()
    try:
        web = Visitor(server.address, store)
        page = web.post("/feeds/test", {"url": "https://x.example/f"})
        bad = web.post("/feeds/test", {"url": "https://bad.example/f"})
    finally:
        server.stop()

    for text in ("A &lt;b&gt;", "arms-transfers", "no dates", "https://x.example/g", "Add it"):
        assert text in page.text, text
    assert (400, True) == (bad.status, "the rules are being changed" in bad.text)


# ── delivery ────────────────────────────────────────────────────────────────────


def test_dead_letters_are_sent_again(store: Store) -> None:
    """One, or all of a destination; the page shows circuit, queue and why they failed."""
    for number in (1, 2):
        tell(store, number)
    for one in send(store):
        assert store.record(one, attempt(one, Verdict.REFUSED, reason="400"), None)
    with console(store) as web:
        page = web.get("/delivery?state=dead&sink=desk")
        [first, _] = store.deliveries(state="dead")
        assert 303 == web.post("/delivery/retry", {"delivery": str(first["id"])}).status
        assert 1 == len(store.deliveries(state="dead"))
        assert 303 == web.post("/delivery/retry", {"sink": "desk"}).status
        empty = web.get("/delivery?state=dead")

    assert "Retry its dead letters" in page.text
    assert "400" in page.text
    assert [] == list(store.deliveries(state="dead"))
    assert ">None.</p>" in empty.text


@pytest.mark.parametrize(
    ("condition", "written", "kept", "shown"),
    [
        ("parties", "Iran, iq", ("ir", "iq"), "parties Iran or Iraq"),
        ("categories", "Air Defence", ("air_defence",), "items air defence"),
        ("stages", "agreed", ("agreed",), "stages agreed"),
        ("topics", "arms-transfers", ("arms-transfers",), "topics arms-transfers"),
        ("languages", "KO", ("ko",), "languages ko"),
        ("stories", "http://x.example/story/s-1", ("s-1",), "stories s-1"),
        ("outlets", "paper.example", ("paper.example",), "outlets paper.example"),
        ("min_score", "0.9", ("0.9",), "score at least 0.9"),
    ],
)
def test_silences_by_any_condition(
    web: Visitor, condition: str, written: str, kept: tuple[str, ...], shown: str
) -> None:
    """Written by name or id, kept as ids, shown by name."""
    assert 303 == web.post("/silences/add", {condition: written, "until": "8h"}).status
    [made] = web.store.silences(NOW)

    assert {condition: kept} == made.conditions
    assert shown in web.get("/delivery").text


def test_silences_by_embargo_and_feed(web: Visitor) -> None:
    """A name that has a comma or a bracket in it is found whole; a feed goes by its title."""
    config = shipped_config()
    regime, feed = config.knowledge.regimes[0], config.feeds[0]
    wished = {"regimes": regime.name, "feeds": feed.title or feed.id, "until": "8h"}
    assert 303 == web.post("/silences/add", wished).status
    [made] = web.store.silences(NOW)

    assert {"regimes": (regime.id,), "feeds": (feed.id,)} == made.conditions


@pytest.mark.parametrize("score", ["much", "1.5", "-1", "nan"])
def test_no_silence_of_no_score(web: Visitor, score: str) -> None:
    """Said plainly."""
    answer = web.post("/silences/add", {"min_score": score, "until": "8h"})

    assert 400 == answer.status
    assert "is no score" in answer.text


def test_routes_are_listed_with_a_dry_run(store: Store) -> None:
    """Every route with its conditions by name and its manner; what would become of a headline."""
    quiet = Quiet(start=time(22), end=time(6), zone=ZoneInfo("UTC"))
    below = Route(sinks=("pager",), suppliers=("ir",), updates="chatty", quiet=quiet)
    routes = (Route(sinks=("desk",), name="all", routes=(below,), cooldown=HOUR),)
    whole = office(store, ConsoleSettings(listen=""))
    config = replace(shipped_config(), routes=routes)
    with console_of(replace(whole, config=lambda: config)) as web:
        page = web.get("/delivery").text
        tried = web.get("/delivery?item=North+Korea+sends+artillery+shells+to+Russia")
        bad = web.get("/delivery?item=good+morning+to+all")

    for text in ("1 all", "everything", "1 h between stories", "1.1", "suppliers Iran",
                 "every new account", "quiet 22:00–06:00 UTC"):  # fmt: skip
        assert text in page, text
    assert "Its way" in tried.text
    assert "wants supplier ir" in tried.text
    assert (400, True) == (bad.status, "no topic flags it" in bad.text)


def test_silences_come_and_go(web: Visitor) -> None:
    """Made of conditions, shown in words, ended; what would be none is refused with the reason."""
    wished = {"parties": "Russia, kp", "min_severity": "high", "until": "8h", "comment": "known"}
    assert 303 == web.post("/silences/add", wished).status
    [made] = web.store.silences(NOW)
    page = web.get("/delivery").text
    assert {"parties": ("ru", "kp"), "min_severity": ("high",)} == made.conditions
    assert NOW + 8 * HOUR == made.until
    assert "parties Russia or North Korea; severity at least high" in page
    for wrong, said in (
        ({"until": "8h"}, "name at least one condition"),
        ({"parties": "zzz", "until": "8h"}, "parties: &#39;zzz&#39; is unknown here"),
        ({"parties": "ru", "until": "soon"}, "neither a length nor a date"),
        ({"parties": "ru", "until": "9999d"}, "must lie ahead, within a year"),
        ({"parties": "ru", "until": "2020-01-01"}, "must lie ahead"),
    ):
        refused = web.post("/silences/add", wrong)
        assert (400, True) == (refused.status, said in refused.text), refused.text
    assert 303 == web.post("/silences/end", {"silence": made.id}).status
    assert 404 == web.post("/silences/end", {"silence": made.id}).status


def test_a_dry_run(web: Visitor) -> None:
    """Of an alert or a headline: every route with its reason, every destination with when."""
    hush = Silence(
        id="si-1", conditions={"parties": ("tr",)}, since=NOW, until=NOW + HOUR, author="kim"
    )
    by_text = web.get("/delivery/routes?item=" + quote(FLAGGED))
    sent = web.get("/delivery/routes?item=al-1")
    web.store.add_silence(hush)
    kept = web.get("/delivery/routes?item=al-1")

    assert [200, 200, 200] == [by_text.status, sent.status, kept.status]
    assert "at once" in sent.text
    assert "is not told: silence si-1 by kim" in kept.text
    assert 200 == web.get("/delivery/routes").status
    for item, said in (
        ("al-none", "there is no alert"),
        ("good morning to all", "no topic flags it"),
    ):
        page = web.get("/delivery/routes?item=" + quote(item))
        assert (400, True) == (page.status, said in page.text)


# ── health ──────────────────────────────────────────────────────────────────────


def test_health(store: Store) -> None:
    """Heartbeats, percentiles, queue, disk and versions; late stages and reasons stand out."""
    tell(store, 1)
    [sent] = send(store)
    assert store.record(sent, attempt(sent), None)
    with console(store) as web:
        page = web.get("/health")

    for text in (
        "polling",
        "seen → alerted",
        "deliveries queued",
        "free on disk",
        "0.0-test",
        ">ready<",
    ):
        assert text in page.text, text


def test_percentiles() -> None:
    """The nearest rank of each span; spans with an unknown end are left out."""
    rows = [
        {"published": NOW, "seen": NOW + timedelta(seconds=n), "at": None, "ended_at": NOW}
        for n in range(1, 101)
    ]
    first, second, *_, last = lags(rows)

    assert {
        "span": "published → seen",
        "alerts": 100,
        "p50": 50.0,
        "p90": 90.0,
        "p99": 99.0,
    } == first
    assert (0, None) == (second["alerts"], second["p99"])
    assert 0.0 == last["p50"]


def test_states_are_counted() -> None:
    """Most first; retired feeds are nobody's business."""
    rows = [{"state": s} for s in ("ok", "failing", "ok", "retired")]

    assert {"ok": 2, "failing": 1} == states(rows)


# ── words ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (0.5, "0.5 s"),
        (59, "59 s"),
        (60, "1 min"),
        (7200, "2 h"),
        (86400 * 9, "9 d"),
        (86400 * 800, "2 y"),
    ],
)
def test_lengths(span: float, said: str) -> None:
    """In the largest unit of which there is one."""
    assert said == length(span) == length(timedelta(seconds=span))


def test_moments_and_ids() -> None:
    """Unknown is said; what lies ahead too."""
    assert ("never", "unknown") == (age(None, NOW), stamp(None))
    assert ("in 2 h", "2 h") == (age(NOW + 2 * HOUR, NOW), age(NOW - 2 * HOUR, NOW))
    assert ("ZZ", "air defence") == (plain("zz"), plain("air_defence"))
