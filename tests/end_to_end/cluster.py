"""
Several daemons over one real PostgreSQL, each with its own clock and its own line to it.

    python -m tests.end_to_end.cluster CONFIG SECONDS

runs one daemon whose clock is so many seconds ahead (or behind). Line is a proxy that can be cut
as a network is: nothing arrives, nothing is closed, and what was sent comes late.
"""

import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from tests.end_to_end.world import (
    Page,
    Running,
    Runs,
    World,
    die_with_parent,
    haste,
    reports,
    rss,
    write_config,
)
from tests.postgres import Server

_SHOWN = 30  # entries in a document


# ── the line between a node and the database ────────────────────────────────────


class Line:
    """Forwards connections of a socket of its own to the server's; thread-safe."""

    def __init__(self, folder: Path, to: Path) -> None:
        folder.mkdir()
        self.folder, self._to = folder, to
        self._open = threading.Event()
        self._open.set()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / to.name))
        self._listener.listen(64)
        self._ends: list[socket.socket] = []  # of connections, closed with the line
        self._threads: list[threading.Thread] = []
        self._run(self._accept)

    def cut(self) -> None:
        """Nothing gets through from now on; both ends keep waiting for each other."""
        self._open.clear()

    def mend(self) -> None:
        """What was sent meanwhile arrives now."""
        self._open.set()

    def close(self) -> None:
        """Ends every connection; nothing is left open or running."""
        self._open.set()
        for one in (self._listener, *self._ends):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for one in (self._listener, *self._ends):
            one.close()

    def _run(self, work: Callable[..., None], *given: object) -> None:
        self._threads.append(threading.Thread(target=work, args=given, daemon=True))
        self._threads[-1].start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.socket(socket.AF_UNIX)
                self._ends += [near, far]
                try:
                    far.connect(str(self._to))
                except OSError:  # the database is away
                    near.shutdown(socket.SHUT_RDWR)
                    continue
                self._run(self._pump, near, far)
                self._run(self._pump, far, near)

    def _pump(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65_536):
                self._open.wait()
                other.sendall(data)
        self._open.wait()
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


# ── publishers ──────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Paper:
    """One feed that publishes its items evenly over so many seconds, and notes who asks when."""

    name: str
    items: Sequence[tuple[str, str]]
    seconds: float
    asked: list[float] = field(default_factory=list)  # monotonic
    began: float = field(default_factory=time.monotonic)

    def __call__(self) -> Page:
        self.asked.append(time.monotonic())
        out = self.published(self.asked[-1])
        return rss(self.items[max(0, out - _SHOWN) : out][::-1], path=self.name)

    def published(self, at: float) -> int:
        share = min(1.0, (at - self.began) / self.seconds)
        return max(1, round(share * len(self.items)))


def papers(feeds: int, items: int, every: int, seconds: float) -> Mapping[str, Paper]:
    """By path."""
    return {f"/f{n}": Paper(f"f{n}", reports(n, items, every), seconds) for n in range(feeds)}


# ── nodes ───────────────────────────────────────────────────────────────────────


@dataclass(slots=True, kw_only=True)
class Cluster:
    """Three daemons; what is done to them is done by name, and written down."""

    runs: Runs
    server: Server
    schema: str
    around: World
    interval: float
    line: Line
    nodes: dict[str, Running] = field(default_factory=dict)
    roots: dict[str, Path] = field(default_factory=dict)
    clocks: dict[str, float] = field(default_factory=dict)  # seconds ahead

    def start(self, name: str) -> Running:
        words = ("-m", "tests.end_to_end.cluster", str(self.roots[name]), str(self.clocks[name]))
        self.nodes[name] = self.runs.start(self.roots[name], argv=(sys.executable, *words))
        return self.nodes[name]

    def add(self, name: str, feeds: Mapping[str, Paper], *, ahead: float, by_line: bool) -> None:
        """A node's own folder of configuration; the same in all of them but for the way."""
        url = self.server.url(self.schema)
        if by_line:
            own, line = quote(str(self.server.folder)), quote(str(self.line.folder))
            url = url.replace(own, line)
        folder = self.runs.folder / name
        folder.mkdir()
        text = haste(url, self.around.url, interval=self.interval, connections=64, tick="200ms")
        self.roots[name], self.clocks[name] = folder, ahead
        paths = {paper.name: path for path, paper in feeds.items()}
        write_config(folder, text, self.around.url, paths)


@contextmanager
def cluster(
    runs: Runs, server: Server, schema: str, around: World, *, interval: float
) -> Iterator[Cluster]:
    """Without a node yet."""
    [socket_] = server.folder.glob(".s.PGSQL.[0-9]*[0-9]")
    line = Line(runs.folder / "line", socket_)
    server.fresh(schema)
    try:
        yield Cluster(
            runs=runs, server=server, schema=schema, around=around, interval=interval, line=line
        )
    finally:
        line.close()


def main() -> int:
    """One daemon, its clock so far ahead."""
    from monitor.app import clock
    from monitor.assembly import read_config
    from monitor.cli.daemon import Daemon, listen
    from monitor.cli.run import obey

    die_with_parent()
    root, ahead = Path(sys.argv[1]), timedelta(seconds=float(sys.argv[2]))
    config = read_config(root, os.environ)
    listen(config)
    daemon = Daemon(config, lambda: config, now=lambda: clock() + ahead)
    obey(daemon.orders)
    return 0 if daemon.run() else 1


if __name__ == "__main__":
    os._exit(main())
