"""What is asked through the gate, what comes back, and how much of it is taken."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.model import FailureReason


@dataclass(frozen=True, slots=True, kw_only=True)
class EgressSettings:
    """How the gate behaves for everybody. Nothing is read from the environment."""

    allow_private: tuple[str, ...] = ()  # CIDRs that may be reached although private
    user_agent: str = "arms-monitor"
    connect_timeout: timedelta = timedelta(seconds=10)  # all addresses of a name together, and TLS
    first_byte_timeout: timedelta = timedelta(seconds=20)  # from the request to the first byte
    total_timeout: timedelta = timedelta(seconds=60)  # redirects included
    ca_file: str = ""  # PEM bundle trusted instead of the public one; "" for the public one


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of an answer is taken; beyond it the answer is a failure."""

    body_bytes: int = 5_000_000  # decoded, and on the wire
    header_bytes: int = 65_536
    headers: int = 200
    ratio: int = 200  # decoded to wire bytes, judged beyond the first megabyte
    truncate: bool = False  # take the first body_bytes and drop the rest, instead of failing
    total_timeout: timedelta | None = None  # None: as the settings say


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One question to one server."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    limits: Limits = Limits()
    follow: int = 0  # redirects to follow; a POST follows none whatever stands here
    held_of: str = ""  # the URL that gave the validators in headers: no other hears of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer of any status, complete unless truncated."""

    status: int
    headers: tuple[tuple[str, str], ...]  # names in lower case, in the order received
    body: bytes  # decoded
    url: str  # that gave it, after redirects
    milliseconds: int
    hops: tuple[tuple[int, str], ...] = ()  # status and target of each redirect followed
    truncated: bool = False
    waits: tuple[str, ...] = ()  # Retry-After of each redirect followed that sent one

    def header(self, name: str) -> str:
        """Every value of a header joined by ", "; "" when it was not sent."""
        return ", ".join(value for key, value in self.headers if key == name)

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self.headers)


class Refused(Exception):
    """Why there is no answer. Never leaves the gate: it becomes a Failed."""

    def __init__(self, reason: FailureReason, detail: str, since: datetime | None = None) -> None:
        """`since`: when the first host failed, where it is our own network; else None."""
        super().__init__(detail)
        self.reason, self.detail, self.since = reason, detail, since
