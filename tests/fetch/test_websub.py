"""monitor.fetch.websub: hubs are asked, verified and heard, and nobody else is."""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

from monitor.config.push import PushSettings, read
from monitor.console import Server
from monitor.console.health import Probes
from monitor.console.pushes import Callbacks
from monitor.fetch import remember
from monitor.fetch.memory import Memory, recall, written
from monitor.fetch.websub import Pushes, Verdict, hub_and_topic
from monitor.model import Fetched, Parsed
from monitor.ports import Store
from monitor.stores.sqlite import open as sqlite
from tests.conftest import NOW
from tests.fetch.life import claim, feed, gate
from tests.hostile import Hostile, answer, hostile
from tests.samples import table

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECRET = "a secret of some length"
TOPIC = "https://feed.example/feed"


def fetched(link: str = "") -> Fetched:
    return Fetched(
        body=b"x", media_type="", charset="", url="https://feed.example/f", at=NOW, link_header=link
    )


def parsed(**said: str) -> Parsed:
    return replace(Parsed(format="rss_atom", title="t", entries=()), **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("link", "said", "expected"),
    [
        ("", {}, ("", "")),
        ("", {"hub": "https://h.example/", "topic": TOPIC}, ("https://h.example/", TOPIC)),
        ("", {"hub": "https://h.example/"}, ("https://h.example/", "https://feed.example/f")),
        ('<https://l.example/>; rel="hub", </feed>; rel=self', {"hub": "https://h.example/"}, ("https://l.example/", TOPIC)),
        ('<https://l.example/>; title="a, b"; rel="nofollow hub"', {}, ("https://l.example/", "https://feed.example/f")),
        ("<https://a.example/>; rel=hub, <https://b.example/>; rel=hub", {"topic": TOPIC}, ("https://a.example/", TOPIC)),
        ("<http://plain.example/>; rel=hub", {}, ("", "")),
        ("<http://127.0.0.1:80/>; rel=hub", {"topic": TOPIC}, ("http://127.0.0.1:80/", TOPIC)),
        ("<javascript:alert(1)>; rel=hub", {}, ("", "")),
        ("nonsense; rel=hub", {}, ("", "")),
        ("<" * 9_000, {}, ("", "")),
    ],
)  # fmt: skip
def test_where_to_subscribe(link: str, said: dict[str, str], expected: tuple[str, str]) -> None:
    """The Link header before the document, the first of several, over TLS or at an address."""
    assert expected == hub_and_topic(fetched(link), parsed(**said))


def test_a_hub_is_remembered_and_forgotten() -> None:
    """What a feed names is kept for the next poll; when it names none it is gone."""
    named = claim(first=False)
    known = remember(named, fetched(), parsed(hub="https://h.example/", topic=TOPIC), NOW)
    kept = replace(named, known=known)
    gone = replace(kept, known=remember(kept, fetched(), parsed(), NOW))

    assert ("https://h.example/", TOPIC) == (recall(kept).hub, recall(kept).topic)
    assert ("", "") == (recall(gone).hub, recall(gone).topic)


def pushes(lease: timedelta = 5 * DAY) -> Pushes:
    return Pushes(gate(), "https://m.example", SECRET, lease)


def said_to(ours: Pushes, said: dict[str, str], now: datetime = NOW) -> Verdict:
    """What a hub hears that asks at the callback of feed f."""
    return ours.verified("f", ours.token("f", TOPIC), said, now)


def forms(server: Hostile) -> list[dict[str, list[str]]]:
    return [parse_qs(r.partition(b"\r\n\r\n")[2].decode()) for r in server.requests]


def test_a_hub_is_asked_once_and_renewed() -> None:
    """Asked at the first poll, again when it never verified, renewed at half of the lease."""
    ours, one = pushes(), feed(TOPIC)
    moments = [0, 1, 5, 6.1]  # hours; then verified for ten days
    with hostile(answer(status="202 Accepted")) as hub:
        for hours in moments:
            ours.tend(one, hub.url(), TOPIC, NOW + hours * HOUR)
        asked = len(hub.requests)
        ten = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": "c",
               "hub.lease_seconds": "864000"}  # fmt: skip
        assert "c" == said_to(ours, ten, NOW + 7 * HOUR).challenge
        for days in (1, 3, 5, 5.4):
            ours.tend(one, hub.url(), TOPIC, NOW + days * DAY)
        renewed = len(hub.requests)
    form = forms(hub)[0]

    assert (2, 3) == (asked, renewed)
    assert {"subscribe"} == set(form["hub.mode"])
    assert [TOPIC] == form["hub.topic"]
    assert ["432000"] == form["hub.lease_seconds"]
    assert [f"https://m.example{ours.path('f', TOPIC)}"] == form["hub.callback"]
    assert 64 == len(form["hub.secret"][0])


def test_another_hub_is_asked_at_once() -> None:
    """A feed that changes its hub or topic is subscribed anew."""
    ours = pushes()
    with hostile(answer(status="202 Accepted")) as hub:
        ours.tend(feed(TOPIC), hub.url("/1"), TOPIC, NOW)
        ours.tend(feed(TOPIC), hub.url("/2"), TOPIC, NOW)
        ours.tend(feed(TOPIC), hub.url("/2"), TOPIC + "2", NOW)
        ours.tend(feed(TOPIC), "", "", NOW)

    assert 3 == len(hub.requests)


def test_a_hub_that_refuses_is_left_for_a_day() -> None:
    """An error, or `denied`, is not asked about again before tomorrow."""
    ours, denied = pushes(), {"hub.mode": "denied", "hub.topic": TOPIC}
    with hostile(answer(status="400 No")) as hub:
        for hours in (0, 1, 20, 25):
            ours.tend(feed(TOPIC), hub.url(), TOPIC, NOW + hours * HOUR)
    with hostile(answer(status="202 Accepted")) as other:
        ours.tend(feed(TOPIC), other.url(), TOPIC, NOW)
        assert Verdict(status=HTTPStatus.OK) == said_to(ours, denied)
        ours.tend(feed(TOPIC), other.url(), TOPIC, NOW + 12 * HOUR)

    assert (2, 1) == (len(hub.requests), len(other.requests))


@pytest.mark.parametrize(
    "changed",
    [
        {"hub.topic": "https://evil.example/"},
        {"hub.topic": ""},
        {"hub.mode": "unsubscribe"},
        {"hub.mode": ""},
        {"hub.challenge": ""},
    ],
)
def test_only_what_was_asked_is_confirmed(changed: dict[str, str]) -> None:
    """A challenge comes back for our own topic alone; nobody can subscribe or unsubscribe us."""
    ours = pushes()
    said = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": "c"}
    good = ours.token("f", TOPIC)

    assert 404 == said_to(ours, {**said, **changed}).status
    assert 404 == ours.verified("f", good[:-1] + "x", said, NOW).status
    assert 404 == ours.verified("f", good.partition("-")[0], said, NOW).status
    assert 404 == ours.verified("g", good, said, NOW).status
    assert (200, "c", NOW + 5 * DAY) == (
        (found := said_to(ours, said)).status, found.challenge, found.until
    )  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "length"), [("3600", HOUR), ("99999999", 30 * DAY), ("x", 5 * DAY), ("", 5 * DAY)]
)
def test_a_lease_is_as_long_as_granted(seconds: str, length: timedelta) -> None:
    """What the hub grants counts, thirty days at most; without a word what we asked for."""
    ours = pushes()
    with hostile(answer(status="204 No Content")) as hub:
        ours.tend(feed(TOPIC), hub.url(), TOPIC, NOW)
    said = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": "c",
            "hub.lease_seconds": seconds}  # fmt: skip
    granted = said_to(ours, said).until
    held = ours.held("f")

    assert held is not None
    assert (NOW + length, length) == (held.until, held.lease)
    assert NOW + length == granted


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512", "SHA256"])
def test_signatures(method: str) -> None:
    """Every method of the standard, in any case; another body, key or method is not genuine."""
    ours = pushes()
    digest = hmac.new(ours.key("f").encode(), b"news", method.lower()).hexdigest()

    assert ours.genuine("f", b"news", f"{method}={digest}")
    assert ours.genuine("f", b"news", f"{method}={digest.upper()}")
    assert not ours.genuine("f", b"other", f"{method}={digest}")
    assert not ours.genuine("g", b"news", f"{method}={digest}")
    for wrong in (
        "",
        digest,
        f"md5={hashlib.md5(b'news').hexdigest()}",
        f"{method}=",
        "=",
        "sha256=é",
    ):
        assert not ours.genuine("f", b"news", wrong)


def test_callbacks_cannot_be_guessed() -> None:
    """Each feed has its own path; another secret gives others."""
    ours, theirs = pushes(), Pushes(gate(), "https://m.example", "another secret ....", DAY)

    assert ours.ours("f", ours.token("f", TOPIC))
    assert ours.ours("f", ours.token("f", "another"))
    assert not ours.ours("g", ours.token("f", TOPIC))
    assert not ours.ours("f", theirs.token("f", TOPIC))
    assert not ours.ours("f", "é")
    assert ours.path("a/b", TOPIC).startswith("/push/a%2Fb/")


def test_every_poll_sees_to_its_hub() -> None:
    """What a poll left of a feed with a hub leads to its subscription; others ask nobody."""
    with hostile(answer(status="202 Ok")) as hub:
        memory = Memory(asked=TOPIC, hub=hub.url(), topic=TOPIC)
        ours = pushes()
        ours.heed(feed(TOPIC), {}, NOW)
        ours.heed(feed("https://other.example/"), written(memory, {}), NOW)
        ours.heed(feed(TOPIC), written(memory, {}), NOW)

    assert 1 == len(hub.requests)


def live(url: str, until: timedelta, **more: object) -> dict[str, str]:
    """What a poll left of a feed whose hub has confirmed."""
    memory = Memory(asked=TOPIC, hub=url, topic=TOPIC, push_until=(NOW + until).timestamp())
    return dict(written(replace(memory, **more), {}))  # type: ignore[arg-type]


def test_a_restart_asks_for_nothing_that_is_held() -> None:
    """What the last poll knew of a lease counts, until half of it is over."""
    ours = pushes()
    with hostile(answer(status="202 Ok")) as hub:
        for days in (0, 1, 2):
            ours.heed(feed(TOPIC), live(hub.url(), 5 * DAY), NOW + days * DAY)
        held = len(hub.requests)
        ours.heed(feed(TOPIC), live(hub.url(), 5 * DAY), NOW + 3 * DAY)

    assert (0, 1) == (held, len(hub.requests))


def test_what_another_node_has_confirmed_is_held() -> None:
    """Asked here, confirmed there: it is not asked for a second time, as if it never was."""
    ours = pushes()
    with hostile(answer(status="202 Ok")) as hub:
        ours.heed(feed(TOPIC), written(Memory(asked=TOPIC, hub=hub.url(), topic=TOPIC), {}), NOW)
        for hours in (7, 14):
            ours.heed(feed(TOPIC), live(hub.url(), 5 * DAY), NOW + hours * HOUR)

    assert 1 == len(hub.requests)


def test_a_hub_that_keeps_news_back_is_asked_again_daily() -> None:
    """It may have forgotten us; more often would be a nuisance."""
    ours = pushes()
    broken = {"broken_at": NOW.timestamp()}
    with hostile(answer(status="202 Ok")) as hub:
        for hours in (0, 1, 20, 25, 30, 50):
            known = live(hub.url(), 5 * DAY, **broken)
            ours.heed(feed(TOPIC), known, NOW + hours * HOUR)

    assert 2 == len(hub.requests)


# ── the callback, over a real console ───────────────────────────────────────────


@dataclass
class Desk:
    """A console with nothing but callbacks, its store and its pushes."""

    store: Store
    pushes: Pushes | None
    address: str = ""
    now: datetime = field(default=NOW)

    def ask(
        self, method: str, path: str, body: bytes = b"", signature: str = ""
    ) -> tuple[int, str]:
        host, _, port = self.address.rpartition(":")
        line = HTTPConnection(host, int(port), timeout=10)
        line.request(method, path, body, {"X-Hub-Signature": signature} if signature else {})
        found = line.getresponse()
        text = found.read().decode()
        line.close()
        return found.status, text

    def due(self) -> list[str]:
        claims = self.store.claim(self.now, 9, owner="o", lease=HOUR)
        return [c.feed.id for c in claims]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = sqlite(f"sqlite:///{tmp_path / 'm.db'}")
    made = Desk(store, pushes())
    calls = Callbacks(store=store, pushes=lambda: made.pushes, now=lambda: made.now,
                      min_interval=lambda: HOUR)  # fmt: skip
    probes = Probes(
        reasons=lambda: (), ages=dict, metrics=lambda: b"", metrics_type="text/plain", version="0"
    )
    server = Server("127.0.0.1", 0, probes, calls.routes())
    server.start()
    made.address = server.address
    yield made
    server.stop()
    store.close()


def test_a_push_makes_its_feed_due(desk: Desk) -> None:
    """Signed news wakes the feed; unsigned or forged news is thanked for and ignored."""
    assert desk.pushes is not None
    desk.store.sync([feed(TOPIC), feed("https://g.example/", id="g")], NOW - HOUR)
    claims = desk.store.claim(NOW - HOUR, 9, owner="o", lease=HOUR)
    desk.store.release(claims)
    path = desk.pushes.path("f", TOPIC)
    key = desk.pushes.key("f").encode()
    signature = "sha256=" + hmac.new(key, b"news", "sha256").hexdigest()

    assert 202 == desk.ask("POST", path, b"news", signature)[0]
    assert 202 == desk.ask("POST", path, b"forged", signature)[0]
    assert 202 == desk.ask("POST", path, b"news")[0]
    assert 404 == desk.ask("POST", path.replace("/f/", "/f/x"), b"news", signature)[0]
    assert 413 == desk.ask("POST", path, bytes(5_000_001), signature)[0]
    gone = "sha256=" + hmac.new(desk.pushes.key("x").encode(), b"n", "sha256").hexdigest()
    assert 410 == desk.ask("POST", desk.pushes.path("x", TOPIC), b"n", gone)[0]
    desk.pushes = None
    assert 404 == desk.ask("POST", path, b"news", signature)[0]


def test_a_challenge_comes_back(desk: Desk) -> None:
    """The hub's question is answered with its challenge, as plain text and nothing else."""
    assert desk.pushes is not None
    with hostile(answer(status="202 Ok")) as hub:
        desk.pushes.tend(feed(TOPIC), hub.url(), TOPIC, NOW)
    said = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": "<b>c</b>"}
    path = desk.pushes.path("f", TOPIC)

    assert (200, "<b>c</b>") == desk.ask("GET", f"{path}?{urlencode(said)}")
    assert 404 == desk.ask("GET", path)[0]
    assert 404 == desk.ask("GET", f"/push/f/{quote('../x')}")[0]


# ── settings ────────────────────────────────────────────────────────────────────


def test_settings_are_read(tmp_path: Path) -> None:
    """Off by default; an address and a secret turn it on; faults stand in their line."""
    text = f'[push]\ncallback = "https://m.example/"\nsecret = "{SECRET}"\nlease = "10s"\n'
    document, problems = table(text, tmp_path)
    found = read(document.table("push"))
    bad, faults = table('[push]\ncallback = "m.example"\nsecret = "short"\n', tmp_path)
    read(bad.table("push"))
    none, _ = table("", tmp_path)

    assert ("https://m.example", SECRET, HOUR) == (
        found.callback, found.secret.reveal(), found.lease
    )  # fmt: skip
    assert [] == problems.lines
    assert 2 == len(faults.lines)
    assert PushSettings() == read(none.table("push"))
    assert "m.example" == urlsplit(found.callback).hostname
