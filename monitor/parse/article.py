"""
The text of an article, without the page around it: a document with one entry.

The only file importing trafilatura, and only in a child process that reads articles: it and what
it stands on are 30 MB, which the daemon and the child that reads feeds do without.
Source: https://trafilatura.readthedocs.io, https://schema.org/isAccessibleForFree
"""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from monitor.model import Entry, Failed, FailureReason, Feed, Fetched, Parsed
from monitor.parse.clean import TEXT_LENGTH, Defects, capped, language, plain
from monitor.parse.encoding import settled

_TEASER: Final = 600  # characters; beyond it a page that is not free has shown its article
_LEAST: Final = 80  # characters; less is a caption or a notice
_HEAD_BYTES: Final = 4_096
_TYPES: Final = ("text/html", "application/xhtml+xml", "")
_MARKUP = re.compile(rb"<(?:!doctype\s+html|html|head|body|article|div|p|meta|title)\b", re.I)
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_CHARSET = re.compile(rb"""<meta\b[^<>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.I)
_LANGUAGE = re.compile(rb"""<html\b[^<>]{0,500}?\slang\s*=\s*["']?([A-Za-z-]{2,20})""", re.I)
_NOT_FREE = re.compile(rb"""isAccessibleForFree["']?\s*[:=]\s*["']?false""", re.I)


def read(document: Fetched, feed: Feed) -> Parsed | Failed:
    """The page as a document of one entry with its text, or by its name what it is instead."""
    if not _page(document):
        kind = document.media_type or "neither HTML nor labelled"
        return _failed(document, FailureReason.NOT_A_PAGE, f"it is no web page ({kind[:60]})")
    document, repair = settled(_labelled(document))
    defects = Defects()
    text = capped(plain(_extracted(document.body)), TEXT_LENGTH, "text", defects)
    if len(text) < _TEASER and _NOT_FREE.search(document.body):
        detail = f"it is not free, and {len(text)} characters of it are shown"
        return _failed(document, FailureReason.PAYWALL, detail)
    if len(text) < _LEAST:
        detail = f"{len(text)} characters of text are on the page"
        return _failed(document, FailureReason.NO_TEXT, detail)
    said = _LANGUAGE.search(document.body, 0, _HEAD_BYTES)
    tongue = language(said[1].decode()) if said else ""
    entry = Entry(
        feed_id=feed.id, id=document.url, url=document.url, title="", text=text,
        language=tongue, outlet=feed.outlet,
    )  # fmt: skip
    found = Parsed(format="article", title="", entries=(entry,), language=tongue)
    return replace(found, defects=(*((repair,) if repair else ()), *defects.all()))


def _page(document: Fetched) -> bool:
    """By label and by bytes: labels lie, and no other bytes are worth a library's attention."""
    head = document.body[:_HEAD_BYTES]
    wide = head[:2] in (b"\xff\xfe", b"\xfe\xff")
    if document.media_type not in _TYPES or (_BINARY.search(head) and not wide):
        return False
    return wide or _MARKUP.search(head) is not None


def _labelled(document: Fetched) -> Fetched:
    """With the encoding that the page names itself, where the server named none."""
    said = None if document.charset else _CHARSET.search(document.body, 0, _HEAD_BYTES)
    return replace(document, charset=said[1].decode()) if said else document


def _extracted(body: bytes) -> str:
    """What stands in the page's article, a paragraph a line; "" where there is none."""
    from trafilatura import bare_extraction

    # Bytes, not text: the library takes some texts for addresses and paths.
    # Fast: its second opinions win a hundredth of the text and double memory and time.
    found = bare_extraction(body, fast=True, include_comments=False, include_tables=False)
    if found is None:
        return ""
    assert not isinstance(found, dict)  # as it was until its version 2
    return found.text or ""


def warm() -> None:
    """Load all that the library reads from disk when it is first used."""
    for page in _SAMPLES:
        read(replace(_SAMPLE, body=page), _NOBODY)


def _failed(document: Fetched, reason: FailureReason, detail: str) -> Failed:
    return Failed(reason=reason, detail=detail, at=document.at)


# The second and third are hard to take apart, so that the library's other ways are loaded, too.
_SAMPLES: Final = (
    b"<!doctype html><html><body><article><h1>a</h1>" + b"<p>A sentence of a sample.</p>" * 20,
    b"<!doctype html><html><body><div>" + b"<span>A word of it.</span><br>" * 30,
    b"<!doctype html><html><body>" + b"<div><a href='/x'>link of it</a></div>" * 80 + b"<p>x",
)
_SAMPLE: Final = Fetched(
    body=b"", media_type="text/html", charset="", url="https://example.org/",
    at=datetime(2026, 8, 1, tzinfo=UTC),
)  # fmt: skip
_NOBODY: Final = Feed(id="", url="", language="", outlet="")
