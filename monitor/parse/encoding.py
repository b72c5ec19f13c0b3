"""
Which encoding a document is in, decided once, by its bytes before anybody's label.

Servers label UTF-8 as Latin-1 by default, and text/xml without a charset is us-ascii to
feedparser: both made it call sound documents broken. Bytes that are valid UTF-8 beyond ASCII
are UTF-8, whatever is said of them.

Source: https://www.rfc-editor.org/rfc/rfc7303 §3 (a byte order mark comes first).
"""

import codecs
import re
from dataclasses import replace
from typing import Final

from monitor.model import Fetched

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
    rb"""(\s*<\?xml\b[^<>]{0,200}?)\s+encoding\s*=\s*["'][A-Za-z0-9._:-]{1,40}["']"""
)
_DECLARATION: Final = 400  # bytes, in which it stands


def settled(document: Fetched) -> Fetched:
    """The same document as UTF-8 and so labelled, where it is that or UTF-16 or UTF-32."""
    body = document.body
    codec = next((codec for mark, codec in _WIDE if body.startswith(mark)), "")
    if codec:
        text = body.decode(codec, "replace").removeprefix("\ufeff")
        return _labelled(document, text.encode("utf-8", "replace"))
    # ISO-2022-JP and HZ hide in ASCII, behind these marks.
    shifting = body.isascii() and (b"\x1b" in body or b"~{" in body)
    return document if shifting or not _utf8(body) else _labelled(document, body)


def _labelled(document: Fetched, body: bytes) -> Fetched:
    said = _DECLARED.match(body, 0, _DECLARATION)
    body = said.group(1) + body[said.end() :] if said else body
    return replace(document, body=body, charset="utf-8")


def _utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
