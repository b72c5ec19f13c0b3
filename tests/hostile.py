"""A server on loopback that answers with whatever bytes a test wants, as slowly as it wants."""

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Script = Callable[[bytes], Iterator[bytes | float]]  # the request → bytes to send, seconds to wait


@dataclass(slots=True)
class Hostile:
    """Where it listens, and every request it got."""

    port: int
    scheme: str = "http"
    requests: list[bytes] = field(default_factory=list)

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"


@contextmanager
def hostile(
    script: Script, context: ssl.SSLContext | None = None, *, linger: bool = False
) -> Iterator[Hostile]:
    """
    Serve the script until the block ends; one thread for every connection. A script that
    raises ConnectionAbortedError has its connection reset.

    `linger` resets each connection at its end instead of closing it.
    """
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    served = Hostile(listener.getsockname()[1], "https" if context else "http")
    stopping = threading.Event()
    threads: list[threading.Thread] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            if linger:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            thread = threading.Thread(
                target=_serve, args=(connection, script, served, stopping, context), daemon=True
            )
            thread.start()
            threads.append(thread)

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield served
    finally:
        stopping.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join()
        for thread in threads:
            thread.join()


def _serve(
    connection: socket.socket,
    script: Script,
    served: Hostile,
    stopping: threading.Event,
    context: ssl.SSLContext | None,
) -> None:
    try:
        connection.settimeout(10)
        if context:
            connection = context.wrap_socket(connection, server_side=True)
        request = _request(connection)
        served.requests.append(request)
        for piece in script(request):
            if isinstance(piece, float):
                stopping.wait(piece)
            else:
                connection.sendall(piece)
            if stopping.is_set():
                return
    except ConnectionAbortedError:  # the script's own wish: not closed, but reset
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    except OSError:
        return  # the client hung up, which is what many tests want to see
    finally:
        connection.close()


def _request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65_536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = _length(head)
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.split(b":")[1])
    return 0


def answer(
    body: bytes = b"", status: str = "200 OK", headers: dict[str, str] | None = None
) -> Script:
    """The same well-formed answer to everybody."""

    def script(_request: bytes) -> Iterator[bytes | float]:
        said = {"Content-Length": str(len(body)), **(headers or {})}
        lines = "".join(f"{name}: {value}\r\n" for name, value in said.items())
        yield f"HTTP/1.1 {status}\r\n{lines}\r\n".encode("latin-1") + body

    return script


def path_of(request: bytes) -> str:
    return request.split(b" ", 2)[1].decode("latin-1")


def field_of(request: bytes, name: str) -> str:
    """A request header; "" when it was not sent."""
    for line in request.split(b"\r\n\r\n")[0].split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.decode("latin-1").lower() == name.lower():
            return value.strip().decode("latin-1")
    return ""


def drip(data: bytes, step: int, seconds: float) -> Iterator[bytes | float]:
    """The data in small pieces with a wait after each."""
    for start in range(0, len(data), step):
        yield data[start : start + step]
        yield seconds


def elapsed(work: Callable[[], object]) -> float:
    """Seconds of wall time that the work took."""
    began = time.monotonic()
    work()
    return time.monotonic() - began
