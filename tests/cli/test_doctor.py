"""`monitor doctor --ready`: what a container's health check hears of the running daemon."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from monitor.console import Server
from monitor.console.health import Probes
from tests.cli.conftest import Desk


@contextmanager
def running(desk: Desk, reasons: list[str]) -> Iterator[None]:
    """A console that is ready or says why not, where the configuration says it is."""
    probes = Probes(
        reasons=lambda: reasons,
        ages=lambda: {},
        metrics=lambda: b"",
        metrics_type="text/plain",
        version="1",
    )
    server = Server("127.0.0.1", 0, probes)
    server.start()
    listening(desk, server.address)
    try:
        yield
    finally:
        server.stop()


def listening(desk: Desk, address: str) -> None:
    main = desk.root / "monitor.toml"
    text = main.read_text("utf-8").replace('listen = ""', f'listen = "{address}"')
    main.write_text(text, "utf-8")


def test_a_ready_daemon_is_exit_zero(desk: Desk) -> None:
    """Asked where it listens."""
    with running(desk, []):
        said = desk("doctor", "--ready")

    assert 0 == said.status
    assert "ready at 127.0.0.1:" in said.out


def test_a_daemon_that_is_not_ready_says_why(desk: Desk) -> None:
    """Exit 1 with its own reasons."""
    with running(desk, ["polling: no progress for 99 s", "disk: only 1 MB free"]):
        said = desk("doctor", "--ready")

    assert 1 == said.status
    assert "polling: no progress for 99 s; disk: only 1 MB free" in said.out


def test_nobody_there_is_exit_one(desk: Desk) -> None:
    """And the reason is that nothing answers."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    listening(desk, f"127.0.0.1:{port}")
    said = desk("doctor", "--ready")

    assert 1 == said.status
    assert "none answers: " in said.out


@pytest.mark.parametrize("body", [b"hello", b"{}", b'{"reasons": 3}'])
def test_somebody_else_on_the_port_is_no_monitor(body: bytes, desk: Desk) -> None:
    """Another program may answer 200 to anything."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        listening(desk, f"127.0.0.1:{other.getsockname()[1]}")

        def answer() -> None:
            connection, _ = other.accept()
            with connection:
                connection.recv(4096)
                head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
                connection.sendall(head % len(body) + body)

        thread = threading.Thread(target=answer)
        thread.start()
        said = desk("doctor", "--ready")
        thread.join()

    assert 1 == said.status
    assert "is no monitor" in said.out
