"""
The world around a daemon, on loopback: servers of feeds, a receiver of webhooks, processes.

Every process here is a real one; nothing is replaced but the publishers and the receiver.
"""

import base64
import ctypes
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from xml.sax.saxutils import escape

from standardwebhooks.webhooks import Webhook

ROOT = Path(__file__).resolve().parents[2]
T = TypeVar("T")
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()


@dataclass(frozen=True, slots=True)
class Page:
    """What a path of the world answers with."""

    body: bytes
    kind: str = "application/rss+xml"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0  # before the first byte


Answer = Page | Callable[[], Page]


@dataclass(frozen=True, slots=True)
class Got:
    """One webhook as it arrived."""

    id: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def alert(self) -> dict[str, Any]:
        found: dict[str, Any] = self.event["data"]
        return found


@dataclass(slots=True)
class World:
    """Pages by path, webhooks in order of arrival. Thread-safe enough: lists only grow."""

    url: str
    pages: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    got: list[Got] = field(default_factory=list)
    status: Callable[[], int] = field(default=lambda: 204)  # for webhooks

    def hook(self, headers: Mapping[str, str], body: bytes) -> int:
        Webhook(SECRET).verify(body, dict(headers))  # raises, and answers 500, when it is wrong
        answer = self.status()
        if answer // 100 == 2:
            self.got.append(Got(headers["webhook-id"], headers, body))
        return answer

    def alerts(self) -> list[dict[str, Any]]:
        return [one.alert for one in self.got]

    def titles(self) -> list[str]:
        return [str(alert["title"]) for alert in self.alerts()]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_GET(self) -> None:
        world = self.server.world
        world.asked.append(self.path)
        answer = world.pages.get(self.path, Page(b"nothing here", "text/plain", 404))
        page = answer() if callable(answer) else answer
        time.sleep(page.seconds)
        self._send(page)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {k.lower(): v for k, v in self.headers.items()}
        try:
            status = self.server.world.hook(headers, body)
        except Exception as e:
            self._send(Page(str(e).encode(), "text/plain", 500))
            return
        self._send(Page(b"", "text/plain", status))

    def _send(self, page: Page) -> None:
        self.send_response(page.status)
        headers = {"Content-Type": page.kind, "Content-Length": str(len(page.body))}
        for name, value in (headers | dict(page.headers)).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(page.body)

    def log_message(self, format: str, *args: object) -> None:
        """The tests look at what was asked themselves."""

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True  # the daemon was killed while it read


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    world: World


@contextmanager
def world() -> Iterator[World]:
    """A world that answers until the block ends."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.world = World(f"http://127.0.0.1:{server.server_port}")
    with _answering(server):
        yield server.world


@contextmanager
def also(made: World, inside: "Callable[[Callable[[], _Server]], _Server]") -> Iterator[None]:
    """The same world at the same address of another network; see Wire.inside."""
    place = ("127.0.0.1", int(made.url.rpartition(":")[2]))
    server = inside(lambda: _Server(place, _Handler))
    server.world = made
    with _answering(server):
        yield


@contextmanager
def _answering(server: _Server) -> Iterator[None]:
    thread = threading.Thread(target=lambda: server.serve_forever(0.05), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# ── feeds and configurations ────────────────────────────────────────────────────


def rss(items: Sequence[tuple[str, str]], minutes: float = 5, path: str = "") -> Page:
    """A feed of these titles and summaries, all so many minutes old."""
    when = format_datetime(datetime.now(UTC) - timedelta(minutes=minutes))
    rows = "".join(
        f"<item><title>{escape(title)}</title><description>{escape(summary)}</description>"
        f"<guid isPermaLink='false'>{escape(path + title)}</guid><pubDate>{when}</pubDate>"
        f"<link>https://paper.example/{path}{abs(hash(title))}</link></item>"
        for title, summary in items
    )
    text = (
        f"<?xml version='1.0'?><rss version='2.0'><channel><title>t</title>{rows}</channel></rss>"
    )
    return Page(text.encode())


HASTE = """
[store]
url = "{store}"
[poll]
default_interval = "{interval}s"
min_interval = "{interval}s"
host_connections = {connections}
host_spacing = "0s"
tick = "{tick}"
timeout = "5s"
[egress]
allow_private = ["127.0.0.1/32"]
[console]
listen = "127.0.0.1:0"
[log]
format = "json"
[sinks.desk]
kind = "webhook"
url = "{hook}/hook"
secret = "${{DESK_SECRET}}"
"""

# A little knowledge and a topic of three words, so that these tests hold whatever the detector
# learns, and a killed daemon is at work again at once.
LEXICON = """
[concepts]
"weapon.artillery" = ["howitzer*"]
"weapon.ship" = ["corvette*"]
"transfer.give" = ["ships", "sends"]
"stage.delivered" = ["sends"]
"mark.to" = ["to"]
"common" = ["the", "of", "and"]
"""
ENTITIES = """id,kind,title,form,en
zz,state,Sylvania,name,Sylvania
qy,state,Freedonia,name,Freedonia
qx,state,Osterlich,name,Osterlich
qz,state,Ruritania,name,Ruritania; Ruritanian
"""
TOPIC = """
title = "Howitzers"
base = -4.0
threshold = 0.5
[[query]]
name = "word"
find = "howitzer* OR corvette* OR zq*"
weight = 9.0
"""

REGIMES = """id,name,targets,scope,direction,body,act,status,as_of
un-zz,UN arms embargo on Sylvania,zz,state,to,UN,S/RES/1 (2006),in force,2026-07-01
"""


def haste(
    store: str, hook: str, *, interval: float = 1, connections: int = 16, tick: str = "50ms"
) -> str:
    """Settings of a daemon that asks at this interval, in seconds, and sends to this world."""
    return HASTE.format(
        store=store, hook=hook, interval=interval, connections=connections, tick=tick
    )


def configured(
    folder: Path, around: World, feeds: Mapping[str, str], *, topic: str = TOPIC, more: str = ""
) -> Path:
    """A configuration folder that polls these paths in haste; `more` is appended to it."""
    text = haste(f"sqlite:///{folder}/monitor.db", around.url) + more
    return write_config(folder / "config", text, around.url, feeds, topic=topic)


def write_config(
    root: Path, settings: str, url: str, feeds: Mapping[str, str], *, topic: str = TOPIC
) -> Path:
    """The folder: these settings, feeds by name at their paths, the little knowledge."""
    (root / "feeds").mkdir(parents=True, exist_ok=True)
    (root / "monitor.toml").write_text(settings, encoding="utf-8")
    lines = [
        f'[[feeds]]\nid = "{name}"\nurl = "{url}{path}"\nlanguage = "en"\n'
        f'outlet = "{name}.example"\n'
        for name, path in feeds.items()
    ]
    (root / "feeds" / "all.toml").write_text("\n".join(lines), encoding="utf-8")
    if topic:
        write_knowledge(root, topic)
    return root


def write_knowledge(root: Path, topic: str = TOPIC) -> None:
    """A topic and the few words and names that it needs."""
    for part in ("topics", "lexicons", "entities"):
        (root / part).mkdir(parents=True, exist_ok=True)
    (root / "regimes.csv").write_text(REGIMES, encoding="utf-8")
    (root / "lexicons" / "en.toml").write_text(LEXICON, encoding="utf-8")
    (root / "entities" / "few.csv").write_text(ENTITIES, encoding="utf-8")
    (root / "topics" / "howitzers.toml").write_text(topic, encoding="utf-8")


_SYLLABLES = "ba ce di fo gu ka le mi no pu ra se ti vo zu shan brek molt wick dorf".split()


def reports(seed: int, count: int, every: int, first: int = 0) -> Sequence[tuple[str, str]]:
    """So many reports of words that nobody else uses; every so manyth is flagged, from `first`."""
    chance = random.Random(seed)

    def word() -> str:
        return "".join(chance.choices(_SYLLABLES, k=4))

    def report(number: int) -> tuple[str, str]:
        what = f"zq{word()}" if number % every == first else word()
        return (
            f"{word().title()} {word()} {what} {word()} {word()}",
            f"{word().title()} {word()} {word()} {word()} {word()} {word()}.",
        )

    return [report(number) for number in range(count)]


# ── processes ───────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Running:
    """A daemon process; what it says goes to files, so that no pipe can block it."""

    process: subprocess.Popen[bytes]
    folder: Path
    number: int

    @property
    def said(self) -> str:
        return (self.folder / f"stderr-{self.number}").read_text(encoding="utf-8")

    @property
    def shown(self) -> str:
        return (self.folder / f"stdout-{self.number}").read_text(encoding="utf-8")

    def events(self, name: str) -> list[dict[str, Any]]:
        lines = [line for line in self.said.splitlines() if line.startswith("{")]
        found = [json.loads(line) for line in lines]
        return [one for one in found if one.get("event") == name]

    @property
    def console(self) -> str:
        """Its address, once it has said it."""
        [started] = until(lambda: self.events("monitor started"), "started")
        return f"http://{started['console']}"

    def ask(self, path: str) -> tuple[int, str]:
        """Status and body of a page of its console."""
        try:
            with urlopen(self.console + path, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as e:
            return e.code, e.read().decode()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self, patience: float = 12) -> int:
        """SIGTERM, and its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(patience)


class Runs:
    """Starts daemons and commands on one folder; kills what is left at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.all: list[Running] = []
        self.extra: dict[str, str] = {}  # environment beside the usual

    def start(self, root: Path, *words: str, argv: Sequence[str] = ()) -> Running:
        """`monitor run`, or whatever argv says, as a process of its own."""
        number = len(self.all)
        command = argv or (sys.executable, "-m", "monitor", "run", "--config", str(root), *words)
        with (
            (self.folder / f"stdout-{number}").open("wb") as out,
            (self.folder / f"stderr-{number}").open("wb") as err,
        ):
            process = subprocess.Popen(
                command, stdout=out, stderr=err, stdin=subprocess.DEVNULL, cwd=self.folder,
                env=environment() | self.extra, start_new_session=True,
                preexec_fn=die_with_parent,
            )  # fmt: skip
        running = Running(process, self.folder, number)
        self.all.append(running)
        return running

    def command(self, root: Path, *words: str) -> subprocess.CompletedProcess[str]:
        """One command that ends by itself."""
        return subprocess.run(
            [sys.executable, "-m", "monitor", *words, "--config", str(root)],
            capture_output=True, text=True, cwd=self.folder, env=environment() | self.extra,
            timeout=60, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def close(self) -> None:
        for one in self.all:
            with suppress(ProcessLookupError):
                os.killpg(one.process.pid, signal.SIGKILL)  # what it forked, too
            one.process.wait()


def die_with_parent() -> None:
    """
    Let this process be killed when its parent is, so that an interrupted test leaves nothing.

    Source: https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def environment() -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "error",
        "DESK_SECRET": SECRET,
        "LANG": "C.UTF-8",
    }


def until(look: Callable[[], T], what: str, seconds: float = 20) -> T:
    """The first truthy answer; a failure that says what never came."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what}: never came within {seconds} s"
        time.sleep(0.02)


def post(url: str, body: bytes) -> int:
    """The status of a bare POST."""
    try:
        with urlopen(Request(url, data=body), timeout=5) as answer:
            return int(answer.status)
    except HTTPError as e:
        return e.code
