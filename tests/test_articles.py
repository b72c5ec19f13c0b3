"""Articles behind entries that fell short: fetched kindly, judged again, told once."""

import gzip
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from monitor.app import Monitor
from monitor.assembly import read_config
from monitor.errors import StoreFull
from monitor.fetch.article import Pages
from monitor.fetch.hosts import Hosts
from monitor.ports import Store
from tests.end_to_end.world import SECRET, Page, World, configured, until, world

# Everything is near this topic, and its three words carry it over the threshold.
TOPIC = """
title = "Howitzers"
base = -1.0
threshold = 0.5
[[query]]
name = "word"
find = "howitzer* OR corvette* OR zq*"
weight = 9.0
"""
LEAD = "Officials of both countries met on Tuesday and would not say what it was about."
PROOF = "Sylvania sends twelve howitzers to Freedonia within the year, the contract says."
REST = "The weather in the capital was mild, and many people had come to see them arrive."
SUMMARY = "Both kept silent afterwards."


def feed(around: World, *names: str, summary: str = SUMMARY) -> Page:
    """A feed whose items link to /<name> of the world, all published just now."""
    when = format_datetime(datetime.now(UTC) - timedelta(minutes=5))
    rows = "".join(
        f"<item><title>Two ministers met, {name}</title><description>{summary}</description>"
        f"<guid isPermaLink='false'>{name}</guid><pubDate>{when}</pubDate>"
        f"<link>{around.url}/{name}</link></item>"
        for name in names
    )
    return Page(f"<rss version='2.0'><channel><title>t</title>{rows}</channel></rss>".encode())


def article(*sentences: str, **more: Any) -> Page:
    text = "".join(f"<p>{s}</p>" for s in sentences)
    page = (
        "<!doctype html><html lang='en'><head><title>x</title></head><body><nav><a href='/'>Home"
        f"</a></nav><article><h1>Two ministers met</h1>{text}</article></body></html>"
    )
    return Page(page.encode(), "text/html; charset=utf-8", **more)


class Desk:
    """A monitor on one folder, and what people see of it."""

    def __init__(self, root: Path, around: World) -> None:
        self.monitor = Monitor(read_config(root, {"DESK_SECRET": SECRET}))
        self.around = around

    def once(self) -> None:
        """One pass, as `monitor once --all` makes it."""
        self.monitor.sync()
        self.monitor.poll_pass(everything=True)
        self.monitor.deliver_round(to_the_end=True)

    def row(self, name: str) -> Mapping[str, Any]:
        """The decision about an entry, with what became of its article."""
        [found] = self.monitor.store.decisions(name)
        return found

    def fate(self, name: str) -> tuple[str, str]:
        row = self.row(name)
        return row["article"], row["article_reason"]

    def asked(self, path: str) -> int:
        return self.around.asked.count(path)

    def counted(self, outcome: str) -> float:
        page = self.monitor.metrics_text().decode()
        found = re.search(rf'^monitor_articles_total{{outcome="{outcome}"}} (\S+)$', page, re.M)
        return float(found[1]) if found else 0.0


Make = Callable[..., Desk]


@pytest.fixture
def around() -> Iterator[World]:
    with world() as made:
        made.pages["/robots.txt"] = Page(b"User-agent: *\nDisallow: /private/\n", "text/plain")
        yield made


@pytest.fixture
def desk(around: World, tmp_path: Path) -> Iterator[Make]:
    """A desk with these feeds and settings; all are ended with the test."""
    every: list[Desk] = []

    def make(more: str = "", **feeds: str) -> Desk:
        root = configured(tmp_path, around, feeds or {"wire": "/wire"}, topic=TOPIC, more=more)
        every.append(Desk(root, around))
        return every[-1]

    yield make
    for one in every:
        one.monitor.close(timedelta(seconds=5))


def test_an_article_decides_what_its_summary_could_not(around: World, desk: Make) -> None:
    """The entry falls short by its feed's words; its article's carry it, and it is told."""
    around.pages |= {"/wire": feed(around, "a"), "/a": article(LEAD, PROOF, REST)}
    one = desk()
    one.once()

    row = one.row("a")
    [alert] = around.alerts()
    assert ("read", "", "article") == (row["article"], row["article_reason"], row["basis"])
    assert (True, None, alert["alert"]) == (row["flagged"], row["stopped_by"], row["alert"])
    assert (False, "match", "feed") == (
        row["other"]["flagged"], row["other"]["stopped_by"], row["other"]["basis"],
    )  # fmt: skip
    assert row["other"]["score"] < row["threshold"] < row["score"]
    assert PROOF in row["article_text"]
    assert f"{SUMMARY} From the article: “{PROOF}”" == alert["summary"]
    [proof] = [r for r in alert["reasons"] if r["text"] == "howitzers"]
    assert "howitzers" == alert["summary"][proof["start"] : proof["end"]]
    assert (1, 1) == (one.asked("/robots.txt"), one.asked("/a"))
    assert (1.0, 0.0) == (one.counted("read"), one.counted("robots-txt"))


def test_an_article_that_changes_nothing_is_kept_too(around: World, desk: Make) -> None:
    """Both decisions are there, and neither told anybody."""
    around.pages |= {"/wire": feed(around, "a"), "/a": article(LEAD, REST, REST)}
    one = desk()
    one.once()

    row = one.row("a")
    assert ("read", "article", False) == (row["article"], row["basis"], row["flagged"])
    assert ("feed", False) == (row["other"]["basis"], row["other"]["flagged"])
    assert [] == around.alerts()


@pytest.mark.parametrize(
    ("mode", "asked"),
    [("off", []), ("near", ["/a"]), ("always", ["/a", "/b"])],
)
def test_the_mode_says_what_is_fetched(
    mode: str, asked: list[str], around: World, desk: Make
) -> None:
    """Nothing; what falls short by little; everything. What a topic took already is not near."""
    taken = feed(around, "a", "b").body.replace(b"met, b", b"sold howitzers, b")
    around.pages |= {"/wire": Page(taken), "/a": article(LEAD), "/b": article(LEAD)}
    one = desk(f'[full_text]\nmode = "{mode}"\n')
    one.once()

    assert asked == sorted(p for p in around.asked if p in ("/a", "/b"))


def test_a_feed_has_its_own_mode(around: World, desk: Make, tmp_path: Path) -> None:
    """It wins over the one for all."""
    around.pages |= {"/wire": feed(around, "a"), "/a": article(LEAD)}
    one = desk()
    feeds = tmp_path / "config" / "feeds" / "all.toml"
    feeds.write_text(feeds.read_text("utf-8") + 'full_text = "off"\n', "utf-8")
    one.monitor.reload(read_config(tmp_path / "config", {"DESK_SECRET": SECRET}))
    one.once()

    assert 0 == one.asked("/a")
    assert ("", "", "") == tuple(one.row("a")[n] or "" for n in ("article", "other", "alert"))


def test_a_feed_that_tells_enough_is_enough(around: World, desk: Make) -> None:
    """Three thousand characters are all that anybody looks at."""
    around.pages |= {"/wire": feed(around, "a", summary=REST * 40), "/a": article(PROOF)}
    one = desk()
    one.once()

    assert 0 == one.asked("/a")


def test_what_was_there_before_we_looked_is_not_fetched(around: World, desk: Make) -> None:
    """A first poll finds the news of weeks; nobody is told of it, whatever its articles say."""
    old = re.sub(rb"<pubDate>.*?</pubDate>", b"", feed(around, "a", "b").body)
    around.pages |= {"/wire": Page(old), "/a": article(PROOF), "/b": article(PROOF)}
    one = desk()
    one.once()

    assert ["/wire"] == around.asked


# ── robots.txt ──────────────────────────────────────────────────────────────────


def test_what_robots_are_not_to_read_is_not_asked_for(around: World, desk: Make) -> None:
    """By name of the rule; the next one of the host is asked for, and the rules only once."""
    around.pages |= {"/wire": feed(around, "private/a", "b"), "/b": article(LEAD)}
    one = desk()
    one.once()

    assert ("refused", "robots-txt") == one.fate("private/a")
    assert ("read", "") == one.fate("b")
    assert (0, 1) == (one.asked("/private/a"), one.asked("/robots.txt"))
    assert 1.0 == one.counted("robots-txt")


def test_rules_for_us_count_before_rules_for_all(around: World, desk: Make) -> None:
    """RFC 9309 §2.2.1: the group that names us, whatever its case, and that alone."""
    rules = b"User-agent: *\nAllow: /\n\nUser-Agent: Arms-Monitor\nDisallow: /a$\n"
    around.pages |= {
        "/robots.txt": Page(rules, "text/plain"),
        "/wire": feed(around, "a", "ab"),
        "/ab": article(LEAD),
    }
    one = desk()
    one.once()

    assert [("refused", "robots-txt"), ("read", "")] == [one.fate("a"), one.fate("ab")]


def test_no_rules_allow_and_no_answer_forbids(around: World, desk: Make) -> None:
    """404: all may be read. 503: nothing, for an hour; the article stays wanted meanwhile."""
    around.pages |= {"/wire": feed(around, "a"), "/a": article(LEAD)}
    around.pages["/robots.txt"] = Page(b"", "text/plain", 503)
    closed = desk()
    closed.once()
    row = closed.row("a")
    wait = row["article_due"] - closed.monitor.now()
    assert ("wanted", "robots-txt") == closed.fate("a")
    assert "robots.txt: HTTP 503" == row["article_detail"]
    assert timedelta(minutes=59) < wait <= timedelta(hours=1)
    assert 0 == closed.asked("/a")

    del around.pages["/robots.txt"]
    later(closed, hours=2)
    closed.once()

    assert ("read", "") == closed.fate("a")
    assert (2, 1) == (closed.asked("/robots.txt"), closed.asked("/a"))


def later(desk: Desk, **length: float) -> None:
    """From now on the desk's clock is so far ahead of ours."""
    ahead, monitor = timedelta(**length), desk.monitor
    parts = monitor.parts
    stages = replace(parts.course.stages, now=lambda: monitor.now() + ahead)
    course, reading = replace(parts.course, stages=stages), replace(parts.reading, stages=stages)
    monitor.parts = replace(parts, course=course, reading=reading)
    monitor.polling.course = course


# ── the server's share ──────────────────────────────────────────────────────────


def test_a_host_is_asked_for_so_many_a_day(around: World, desk: Make) -> None:
    """The others are named for what they are, and the next day has a share of its own."""
    around.pages |= {"/wire": feed(around, *"abcd")} | {f"/{n}": article(LEAD) for n in "abcdx"}
    one = desk("[full_text]\ndaily = 2\n")
    one.once()

    fates = [one.fate(n) for n in "abcd"]
    assert [("read", "")] * 2 + [("refused", "daily-cap")] * 2 == fates
    assert (2, 2.0) == (sum(one.asked(f"/{n}") for n in "abcd"), one.counted("daily-cap"))

    around.pages["/wire"] = feed(around, *"abcdx")
    later(one, days=1)
    one.once()
    assert ("read", "") == one.fate("x")


class Watched(Hosts):
    """A turnstile that remembers when it let somebody in."""

    def __init__(self, spacing: timedelta) -> None:
        super().__init__(2, spacing)
        self.entered: list[datetime] = []

    def enter(self, url: str, now: datetime) -> timedelta:
        delay = super().enter(url, now)
        if not delay:
            self.entered.append(now)
        return delay


def watched(desk: Desk, spacing: timedelta) -> Watched:
    """The turnstile that the desk's requests go through from now on."""
    hosts, parts = Watched(spacing), desk.monitor.parts
    course = replace(parts.course, hosts=hosts)
    desk.monitor.parts = replace(parts, course=course, reading=replace(parts.reading, hosts=hosts))
    desk.monitor.polling.course = course
    return hosts


def test_requests_of_a_host_keep_their_distance(around: World, desk: Make) -> None:
    """Feed, rules and articles stand in one line before the same turnstile."""
    around.pages |= {"/wire": feed(around, "a", "b"), "/a": article(LEAD), "/b": article(LEAD)}
    one, spacing = desk(), timedelta(seconds=0.3)
    hosts = watched(one, spacing)
    one.once()

    assert ["/wire", "/robots.txt", "/a", "/b"] == around.asked
    assert 4 == len(hosts.entered)
    assert all(b - a >= spacing for a, b in pairwise(hosts.entered))


def test_what_is_not_asked_for_takes_nobodys_turn(around: World, desk: Make) -> None:
    """Neither what robots are not to read nor what is beyond the host's share of the day."""
    around.pages |= {"/wire": feed(around, "a", "private/b", "c", "private/d"), "/a": article(LEAD)}
    one = desk("[full_text]\ndaily = 1\n")
    hosts = watched(one, timedelta(seconds=0.2))
    one.once()

    assert ["read", "refused", "refused", "refused"] == [
        one.fate(name)[0] for name in ("a", "private/b", "c", "private/d")
    ]
    assert ["/wire", "/robots.txt", "/a"] == around.asked
    assert 3 == len(hosts.entered)


def test_what_has_become_free_waits_for_its_turn(around: World, desk: Make) -> None:
    """A visit that was to write it off, and may not any more, asks for nothing."""
    around.pages |= {"/wire": feed(around, "a"), "/a": article(LEAD)}
    one = desk()
    one.monitor.sync()
    one.monitor.polling.sweep(everything=True)
    one.monitor.polling.settle()
    [claim] = one.monitor.store.articles_due(one.monitor.now(), 1)
    one.monitor.articles._visit(claim, one.monitor.parts.reading, asks=False)
    [again] = one.monitor.store.articles_due(one.monitor.now(), 1)

    assert ["/wire"] == around.asked
    assert (1, 0, 0) == (again.fence, again.tries, again.today)


# ── what stands where the article should be ─────────────────────────────────────

BOMB = gzip.compress(b"<html><body><p>" + b"a" * 20_000_000)


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (Page(b"", "text/plain", 404), "not-found"),
        (Page(b"", "text/html", 403), "denied"),
        (Page(b"", "text/html", 402), "paywall"),
        (Page(b"", "text/html", 410), "gone"),
        (Page(b"", "text/html"), "empty-body"),
        (Page(b"%PDF-1.7 \0\1", "application/pdf"), "not-a-page"),
        (Page(b"%PDF-1.7 \0\1", "text/html"), "not-a-page"),
        (Page(b'{"title": "x"}', "text/html"), "not-a-page"),
        (Page(b"<html><body><p>Please enable JavaScript.</p>", "text/html"), "no-text"),
        (
            article(LEAD, "<script type='application/ld+json'>{\"isAccessibleForFree\": \"False\"}</script>"),
            "paywall",
        ),
        (Page(b"<html><script src='/cdn-cgi/challenge-platform/x'></script>", "text/html", 403), "bot-challenge"),
        (Page(BOMB, "text/html", headers={"Content-Encoding": "gzip"}), "too-large"),
        (Page(b"x" * 100, "text/html", headers={"Content-Encoding": "br"}), "content-encoding"),
        (Page(b"<p>" + b"x " * 2_000_000, "text/html"), "too-large"),
        (Page(b"", "text/html", 302, {"Location": "http://10.0.0.1/"}), "forbidden-address"),
        (Page(b"", "text/html", 302, {"Location": "http://[::ffff:169.254.169.254]/"}), "forbidden-address"),
        (Page(b"", "text/html", 302, {"Location": "file:///etc/passwd"}), "bad-url"),
        (Page(b"", "text/html", 302, {"Location": "http://[broken/"}), "bad-url"),
        (Page(b"", "text/html", 302, {"Location": "/a"}), "too-many-redirects"),
        (Page(b"", "text/html", 302, {"Location": "/\xe9"}), "not-found"),
        (Page(b"", "text/html", 302), "http-status"),
    ],
)  # fmt: skip
def test_what_is_no_article_is_named(page: Page, reason: str, around: World, desk: Make) -> None:
    """And given up for good; the entry keeps the decision by its feed's words."""
    around.pages |= {"/wire": feed(around, "a"), "/a": page}
    one = desk()
    one.once()
    later(one, days=1)
    one.once()

    row = one.row("a")
    assert ("given-up", reason) == one.fate("a")
    assert ("feed", None, "match") == (row["basis"], row["other"], row["stopped_by"])
    assert [] == around.alerts()


def test_what_may_pass_is_tried_again(around: World, desk: Make) -> None:
    """Further and further apart, so often and no more; a Retry-After is heeded."""
    busy = Page(b"", "text/html", 503, {"Retry-After": "1800"})
    around.pages |= {"/wire": feed(around, "a"), "/a": busy}
    one = desk()
    one.once()
    waited = one.row("a")["article_due"] - one.monitor.now()
    assert ("wanted", "throttled") == one.fate("a")
    assert timedelta(minutes=29) < waited <= timedelta(minutes=30)

    around.pages["/a"] = Page(b"", "text/html", 500)
    for hours in (2, 4):
        later(one, hours=hours)
        one.once()
    assert ("given-up", "server-error") == one.fate("a")
    later(one, hours=9)
    one.once()
    assert 3 == one.asked("/a")


def test_one_that_recovers_is_read(around: World, desk: Make) -> None:
    """The second try brings what the first could not, and people are told."""
    around.pages |= {"/wire": feed(around, "a"), "/a": Page(b"", "text/html", 500)}
    one = desk()
    one.once()
    assert [] == around.alerts()

    around.pages["/a"] = article(LEAD, PROOF)
    later(one, minutes=6)
    one.once()

    assert ("read", "") == one.fate("a")
    assert 1 == len(around.alerts())


def test_what_is_no_news_any_more_is_not_waited_for(around: World, desk: Make) -> None:
    """A server that asks for a day's patience is asked for that article once."""
    patient = Page(b"", "text/html", 429, {"Retry-After": "90000"})
    around.pages |= {"/wire": feed(around, "a"), "/a": Page(b"", "text/html", 500)}
    one = desk()
    one.once()
    around.pages["/a"] = patient
    later(one, hours=1)
    one.once()

    assert ("given-up", "throttled") == one.fate("a")


def test_a_slow_server_has_its_time_and_no_more(around: World, desk: Make) -> None:
    """The request ends at the deadline; polls and other entries are not held up by it."""
    around.pages |= {"/wire": feed(around, "a"), "/a": replace(article(PROOF), seconds=5)}
    one = desk('[full_text]\ntimeout = "1s"\n')
    began = time.monotonic()
    one.once()

    assert time.monotonic() - began < 4
    assert ("wanted", "timeout") == one.fate("a")


def test_a_redirect_is_a_request_of_its_own(around: World, desk: Make) -> None:
    """Where it leads, the rules of that place hold; its article is read under its own address."""
    port = around.url.rpartition(":")[2]
    there = f"http://localhost:{port}"
    around.pages |= {
        "/wire": feed(around, "a", "b"),
        "/a": Page(b"", "text/html", 301, {"Location": f"{there}/r"}),
        "/r": article(LEAD, PROOF),
        "/b": Page(b"", "text/html", 302, {"Location": "/private/b"}),
    }
    one = desk()
    one.once()

    assert ("read", "") == one.fate("a")
    assert f"{there}/r" == one.row("a")["article_url"]
    assert ("refused", "robots-txt") == one.fate("b")
    assert (2, 0) == (one.asked("/robots.txt"), one.asked("/private/b"))


# ── what it never does ──────────────────────────────────────────────────────────


def test_the_entry_stays_what_the_feed_made_it(around: World, desk: Make) -> None:
    """Its words and its revision: the next poll finds nothing new, a changed summary does."""
    around.pages |= {"/wire": feed(around, "a"), "/a": article(LEAD, PROOF)}
    one = desk()
    one.once()
    store = one.monitor.store
    around.pages["/wire"] = Page(feed(around, "a").body + b"<!-- same -->")
    one.once()
    assert (1, 1) == (one.row("a")["revision"], store.counts()["entries"])
    assert [] == list(store.integrity())

    around.pages["/wire"] = feed(around, "a", summary="Both kept silent for long.")
    one.once()

    assert {1, 2} == {r["revision"] for r in store.decisions("a")}
    assert 1 == len({a["alert"] for a in around.alerts()})
    assert [] == list(store.integrity())


def test_a_story_is_told_once(around: World, desk: Make) -> None:
    """What one feed's title told, another's article tells no second time."""
    title = b"Sylvania sends twelve howitzers to Freedonia"
    around.pages |= {
        "/one": Page(feed(around, "t").body.replace(b"Two ministers met, t", title)),
        "/two": Page(feed(around, "a").body.replace(b"Two ministers met, a", title[:8])),
        "/a": article(PROOF, PROOF),
    }
    one = desk(one="/one", two="/two")
    one.once()

    stories = {a["story"] for a in around.alerts()}
    told = {r["story"] for n in "ta" for r in one.monitor.store.decisions(n) if r["alert"]}
    assert ("read", True) == (one.row("a")["article"], one.row("a")["flagged"])
    assert stories == told
    assert len(around.got) == len({(a["alert"], a["revision"]) for a in around.alerts()})


def test_what_was_told_is_never_untold(around: World, desk: Make) -> None:
    """An article that says less than its title does not take the alert back; both are kept."""
    taken = feed(around, "a").body.replace(b"met, a", b"sold howitzers, a")
    around.pages |= {"/wire": Page(taken), "/a": article(LEAD, REST)}
    one = desk('[full_text]\nmode = "always"\n')
    one.once()

    row = one.row("a")
    [alert] = around.alerts()
    assert ("feed", True, alert["alert"]) == (row["basis"], row["flagged"], row["alert"])
    assert "article" == row["other"]["basis"]


def test_what_an_article_adds_is_an_update(around: World, tmp_path: Path) -> None:
    """Told by its title, then completed by its article, under one alert; by the shipped rules."""
    title = b"Germany delivers howitzers to Ukraine"
    taken = feed(around, "a").body.replace(b"Two ministers met, a", title)
    proof = "Germany will deliver ten howitzers to Ukraine by May, the contract says."
    around.pages |= {"/wire": Page(taken), "/a": article(proof, LEAD)}
    more = '[full_text]\nmode = "always"\n'
    one = Desk(configured(tmp_path, around, {"wire": "/wire"}, topic="", more=more), around)
    one.once()
    first, second = around.alerts()
    row = next(r for r in one.monitor.store.decisions("a") if r["flagged"])
    one.monitor.close(timedelta(seconds=5))

    assert (first["alert"], 1, 2) == (second["alert"], first["revision"], second["revision"])
    assert ["Quantity: ten howitzers."] == second["changes"]
    assert ("article", "update") == (row["basis"], row["relation"])


def test_two_daemons_ask_once(around: World, desk: Make) -> None:
    """While one has the lease the other finds nothing to do."""
    around.pages |= {"/wire": feed(around, "a"), "/a": article(LEAD, PROOF)}
    one = desk()
    one.monitor.sync()
    one.monitor.polling.sweep(everything=True)
    one.monitor.polling.settle()
    store, now = one.monitor.store, one.monitor.now()
    [claim] = store.articles_due(now, 10)
    first = store.take_article(claim, now, owner="one", lease=timedelta(minutes=3))
    second = store.take_article(claim, now, owner="two", lease=timedelta(minutes=3))
    one.monitor.articles.sweep(timedelta(seconds=5))

    assert first is not None
    assert second is None
    assert 0 == one.asked("/a")


def test_a_surprise_is_bounded(around: World, desk: Make) -> None:
    """A visit that breaks each time is given up like any other, once its leases ran out."""
    around.pages |= {"/wire": feed(around, "a"), "/a": article(LEAD, PROOF)}
    one = desk()

    def breaks(_claim: object, _now: object) -> None:
        raise ZeroDivisionError

    for number in range(6):
        parts = one.monitor.parts
        pages = SimpleNamespace(ask=breaks, robots=parts.reading.pages.robots)
        one.monitor.parts = replace(parts, reading=replace(parts.reading, pages=cast(Pages, pages)))
        one.once()
        later(one, minutes=4 * (number + 1))

    assert "given-up" == one.fate("a")[0]
    assert 0 == one.asked("/a")


def test_a_stop_leaves_the_work_to_the_next_one(around: World, desk: Make) -> None:
    """What is under way is ended, what has not begun stays due; nothing starts any more."""
    around.pages |= {"/wire": feed(around, "a", "b"), "/a": article(PROOF), "/b": article(PROOF)}
    one = desk()
    one.monitor.sync()
    one.monitor.polling.sweep(everything=True)
    one.monitor.polling.settle()

    assert one.monitor.articles.stop(timedelta(seconds=5))
    assert 0 == one.monitor.articles.round()
    assert 1 == len(one.monitor.store.articles_due(one.monitor.now(), 10))


class Refusing:
    """A store that does everything but these, for which it answers so."""

    def __init__(self, store: Store, **answers: Callable[..., Any]) -> None:
        self._store, self._answers = store, answers

    def __getattr__(self, name: str) -> Any:
        return self._answers.get(name) or getattr(self._store, name)


def _with_store(desk: Desk, **answers: Callable[..., Any]) -> None:
    parts = desk.monitor.parts
    store = cast(Store, Refusing(desk.monitor.store, **answers))
    stages = replace(parts.reading.stages, store=store)
    desk.monitor.parts = replace(parts, reading=replace(parts.reading, stages=stages))


def _full(*_: object, **__: object) -> None:
    raise StoreFull("the disk is full")


@pytest.mark.parametrize("name", ["keep_robots", "take_article", "settle_article"])
def test_a_store_that_cannot_write_leaves_it_for_later(
    name: str, around: World, desk: Make
) -> None:
    """The visit ends, its host is let go, and another one is made when the store has room."""
    around.pages |= {"/wire": feed(around, "a"), "/a": article(LEAD, PROOF)}
    one = desk()
    _with_store(one, **{name: _full})
    one.monitor.sync()
    one.monitor.polling.sweep(everything=True)
    one.monitor.polling.settle()
    for _ in range(3):
        one.monitor.articles.round()
        one.monitor.articles.settle(timedelta(seconds=5))
    assert "wanted" == one.fate("a")[0]
    assert 'monitor_errors_total{stage="store"}' in one.monitor.metrics_text().decode()

    _with_store(one)
    later(one, minutes=4)
    one.once()

    assert ("read", "") == one.fate("a")
    assert 1 == len(around.alerts())


def test_who_comes_late_asks_for_nothing(around: World, desk: Make) -> None:
    """Between looking and taking another one was quicker."""
    around.pages |= {"/wire": feed(around, "a"), "/a": article(LEAD, PROOF)}
    one = desk()
    _with_store(one, take_article=lambda *_, **__: None)
    one.monitor.sync()
    one.monitor.polling.sweep(everything=True)
    one.monitor.polling.settle()
    for _ in range(2):
        one.monitor.articles.round()
        one.monitor.articles.settle(timedelta(seconds=5))

    assert (1, 0) == (one.asked("/robots.txt"), one.asked("/a"))


def test_no_poll_waits_for_an_article(around: World, desk: Make) -> None:
    """While a server takes its time, other feeds are polled, and their entries told."""
    told = Page(feed(around, "t").body.replace(b"met, t", b"sold howitzers, t"))
    around.pages |= {"/wire": feed(around, "a"), "/a": replace(article(PROOF), seconds=3)}
    one = desk(wire="/wire", other="/other")
    one.monitor.sync()
    until(lambda: one.monitor.poll_round() >= 0 and one.asked("/a"), "the article")
    around.pages["/other"] = told
    began = time.monotonic()
    until(lambda: one.monitor.poll_round() >= 0 and one.monitor.store.decisions("t"), "the poll")

    assert time.monotonic() - began < 2.5
    assert "wanted" == one.fate("a")[0]


def test_a_consent_wall_is_known_by_the_way_to_it(around: World, desk: Make) -> None:
    """A page like any other, but for where the redirect led."""
    port = around.url.rpartition(":")[2]
    around.pages |= {
        "/wire": feed(around, "a"),
        "/a": Page(b"", "text/html", 302, {"Location": f"http://localhost:{port}/consent?for=a"}),
        "/consent?for=a": article(LEAD, PROOF),
    }
    one = desk()
    one.once()

    assert ("given-up", "consent-wall") == one.fate("a")
    assert "a consent page instead of the article" == one.row("a")["article_detail"]
    assert [] == around.alerts()


def test_a_wish_for_distance_is_kept_by_all(around: World, desk: Make) -> None:
    """Crawl-delay: after an article its host is left alone for as long, by feeds too."""
    around.pages |= {
        "/robots.txt": Page(b"User-agent: *\nCrawl-delay: 30\nDisallow: /x\n", "text/plain"),
        "/wire": feed(around, "a", "b"),
        "/a": article(LEAD),
        "/b": article(LEAD),
    }
    one = desk()
    one.monitor.sync()
    one.monitor.polling.sweep(everything=True)
    one.monitor.polling.settle()
    until(lambda: one.monitor.articles.round() >= 0 and one.fate("a")[0] == "read", "the article")
    one.monitor.articles.sweep(timedelta(seconds=0.2))

    assert [("read", ""), ("wanted", "")] == [one.fate("a"), one.fate("b")]
    assert one.monitor.parts.course.hosts.enter(around.url, one.monitor.now()) > timedelta(
        seconds=20
    )


def test_what_is_turned_off_is_not_asked_for_any_more(
    around: World, desk: Make, tmp_path: Path
) -> None:
    """Neither it nor the rules of its server, from the reload on."""
    around.pages |= {"/wire": feed(around, "a"), "/a": article(LEAD, PROOF)}
    one = desk()
    one.monitor.sync()
    one.monitor.polling.sweep(everything=True)
    one.monitor.polling.settle()
    feeds = tmp_path / "config" / "feeds" / "all.toml"
    feeds.write_text(feeds.read_text("utf-8") + 'full_text = "off"\n', "utf-8")
    one.monitor.reload(read_config(tmp_path / "config", {"DESK_SECRET": SECRET}))
    one.once()

    assert ("refused", "turned-off") == one.fate("a")
    assert [] == [path for path in around.asked if path != "/wire"]
