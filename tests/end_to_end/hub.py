"""
A WebSub hub, as a process of its own: what a subscriber must get along with.

    python -m tests.end_to_end.hub [--method sha256] [--most SECONDS]

Prints its port, then serves until it is killed. It knows nothing of ours: requests come in by the
standard and go out by it. GET /state says what it holds and did; POST /mood makes it deaf.

Source: https://www.w3.org/TR/websub/ §5 (subscribing), §7 (distribution), §8 (signatures)
"""

import argparse
import hmac
import json
import secrets
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit
from urllib.request import Request, urlopen


@dataclass(slots=True)
class Subscriber:
    """Somebody who said yes when asked."""

    callback: str
    topic: str
    secret: str
    until: float  # by this machine's clock


@dataclass(slots=True)
class Hub:
    """Who has subscribed, and what was done."""

    method: str
    most: int  # seconds of a lease
    address: str = ""
    deaf: bool = False  # takes word of news and tells nobody
    subscribers: dict[tuple[str, str], Subscriber] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)  # requests, in order
    checked: list[list[Any]] = field(
        default_factory=list
    )  # mode, callback's status, whether it echoed
    told: list[list[Any]] = field(default_factory=list)  # callback, its status

    def request(self, said: dict[str, str]) -> int:
        mode, topic = said.get("hub.mode", ""), said.get("hub.topic") or said.get("hub.url", "")
        if mode == "publish" and topic:
            threading.Thread(target=self.publish, args=(topic,), daemon=True).start()
            return 202
        if mode not in ("subscribe", "unsubscribe") or not topic or not said.get("hub.callback"):
            return 400
        if len(said.get("hub.secret", "").encode()) >= 200:  # §5.1
            return 400
        self.asked.append(said)
        threading.Thread(target=self.verify, args=(said,), daemon=True).start()
        return 202

    def verify(self, said: dict[str, str]) -> None:
        """§5.3: ask the callback itself whether it meant this, its own query kept."""
        mode, topic, callback = said["hub.mode"], said["hub.topic"], said["hub.callback"]
        lease = min(int(said.get("hub.lease_seconds", "864000")), self.most)
        challenge = secrets.token_urlsafe(24)
        query = {"hub.mode": mode, "hub.topic": topic, "hub.challenge": challenge}
        query |= {"hub.lease_seconds": str(lease)} if mode == "subscribe" else {}
        parts = urlsplit(callback)
        joined = "&".join(filter(None, (parts.query, urlencode(query))))
        status, body = ask(Request(urlunsplit(parts._replace(query=joined))))
        meant = 200 <= status < 300 and body == challenge.encode()
        self.checked.append([mode, status, meant])
        if meant and mode == "subscribe":
            self.subscribers[callback, topic] = Subscriber(
                callback, topic, said.get("hub.secret", ""), time.time() + lease
            )
        elif meant:
            self.subscribers.pop((callback, topic), None)

    def publish(self, topic: str) -> None:
        """§7: the whole of the topic to everybody, signed with each one's secret."""
        if self.deaf:
            return
        with urlopen(topic, timeout=5) as answer:
            body, kind = answer.read(), answer.headers.get("Content-Type", "")
        for one in [s for s in self.subscribers.values() if s.topic == topic]:
            if one.until < time.time():
                del self.subscribers[one.callback, topic]
                continue
            links = f'<{self.address}>; rel="hub", <{topic}>; rel="self"'
            headers = {"Content-Type": kind, "Link": links}
            if one.secret:
                digest = hmac.new(one.secret.encode(), body, self.method).hexdigest()
                headers["X-Hub-Signature"] = f"{self.method}={digest}"
            status, _ = ask(Request(one.callback, data=body, headers=headers))
            self.told.append([one.callback, status])
            if status == 410:  # §7: it has been deleted
                del self.subscribers[one.callback, topic]

    def state(self) -> bytes:
        holds = [[s.callback, s.topic, s.until - time.time()] for s in self.subscribers.values()]
        return json.dumps(
            {"subscribers": holds, "asked": self.asked, "checked": self.checked, "told": self.told}
        ).encode()


def ask(request: Request) -> tuple[int, bytes]:
    try:
        with urlopen(request, timeout=5) as answer:
            return answer.status, answer.read(10_000)
    except HTTPError as e:
        with e:
            return e.code, b""
    except (URLError, OSError):
        return 0, b""


class _Handler(BaseHTTPRequestHandler):
    hub: Hub

    def do_GET(self) -> None:
        self._send(200, self.hub.state())

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        said = {name: values[0] for name, values in parse_qs(text).items()}
        if self.path == "/mood":
            self.hub.deaf = said.get("deaf") == "1"
            self._send(200, b"")
        else:
            self._send(self.hub.request(said), b"")

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: who wants to know asks for the state."""


def main() -> int:
    parser = argparse.ArgumentParser(description="a WebSub hub on loopback")
    parser.add_argument(
        "--method", default="sha256", choices=("sha1", "sha256", "sha384", "sha512")
    )
    parser.add_argument("--most", type=int, default=864_000, help="seconds of the longest lease")
    given = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    _Handler.hub = Hub(given.method, given.most, f"http://127.0.0.1:{server.server_port}/")
    print(server.server_port, flush=True)
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
