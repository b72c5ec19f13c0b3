"""
One HTTP/1.1 request and its answer. The only file importing h11.

Source: RFC 9112.
"""

import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from time import monotonic
from typing import Final

import h11

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
    machine = h11.Connection(h11.CLIENT, max_incomplete_event_size=limits.header_bytes)
    with closing(line):
        line.send(_said(machine, where, method, headers, body))
        try:
            response = _head(machine, line)
            line.in_body = True
            answered = _headers(response.headers, limits)
            coding = ", ".join(value for key, value in answered if key == "content-encoding")
            taken, cut = read_body(_body(machine, line), coding, limits)
        except h11.RemoteProtocolError as e:
            detail = f"not HTTP as agreed: {str(e)[:120]}"
            raise Refused(FailureReason.PROTOCOL, detail) from e
    return Answer(status=response.status_code, headers=answered, body=taken, truncated=cut)


def _said(
    machine: h11.Connection, where: Target, method: str, headers: Mapping[str, str], body: bytes
) -> bytes:
    """The request as it goes out, head and body in one piece."""
    try:
        raw = [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]
        request = h11.Request(method=method, target=where.path, headers=raw)
    except UnicodeEncodeError as e:
        raise Refused(FailureReason.BAD_URL, "a request header is not Latin-1") from e
    except h11.LocalProtocolError as e:
        raise Refused(FailureReason.BAD_URL, f"not a request we may send: {str(e)[:80]}") from e
    parts = [machine.send(request), machine.send(h11.Data(data=body)) if body else b""]
    return b"".join(part or b"" for part in (*parts, machine.send(h11.EndOfMessage())))


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


def _headers(raw: Sequence[tuple[bytes, bytes]], limits: Limits) -> tuple[tuple[str, str], ...]:
    if len(raw) > limits.headers:
        raise Refused(FailureReason.PROTOCOL, f"over {limits.headers} headers")
    return tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in raw)
