"""A hub says there is news: the daemon asks the feed at once, an hour before it would have."""

import hmac
import re
import socket
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen

from tests.end_to_end.test_run import DULL, ONE
from tests.end_to_end.world import Page, Runs, World, configured, rss, until
from tests.hostile import answer, hostile


def free_port() -> int:
    """One that nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def ask(url: str, body: bytes | None = None, signature: str = "") -> tuple[int, str]:
    request = Request(url, data=body, headers={"X-Hub-Signature": signature})
    try:
        with urlopen(request, timeout=5) as found:
            return found.status, found.read().decode()
    except HTTPError as e:
        return e.code, ""


def test_a_push_is_polled_at_once(around: World, runs: Runs, tmp_path: Path) -> None:
    """Subscribed after the first poll, verified, pushed, alerted: in seconds, not in an hour."""
    port = free_port()
    with hostile(answer(status="202 Accepted")) as hub:
        link = {"Link": f'<{hub.url()}>; rel="hub", <{around.url}/paper>; rel="self"'}
        around.pages["/paper"] = Page(rss([DULL], path="0").body, headers=link)
        push = (
            f'\n[push]\ncallback = "http://127.0.0.1:{port}"\nsecret = "a secret of some length"\n'
        )
        root = configured(tmp_path, around, {"paper": "/paper"}, more=push)
        main = root / "monitor.toml"
        text = main.read_text("utf-8").replace(
            'listen = "127.0.0.1:0"', f'listen = "127.0.0.1:{port}"'
        )
        main.write_text(
            re.sub(r'default_interval = "1s"', 'default_interval = "1h"', text), "utf-8"
        )
        daemon = runs.start(root)
        until(lambda: hub.requests, "the subscription")
        form = parse_qs(hub.requests[0].partition(b"\r\n\r\n")[2].decode())
        callback, key = form["hub.callback"][0], form["hub.secret"][0]
        said = {"hub.mode": "subscribe", "hub.topic": form["hub.topic"][0], "hub.challenge": "c-1"}
        assert (200, "c-1") == ask(f"{callback}?{urlencode(said)}")
        assert 404 == ask(f"{callback}x?{urlencode(said)}")[0]

        around.pages["/paper"] = rss([ONE, DULL], path="0")
        signature = "sha256=" + hmac.new(key.encode(), b"news", "sha256").hexdigest()
        assert 202 == ask(callback, b"news", "sha256=00")[0]
        assert 202 == ask(callback, b"news", signature)[0]
        until(lambda: around.got, "the alert")

    assert [ONE[0]] == around.titles()
    assert 2 == around.asked.count("/paper")
    assert port == urlsplit(callback).port
    assert 0 == daemon.end()
