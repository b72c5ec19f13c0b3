"""
A secret in every place one can be: found in nothing that the monitor says, shows or remembers.

Every receiver repeats whatever it is sent, and every feed names its own address, so that what
leaks through an answer is seen too.
"""

import base64
import logging
import re
import signal
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import structlog

from monitor.cli.main import main
from tests.end_to_end.test_disk import ONE, TWO
from tests.end_to_end.world import Running, Runs, World, configured, environment, rss, until
from tests.hostile import hostile, path_of

# Where a secret stands → the variable or file it comes from.
PLACES = (
    *("WEBHOOK_SECRET", "WEBHOOK_OLD", "WEBHOOK_TOKEN", "WEBHOOK_PATH", "SLACK_HOOK"),
    *("SLACK_BOT", "SMTP_PASSWORD", "APPRISE_PASSWORD", "FEEDBACK_SECRET", "SIGNING_SECRET"),
    *("PUSH_SECRET", "CONSOLE_TOKEN", "FEED_QUERY", "FEED_PATH", "FEED_ADDED"),
    *("PGPASSWORD", "HTTPS_PROXY", "OTHER_SECRET"),
)
CANARIES = {
    place: f"canary{n:02}{place.replace('_', '').lower()}x" for n, place in enumerate(PLACES)
}
SINKS = """
[sinks.signed]
kind = "webhook"
url = "{echo}/hook/${{WEBHOOK_PATH}}?token=${{WEBHOOK_TOKEN}}"
secret = ["${{WEBHOOK_SECRET}}", "file:{folder}/old"]
timeout = "2s"
[sinks.posting]
kind = "slack"
url = "{echo}/services/T0/B0/${{SLACK_HOOK}}"
spacing = "0s"
[sinks.bot]
kind = "slack"
token = "${{SLACK_BOT}}"
channel = "C1"
api = "{echo}/api"
spacing = "0s"
[sinks.mail]
kind = "email"
host = "127.0.0.1"
port = {smtp}
tls = "starttls"
username = "monitor"
password = "${{SMTP_PASSWORD}}"
sender = "m@example.org"
to = ["desk@example.org"]
timeout = "2s"
[sinks.tail]
kind = "apprise"
url = "json://user:${{APPRISE_PASSWORD}}@127.0.0.1:{port}/a"
timeout = "2s"
[feedback]
url = "https://monitor.example.org"
secret = "${{FEEDBACK_SECRET}}"
slack_signing_secret = "${{SIGNING_SECRET}}"
[push]
callback = "https://monitor.example.org"
secret = "${{PUSH_SECRET}}"
"""
WORSE = """
[sinks.worse]
kind = "webhook"
url = "ftp://${WEBHOOK_TOKEN}/"
secret = "whsec_${WEBHOOK_SECRET}!"
"""
FEEDS = """
[[feeds]]
id = "keyed"
url = "{echo}/keyed/${{FEED_PATH}}/f.xml?key=${{FEED_QUERY}}&page=1"
language = "en"
[[feeds]]
id = "moving"
url = "{echo}/moving/${{FEED_PATH}}/f.xml?key=${{FEED_QUERY}}"
language = "en"
"""


@dataclass
class Echo:
    """Says back what it is sent: a page of feeds, an address to go to, or an error."""

    url: str = ""
    seen: list[bytes] = field(default_factory=list)

    def __call__(self, request: bytes) -> Iterator[bytes | float]:
        self.seen.append(request)
        path = path_of(request) if request.startswith((b"GET ", b"POST ")) else ""
        status, kind, more = "500 Oops", "text/plain", ""
        body = request
        if path.startswith("/keyed/"):
            status, kind = "200 OK", "application/rss+xml"
            body = rss([ONE, TWO], path="k").body
        elif path.startswith("/moving/"):
            status, more = "302 Found", f"Location: {self.url}{path}&again=1\r\n"
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        yield f"{head}{more}Connection: close\r\n\r\n".encode() + body


def forms(secret: str) -> Sequence[str]:
    """A secret as it is, and as a header or an address may carry it."""
    pairs = (f"user:{secret}", f"monitor:{secret}", f"\0monitor\0{secret}", secret)
    return (secret, *(base64.b64encode(pair.encode()).decode().rstrip("=") for pair in pairs))


def leaks(text: str, *, but: Sequence[str] = ()) -> set[str]:
    """The places whose secret stands in the text."""
    plain = unescape(text)
    return {
        place
        for place, secret in CANARIES.items()
        if place not in but and any(form in plain for form in forms(secret))
    }


@dataclass
class Scene:
    """A configuration full of secrets, and whoever may repeat them."""

    root: Path
    folder: Path
    echo: "Echo"
    runs: Runs
    printed: pytest.CaptureFixture[str]

    def said(self, *words: str) -> str:
        """All that a command prints, after its status; in this process, since there are many."""
        status = main([*words, "--config", str(self.root)])
        printed = self.printed.readouterr()
        assert "Traceback" not in printed.err, words
        return f"{status}\n{printed.out}\n{printed.err}"

    def names(self) -> Mapping[str, str]:
        """An alert and its delivery that there are."""
        with closing(sqlite3.connect(self.folder / "monitor.db")) as db:
            alert, delivery = db.execute("select alert, id from deliveries limit 1").fetchone()
        return {"ALERT": str(alert), "DELIVERY": str(delivery)}

    def worsen(self) -> None:
        """Let the configuration be refused for faults in what is secret."""
        self._write(f"{self._read()}{WORSE}")

    def mend(self, form: str) -> None:
        """Undo that, and let the log be of this form."""
        self._write(self._read().replace(WORSE, "").replace('format = "json"', form))

    def _read(self) -> str:
        return (self.root / "monitor.toml").read_text("utf-8")

    def _write(self, text: str) -> None:
        (self.root / "monitor.toml").write_text(text, "utf-8")


@pytest.fixture
def scene(
    around: World,
    runs: Runs,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Scene]:
    around.pages["/a"] = rss([ONE])
    echo = Echo()
    (tmp_path / "old").write_text(CANARIES["WEBHOOK_OLD"], "utf-8")
    with hostile(echo) as server:
        echo.url = server.url("").rstrip("/")
        port = server.port
        more = SINKS.format(echo=echo.url, folder=tmp_path, smtp=port, port=port)
        root = configured(tmp_path, around, {"a": "/a"}, more=more)
        file = root / "monitor.toml"
        listen = 'listen = "127.0.0.1:0"\ntoken = "${CONSOLE_TOKEN}"'
        file.write_text(file.read_text("utf-8").replace('listen = "127.0.0.1:0"', listen), "utf-8")
        (root / "feeds" / "keyed.toml").write_text(FEEDS.format(echo=echo.url), "utf-8")
        runs.extra |= CANARIES | {
            "PYTHONWARNINGS": "ignore::DeprecationWarning",  # apprise imports imghdr
            "HTTPS_PROXY": f"http://user:{CANARIES['HTTPS_PROXY']}@127.0.0.1:1",
        }
        for name, value in (environment() | runs.extra).items():
            monkeypatch.setenv(name, value)
        handlers = list(logging.getLogger().handlers)
        yield Scene(root, tmp_path, echo, runs, capsys)
        structlog.reset_defaults()  # `once` logs to a stream that ends with the test
        logging.getLogger().handlers = handlers


def visited(daemon: Running) -> Mapping[str, str]:
    """Every page of the console that a link leads to, and those of the API, by path."""
    base, found = daemon.console, dict[str, str]()
    waiting = ["/", "/metrics", "/healthz", "/readyz", "/feeds.opml", "/feed.rss", "/feed.json",
               "/flows.csv", "/flows.json", "/flows.geojson", "/delivery?state=due",
               "/delivery?state=dead", "/feeds/keyed", "/feeds/moving", "/why?asked=keyed",
               "/nowhere", *(f"/api/v1/{name}" for name in (
                   "openapi.json", "alerts", "flows", "feeds", "deliveries", "sinks", "health",
                   "entries/search?q=howitzers", "decisions?reference=keyed"))]  # fmt: skip
    while waiting:
        path = waiting.pop()
        if path in found or len(found) > 150:
            continue
        found[path] = asked(base + path)
        links = re.findall(r'(?:href|src)="(/[^"#]*)', found[path])
        waiting += [unescape(link) for link in links if not link.startswith(("/static", "/log"))]
    return found


def asked(url: str) -> str:
    """Head and body of the answer to whoever has the token."""
    request = Request(url, headers={"Authorization": f"Bearer {CANARIES['CONSOLE_TOKEN']}"})
    try:
        with urlopen(request, timeout=10) as answer:
            return f"{answer.status}\n{answer.headers}\n{answer.read().decode()}"
    except HTTPError as e:
        return f"{e.code}\n{e.headers}\n{e.read().decode()}"


def store_of(folder: Path) -> str:
    """Every text in every table, but for the addresses of feeds and what hubs know of them."""
    with closing(sqlite3.connect(folder / "monitor.db")) as db:
        tables = [
            name for (name,) in db.execute("select name from sqlite_master where type = 'table'")
        ]
        rows = (row for name in tables if name not in ("feeds", "feed_memory")
                for row in db.execute(f"select * from {name}"))  # fmt: skip
        return "\n".join(str(value) for row in rows for value in row)


def test_the_daemon_tells_no_secret(scene: Scene) -> None:
    """
    Not at its most talkative, as JSON or as text, nor on any page, nor in the store.

    The receivers and publishers did get what is theirs, so that there was something to tell.
    """
    daemon = scene.runs.start(scene.root, "--verbose")
    until(lambda: len({e["sink"] for e in daemon.events("delivery failed")}) == 5, "each sink")
    until(lambda: len(daemon.events("poll finished")) > 4, "the polls")
    pages = visited(daemon)
    scene.worsen()
    daemon.signal(signal.SIGHUP)
    until(lambda: daemon.events("reload refused"), "the refusal")
    assert 0 == daemon.end()
    scene.mend('format = "text"')
    other = scene.runs.start(scene.root, "--verbose")
    until(lambda: "poll finished" in other.said, "a poll")
    assert 0 == other.end()

    assert set() == leaks(daemon.said + daemon.shown + other.said + other.shown)
    assert {} == {path: found for path, text in pages.items() if (found := leaks(text))}
    assert 40 < len(pages)
    assert set() == leaks(store_of(scene.folder))
    got = b"".join(scene.echo.seen).decode("utf-8", "replace")
    assert {"WEBHOOK_TOKEN", "WEBHOOK_PATH", "SLACK_HOOK", "SLACK_BOT", "APPRISE_PASSWORD",
            "FEED_QUERY", "FEED_PATH"} == leaks(got)  # fmt: skip


COMMANDS = (
    *(("check",), ("doctor",), ("sinks", "list"), ("sinks", "test"), ("routes", "list")),
    *(("feeds", "list"), ("feeds", "list", "--why"), ("feeds", "list", "--requests")),
    *(("feeds", "list", "--events"), ("feeds", "export"), ("feeds", "test", "keyed")),
    *(("feeds", "test", "moving"), ("feeds", "test", "added"), ("alerts", "list"), ("nodes",)),
    *(("deliveries", "list"), ("deliveries", "attempts", "DELIVERY"), ("alerts", "show", "ALERT")),
    *(("explain", "ALERT"), ("explain", ONE[0]), ("silences", "list"), ("feedback",)),
    *(("stories", "search", "howitzers"), ("missed", "https://paper.example/1")),
)


def test_no_command_tells_a_secret(scene: Scene) -> None:
    """For people or as JSON; in an error, in a trial, in an exported list, of a backup."""
    added = f"{scene.echo.url}/keyed/f.xml?token={CANARIES['FEED_ADDED']}"
    said = {"add": scene.said("feeds", "add", added, "--id", "added")}
    said["add again"] = scene.said("feeds", "add", added)
    said["once"] = scene.said("once", "--verbose")
    names = scene.names()
    commands = [[names.get(word, word) for word in words] for words in COMMANDS]
    commands += [[*words, "--json"] for words in commands]
    copy = str(scene.folder / "copy.db")
    said |= {str(words): scene.said(*words) for words in commands}
    said["backup"] = scene.said("backup", copy, "--json")
    keys = scene.said("feeds", "export", "--keys")
    scene.worsen()
    said["refused"] = scene.said("check")

    assert {} == {words: found for words, text in said.items() if (found := leaks(text))}
    assert "sinks.worse" in said["refused"]
    assert "but for 3 whose addresses hold keys" in said["['feeds', 'export']"]
    assert {"FEED_QUERY", "FEED_PATH", "FEED_ADDED"} == leaks(keys)


REFUSED = {
    "a password in a store's address": (
        'url = "sqlite',
        'url = "postgresql://u:{0}@h/d?x="\nold = "',
    ),
    "a number for a password": ('secret = "${DESK_SECRET}"', "secret = 9180736452"),
    "a number among secrets": ('secret = "${DESK_SECRET}"', 'secret = ["a", 9180736452]'),
    "a token with a space": ('/hook"\nsecret', '/hook {0}"\nsecret'),
    "half a base64": ('"${DESK_SECRET}"', '"whsec_{0}!"'),
    "a user in a webhook's address": ('url = "http://127', 'url = "http://u:{0}@127'),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_no_fault_repeats_a_secret(fault: str, around: World, runs: Runs, tmp_path: Path) -> None:
    """`monitor check` says where it stands and what is wrong, not what is written there."""
    root, secret = configured(tmp_path, around, {"a": "/a"}), CANARIES["OTHER_SECRET"]
    file = root / "monitor.toml"
    before, after = REFUSED[fault]
    file.write_text(file.read_text("utf-8").replace(before, after.format(secret)), "utf-8")
    done = runs.command(root, "check")

    assert 2 == done.returncode, done.stdout
    assert "monitor.toml:" in done.stdout + done.stderr
    assert secret not in done.stdout + done.stderr
    assert "9180736452" not in done.stdout + done.stderr


def test_a_feed_with_a_user_in_its_address(around: World, runs: Runs, tmp_path: Path) -> None:
    """It would never be sent: refused, without repeating it."""
    root, secret = configured(tmp_path, around, {"a": "/a"}), CANARIES["OTHER_SECRET"]
    (root / "feeds" / "more.toml").write_text(
        f'[[feeds]]\nid = "closed"\nurl = "https://u:{secret}@paper.example/f"\n', "utf-8"
    )
    done = runs.command(root, "check")

    assert 2 == done.returncode
    assert (
        "more.toml:3: feeds.url: 'https://…@paper.example/f' has a user name in it" in done.stderr
    )
    assert secret not in done.stderr + done.stdout
