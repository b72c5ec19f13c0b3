"""
One fresh connection to one address that has been checked.

The only file importing httpx, for its URL and its authorities. Not its pool: a request through
that costs 2.9 ms of CPU with 50 idle connections and 94 ms with 500, and feeds live on distinct
hosts, minutes apart, so nothing is kept open.
"""

import errno
import re
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from time import monotonic
from typing import Final

import httpx

from monitor.egress.request import Refused
from monitor.model import FailureReason

# https://fetch.spec.whatwg.org/#port-blocking: other protocols that can be talked into harm.
_BAD_PORTS: Final = """
    0 1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111
    113 115 117 119 123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540
    548 554 556 563 587 601 636 989 990 993 995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000
    6566 6665 6666 6667 6668 6669 6679 6697 10080
"""
BAD_PORTS: Final = frozenset(map(int, _BAD_PORTS.split()))
_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+", re.I)
_UNREACHABLE: Final = (errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTUNREACH)
_MOST_ADDRESSES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A URL taken apart once: what is checked is what is connected to."""

    url: str
    scheme: str  # "http" | "https"
    host: str  # in ASCII, without brackets
    port: int
    path: bytes  # with the query

    @property
    def authority(self) -> str:
        """As the Host header wants it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.scheme == "https" else 80
        return host if self.port == usual else f"{host}:{self.port}"


@lru_cache(maxsize=2048)
def target(url: str, base: str = "") -> Target:
    """
    The URL, relative to base where one is given, in its parts.

    Raises:
        Refused: it is not one we ever ask.
    """
    plain = None if base else _plain(url)
    return plain or _taken_apart(url, base)


# Nothing in it that could be read in two ways, so nothing for httpx to put right: 10 µs, not 100.
_PLAIN: Final = re.compile(
    r"(https?)://([a-z0-9.-]{1,60})(?::([1-9][0-9]{0,4}))?"
    r"(/[A-Za-z0-9._~/-]*(?:\?[A-Za-z0-9._~/&=-]+)?)"
)


def _plain(url: str) -> Target | None:
    """The parts of an ordinary address; None where it takes more than a glance."""
    found = _PLAIN.fullmatch(url)
    if found is None:
        return None
    scheme, host, said, path = found.groups()
    usual = 443 if scheme == "https" else 80
    port = int(said) if said else usual
    odd = ".." in host or host[0] in ".-" or host[-1] in ".-" or "--" in host or ".-" in host
    if odd or "/." in path or (said and port == usual) or port in BAD_PORTS or port > 65_535:
        return None
    return Target(url=url, scheme=scheme, host=host, port=port, path=path.encode("ascii"))


def _taken_apart(url: str, base: str) -> Target:
    """As target() says, by httpx."""
    if "\\" in url or any(c < " " or c == "\x7f" for c in url):
        raise Refused(FailureReason.BAD_URL, "the address has a backslash or control character")
    try:
        found = httpx.URL(base).join(url) if base else httpx.URL(url)
        host = found.raw_host.decode("ascii")
    except (httpx.InvalidURL, UnicodeError, ValueError) as e:
        raise Refused(FailureReason.BAD_URL, f"not an address: {str(e)[:80]}") from e
    if found.scheme not in ("http", "https"):
        raise Refused(FailureReason.BAD_URL, f"{found.scheme[:20]!r} is neither http nor https")
    if not host or found.userinfo:
        wrong = "has a user name in it" if host else "names no host"
        raise Refused(FailureReason.BAD_URL, f"the address {wrong}")
    usual = 443 if found.scheme == "https" else 80
    port = usual if found.port is None else found.port
    if not _HOST.fullmatch(host):
        raise Refused(FailureReason.BAD_URL, f"{host[:80]!r} is no host name")
    if port in BAD_PORTS or port > 65_535:
        raise Refused(FailureReason.BAD_URL, f"port {port} is never asked")
    plain = str(found.copy_with(fragment=None))
    return Target(url=plain, scheme=found.scheme, host=host, port=port, path=found.raw_path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """Moments of the monotonic clock."""

    connect: float
    first_byte_seconds: float  # after the request is sent
    total: float


def connect(
    where: Target,
    addresses: Sequence[str],
    deadlines: Deadlines,
    context: Callable[[], ssl.SSLContext],
) -> socket.socket:
    """
    A connection to the first address that answers, with TLS where the scheme says so.

    Raises:
        Refused: none did.
    """
    sock = _first(where, addresses[:_MOST_ADDRESSES], deadlines)
    if where.scheme == "http":
        return sock
    try:
        sock.settimeout(max(0.001, deadlines.connect - monotonic()))
        return context().wrap_socket(sock, server_hostname=where.host)
    except TimeoutError as e:
        sock.close()
        raise Refused(FailureReason.TIMEOUT, "TLS was not agreed in time") from e
    except ssl.SSLCertVerificationError as e:
        sock.close()
        raise Refused(FailureReason.TLS, f"certificate refused: {e.verify_message}") from e
    except (OSError, ValueError) as e:
        sock.close()
        raise Refused(FailureReason.TLS, f"TLS failed: {why(e)}") from e


def _first(where: Target, addresses: Sequence[str], deadlines: Deadlines) -> socket.socket:
    last: Refused | None = None
    for number, address in enumerate(addresses):
        left = deadlines.connect - monotonic()
        patience = left / (len(addresses) - number)  # a dead address must not starve the next
        if left <= 0:
            break
        try:
            return _dialled(address, where.port, patience)
        except TimeoutError:
            last = Refused(FailureReason.TIMEOUT, f"no connection to {address} in time")
        except OSError as e:
            reason = FailureReason.OFFLINE if e.errno in _UNREACHABLE else FailureReason.CONNECT
            last = Refused(reason, f"no connection to {address}: {why(e)}")
    raise last or Refused(FailureReason.TIMEOUT, "no connection in time")


def _dialled(address: str, port: int, patience: float) -> socket.socket:
    """Not socket.create_connection(): that looks the address up once more."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.settimeout(patience)
        sock.connect((address, port))
    except BaseException:
        sock.close()
        raise
    return sock


def tls(ca_file: str) -> ssl.SSLContext:
    """Verifying context: the public authorities, or only those in ca_file."""
    if ca_file:
        context = ssl.create_default_context(cafile=ca_file)
    else:
        context = httpx.create_ssl_context(trust_env=False)
    context.set_alpn_protocols(["http/1.1"])
    return context


def why(error: Exception) -> str:
    said = error.strerror if isinstance(error, OSError) else None
    return (said or str(error) or type(error).__name__)[:120]
