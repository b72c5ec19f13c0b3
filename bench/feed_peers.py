"""
Other programs that read feeds, over the passes of bench.feed_passes. Standard library alone.

    python -m bench.feed_peers PEER COUNT FARM      prints what it measured as JSON

Each is set up as its manual says and as favourably as its options allow: 32 at once where it
can, conditional requests on, notices and hooks off.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from bench.feed_farm import port_of
from bench.feed_passes import THREADS, Pass, address, measure

Peer = Callable[[int, int, Path], Pass]  # count, port, an empty folder


def naive(count: int, port: int, _folder: Path) -> Pass:
    """feedparser.parse(url) with the validators it gave, in a pool of threads."""
    import feedparser

    held: dict[int, tuple[Any, Any]] = {}

    def one(number: int) -> int:
        etag, modified = held.get(number, (None, None))
        found = feedparser.parse(address(number, port), etag=etag, modified=modified)
        if found.get("status") == 200:
            held[number] = found.get("etag"), found.get("modified")
        return len(found.entries)

    def whole() -> int:
        with ThreadPoolExecutor(THREADS) as pool:
            return sum(pool.map(one, range(count)))

    return whole


def reader(count: int, port: int, folder: Path) -> Pass:
    """https://reader.readthedocs.io: entries in SQLite, updated in threads."""
    from reader import make_reader  # type: ignore[import-not-found, unused-ignore]

    made = make_reader(str(folder / "reader.sqlite"))
    for number in range(count):
        made.add_feed(address(number, port))

    def whole() -> int:
        made.update_feeds(workers=THREADS, scheduled=False)
        return int(made.get_entry_counts().total)

    return whole


def newsboat(count: int, port: int, folder: Path) -> Pass:
    """https://newsboat.org: `newsboat -x reload`, its cache in SQLite."""
    (folder / "urls").write_text("".join(f"{address(n, port)}\n" for n in range(count)))
    (folder / "config").write_text(f"reload-threads {THREADS}\nmax-items 0\n")
    words = ["newsboat", "-u", "urls", "-C", "config", "-c", "cache.db", "-x", "reload"]

    def whole() -> int:
        subprocess.run(words, cwd=folder, check=True, stdout=subprocess.DEVNULL, env=_home(folder))
        with sqlite3.connect(folder / "cache.db") as store:
            (found,) = store.execute("select count(*) from rss_item").fetchone()
        store.close()
        return int(found)

    return whole


_SFEEDRC: Final = """
sfeedpath="{folder}/feeds"
maxjobs={threads}
fetch() {{
	curl -s -f --compressed -m 60 --etag-compare "{folder}/etags/$1" \\
		--etag-save "{folder}/etags/$1" "$2" 2>/dev/null
}}
feeds() {{
{feeds}
}}
"""


def sfeed(count: int, port: int, folder: Path) -> Pass:
    """https://codemadness.org/sfeed.html, its fetch() with the ETag as its manual shows."""
    for place in ("feeds", "etags"):
        (folder / place).mkdir()
    feeds = "\n".join(f'\tfeed "{n}" "{address(n, port)}"' for n in range(count))
    text = _SFEEDRC.format(folder=folder, threads=THREADS, feeds=feeds)
    (folder / "sfeedrc").write_text(text)
    words = ["sfeed_update", str(folder / "sfeedrc")]

    def whole() -> int:
        subprocess.run(words, cwd=folder, check=True, stdout=subprocess.DEVNULL, env=_home(folder))
        return sum(len(f.read_bytes().splitlines()) for f in (folder / "feeds").iterdir())

    return whole


_R2E: Final = """
[DEFAULT]
from = feeds@localhost
to = desk@localhost
email-protocol = maildir
maildir-path = {folder}/mail
maildir-mailbox = desk
digest = False
"""


def rss2email(count: int, port: int, folder: Path) -> Pass:
    """https://github.com/rss2email/rss2email: one feed after another, a mail for each entry."""
    config, data = folder / "rss2email.cfg", folder / "rss2email.json"
    feeds = "".join(f"[feed.f{n}]\nurl = {address(n, port)}\n" for n in range(count))
    config.write_text(_R2E.format(folder=folder) + feeds)
    for place in ("cur", "new", "tmp"):
        (folder / "mail" / "desk" / place).mkdir(parents=True)
    words = ["r2e", "-c", str(config), "-d", str(data), "run"]

    def whole() -> int:
        subprocess.run(words, cwd=folder, check=True, capture_output=True, env=_home(folder))
        return sum(1 for _ in (folder / "mail" / "desk" / "new").iterdir())

    return whole


def _home(folder: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"}


PEERS: Final[Mapping[str, tuple[Peer, str]]] = {  # and the program or module it needs
    "feedparser": (naive, "feedparser"),
    "newsboat": (newsboat, "newsboat"),
    "sfeed": (sfeed, "sfeed_update"),
    "reader": (reader, "reader"),
    "rss2email": (rss2email, "r2e"),
}
_MODULES: Final = ("feedparser", "reader")


def absent(peer: str) -> str:
    """What this interpreter lacks for it; "" when it can run here."""
    need = PEERS[peer][1]
    if peer in _MODULES:
        return "" if find_spec(need) else f"no module {need!r} in {sys.executable}"
    return "" if shutil.which(need) else f"no program {need!r}"


def main(words: list[str]) -> int:
    peer, count, farm = words
    lacking = absent(peer)
    if lacking:
        print(json.dumps({"absent": lacking}))
        return 0
    with tempfile.TemporaryDirectory(prefix=f"bench-{peer}-") as name:
        whole = PEERS[peer][0](int(count), port_of(farm), Path(name))
        print(json.dumps(measure(farm, whole, lambda: None)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
