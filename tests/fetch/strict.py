"""A publisher's server that scores every request as the strictest of them do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime

from tests.fetch.life import AGENT
from tests.hostile import field_of, path_of

PATIENCE = 20  # times that a publisher says "moved for good" to the same client


@dataclass(slots=True)
class Page:
    """What is served at one moment."""

    body: bytes
    status: str = "200 OK"
    etag: str = ""
    modified: str = ""
    headers: dict[str, str] = field(default_factory=dict)  # on 200 and 304 alike


@dataclass(slots=True)
class Strict:
    """Plays a script over simulated time, and keeps the book of what a client does wrong."""

    clock: Callable[[], datetime]
    play: Callable[[datetime, str], Page]  # moment, path → what is served
    spacing: timedelta = timedelta(minutes=5)
    faults: list[str] = field(default_factory=list)
    requests: list[tuple[datetime, str]] = field(default_factory=list)
    conditional: int = 0
    not_modified: int = 0
    _given: dict[str, Page] = field(default_factory=dict)  # path → the last 200
    _not_before: dict[str, datetime] = field(default_factory=dict)
    _moved: dict[str, list[datetime]] = field(
        default_factory=dict
    )  # path → when it said 301 or 308
    _lent: set[str] = field(default_factory=set)  # paths that others lead to for the time being

    def script(self, request: bytes) -> Iterator[bytes | float]:
        now, path = self.clock(), path_of(request)
        page = self.play(now, path)
        self._judge(request, now, path)
        if page.status.startswith("3"):
            self._judge_moves(page, now, path)
        else:
            self._judge_validators(request, now, path)
        self.requests.append((now, path))
        yield self._answer(request, page, now, path)

    def _judge(self, request: bytes, now: datetime, path: str) -> None:
        said = self.faults.append
        if AGENT != field_of(request, "user-agent"):
            said(f"{now} user agent {field_of(request, 'user-agent')!r}")
        for name in ("cookie", "referer", "authorization", "cache-control", "pragma"):
            if field_of(request, name):
                said(f"{now} sends {name}")
        if "gzip" != field_of(request, "accept-encoding"):
            said(f"{now} accepts {field_of(request, 'accept-encoding')!r}")
        if "rss" not in field_of(request, "accept"):
            said(f"{now} does not accept feeds")
        earlier = [at for at, asked in self.requests if asked == path]
        if earlier and now - earlier[-1] < self.spacing:
            said(f"{now} only {now - earlier[-1]} after the last request")
        if now < self._not_before.get(path, now):
            said(f"{now} before {self._not_before[path]}, as asked for")
        if path in self._lent and (not self.requests or self.requests[-1][0] != now):
            said(f"{now} {path} itself, which is only lent")

    def _judge_moves(self, page: Page, now: datetime, path: str) -> None:
        """Who was told for days that it has moved for good should know; and only then."""
        if page.status.startswith(("301", "308")):
            told = self._moved.setdefault(path, [])
            told.append(now)
            if len(told) > PATIENCE and now - told[0] > timedelta(days=5):
                self.faults.append(f"{now} {path} still, after {len(told)} times told where it is")
        else:
            self._moved.pop(path, None)
            self._lent.add(page.headers["Location"])

    def _judge_validators(self, request: bytes, now: datetime, path: str) -> None:
        given = self._given.get(path, Page(b""))
        for name, expected in (
            ("if-none-match", given.etag), ("if-modified-since", given.modified)
        ):  # fmt: skip
            sent = field_of(request, name)
            if sent and sent != expected:
                self.faults.append(f"{now} {name} {sent!r}, but {expected!r} was given last")
            if expected and not sent:
                self.faults.append(f"{now} no {name}")
        self.conditional += bool(field_of(request, "if-none-match"))

    def _answer(self, request: bytes, page: Page, now: datetime, path: str) -> bytes:
        status, body = page.status, page.body
        if status.startswith("200") and self._matches(request, page):
            status, body = "304 Not Modified", b""
            self.not_modified += 1
        headers = {"Date": format_datetime(now, usegmt=True), **page.headers}
        headers |= {"ETag": page.etag} if page.etag else {}
        headers |= {"Last-Modified": page.modified} if page.modified else {}
        if status.startswith(("200", "304")):
            self._given[path] = page
            self._wait(page, "max-age", now, path)
        self._wait(page, "retry", now, path)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        if not status.startswith("304"):
            lines += f"Content-Length: {len(body)}\r\n"
        return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode("latin-1") + body

    def _matches(self, request: bytes, page: Page) -> bool:
        """RFC 9110 §13.2.2: If-None-Match decides alone where it is sent."""
        tag, since = field_of(request, "if-none-match"), field_of(request, "if-modified-since")
        if tag:
            return bool(page.etag) and tag.removeprefix("W/") == page.etag.removeprefix("W/")
        return bool(since) and since == page.modified

    def _wait(self, page: Page, kind: str, now: datetime, path: str) -> None:
        if kind == "max-age":
            control = page.headers.get("Cache-Control", "")
            seconds = int(control.partition("max-age=")[2] or 0)
        else:
            value = page.headers.get("Retry-After", "0")
            seconds = int(value) if value.isdecimal() else 0
        if seconds:
            self._not_before[path] = now + timedelta(seconds=seconds)
