"""The endpoints: alive, ready or why not, and how much; the port is taken before anything runs."""

import asyncio
import json
import socket
from collections.abc import Iterator
from time import monotonic, sleep
from typing import cast
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from starlette.responses import PlainTextResponse, Response

from monitor.console import Server
from monitor.console.health import Probes
from monitor.console.office import Office
from monitor.console.serving import Desk
from monitor.errors import UsageError

REASONS: list[str] = []
PROBES = Probes(
    reasons=lambda: REASONS,
    ages=lambda: {"polling": 1.23456},
    metrics=lambda: b"monitor_x_total 1.0\n",
    metrics_type="text/plain; version=0.0.4; charset=utf-8",
    version="9.9",
)


@pytest.fixture
def url() -> Iterator[str]:
    server = Server("127.0.0.1", 0, PROBES)
    server.start()
    yield f"http://{server.address}"
    server.stop()


def ask(url: str) -> tuple[int, str, str]:
    try:
        with urlopen(url, timeout=10) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except HTTPError as e:
        with e:
            return e.code, e.headers["Content-Type"], e.read().decode()


def test_it_says_that_it_lives(url: str) -> None:
    """Nothing more: a process that answers is alive."""
    assert (200, "ok\n") == (ask(url + "/healthz")[0], ask(url + "/healthz")[2])


def test_it_says_why_it_is_not_ready(url: str) -> None:
    """200 with no reason, 503 with them, and each stage's heartbeat."""
    ready = ask(url + "/readyz")
    REASONS.append("disk: only 1 MB free")
    not_ready = ask(url + "/readyz")
    REASONS.clear()

    assert (200, 503) == (ready[0], not_ready[0])
    assert {
        "ready": True,
        "reasons": [],
        "heartbeats": {"polling": 1.2},
        "version": "9.9",
    } == json.loads(ready[2])
    assert ["disk: only 1 MB free"] == json.loads(not_ready[2])["reasons"]


def test_it_gives_metrics_as_prometheus_reads_them(url: str) -> None:
    """Type and body as they are."""
    assert (200, PROBES.metrics_type, "monitor_x_total 1.0\n") == ask(url + "/metrics")


def test_it_says_nothing_of_what_serves_it(url: str) -> None:
    """No Server header for those who look for old versions."""
    with urlopen(url + "/healthz", timeout=10) as answer:
        assert answer.headers["Server"] is None


def test_a_taken_port_is_said_at_once() -> None:
    """Before anything is polled, with what to change."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=rf"cannot listen on 127.0.0.1:{port}: .* \[console\]"):
            Server("127.0.0.1", port, PROBES)


def test_it_ends_before_it_began() -> None:
    """The port is free again."""
    server = Server("127.0.0.1", 0, PROBES)
    host, _, port = server.address.rpartition(":")
    server.stop()

    socket.create_server((host, int(port))).close()


def test_it_listens_on_ipv6_where_there_is_one() -> None:
    """The address is written as an address."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    server = Server("::1", 0, PROBES)
    server.start()

    assert server.address.startswith("[::1]:")
    assert 200 == ask(f"http://{server.address}/healthz")[0]
    server.stop()


def test_pages_are_made_apart() -> None:
    """Two at once, and each turn rests as long as its page took before the next one begins."""
    began = list[float]()

    def make() -> Response:
        began.append(monotonic())
        sleep(0.05)
        return PlainTextResponse("")

    async def visits() -> None:
        desk = Desk(cast(Office, None))
        await asyncio.gather(*(desk._apart(make) for _ in range(3)))

    asyncio.run(visits())

    assert 0.1 <= began[2] - began[0]
    assert began[1] - began[0] < 0.05
