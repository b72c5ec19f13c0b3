"""
One HTTP/1.1 request and its answer. The only file importing h11.

What is ordinary is said and read by heads; whatever is not, by h11.

Source: RFC 9112.
"""

import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from time import monotonic
from typing import Final

import h11

from monitor.egress import heads
from monitor.egress.decoding import read_body
from monitor.egress.request import Limits, Refused
from monitor.egress.wire import Deadlines, Target, why
from monitor.model import FailureReason

_IN_HEAD: Final = 16_384  # bytes at a time
_IN_BODY: Final = 65_536


class _Line:
    """A socket that keeps the deadlines and counts the bytes before the body."""

    def __init__(self, sock: socket.socket, deadlines: Deadlines, header_bytes: int) -> None:
        self._sock, self._total = sock, deadlines.total
        self._first = min(monotonic() + deadlines.first_byte_seconds, deadlines.total)
        self._header_bytes = header_bytes
        self._started = False
        self.in_body = False

    def read(self) -> bytes:
        self._wait_until(self._total if self._started else self._first)
        if not self.in_body and self._header_bytes <= 0:
            raise Refused(FailureReason.PROTOCOL, "the headers are too long")
        try:
            data = self._sock.recv(_IN_BODY if self.in_body else _IN_HEAD)
        except TimeoutError as e:
            what = "the answer was not complete" if self._started else "no answer began"
            raise Refused(FailureReason.TIMEOUT, f"{what} in time") from e
        except OSError as e:
            raise Refused(FailureReason.CONNECT, f"the connection broke: {why(e)}") from e
        self._started = True
        if not self.in_body:
            self._header_bytes -= len(data)
        return data

    def send(self, data: bytes) -> None:
        self._wait_until(self._total)
        try:
            self._sock.sendall(data)
        except TimeoutError as e:
            raise Refused(FailureReason.TIMEOUT, "the request was not taken in time") from e
        except OSError:
            return  # an early answer may still be readable

    def close(self) -> None:
        self._sock.close()

    def _wait_until(self, deadline: float) -> None:
        left = deadline - monotonic()
        if left <= 0:
            what = "the answer was not complete" if self._started else "no answer began"
            raise Refused(FailureReason.TIMEOUT, f"{what} in time")
        self._sock.settimeout(left)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One response, before anyone follows its redirect."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    truncated: bool

    def header(self, name: str) -> str:
        return ", ".join(value for key, value in self.headers if key == name)


def exchange(
    where: Target,
    sock: socket.socket,
    method: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    deadlines: Deadlines,
    limits: Limits,
) -> Answer:
    """
    One request and its whole answer; the connection is closed.

    Raises:
        Refused: what came is not HTTP, or is beyond the limits or deadlines.
    """
    line = _Line(sock, deadlines, limits.header_bytes)
    with closing(line):
        line.send(_said(where, method, headers, body, limits))
        first = line.read()
        plain = heads.answered(first, method)
        if plain is not None:
            line.in_body = True
            return _answer(plain.status, plain.headers, _told(plain, line), limits)
        try:
            machine, _ = _asked(where, method, headers, body, limits)
            machine.receive_data(first)
            response = _head(machine, line)
            line.in_body = True
            return _answer(
                response.status_code, _names(response.headers), _body(machine, line), limits
            )
        except h11.RemoteProtocolError as e:
            detail = f"not HTTP as agreed: {str(e)[:120]}"
            raise Refused(FailureReason.PROTOCOL, detail) from e


def _answer(
    status: int, headers: tuple[tuple[str, str], ...], chunks: Iterator[bytes], limits: Limits
) -> Answer:
    if len(headers) > limits.headers:
        raise Refused(FailureReason.PROTOCOL, f"over {limits.headers} headers")
    coding = ", ".join([value for key, value in headers if key == "content-encoding"])
    taken, cut = read_body(chunks, coding, limits)
    return Answer(status=status, headers=headers, body=taken, truncated=cut)


def _said(
    where: Target, method: str, headers: Mapping[str, str], body: bytes, limits: Limits
) -> bytes:
    """The request as it goes out, head and body in one piece."""
    try:
        plain = heads.asking(method, where.path, headers, body)
        return _asked(where, method, headers, body, limits)[1] if plain is None else plain
    except UnicodeEncodeError as e:
        raise Refused(FailureReason.BAD_URL, "a request header is not Latin-1") from e
    except h11.LocalProtocolError as e:
        raise Refused(FailureReason.BAD_URL, f"not a request we may send: {str(e)[:80]}") from e


def _asked(
    where: Target, method: str, headers: Mapping[str, str], body: bytes, limits: Limits
) -> tuple[h11.Connection, bytes]:
    """h11 with the request said, waiting for the answer; and what it said."""
    machine = h11.Connection(h11.CLIENT, max_incomplete_event_size=limits.header_bytes)
    raw = [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]
    request = h11.Request(method=method, target=where.path, headers=raw)
    parts = [machine.send(request), machine.send(h11.Data(data=body)) if body else b""]
    return machine, b"".join(p or b"" for p in (*parts, machine.send(h11.EndOfMessage())))


def _told(head: heads.Head, line: "_Line") -> Iterator[bytes]:
    """The body of a plain answer, to its told length or to the end of the connection."""
    left, piece = head.length, head.rest
    while left is None or left:
        if not piece and not (piece := line.read()):
            if left is None:
                return
            detail = f"not HTTP as agreed: the body ends {left} bytes early"
            raise Refused(FailureReason.PROTOCOL, detail)
        yield piece if left is None else piece[:left]
        left = None if left is None else max(0, left - len(piece))
        piece = b""


def _head(machine: h11.Connection, line: "_Line") -> h11.Response:
    """The answer's own head; early hints and the like are passed over."""
    while True:
        event = machine.next_event()
        if event is h11.NEED_DATA:
            machine.receive_data(line.read())
        elif isinstance(event, h11.Response):
            return event
        elif not isinstance(event, h11.InformationalResponse):
            raise h11.RemoteProtocolError("the server hung up without an answer")


def _body(machine: h11.Connection, line: "_Line") -> Iterator[bytes]:
    while True:
        event = machine.next_event()
        if event is h11.NEED_DATA:
            machine.receive_data(line.read())
        elif isinstance(event, h11.Data):
            yield bytes(event.data)
        else:
            return


def _names(raw: Sequence[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in raw)
