"""
The daemon over 69 captured feed files: what each gave, and everything that was flagged.

    python -m bench.captured_feeds [--data FOLDER] [--all]

Serves the files on loopback, polls each once with the shipped topics, and prints a line per
feed (entries, or the named failure) and per flagged entry (why). The files are old, so nothing
is told: this shows what would be read and flagged. They are publishers' and not part of the
project; without them there is nothing to run.
"""

import argparse
import csv
import json
import os
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic

from monitor import log
from monitor.app import Monitor
from monitor.assembly import read_config
from monitor.ports import Row

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "feeds"
_SETTINGS = """
[store]
url = "sqlite:///{folder}/monitor.db"
[poll]
host_connections = 8
host_spacing = "0s"
[egress]
allow_private = ["127.0.0.1/32"]
[console]
listen = ""
[sinks.archive]
kind = "jsonl"
path = "{folder}/alerts.jsonl"
"""


class _Handler(BaseHTTPRequestHandler):
    folder: Path

    def do_GET(self) -> None:
        body = (self.folder / Path(self.path).name).read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    handler = type("Handler", (_Handler,), {"folder": folder})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def languages(folder: Path) -> Mapping[str, str]:
    """File name → language, where the manifest says so."""
    manifest = folder / "MANIFEST.csv"
    if not manifest.exists():
        return {}
    with manifest.open(encoding="utf-8") as stream:
        return {
            Path(row.get("file", "")).name: row.get("language", "")[:2]
            for row in csv.DictReader(stream)
        }


def configuration(folder: Path, files: list[Path], url: str, spoken: Mapping[str, str]) -> Path:
    root = folder / "config"
    (root / "feeds").mkdir(parents=True)
    (root / "monitor.toml").write_text(_SETTINGS.format(folder=folder), "utf-8")
    rows = (
        f'[[feeds]]\nid = "{file.stem[:99]}"\nurl = "{url}/{file.name}"\n'
        f'outlet = "{file.stem.split("--")[0][:60].strip("-")}.example"\n'
        f'language = "{spoken.get(file.name, "")}"\n'
        for file in files
    )
    (root / "feeds" / "captured.toml").write_text("".join(rows), "utf-8")
    return root


def flagged(monitor: Monitor, folder: Path) -> Iterator[Row]:
    """The decision of every flagged entry and topic, story by story."""
    with sqlite3.connect(folder / "monitor.db") as connection:
        names = [name for (name,) in connection.execute("select id from stories order by rowid")]
    connection.close()
    seen: set[object] = set()
    for name in names:
        for row in monitor.store.decisions(name):
            if row["flagged"] and row["seq"] not in seen:
                seen.add(row["seq"])
                yield row


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of feed files")
    given = parser.parse_args()
    files = sorted(given.data.glob("*.xml"))
    if not files:
        print(f"skipped: no feed files in {given.data}")
        return 0
    log.configure("critical", "auto", ())
    with tempfile.TemporaryDirectory() as name, served(given.data) as url:
        folder = Path(name)
        root = configuration(folder, files, url, languages(given.data))
        monitor = Monitor(read_config(root, os.environ))
        began = monotonic()
        monitor.sync()
        monitor.poll_pass(everything=True)
        report(monitor, folder, monotonic() - began)
        monitor.close()
    return 0


def report(monitor: Monitor, folder: Path, seconds: float) -> None:
    """What came of it, on standard output."""
    rows = [row for row in monitor.store.feeds() if row["state"] != "retired"]
    for row in rows:
        said = f"{row['failure']}: {row['detail']}" if row["failure"] else "ok"
        print(f"{row['id']!s:50.50} {row['entries']!s:>5} entries  {said}")
    print()
    found = list(flagged(monitor, folder))
    for row in found:
        print(f"{row['score']:.2f} {row['topic']}  {row['title']}")
        print(f"     {row['feed']}, {row['stopped_by'] or 'told'}: {row['match_why']}")
        print(f"     {json.dumps(row['act'], ensure_ascii=False)}")
    counts = monitor.store.counts()
    failed = sum(bool(row["failure"]) for row in rows)
    print(f"\n{len(rows)} feeds, {failed} failed; {counts['entries']} entries, "
          f"{len(found)} flagged, {counts['alerts']} alerts; {seconds:.1f} s")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
