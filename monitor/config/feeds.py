"""config/feeds/<pack>.toml: what to poll, a desk or country per file."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from monitor.config.reading import Problems, Table, read_toml
from monitor.model import Feed
from monitor.secret import hidden

SCHEMES: Final = ("http", "https", "file")
FULL_TEXT: Final = ("", "off", "near", "always")

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]+)*")
_OUTLET = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")


def read(root: Path, problems: Problems, environ: Mapping[str, str]) -> tuple[Feed, ...]:
    """The feeds of root/feeds/*.toml, by file name and then as written; faults go to problems."""
    found: list[Feed] = []
    places: dict[tuple[str, str], str] = {}  # ("id" | "url", value) → where it stands
    for file in sorted((root / "feeds").glob("*.toml")):
        document = read_toml(file, problems, environ)
        if document is None:
            continue
        for table in document.tables("feeds") if document.has("feeds") else ():
            feed = _feed(table, file.stem)
            _check_twins(table, feed, places)
            found.append(feed)
        document.close()
    return tuple(found)


def _feed(table: Table, pack: str) -> Feed:
    feed = Feed(
        id=table.text("id", right='a short name such as "bbc-world"'),
        url=table.address("url", right='an address such as "https://example.org/feed.xml"'),
        language=_language(table),
        outlet=table.text("outlet", "").lower(),
        pack=pack,
        title=table.text("title", ""),
        interval=table.duration("interval", None),
        last_known_live=table.text("last_known_live", ""),
        full_text=table.choice("full_text", FULL_TEXT, ""),
        paused=table.flag("paused", False),
    )
    table.close()
    if feed.id and not _ID.fullmatch(feed.id):
        table.fault("id", f"{feed.id!r} is not an id", "use letters, digits, '.', '_' and '-'")
    if feed.outlet and not _OUTLET.fullmatch(feed.outlet):
        table.fault("outlet", f"{feed.outlet!r} is no domain", 'write one such as "bbc.com"')
    _check_url(table, feed.url)
    return feed if feed.outlet else _with_outlet(feed)


def _with_outlet(feed: Feed) -> Feed:
    """The same with the host as outlet: every unnamed publisher counts as its own family."""
    return replace(feed, outlet=_host(feed.url).removeprefix("www."))


def _language(table: Table) -> str:
    """The primary subtag; "" when the feed does not say or mixes languages."""
    value = table.text("language", "")
    if value and not _LANGUAGE.fullmatch(value):
        table.fault("language", f"{value!r} is no language", 'write a code such as "en"')
        return ""
    return re.split("[-_]", value)[0].lower()


def _check_url(table: Table, url: str) -> None:
    if not url:
        return
    if wrong := _wrong_url(url):
        shown = hidden(url, table.problems.secrets)
        table.fault("url", f"{shown!r} {wrong}", f"write {', '.join(SCHEMES)} and a full address")


def _wrong_url(url: str) -> str:
    """What is wrong with the address; "" when nothing is."""
    if any(character.isspace() or not character.isprintable() for character in url):
        return "has a space in it"
    try:
        parts = urlsplit(url)
        port_fits = parts.port is None or parts.port > 0
    except ValueError as e:
        return f"cannot be read: {e}"
    if parts.scheme not in SCHEMES:
        return f"has the scheme {parts.scheme!r}"
    if parts.scheme == "file":
        return "" if parts.path.strip("/") else "names no file"
    if not parts.hostname:
        return "has no host"
    if parts.username is not None:
        return "has a user name in it, which is never sent"
    return "" if port_fits else "has no usable port"


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _check_twins(table: Table, feed: Feed, places: dict[tuple[str, str], str]) -> None:
    """Each id and each address once over all packs, else one feed is polled twice."""
    for key, value in (("id", feed.id), ("url", feed.url)):
        here = f"{table.file.name}:{table.line(key)}"
        first = places.setdefault((key, value), here)
        if value and first != here:
            shown = hidden(value, table.problems.secrets)
            table.fault(key, f"{shown!r} stands at {first} already", f"keep one {key} of the two")
