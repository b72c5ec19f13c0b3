"""console in the daemon: the pages are there, and what they try goes through the gate."""

from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic

import pytest

from monitor.assembly import read_config
from monitor.cli.daemon import Daemon
from tests.console.conftest import Visitor

SETTINGS = """
[store]
url = "sqlite:///{folder}/m.db"
[console]
listen = "127.0.0.1:0"
"""


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    (tmp_path / "feeds").mkdir()
    (tmp_path / "monitor.toml").write_text(SETTINGS.format(folder=tmp_path), "utf-8")
    config = read_config(tmp_path, {})
    found = Daemon(config, lambda: config, environ={})
    found.start()
    yield found
    began = monotonic()
    assert found.stop()
    assert monotonic() - began < 10


def test_the_daemon_shows_its_pages(daemon: Daemon) -> None:
    """The desk, health and the API of its own store; a trial of a private address is refused."""
    web = Visitor(daemon.address, daemon.monitor.store)
    pages = {path: web.get(path) for path in ("/", "/health", "/api/v1/health", "/readyz")}
    tried = web.post("/feeds/test", {"url": "http://127.0.0.1/feed"})
    judged = web.get("/why?text=Russia+wants+to+buy+artillery+shells+from+North+Korea")

    assert [200] * 3 == [pages[p].status for p in ("/", "/health", "/api/v1/health")]
    assert "Nothing was told yet." in pages["/"].text
    assert "forbidden-address" in tried.text
    assert "arms-transfers" in judged.text


@pytest.fixture
def afterwards() -> Iterator[ExitStack]:
    """Closed when all fixtures asked for after it have ended."""
    with ExitStack() as stack:
        yield stack


def test_an_open_page_does_not_keep_the_daemon(afterwards: ExitStack, daemon: Daemon) -> None:
    """It ends within its ten seconds though a browser listens for news."""
    host, _, port = daemon.address.rpartition(":")
    line = HTTPConnection(host, int(port), timeout=10)
    line.request("GET", "/events")
    events = line.getresponse()
    afterwards.callback(line.close)
    afterwards.callback(events.close)

    assert b"retry: 3000\n" == events.readline()
