"""
Which encoding a document is in, decided once, by its bytes before anybody's label.

Servers label UTF-8 as Latin-1 by default, text/xml without a charset is us-ascii to feedparser,
and one stray byte made it read a whole feed of UTF-8 as windows-1252. Bytes that are valid UTF-8
are UTF-8, whatever is said of them; a few bad ones are replaced.

Source: https://www.rfc-editor.org/rfc/rfc7303 §3 (a byte order mark comes first),
https://encoding.spec.whatwg.org/#names-and-labels (Latin-1 means windows-1252).
"""

import codecs
import re
from dataclasses import replace
from typing import Final

from monitor.model import Fetched

# What the WHATWG standard names, under Python's names.
ENCODINGS: Final = """
    cp866 cp874 cp932 cp949 cp950 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258
    iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-9 iso8859-10
    iso8859-11 iso8859-13 iso8859-14 iso8859-15 iso8859-16 koi8-r koi8-u mac-roman mac-cyrillic
    gbk gb18030 hz big5 big5hkscs euc_jp shift_jis iso2022_jp euc_kr johab tis-620
"""
_ALIASES: Final = {
    "ascii": "cp1252", "iso8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030",
    "shift_jis": "cp932", "euc_kr": "cp949", "big5": "big5hkscs", "iso8859-9": "cp1254",
}  # fmt: skip
_LABELS: Final = {  # of the standard, unknown to Python
    "windows-874": "cp874", "x-sjis": "cp932", "windows-31j": "cp932", "x-gbk": "gb18030",
    "x-euc-jp": "euc_jp", "x-mac-cyrillic": "mac-cyrillic", "x-big5": "big5hkscs",
}  # fmt: skip
_DEFAULTS: Final = ("cp1252",)  # what a server says that was never told
_WIDE: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_DECLARED = re.compile(
    rb"""(\s*<\?xml\b[^<>]{0,200}?)\s+encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']"""
)
_DECLARATION: Final = 400  # bytes, in which it stands
_FEW: Final = 20  # good characters beyond ASCII for each bad one
_BAD: Final = "\ufffd"


def settled(document: Fetched) -> tuple[Fetched, str]:
    """The same document as UTF-8 and so labelled, and what had to be repaired ("" for nothing)."""
    body = document.body
    codec = next((codec for mark, codec in _WIDE if body.startswith(mark)), "")
    if codec:
        return _as_utf8(document, body.decode(codec, "replace").removeprefix("\ufeff")), ""
    # ISO-2022-JP and HZ hide in ASCII, behind these marks.
    shifting = body.isascii() and (b"\x1b" in body or b"~{" in body)
    if not shifting and _strict(body, "utf-8") is not None:
        return _labelled(document, body), ""
    named = _named(document)
    for codec in named:
        if (text := _strict(body, codec)) is not None:
            return _as_utf8(document, text), ""
    return (document, "") if shifting else _repaired(document, named)


def _repaired(document: Fetched, named: tuple[str, ...]) -> tuple[Fetched, str]:
    """As UTF-8 or as named, a few bytes lost; else as windows-1252, which nearly all bytes are."""
    for codec in ("utf-8", *named):
        text = document.body.decode(codec, "replace")
        bad = text.count(_BAD)
        if sum(c > "\x7f" for c in text) - bad >= bad * _FEW:
            return _as_utf8(document, text), f"{bad} bytes that are not {codec}"
    text = document.body.decode("cp1252", "replace")
    return _as_utf8(document, text), "not in the encoding it says, read as windows-1252"


def _named(document: Fetched) -> tuple[str, ...]:
    """Encodings that the server and the document name, the likelier first."""
    said = _DECLARED.match(document.body, 0, _DECLARATION)
    server, own = _codec(document.charset), _codec(said.group(2).decode() if said else "")
    order = (own, server) if server in _DEFAULTS else (server, own)
    return tuple(name for name in order if name)


def _codec(label: str) -> str:
    """Python's name of an encoding that documents come in; "" for any other, UTF-8 among them."""
    try:
        label = _LABELS.get(label.lower(), label)
        name = codecs.lookup(label).name if label else ""
    except (LookupError, ValueError):
        return ""
    name = _ALIASES.get(name, name)
    return name if name in _KNOWN else ""


_KNOWN: Final = frozenset(codecs.lookup(name).name for name in ENCODINGS.split())


def _strict(body: bytes, codec: str) -> str | None:
    try:
        return body.decode(codec)
    except UnicodeDecodeError:
        return None


def _as_utf8(document: Fetched, text: str) -> Fetched:
    return _labelled(document, text.encode("utf-8", "replace"))


def _labelled(document: Fetched, body: bytes) -> Fetched:
    said = _DECLARED.match(body, 0, _DECLARATION)
    body = said.group(1) + body[said.end() :] if said else body
    return replace(document, body=body, charset="utf-8")
