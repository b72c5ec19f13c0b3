"""Which configuration this is: what nodes on one store must agree about, as a digest."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from monitor.config import story
from monitor.config.load import MAIN, shipped

_KNOWLEDGE: Final = ("topics", "lexicons", "entities", "regimes.csv", str(story.FILE))
_OWN: Final = ("store", "console", "log", "cluster", "egress")  # tables that are a machine's own
_OWN_POLL: Final = ("workers", "parsers")


def digest(root: Path) -> str:
    """
    The same for every machine whose feeds, words, topics, routes and sinks are the same.

    As they are written: a secret that stands elsewhere does not count, nor does what belongs to
    the machine (ports, log, role).
    """
    found = sha256()
    for name, content in _parts(root):
        found.update(f"{name}\0{len(content)}\0".encode())
        found.update(content)
    return found.hexdigest()[:12]


def _parts(root: Path) -> Iterator[tuple[str, bytes]]:
    main = tomllib.loads((root / MAIN).read_text("utf-8-sig"))
    yield MAIN, json.dumps(_common(main), sort_keys=True, default=str).encode()
    for part in ("feeds", *_KNOWLEDGE):
        home = root if part == "feeds" or (root / part).exists() else shipped()
        yield from _files(home, part)


def _common(main: Mapping[str, Any]) -> Mapping[str, Any]:
    """What of the main file all machines share."""
    kept = {name: table for name, table in main.items() if name not in _OWN}
    poll = {key: value for key, value in kept.get("poll", {}).items() if key not in _OWN_POLL}
    return {**kept, "poll": poll}


def _files(home: Path, part: str) -> Iterator[tuple[str, bytes]]:
    place = home / part
    files = [place] if place.is_file() else sorted(p for p in place.rglob("*") if p.is_file())
    for file in files:
        name = file.relative_to(home)
        if not any(part.startswith(".") for part in name.parts):  # as Kubernetes keeps its own
            yield name.as_posix(), file.read_bytes()
