"""Feeds that somebody names: their addresses, and the short names they get."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final
from urllib.parse import urlsplit

from monitor.errors import UsageError
from monitor.fetch.domains import owner
from monitor.model import Feed
from monitor.parse.opml import Listed
from monitor.secret import Secret, hidden

PACK: Final = "command"  # where feeds added by command stand in an exported list
TITLE: Final = "Feeds of arms-monitor"
ANYWHERE: Final = ("http", "https", "file")
WEB: Final = ("http", "https")  # a page must not make the daemon read files
_LONGEST_ID: Final = 60


def check_address(url: str, schemes: Collection[str] = ANYWHERE) -> None:
    """
    Only that it is an address; the gate decides whether it may be asked.

    Raises:
        UsageError: it is none.
    """
    try:
        parts = urlsplit(url)
        good = parts.scheme in schemes and bool(parts.hostname or parts.path.strip("/"))
        good = good and (parts.scheme == "file" or bool(parts.hostname))
    except ValueError:
        good = False
    if not good or any(c.isspace() for c in url):
        raise UsageError(f"{url!r} is no address: write one such as https://example.org/feed")


def check_id(name: str) -> None:
    """
    Only letters, digits, dot, dash and underscore.

    Raises:
        UsageError: it cannot be the id of a feed.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name):
        raise UsageError(f"{name!r} is not an id: use letters, digits, '.', '_' and '-'")


def host_and_path(url: str) -> str:
    parts = urlsplit(url)
    return f"{(parts.hostname or '').removeprefix('www.')} {parts.path}"


def name(text: str, taken: Collection[str]) -> str:
    """A short id made of the text, like no other; adds nothing to `taken`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST_ID].strip("-") or "feed"
    tries = (base if n == 1 else f"{base}-{n}" for n in range(1, len(taken) + 2))
    return next(name for name in tries if name not in taken)


def take(
    listed: Sequence[Listed], taken: Collection[str], add: Callable[[Feed], bool]
) -> list[str]:
    """Add them; the ids they got."""
    added, known = list[str](), set(taken)
    for one in listed:
        id_ = name(one.title or host_and_path(one.url), known)
        known.add(id_)
        pack = name(one.folders[-1], ()) if one.folders else PACK
        feed = Feed(
            id=id_, url=one.url, language=one.language, outlet=owner(one.url), title=one.title,
            pack=pack,
        )  # fmt: skip
        if add(feed):
            added.append(id_)
    return added


def open_only(feeds: Sequence[Feed], secrets: Iterable[Secret]) -> tuple[Sequence[Feed], str]:
    """Those whose address anybody may know, and a title for their list that counts the others."""
    known = tuple(secrets)
    found = [feed for feed in feeds if hidden(feed.url, known) == feed.url]
    kept = len(feeds) - len(found)
    return found, f"{TITLE}, but for {kept} whose addresses hold keys" if kept else TITLE
