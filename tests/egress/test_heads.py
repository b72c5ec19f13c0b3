"""monitor.egress.heads: the quick way through ordinary heads, against h11."""

import h11
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.egress.heads import Head, answered, asking

_NAMES = st.sampled_from(
    ["Content-Length", "content-length", "ETag", "X", "Transfer-Encoding", "Date", "Connection",
     "Content-Encoding", "Bad Name", "", "Location", "X\t", "Tr\xe4ger"]
)  # fmt: skip
_VALUES = st.sampled_from(
    ["0", "3", "5", "05", "3, 3", "-1", "+3", "9" * 30, '"a"', "", " ", "chunked", "close", "gzip",
     "keep-alive", "a b", "a\tb", " a ", "\xe9t\xe9", "a\x00b", "a\rb", "a\nb: c", "identity"]
)  # fmt: skip
_ENDS = st.sampled_from(["\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r\n ", "\r"])
_STATUS = st.sampled_from(
    ["HTTP/1.1 200 OK", "HTTP/1.1 304 Not Modified", "HTTP/1.0 200 OK", "HTTP/1.1 200 ",
     "HTTP/1.1 200", "HTTP/1.1 204 x", "HTTP/1.1 100 Continue", "HTTP/1.1 103 Hints", "HTTP/2 200 x",
     "HTTP/1.1 599 \xe9", "HTTP/1.1 999 x", "HTTP/1.1  200 OK", "", "GET / HTTP/1.1", "HTTP/1.1 2x0 x"]
)  # fmt: skip


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """Heads of every degree of oddity, with a body behind them."""
    lines = [draw(_STATUS)]
    for _ in range(draw(st.integers(0, 4))):
        space = draw(st.sampled_from([": ", ":", ":\t ", " : "]))
        lines.append(draw(_NAMES) + space + draw(_VALUES))
    head = "".join(line + draw(_ENDS) for line in lines) + "\r\n"
    return head.encode("latin-1") + draw(st.sampled_from([b"", b"abc", b"abcdefgh", b"\r\n\r\nab"]))


def by_h11(data: bytes, method: str) -> tuple[int, tuple[tuple[str, str], ...], bytes] | None:
    """What h11 makes of an answer and the end of the connection; None when it refuses."""
    machine = h11.Connection(h11.CLIENT)
    machine.send(h11.Request(method=method, target="/", headers=[("Host", "a")]))
    machine.send(h11.EndOfMessage())
    machine.receive_data(data)
    machine.receive_data(b"")
    status, headers, body = 0, tuple[tuple[str, str], ...](), b""
    try:
        while True:
            event = machine.next_event()
            if isinstance(event, h11.Response):
                status = event.status_code
                headers = tuple(
                    (n.decode("latin-1"), v.decode("latin-1")) for n, v in event.headers
                )
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif not isinstance(event, h11.InformationalResponse):
                return status, headers, body
    except h11.RemoteProtocolError:
        return None


def body_of(head: Head) -> bytes | None:
    """What the body is when the connection ends here; None when it is too short."""
    if head.length is None:
        return head.rest
    return head.rest[: head.length] if len(head.rest) >= head.length else None


@given(answers(), st.sampled_from(["GET", "POST", "HEAD"]))
@example(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef", "GET")
@example(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", "GET")
def test_the_quick_way_agrees_with_h11(data: bytes, method: str) -> None:
    """Whatever is read without h11 is read as h11 reads it; it may leave anything to h11."""
    quick = answered(data, method)
    if quick is None:
        return
    body = body_of(quick)

    found = None if body is None else (quick.status, quick.headers, body)
    assert by_h11(data, method) == found


@given(st.binary(max_size=60))
def test_noise_is_left_to_h11(data: bytes) -> None:
    """Bytes that begin as no answer does are nobody's quick answer."""
    assert data.startswith(b"HTTP/1.") or answered(data, "GET") is None


def test_ordinary_answers_go_the_quick_way() -> None:
    """A 304 and a 200 as nginx writes them need no h11."""
    fields = 'Server: nginx\r\nDate: Sat, 01 Aug 2026 10:00:00 GMT\r\nETag: W/"a"\r\n'
    told = f"HTTP/1.1 200 OK\r\n{fields}Content-Length: 5\r\nConnection: close\r\n\r\n12345"
    bare = answered(f"HTTP/1.1 304 Not Modified\r\n{fields}\r\n".encode(), "GET")
    whole = answered(told.encode(), "GET")

    assert bare is not None
    assert (304, 0, b"") == (bare.status, bare.length, bare.rest)
    assert ("etag", 'W/"a"') in bare.headers
    assert whole is not None
    assert (200, 5, b"12345") == (whole.status, whole.length, whole.rest)


def test_chunks_and_halves_are_left_to_h11() -> None:
    """A head that is not all there, that is chunked, or is told twice how long, is h11's."""
    for data in (
        b"HTTP/1.1 200 OK\r\nETag: x\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\n\n",
    ):
        assert answered(data, "GET") is None


_HEADERS = st.dictionaries(
    st.sampled_from(["Accept", "If-None-Match", "X y", "", "transfer-encoding", "Content-Length"]),
    st.text(st.sampled_from('aZ"/ \t\r\n\x00\xe9;=0'), max_size=6),
    max_size=4,
)


@given(_HEADERS, st.sampled_from([b"/", b"/a?b=%20", b"/a b", b"", b"*", b"/\xe9"]))
def test_requests_are_said_as_h11_says_them(headers: dict[str, str], path: bytes) -> None:
    """A request written without h11 is the one h11 writes; one h11 refuses is never written."""
    said = {"Host": "a", **headers}
    quick = asking("GET", path, said, b"")
    if quick is None:
        return
    machine = h11.Connection(h11.CLIENT)
    raw = [(n.encode(), v.encode("latin-1")) for n, v in said.items()]
    slow = machine.send(h11.Request(method="GET", target=path, headers=raw))

    assert quick == slow


def test_ordinary_requests_need_no_h11() -> None:
    """A conditional GET and a POST are written as they stand."""
    tag = {"Host": "a.example", "If-None-Match": '"\xe9"', "Connection": "close"}

    assert (
        b'GET /f?x HTTP/1.1\r\nHost: a.example\r\nIf-None-Match: "\xe9"\r\nConnection: close\r\n\r\n'
        == asking("GET", b"/f?x", tag, b"")
    )
    assert asking("POST", b"/", {"Host": "a", "Content-Length": "2"}, b"{}") is not None
    assert asking("GET", b"/", {"Host": "a", "X": "b\r\nY: c"}, b"") is None
    assert asking("GET", b"/", {"Accept": "*/*"}, b"") is None
