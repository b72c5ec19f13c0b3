"""A hub, as a process of its own, tells of news: asked at once, relied on as far as it tells."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

from monitor.app import Monitor
from monitor.assembly import read_config
from monitor.cli.front import front
from tests.conftest import NOW
from tests.end_to_end.hubs import Held, hub
from tests.end_to_end.test_run import DULL, ONE
from tests.end_to_end.world import SECRET, Page, Runs, World, configured, rss, until
from tests.fetch import life

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PUSH = '\n[push]\ncallback = "http://127.0.0.1:{0}"\nsecret = "a secret of some length"\n'


def free_port() -> int:
    """One that nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def ask(url: str, body: bytes | None = None, signature: str = "") -> int:
    request = Request(url, data=body, headers={"X-Hub-Signature": signature})
    try:
        with urlopen(request, timeout=5) as found:
            return int(found.status)
    except HTTPError as e:
        return e.code


def shown(around: World, page: Page, hub: Held) -> None:
    """The paper shows this, and names its hub."""
    link = {"Link": f'<{hub.url}>; rel="hub", <{around.url}/paper>; rel="self"'}
    around.pages["/paper"] = Page(page.body, headers=link)


def pushed(folder: Path, around: World, port: int) -> Path:
    """A configuration that asks every quarter of an hour and lets hubs reach this port."""
    root = configured(folder, around, {"paper": "/paper"}, more=PUSH.format(port))
    main = root / "monitor.toml"
    text = main.read_text("utf-8").replace("127.0.0.1:0", f"127.0.0.1:{port}")
    main.write_text(text.replace('default_interval = "1s"', 'default_interval = "15m"'), "utf-8")
    return root


def test_a_push_is_polled_at_once(around: World, runs: Runs, tmp_path: Path) -> None:
    """Subscribed, verified, pushed, alerted: in seconds; and a feed that went is told by 410."""
    port = free_port()
    with hub("--method", "sha512") as ours:
        shown(around, rss([DULL], path="0"), ours)
        root = pushed(tmp_path, around, port)
        daemon = runs.start(root)
        [[callback, topic, lease]] = until(ours.subscribers, "the subscription")
        wrong = {
            "hub.mode": "subscribe",
            "hub.topic": "https://else.example/",
            "hub.challenge": "c",
        }
        assert [404, 404] == [
            ask(f"{callback}?{urlencode(wrong)}"),
            ask(f"{callback}x?{urlencode({**wrong, 'hub.topic': topic})}"),
        ]
        assert 202 == ask(callback, b"news", "sha512=00")  # forged: thanked for and ignored

        shown(around, rss([ONE, DULL], path="0"), ours)
        ours.published(topic)
        until(lambda: around.got, "the alert")

        (root / "feeds" / "all.toml").write_text("", "utf-8")
        daemon.signal(signal.SIGHUP)
        until(lambda: daemon.events("configuration reloaded"), "the reload")
        ours.published(topic)
        until(lambda: not ours.subscribers(), "the end of the subscription")
        state = ours.state()

    assert [ONE[0]] == around.titles()
    assert 2 == around.asked.count("/paper") - 2  # the hub's own look at its topic, twice
    assert (f"{around.url}/paper", port) == (topic, urlsplit(callback).port)
    assert 0 < lease <= 5 * 86_400
    assert [["subscribe", 200, True]] == state["checked"]
    assert [202, 410] == [status for _, status in state["told"]]
    assert 0 == daemon.end()


@contextmanager
def running(root: Path) -> Iterator[tuple[Monitor, list[timedelta]]]:
    """The daemon's work and its console; time is how far the hand was moved."""
    hand = [timedelta(0)]
    made = Monitor(read_config(root, {"DESK_SECRET": SECRET}), now=lambda: NOW + hand[0])
    made.sync()
    server = front(made)
    assert server is not None
    server.start()
    try:
        yield made, hand
    finally:
        server.stop()
        made.close(timedelta(seconds=5))


class Reading:
    """A paper that brings one item after another, and the monitor that reads it by the hand."""

    def __init__(self, around: World, ours: Held, made: Monitor, hand: list[timedelta]) -> None:
        self.around, self.hub, self.made, self.hand = around, ours, made, hand
        self.count = 0

    @property
    def topic(self) -> str:
        return f"{self.around.url}/paper"

    def brings(self) -> None:
        """One more item at the head of ten."""
        self.count += 1
        names = [f"n{n}" for n in range(self.count + 9, self.count - 1, -1)]
        shown(self.around, Page(life.rss(*names)), self.hub)

    def polled(self, later: timedelta) -> bool:
        """Whether anything was due so much later."""
        self.hand[0] += later
        claimed = self.made.poll_round()
        assert self.made.polling.settle(timedelta(seconds=20))
        return bool(claimed)

    def told(self) -> None:
        """The hub tells of an item, and it is read two minutes later."""
        before = len(self.hub.state()["told"])
        self.brings()
        self.hub.published(self.topic)
        until(lambda: len(self.hub.state()["told"]) > before, "the push")
        assert self.polled(2 * MINUTE)

    @property
    def row(self) -> dict[str, object]:
        [found] = self.made.store.feeds()
        return dict(found)

    def broken(self) -> bool:
        return "push-broken" in {e["kind"] for e in self.made.store.events()}


def test_a_hub_is_relied_on_as_far_as_it_tells(around: World, tmp_path: Path) -> None:
    """
    Pushes that bring news make polling slow; what polling finds instead ends that, and is told.

    And the lease is renewed at half of what the hub granted.
    """
    port = free_port()
    with hub("--most", str(4 * 86_400)) as ours, running(pushed(tmp_path, around, port)) as (
        made, hand,
    ):  # fmt: skip
        paper = Reading(around, ours, made, hand)
        paper.brings()
        assert paper.polled(timedelta(0))
        until(lambda: made.store.feeds()[0]["push_until"], "the confirmation")
        paper.polled(20 * MINUTE)  # whoever learns of it there
        usual = paper.row["interval"]
        for _ in range(2):
            paper.told()
        slow, why = paper.row["interval"], paper.row["why"]

        ours.mood(deaf=True)
        paper.brings()
        assert not paper.polled(40 * MINUTE)
        assert paper.polled(40 * MINUTE)  # found without a word: the hub has ten minutes to say it
        early = paper.broken()
        assert paper.polled(25 * MINUTE)
        broken, again = paper.broken(), paper.row["interval"]

        ours.mood(deaf=False)
        for _ in range(2):
            paper.told()
        mended, relied = not paper.broken(), paper.row["interval"]
        first = len(ours.state()["asked"])
        paper.polled(2 * DAY - 4 * HOUR)
        before = len(ours.state()["asked"])
        paper.polled(4 * HOUR)
        state = ours.state()

    assert (900.0, 3_600.0, 900.0, 3_600.0) == (usual, slow, again, relied)
    assert "its hub tells of news: to be sure" == why
    assert (False, True, True) == (early, broken, mended)
    assert (first, first + 1) == (before, len(state["asked"]))
    assert {202} == {status for _, status in state["told"]}
