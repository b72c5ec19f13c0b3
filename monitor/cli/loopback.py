"""
A newsroom and a receiver on loopback: what `monitor demo` polls, and what it delivers to.

    GET /feeds/<id>     the sample feed, its items dated back from now
    POST /hook          a receiver that checks every signature
"""

import base64
import hmac
import json
import threading
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any, Final
from xml.sax.saxutils import escape

_TOLERANCE: Final = 300  # seconds a signature stays good; the standard's own libraries use it
_PAGE: Final = "<!doctype html><html><body><h1>We have moved</h1></body></html>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One invented report."""

    edition: int
    minutes: int  # its age when its edition appears
    title: str
    summary: str
    lookalike: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One invented outlet and its feed."""

    id: str
    format: str  # "rss", "atom", "json", or "html" for one that has none
    language: str
    title: str
    outlet: str
    items: tuple[Item, ...]


def papers() -> tuple[Paper, ...]:
    """The sample feeds that come with the package."""
    text = (files("monitor.cli") / "_demo" / "feeds.toml").read_text("utf-8")
    return tuple(_paper(table) for table in tomllib.loads(text)["feeds"])


def _paper(table: Mapping[str, Any]) -> Paper:
    items = tuple(
        Item(
            edition=i["edition"],
            minutes=i["minutes"],
            title=i["title"],
            summary=i["summary"],
            lookalike=i.get("role") == "lookalike",
        )
        for i in table.get("items", ())
    )
    plain = {k: table[k] for k in ("id", "format", "language", "title", "outlet")}
    return Paper(**plain, items=items)


@dataclass(slots=True)
class Newsroom:
    """What is out now, what was fetched, and what the receiver got. Thread-safe."""

    papers: Sequence[Paper]
    now: Callable[[], datetime]
    secret: bytes
    edition: int = 1
    dates: dict[tuple[str, str], datetime] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)  # by paper, since the edition came out
    received: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)  # by webhook-id
    refused: int = 0  # deliveries whose signature was wrong
    lock: threading.Lock = field(default_factory=threading.Lock)

    def publish(self, edition: int) -> None:
        with self.lock:
            self.edition = edition
            self.asked.clear()

    def page(self, name: str) -> tuple[str, bytes] | None:
        """Media type and body of a paper's feed; None when there is no such paper."""
        paper = next((p for p in self.papers if p.id == name), None)
        if paper is None:
            return None
        with self.lock:
            self.asked[name] += 1
            dated = [(i, self._date(paper, i)) for i in paper.items if i.edition <= self.edition]
        kind, text = _FORMATS[paper.format](paper, sorted(dated, key=lambda d: d[1], reverse=True))
        return kind, text.encode()

    def _date(self, paper: Paper, item: Item) -> datetime:
        moment = self.now() - timedelta(minutes=item.minutes)
        return self.dates.setdefault((paper.id, item.title), moment)

    def take(self, headers: Mapping[str, str], body: bytes) -> int:
        """The status for a webhook: 204, or 401 when its signature is not ours."""
        id_, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "0")
        signed = hmac.digest(self.secret, f"{id_}.{moment}.".encode() + body, sha256)
        right = "v1," + base64.b64encode(signed).decode()
        given = headers.get("webhook-signature", "").split()
        age = abs(self.now().timestamp() - int(moment)) if moment.isdecimal() else _TOLERANCE + 1
        good = any(hmac.compare_digest(right, one) for one in given) and age <= _TOLERANCE
        with self.lock:
            if good:
                self.received.setdefault(id_, []).append(json.loads(body))
            else:
                self.refused += 1
        return 204 if good else 401


def _rss(paper: Paper, dated: Sequence[tuple[Item, datetime]]) -> tuple[str, str]:
    items = "".join(
        f"<item><title>{escape(i.title)}</title><link>{link(paper, i)}</link>"
        f"<guid>{link(paper, i)}</guid><pubDate>{format_datetime(when)}</pubDate>"
        f"<description>{escape(i.summary)}</description></item>"
        for i, when in dated
    )
    text = (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
        f"<title>{escape(paper.title)}</title><link>https://{paper.outlet}/</link>"
        f"<description>Sample</description><language>{paper.language}</language>{items}"
        f"</channel></rss>"
    )
    return "application/rss+xml; charset=utf-8", text


def _atom(paper: Paper, dated: Sequence[tuple[Item, datetime]]) -> tuple[str, str]:
    entries = "".join(
        f"<entry><title>{escape(i.title)}</title><link href='{link(paper, i)}'/>"
        f"<id>{link(paper, i)}</id><updated>{when.isoformat()}</updated>"
        f"<published>{when.isoformat()}</published><summary>{escape(i.summary)}</summary></entry>"
        for i, when in dated
    )
    text = (
        f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"'
        f' xml:lang="{paper.language}"><title>{escape(paper.title)}</title>'
        f"<id>https://{paper.outlet}/</id><updated>2026-01-01T00:00:00Z</updated>{entries}</feed>"
    )
    return "application/atom+xml; charset=utf-8", text


def _json(paper: Paper, dated: Sequence[tuple[Item, datetime]]) -> tuple[str, str]:
    items = [
        {
            "id": link(paper, i),
            "url": link(paper, i),
            "title": i.title,
            "summary": i.summary,
            "date_published": when.isoformat(),
        }
        for i, when in dated
    ]
    version = "https://jsonfeed.org/version/1.1"
    feed = {"version": version, "title": paper.title, "language": paper.language, "items": items}
    return "application/feed+json", json.dumps(feed, ensure_ascii=False)


def _html(_paper: Paper, _dated: Sequence[tuple[Item, datetime]]) -> tuple[str, str]:
    return "text/html; charset=utf-8", _PAGE


_FORMATS: Final = {"rss": _rss, "atom": _atom, "json": _json, "html": _html}


def link(paper: Paper, item: Item) -> str:
    """The address of a report: nobody's, for .example resolves nowhere."""
    return f"https://{paper.outlet}/{sha256(item.title.encode()).hexdigest()[:10]}"


class _Handler(BaseHTTPRequestHandler):
    """Answers for the newsroom of its server."""

    protocol_version = "HTTP/1.1"
    timeout = 10
    server: "_Server"

    def do_GET(self) -> None:
        page = self.server.room.page(self.path.removeprefix("/feeds/"))
        if page is None:
            self._answer(404, "text/plain", b"no such feed\n")
            return
        kind, body = page
        etag = f'"{sha256(body).hexdigest()[:16]}"'
        if self.headers.get("If-None-Match") == etag:
            self._answer(304, kind, b"", etag)
        else:
            self._answer(200, kind, body, etag)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._answer(self.server.room.take(headers, self.rfile.read(length)), "text/plain", b"")

    def _answer(self, status: int, kind: str, body: bytes, etag: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if etag:
            self.send_header("ETag", etag)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the daemon's own log says what was asked and answered."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    room: Newsroom


class Loopback:
    """Serves a newsroom from start() to stop()."""

    def __init__(self, room: Newsroom) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.room = room
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
