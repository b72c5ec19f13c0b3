"""monitor.egress: one gate, tried with real sockets on loopback."""

import gzip
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.egress import Egress, EgressSettings, Limits, Request, Response
from monitor.egress.request import Refused
from monitor.egress.wire import target
from monitor.model import Failed, FailureReason
from tests.hostile import answer, drip, elapsed, field_of, hostile, path_of

TLS = Path(__file__).parent.parent / "data" / "tls"
LOOPBACK = ("127.0.0.1/32",)


def gate(**settings: Any) -> Egress:
    quick = {
        "connect_timeout": timedelta(seconds=0.5),
        "first_byte_timeout": timedelta(seconds=0.4),
        "total_timeout": timedelta(seconds=0.8),
        "allow_private": LOOPBACK,
        "user_agent": "arms-monitor/0 (+https://example.org/contact)",
    }
    resolve = settings.pop("resolve", None)
    return Egress(EgressSettings(**{**quick, **settings}), resolve)


def got(found: Response | Failed) -> Response:
    assert isinstance(found, Response), found
    return found


def failed(found: Response | Failed) -> FailureReason:
    assert isinstance(found, Failed), found
    return found.reason


def test_an_answer_comes_whole(now: datetime) -> None:
    """Status, headers in order and decoded body of an ordinary answer."""
    packed = gzip.compress(b"<rss/>")
    with hostile(answer(packed, headers={"Content-Encoding": "gzip", "ETag": '"a"'})) as server:
        found = got(gate().send(Request(url=server.url("/feed?x=1#part")), now))

    assert (200, b"<rss/>", '"a"') == (found.status, found.body, found.header("etag"))
    assert server.url("/feed?x=1") == found.url
    assert "/feed?x=1" == path_of(server.requests[0])
    assert not found.has("set-cookie")


def test_what_a_request_says_of_us(now: datetime) -> None:
    """An honest agent, gzip alone, no keeping alive, no cookie, no referrer."""
    with hostile(answer(headers={"Set-Cookie": "id=1; Path=/"})) as server:
        out = gate()
        out.send(Request(url=server.url()), now)
        out.send(Request(url=server.url(), headers={"Cookie": "x", "User-Agent": "Mozilla"}), now)

    for request in server.requests:
        assert "arms-monitor/0 (+https://example.org/contact)" == field_of(request, "user-agent")
        assert "gzip" == field_of(request, "accept-encoding")
        assert "close" == field_of(request, "connection")
        assert f"127.0.0.1:{server.port}" == field_of(request, "host")
        assert "" == field_of(request, "cookie") == field_of(request, "referer")


@pytest.mark.parametrize(
    "host",
    ["0x7f000001", "2130706433", "127.1", "0177.0.0.1", "[::ffff:127.0.0.1]", "0", "[::1]",
     "[::ffff:7f00:1]", "127.0.0.1", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "localhost",
     "127.0.0.1.", "%31%32%37.0.0.1", "１２７.０.０.１", "[::]", "[::127.0.0.1]",
     "①②⑦.⓪.⓪.①", "127。0。0。1", "0x7f.0x0.0x0.0x1", "0177.1", "127.0.1", "017700000001",
     "0x7F.1", "[0:0:0:0:0:ffff:127.0.0.1]", "[0000::1]", "[::1%25lo]", "[::1%lo]",
     "LOCALHOST", "localhost.", "[fe80::1%25lo]", "[2001:0:7f00:1::]", "[::ffff:0:127.0.0.1]",
     "[64:ff9b:1::127.0.0.1]", "127.0.0.1%00.example.org", "127.0.0.1#@example.org",
     "example.org@127.0.0.1", "127.0.0.1\t", "[127.0.0.1]", "127.1.", "0.0.0.0", "0x0"],
)  # fmt: skip
def test_no_spelling_of_loopback_gets_through(host: str, now: datetime) -> None:
    """Eleven spellings and more of 127.0.0.1 reach nothing."""
    with hostile(answer(b"secret")) as server:
        found = gate(allow_private=()).send(Request(url=server.url(host=host)), now)

    assert failed(found) in (
        FailureReason.FORBIDDEN_ADDRESS, FailureReason.BAD_URL, FailureReason.DNS
    )  # fmt: skip
    assert [] == server.requests


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://example.org/", "gopher://x/", "example.org", "", "http://",
     "http://user:pw@example.org/", "http://example.org:22/", "http://example.org:0/",
     "http://example.org:99999/", "http://example.org\\@127.0.0.1/", "http://exa mple.org/",
     "http://example.org/\r\nX: y", "http:///x", "http://[::1", "javascript:alert(1)",
     "source:file:/x", "http://\x00/", "http://a..b/", "//example.org/"],
)  # fmt: skip
def test_addresses_never_asked(url: str, now: datetime) -> None:
    """Other schemes, user names, odd ports and characters are refused before any look-up."""

    def resolve(host: str, port: int) -> Sequence[str]:
        if host == "a..b":
            return ()
        raise AssertionError(f"{host} was looked up")

    found = gate(resolve=resolve).send(Request(url=url), now)

    assert failed(found) in (FailureReason.BAD_URL, FailureReason.DNS)


def test_a_name_is_resolved_once(now: datetime) -> None:
    """A resolver that answers publicly first and privately then is asked once and not believed."""
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    asked: list[str] = []

    def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return next(answers)

    with hostile(answer(b"pinned")) as server:
        found = got(gate(resolve=resolve).send(Request(url=server.url(host="rebind.test")), now))

    assert ["rebind.test"] == asked
    assert b"pinned" == found.body
    assert f"rebind.test:{server.port}" == field_of(server.requests[0], "host")


def test_a_redirect_to_the_same_name_is_resolved_anew(now: datetime) -> None:
    """A name that turns private between two hops of one request is refused at the second."""
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    with hostile(hops("/next")) as server:
        out = gate(resolve=lambda host, port: next(answers))
        found = out.send(Request(url=server.url(host="rebind.test"), follow=5), now)

    assert FailureReason.FORBIDDEN_ADDRESS == failed(found)
    assert ["/"] == [path_of(request) for request in server.requests]


def test_a_private_answer_among_public_ones_is_not_used(now: datetime) -> None:
    """Only addresses that passed are connected to; with none left it is refused."""
    out = gate(resolve=lambda host, port: ["10.0.0.1", "192.168.1.1"])
    found = out.send(Request(url="http://inside.test/"), now)

    assert FailureReason.FORBIDDEN_ADDRESS == failed(found)
    assert isinstance(found, Failed)
    assert "private" in found.detail


def hops(location: str, status: str = "302 Found") -> Any:
    def script(request: bytes) -> Iterator[bytes | float]:
        yield from answer(status=status, headers={"Location": location})(request)

    return script


def test_each_redirect_is_checked_anew(now: datetime) -> None:
    """A public page may not lead us to a private one."""
    with hostile(answer(b"secret")) as inside, hostile(hops("http://127.0.0.2:1234/")) as server:
        out = gate()
        found = out.send(Request(url=server.url(), follow=5), now)

    assert FailureReason.FORBIDDEN_ADDRESS == failed(found)
    assert 1 == len(server.requests)
    assert [] == inside.requests


@pytest.mark.parametrize("location", ["file:///etc/passwd", "gopher://127.0.0.1/", "http://[::1]/"])
def test_redirects_to_elsewhere_are_refused(location: str, now: datetime) -> None:
    """A redirect cannot change to a scheme or address that is never asked."""
    with hostile(hops(location)) as server:
        found = gate().send(Request(url=server.url(), follow=5), now)

    assert failed(found) in (FailureReason.BAD_URL, FailureReason.FORBIDDEN_ADDRESS)


def test_redirects_end(now: datetime) -> None:
    """A loop, and a path of ten thousand steps, end at the limit."""

    def onward(request: bytes) -> Iterator[bytes | float]:
        step = int(path_of(request).strip("/") or 0) + 1
        yield from hops(f"/{step}")(request)

    with hostile(hops("/")) as loop, hostile(onward) as path:
        assert FailureReason.TOO_MANY_REDIRECTS == failed(
            gate().send(Request(url=loop.url(), follow=5), now)
        )
        assert FailureReason.TOO_MANY_REDIRECTS == failed(
            gate().send(Request(url=path.url(), follow=5), now)
        )
        assert 6 == len(loop.requests) == len(path.requests)


def test_redirects_are_told_and_strangers_get_less(now: datetime) -> None:
    """Every hop stands in the answer; headers of ours stay with the host they were meant for."""
    with hostile(answer(b"there")) as other, hostile(hops(other.url("/x"), "301 Moved")) as server:
        request = Request(
            url=server.url("/a"),
            headers={"Authorization": "Bearer k", "If-None-Match": '"v"', "Accept": "text/xml"},
            follow=5,
        )
        found = got(gate().send(request, now))

    assert ((301, other.url("/x")),) == found.hops
    assert other.url("/x") == found.url
    assert "Bearer k" == field_of(server.requests[0], "authorization")
    assert "" == field_of(other.requests[0], "authorization")
    assert '"v"' == field_of(other.requests[0], "if-none-match")


def test_validators_go_to_whoever_gave_them(now: datetime) -> None:
    """What one address gave is nothing to another; a query may be a signature that changes."""
    with hostile(answer(b"there")) as other, hostile(hops(other.url("/x?key=2"))) as server:
        given = {"If-None-Match": '"v"', "If-Modified-Since": "today", "Accept": "text/xml"}
        for held_of in (server.url("/a"), other.url("/x?key=1")):
            asked = Request(url=server.url("/a"), headers=given, follow=5, held_of=held_of)
            got(gate().send(asked, now))

    sent = [
        (field_of(r, "if-none-match"), field_of(r, "if-modified-since"), field_of(r, "accept"))
        for r in (*server.requests, *other.requests)
    ]
    ours, bare = ('"v"', "today", "text/xml"), ("", "", "text/xml")
    assert [ours, bare, bare, ours] == sent


def test_posts_follow_nothing(now: datetime) -> None:
    """A POST comes back with its redirect, whatever it was allowed."""
    with hostile(hops("/elsewhere", "307 Temporary")) as server:
        request = Request(url=server.url(), method="POST", body=b'{"a": 1}', follow=5)
        found = got(gate().send(request, now))

    assert (307, ()) == (found.status, found.hops)
    assert server.requests[0].endswith(b'\r\n\r\n{"a": 1}')
    assert 1 == len(server.requests)


def context() -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(TLS / "cert.pem", TLS / "key.pem")
    return made


def test_tls_is_verified(now: datetime) -> None:
    """A certificate nobody vouches for, or of another name, is refused; a known one is taken."""
    trusting = {"ca_file": str(TLS / "cert.pem"), "total_timeout": timedelta(seconds=5)}
    slow = {"connect_timeout": timedelta(seconds=5), "first_byte_timeout": timedelta(seconds=5)}
    with hostile(answer(b"ok"), context()) as server:
        known = gate(**trusting, **slow).send(Request(url=server.url(host="localhost")), now)
        unknown = gate(**slow).send(Request(url=server.url(host="localhost")), now)
        other = gate(**trusting, **slow, resolve=lambda host, port: ["127.0.0.1"]).send(
            Request(url=server.url(host="other.test")), now
        )

    assert b"ok" == got(known).body
    assert FailureReason.TLS == failed(unknown) == failed(other)


def test_https_never_becomes_http(now: datetime) -> None:
    """A redirect from https to http is refused."""
    settings = {"ca_file": str(TLS / "cert.pem"), "total_timeout": timedelta(seconds=5)}
    with hostile(answer()) as plain, hostile(hops(plain.url()), context()) as server:
        found = gate(**settings).send(Request(url=server.url(host="localhost"), follow=5), now)

    assert FailureReason.DOWNGRADE == failed(found)
    assert [] == plain.requests


def test_plain_http_where_tls_was_meant(now: datetime) -> None:
    """A server that does not speak TLS is a TLS failure, not a hang."""
    with hostile(answer()) as server:
        found = gate().send(Request(url=server.url().replace("http:", "https:")), now)

    assert failed(found) in (FailureReason.TLS, FailureReason.TIMEOUT)


SLOW = {
    "no answer": lambda request: iter([30.0]),
    "headers": lambda request: drip(b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 999, 1, 0.05),
    "body": lambda request: drip(
        b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + b"x" * 999, 40, 0.05
    ),
    "chunks": lambda request: drip(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 999, 50, 0.05
    ),
    "interim": lambda request: drip(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 999, 28, 0.05),
}


@pytest.mark.parametrize("kind", SLOW)
def test_slow_loris_ends_at_the_deadline(kind: str, now: datetime) -> None:
    """A server that drips one byte at a time is left when the whole time is over."""
    results: list[Response | Failed] = []
    with hostile(SLOW[kind]) as server:
        took = elapsed(lambda: results.append(gate().send(Request(url=server.url()), now)))

    assert FailureReason.TIMEOUT == failed(results[0])
    assert took < 2


def test_redirects_share_one_deadline(now: datetime) -> None:
    """Slow hops cannot add up beyond the time of one request."""

    def slowly(request: bytes) -> Iterator[bytes | float]:
        yield 0.3
        yield from hops("/again")(request)

    results: list[Response | Failed] = []
    with hostile(slowly) as server:
        request = Request(url=server.url(), follow=100)
        took = elapsed(lambda: results.append(gate().send(request, now)))

    assert FailureReason.TIMEOUT == failed(results[0])
    assert took < 2


def raw(data: bytes) -> Any:
    return lambda request: iter([data])


NOT_HTTP = {
    "words": (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", FailureReason.PROTOCOL),
    "nothing": (b"", FailureReason.PROTOCOL),
    "half a head": (b"HTTP/1.1 200 OK\r\nContent-", FailureReason.PROTOCOL),
    "half a body": (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc", FailureReason.PROTOCOL),
    "bad length": (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", FailureReason.PROTOCOL),
    "two lengths": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        FailureReason.PROTOCOL,
    ),
    "long header": (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000, FailureReason.PROTOCOL),
    "long headers": (
        b"HTTP/1.1 200 OK\r\n" + b"X: %s\r\n" % (b"y" * 900) * 150 + b"\r\n",
        FailureReason.PROTOCOL,
    ),
    "many headers": (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 300 + b"\r\n", FailureReason.PROTOCOL),
    "bad chunk": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        FailureReason.PROTOCOL,
    ),
    "brotli": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx",
        FailureReason.ENCODING,
    ),
    "two codings": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Encoding: gzip\r\n\r\nx",
        FailureReason.ENCODING,
    ),
}


@pytest.mark.parametrize("kind", NOT_HTTP)
def test_what_is_not_http_is_named(kind: str, now: datetime) -> None:
    """Other protocols, broken framing and headers beyond the caps are failures, not exceptions."""
    data, reason = NOT_HTTP[kind]
    with hostile(raw(data)) as server:
        found = gate().send(Request(url=server.url()), now)

    assert reason == failed(found)


def test_a_body_beyond_the_cap_is_left(now: datetime) -> None:
    """Neither a declared nor an endless body is read beyond the cap."""

    def endless(request: bytes) -> Iterator[bytes | float]:
        yield b"HTTP/1.1 200 OK\r\n\r\n"
        while True:
            yield bytes(65_536)

    limits = Limits(body_bytes=100_000)
    with hostile(answer(bytes(200_000))) as server, hostile(endless) as forever:
        declared = gate().send(Request(url=server.url(), limits=limits), now)
        unending = gate().send(Request(url=forever.url(), limits=limits), now)

    assert FailureReason.TOO_LARGE == failed(declared) == failed(unending)


def test_a_beginning_may_be_enough(now: datetime) -> None:
    """With truncate the first bytes are the answer."""
    with hostile(answer(b"x" * 5_000, "400 Bad")) as server:
        limits = Limits(body_bytes=2_048, truncate=True)
        found = got(gate().send(Request(url=server.url(), limits=limits), now))

    assert (400, 2_048, True) == (found.status, len(found.body), found.truncated)


def test_an_early_refusal_is_read(now: datetime) -> None:
    """A server that answers and hangs up before it has read our body is still heard."""
    with hostile(answer(status="413 Too Large", headers={"Connection": "close"})) as server:
        request = Request(url=server.url(), method="POST", body=bytes(100_000))
        found = got(gate().send(request, now))

    assert 413 == found.status


def test_a_closed_port_is_a_failed_connection(now: datetime) -> None:
    """Nobody listening is named, with the address and without the path."""
    with hostile(answer()) as server:
        url = server.url("/token-in-the-path")
    found = gate().send(Request(url=url), now)

    assert FailureReason.CONNECT == failed(found)
    assert isinstance(found, Failed)
    assert "token" not in found.detail
    assert now == found.at


def test_a_header_that_would_split_is_not_sent(now: datetime) -> None:
    """Line breaks and foreign letters in a header never reach the wire."""
    with hostile(answer()) as server:
        for value in ("a\r\nX-Evil: 1", "a\x00b", "п"):
            found = gate().send(Request(url=server.url(), headers={"If-None-Match": value}), now)
            assert FailureReason.BAD_URL == failed(found)

    assert all(b"evil" not in request.lower() for request in server.requests)


def test_three_hosts_down_are_our_own_network(now: datetime) -> None:
    """When several public hosts fail in a row nobody's feed is blamed, until one answers."""

    def resolve(host: str, port: int) -> Sequence[str]:
        raise Refused(FailureReason.DNS, f"{host} does not resolve")

    out = gate(resolve=resolve)
    reasons = [failed(out.send(Request(url=f"http://{n}.test/"), now)) for n in "abbcd"]

    dns, offline = FailureReason.DNS, FailureReason.OFFLINE
    assert [dns, dns, dns, offline, offline] == reasons


def test_an_outage_says_since_when(now: datetime) -> None:
    """From the first host that failed, to whoever asks within two minutes of its recognition."""

    def resolve(host: str, port: int) -> Sequence[str]:
        raise Refused(FailureReason.DNS, f"{host} does not resolve")

    def since(name: str, minute: float) -> datetime | None:
        at = now + timedelta(minutes=minute)
        found = out.send(Request(url=f"http://{name}.test/"), at)
        assert isinstance(found, Failed)
        return found.since

    out = gate(resolve=resolve)
    said = [since("a", 1), since("b", 2), since("c", 3), since("d", 5), since("e", 5.1)]
    out._reached(target("http://alive.test/"), ["8.8.8.8"])
    again = [since("a", 20), since("b", 21), since("c", 22)]

    began = now + timedelta(minutes=1)
    assert [None, None, began, began, None] == said
    assert [None, None, now + timedelta(minutes=20)] == again


def test_unresolved_names_are_named(now: datetime) -> None:
    """A name that does not exist is a DNS failure."""
    found = gate(connect_timeout=timedelta(seconds=5)).send(
        Request(url="http://nonexistent.invalid/"), now
    )

    assert FailureReason.DNS == failed(found)


def test_a_resolver_that_hangs_is_left(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """getaddrinfo has no time-out of its own; ours ends the wait."""

    def hang(*_: object, **__: object) -> list[Any]:
        time.sleep(3)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    results: list[Response | Failed] = []
    took = elapsed(lambda: results.append(gate().send(Request(url="http://slow.test/"), now)))

    assert FailureReason.DNS == failed(results[0])
    assert took < 2


def test_a_public_answer_proves_our_network(now: datetime) -> None:
    """After three dead hosts one that answers makes the next failure a host's own again."""
    hosts = {"alive.test": ["8.8.8.8"]}

    def resolve(host: str, port: int) -> Sequence[str]:
        if host in hosts:
            return hosts[host]
        raise Refused(FailureReason.DNS, f"{host} does not resolve")

    out = gate(resolve=resolve)
    for name in "abc":
        out.send(Request(url=f"http://{name}.test/"), now)
    offline = failed(out.send(Request(url="http://d.test/"), now))
    out._reached(target("http://alive.test/"), ["8.8.8.8"])
    after = failed(out.send(Request(url="http://e.test/"), now))

    assert (FailureReason.OFFLINE, FailureReason.DNS) == (offline, after)


def test_dead_hosts_of_our_own_are_not_our_network(now: datetime) -> None:
    """Any number of private hosts that refuse proves nothing about the world outside."""
    out = gate(resolve=lambda host, port: ["127.0.0.1"])
    with hostile(answer()) as server:
        port = server.port
    urls = [f"http://{name}.test:{port}/" for name in "abcdefgh"]
    reasons = {failed(out.send(Request(url=url), now)) for url in urls}

    assert {FailureReason.CONNECT} == reasons


def test_a_latin_location_is_followed(now: datetime) -> None:
    """A redirect in UTF-8 bytes, or in Latin-1, leads where it was meant to."""

    def script(request: bytes) -> Iterator[bytes | float]:
        if path_of(request) == "/":
            yield "HTTP/1.1 302 Found\r\nLocation: /caf\xe9\r\nContent-Length: 0\r\n\r\n".encode(
                "latin-1"
            )
        elif path_of(request) == "/caf%C3%A9":
            yield "HTTP/1.1 302 Found\r\nLocation: /пирс\r\nContent-Length: 0\r\n\r\n".encode()
        else:
            yield from answer(b"there")(request)

    with hostile(script) as server:
        found = got(gate().send(Request(url=server.url(), follow=5), now))

    assert server.url("/%D0%BF%D0%B8%D1%80%D1%81") == found.url
    assert b"there" == found.body


def test_a_reset_is_a_broken_connection(now: datetime) -> None:
    """A server that resets in the middle is a failed connection, or no HTTP."""

    def script(request: bytes) -> Iterator[bytes | float]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"

    with hostile(script, linger=True) as server:
        found = gate().send(Request(url=server.url()), now)

    assert failed(found) in (FailureReason.CONNECT, FailureReason.PROTOCOL)


def test_many_dead_addresses_share_the_patience(now: datetime) -> None:
    """Every address of a name gets its share of the time, the last one too."""
    out = gate(
        resolve=lambda host, port: ["::1", "127.0.0.1"], allow_private=("127.0.0.1", "::1/128")
    )
    with hostile(answer(b"third")) as server:
        found = got(out.send(Request(url=server.url(host="three.test")), now))

    assert b"third" == found.body
