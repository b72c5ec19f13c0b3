"""
The heads of ordinary requests and answers, read and written without ceremony. PURE.

h11 keeps to the letter of HTTP at 0.3 ms a request, a third of all that a poll with nothing new
costs. Nearly every answer is plain: its head came at once, each line is as RFC 9112 wants it,
and its body is of a told length or ends with the connection. Only those are read here; whatever
is otherwise in any way is None, and for h11 to judge.

Source: RFC 9112 §3 to §6.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_VALUE: Final = rb"[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?"
_ASKED = re.compile(rb"(?:%s: %s\r\n)+" % (_TOKEN, _VALUE))
_PATH = re.compile(rb"/[\x21-\x7e]*")
# Possessive, so that a line which does not fit is given up at once.
_LINES = re.compile(
    rb"HTTP/1\.[01] [2-5][0-9]{2} [\t\x20-\x7e\x80-\xff]*+\r\n"
    rb"(?:%s:[\t ]*+(?:%s)?[\t ]*+\r\n)*+\r\n" % (_TOKEN, _VALUE)
)
_LENGTH = re.compile(r"[0-9]{1,15}")
_BARE: Final = (204, 304)  # never with a body, RFC 9112 §6.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What an answer says before its body."""

    status: int
    headers: tuple[tuple[str, str], ...]  # names in lower case
    length: int | None  # of the body in bytes; None: until the connection ends
    rest: bytes  # what of the body came with it


def asking(method: str, path: bytes, headers: Mapping[str, str], body: bytes) -> bytes | None:
    """
    The whole request.

    Raises:
        UnicodeEncodeError: a header is not Latin-1.
    """
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()]).encode("latin-1")
    plain = _ASKED.fullmatch(lines) and _PATH.fullmatch(path) and method in ("GET", "POST")
    framed = any(_reframes(name.lower(), value, body) for name, value in headers.items())
    split = lines.count(b"\n") != len(headers)  # one of them has a line break in it
    if not plain or framed or split or lines[:6] != b"Host: ":
        return None
    return b"%s %s HTTP/1.1\r\n%s\r\n%s" % (method.encode(), path, lines, body)


def _reframes(name: str, value: str, body: bytes) -> bool:
    """Whether the header says anything else of the body than how long it is."""
    return name == "transfer-encoding" or (name == "content-length" and value != str(len(body)))


def answered(data: bytes, method: str) -> Head | None:
    """The head that these first bytes of an answer begin with."""
    found = _LINES.match(data)
    if found is None:
        return None
    first, *lines = found.group()[:-4].decode("latin-1").split("\r\n")
    headers = tuple([_field(line) for line in lines])
    lengths = [value for name, value in headers if name == "content-length"]
    chunked = any(name == "transfer-encoding" for name, _ in headers)
    if chunked or len(lengths) > 1 or (lengths and not _LENGTH.fullmatch(lengths[0])):
        return None
    status = int(first[9:12])
    length = int(lengths[0]) if lengths else None
    if status in _BARE or method == "HEAD":
        length = 0
    return Head(status=status, headers=headers, length=length, rest=data[found.end() :])


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.lower(), value.strip(" \t")
