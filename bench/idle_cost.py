"""
What the daemon costs when nothing happens, and how soon it is at work.

    python -m bench.idle_cost [--seconds 60]

Prints memory (PSS) of the whole process tree with 100 feeds and every language loaded, its
share of one core while idle, and the time from start to the first poll with 1,000 feeds.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from monitor.config.load import shipped

MEMORY_BAR_MB, CPU_BAR_PERCENT, START_BAR_SECONDS = 120, 1.0, 2.0
_MB = 1024 * 1024
_SETTINGS = """
[store]
url = "sqlite:///{folder}/monitor.db"
[poll]
host_connections = 32
host_spacing = "0s"
[egress]
allow_private = ["127.0.0.1/32"]
[console]
listen = "127.0.0.1:0"
[log]
format = "json"
[sinks.archive]
kind = "jsonl"
path = "{folder}/alerts.jsonl"
"""


# sqlite-utils imports numpy where it is installed: for these benchmarks, not for the daemon.
_WITHOUT_NUMPY = (
    "import sys; sys.modules['numpy'] = None; from monitor.cli import main; sys.exit(main())"
)


def tongues() -> Sequence[str]:
    """Every language there is a lexicon for; a feed of each makes the daemon load them all."""
    return sorted(file.stem for file in (shipped() / "lexicons").glob("*.toml"))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    first: float = 0.0  # monotonic, of the first request since it was set to 0

    def do_GET(self) -> None:
        _Handler.first = _Handler.first or time.monotonic()
        if self.headers.get("If-None-Match"):
            self.send_response(304)
            self.end_headers()
            return
        body = _page(int(self.path[1:]))
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("ETag", '"1"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def _page(number: int) -> bytes:
    """Twenty items that nobody else has; the first one names a weapon."""
    items = "".join(
        f"<item><title>{number}: {'howitzers' if i == 0 else 'lanterns'} for Sylvania, {i}</title>"
        f"<guid>{number}-{i}</guid><pubDate>{formatdate(usegmt=True)}</pubDate></item>"
        for i in range(20)
    )
    return f"<rss version='2.0'><channel><title>{number}</title>{items}</channel></rss>".encode()


@contextmanager
def served() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@contextmanager
def daemon(folder: Path, url: str, feeds: int) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """`monitor run` over so many feeds, and the file it logs to."""
    root = folder / "config"
    (root / "feeds").mkdir(parents=True)
    (root / "monitor.toml").write_text(_SETTINGS.format(folder=folder), "utf-8")
    spoken = tongues()
    rows = (
        f'[[feeds]]\nid = "f{n}"\nurl = "{url}/{n}"\nlanguage = "{spoken[n % len(spoken)]}"\n'
        for n in range(feeds)
    )
    (root / "feeds" / "all.toml").write_text("".join(rows), "utf-8")
    log = folder / "log"
    command = [sys.executable, "-c", _WITHOUT_NUMPY, "run", "--config", str(root)]
    with log.open("wb") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream)
    try:
        yield process, log
    finally:
        process.terminate()
        process.wait(15)


def finished(log: Path) -> int:
    return sum(b'"poll finished"' in line for line in log.read_bytes().splitlines())


def tree(pid: int) -> list[int]:
    """The process and all below it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += tree(int(child))
    return found


def pss_bytes(pids: Sequence[int]) -> int:
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


def cpu_seconds(pids: Sequence[int]) -> float:
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def idle(seconds: float) -> dict[str, float]:
    """Memory and CPU of a daemon that has polled 100 feeds and waits for the next ones."""
    with (
        tempfile.TemporaryDirectory() as name,
        served() as url,
        daemon(Path(name), url, 100) as (process, log),
    ):
        _until(lambda: finished(log) >= 100, 60)
        time.sleep(5)  # until the alerts are delivered
        with_parser = pss_bytes(tree(process.pid))
        began, spent = time.monotonic(), cpu_seconds([process.pid])
        time.sleep(seconds)
        spent = cpu_seconds([process.pid]) - spent
        share = 100 * spent / (time.monotonic() - began)
        return {
            "pss_mb": round(with_parser / _MB, 1),
            "pss_resting_mb": round(pss_bytes(tree(process.pid)) / _MB, 1),
            "cpu_percent": round(share, 2),
        }


def start() -> dict[str, float]:
    """Seconds from the command to the first request, with 1,000 feeds."""
    with tempfile.TemporaryDirectory() as name, served() as url:
        _Handler.first, began = 0.0, time.monotonic()
        with daemon(Path(name), url, 1_000) as (_, log):
            _until(lambda: _Handler.first > 0, 30)
            first = _Handler.first - began
            _until(lambda: finished(log) >= 1_000, 180)
            return {
                "first_poll_seconds": round(first, 2),
                "all_1000_polled_seconds": round(time.monotonic() - began, 1),
            }


def _until(done: object, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    assert callable(done)
    while not done():
        if time.monotonic() > deadline:
            raise SystemExit("the daemon is not at work; look at its log")
        time.sleep(0.05)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long to look at it idle")
    given = parser.parse_args()
    found = idle(given.seconds) | start()
    print(json.dumps(found | {"load_average": round(os.getloadavg()[0], 1)}))
    for said in (
        f"memory: {found['pss_mb']} MB just after polling, {found['pss_resting_mb']} MB at rest"
        f" (bar {MEMORY_BAR_MB})",
        f"idle: {found['cpu_percent']} % of a core (bar {CPU_BAR_PERCENT})",
        f"first poll: {found['first_poll_seconds']} s after the start with 1,000 feeds"
        f" (bar {START_BAR_SECONDS}); all polled after {found['all_1000_polled_seconds']} s",
    ):
        print(said)
    return 0


if __name__ == "__main__":
    sys.exit(main())
