"""
Several daemons over one real PostgreSQL, each with its own clock and its own line to it.

    python -m tests.end_to_end.cluster CONFIG SECONDS

runs one daemon whose clock is so many seconds ahead (or behind). Line is a proxy that can be cut:
nothing arrives, nothing is closed, and what was sent comes late. Where we may make networks, Wire
(see wire.py) is a real one.
"""

import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol
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


class Way(Protocol):
    """How a node gets to the database, when something may come between them."""

    @property
    def command(self) -> Sequence[str]:
        """What the node's command begins with."""

    def url(self, server: Server, schema: str) -> str:
        """The database's, for that node."""

    def cut(self) -> None:
        """Nothing gets through from now on; both ends keep waiting for each other."""

    def mend(self) -> None:
        """It does again."""


class Line:
    """Forwards connections of a socket of its own to the server's; thread-safe; see Way."""

    command: Final[Sequence[str]] = ()

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

    def url(self, server: Server, schema: str) -> str:
        return server.url(schema).replace(quote(str(server.folder)), quote(str(self.folder)))

    def cut(self) -> None:
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
    slow: float = 0.0  # seconds until it answers
    asked: list[float] = field(default_factory=list)  # monotonic
    began: float = field(default_factory=time.monotonic)

    def __call__(self) -> Page:
        self.asked.append(time.monotonic())
        out = self.published(self.asked[-1])
        page = rss(self.items[max(0, out - _SHOWN) : out][::-1], path=self.name)
        return replace(page, seconds=self.slow)

    def published(self, at: float) -> int:
        share = min(1.0, (at - self.began) / self.seconds)
        return max(1, round(share * len(self.items)))


def papers(
    feeds: int, items: int, every: int, seconds: float, *, slow: float = 0.0
) -> Mapping[str, Paper]:
    """By path; what is flagged is spread over the whole time."""
    return {
        f"/f{n}": Paper(f"f{n}", reports(n, items, every, n % every), seconds, slow)
        for n in range(feeds)
    }


# ── nodes ───────────────────────────────────────────────────────────────────────


@dataclass(slots=True, kw_only=True)
class Cluster:
    """Three daemons; what is done to them is done by name, and written down."""

    runs: Runs
    server: Server
    schema: str
    around: World
    interval: float
    way: Way  # of the nodes that do not go straight to the database
    nodes: dict[str, Running] = field(default_factory=dict)
    roots: dict[str, Path] = field(default_factory=dict)
    clocks: dict[str, float] = field(default_factory=dict)  # seconds ahead
    ways: dict[str, Sequence[str]] = field(default_factory=dict)  # what commands begin with

    def start(self, name: str) -> Running:
        python = (*self.ways[name], sys.executable)
        words = ("-m", "tests.end_to_end.cluster", str(self.roots[name]), str(self.clocks[name]))
        self.nodes[name] = self.runs.start(self.roots[name], argv=(*python, *words))
        return self.nodes[name]

    def add(self, name: str, feeds: Mapping[str, Paper], *, ahead: float, by_way: bool) -> None:
        """A node's own folder of configuration; the same in all of them but for the way."""
        url = self.server.url(self.schema)
        if by_way:
            url = self.way.url(self.server, self.schema)
        self.ways[name] = self.way.command if by_way else ()
        folder = self.runs.folder / name
        folder.mkdir()
        text = haste(url, self.around.url, interval=self.interval, connections=64, tick="200ms")
        self.roots[name], self.clocks[name] = folder, ahead
        paths = {paper.name: path for path, paper in feeds.items()}
        write_config(folder, text, self.around.url, paths)


@contextmanager
def cluster(
    runs: Runs, server: Server, schema: str, around: World, *, interval: float,
    way: Way | None = None,
) -> Iterator[Cluster]:  # fmt: skip
    """Without a node yet; its way is a proxy unless another is given."""
    [socket_] = server.folder.glob(".s.PGSQL.[0-9]*[0-9]")
    line = Line(runs.folder / "line", socket_)
    server.fresh(schema)
    try:
        yield Cluster(
            runs=runs, server=server, schema=schema, around=around, interval=interval,
            way=way or line,
        )  # fmt: skip
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
