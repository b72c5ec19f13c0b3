"""
monitor demo: the whole of it with no network, in a few seconds.

Sample feeds on loopback, the daemon that polls them, a webhook receiver that checks each
signature; cards as alerts fire; then what became of every entry, the silent ones with why.
"""

import argparse
import base64
import secrets
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from monitor import log
from monitor.app import clock
from monitor.assembly import read_config
from monitor.cli.daemon import Daemon
from monitor.cli.loopback import Item, Loopback, Newsroom, Paper, link, papers
from monitor.cli.show import dumps, terminal
from monitor.errors import UsageError
from monitor.ports import Row
from monitor.terminal import table

_PATIENCE: Final = 20.0  # seconds for one edition; on an idle machine it takes three
_EDITIONS: Final = {
    1: "",
    2: "\nSecond edition: four days on, one paper has news of a story that was told already.\n",
}
_SETTINGS: Final = """
[store]
url = "sqlite:///{folder}/demo.db"
[poll]
default_interval = "1s"
min_interval = "1s"
host_connections = 8
host_spacing = "0s"
tick = "100ms"
baseline = "7d"
[full_text]
mode = "off"
[egress]
allow_private = ["127.0.0.1/32"]
[console]
listen = "127.0.0.1:0"
[sinks.terminal]
kind = "console"
[sinks.receiver]
kind = "webhook"
url = "{url}/hook"
secret = "${{DEMO_SECRET}}"
"""
_FEED: Final = """
[[feeds]]
id = "{id}"
url = "{url}/feeds/{id}"
language = "{language}"
outlet = "{outlet}"
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--keep", action="store_true", help="stay until Ctrl-C")


def run(given: argparse.Namespace) -> int:
    """0 when alerts fired and the receiver took every one of them."""
    began = monotonic()
    log.configure("info" if given.verbose else "critical", "auto", ())
    say = _nothing if given.json else _said
    with staged(given) as stage:
        say(opening(stage))
        for edition, sentence in _EDITIONS.items():
            say(sentence)
            stage.play(edition)
        summary = stage.summary(monotonic() - began)
        say(ending(summary))
        if given.json:
            _said(dumps({"type": "demo.ended", **summary}))
        if given.keep:
            say(f"Still polling; http://{stage.daemon.address}/metrics; Ctrl-C ends it.")
            _until_interrupted()
    return 0 if summary["alerts"] and not summary["signatures_refused"] else 1


def _said(text: str) -> None:
    if text:
        print(text, flush=True)


def _nothing(_text: str) -> None:
    """For --json: the events and the summary say it all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Newsroom, daemon and receiver, at work."""

    room: Newsroom
    daemon: Daemon
    url: str

    def play(self, edition: int) -> None:
        """
        Publish an edition and wait until everything that follows from it is done.

        Raises:
            UsageError: it took far too long; something on this machine is in the way.
        """
        self.room.publish(edition)
        feeds = [p.id for p in self.room.papers if p.items]
        # A feed asked twice since has had its first answer committed: polls do not overlap.
        _wait(lambda: all(self.room.asked[f] >= 2 for f in feeds), "the feeds were not polled")
        _wait(lambda: not self._queued(), "alerts were not delivered")

    def _queued(self) -> int:
        return self.daemon.monitor.store.counts()["queued"]

    def summary(self, seconds: float) -> Mapping[str, object]:
        """What became of every entry, feed and delivery."""
        store, got = self.daemon.monitor.store, self.room.received
        fates = [
            _fate(p, i, store.decisions(link(p, i))) for p in self.room.papers for i in p.items
        ]
        events = [one["type"] for copies in got.values() for one in copies]
        return {
            "seconds": round(seconds, 1),
            "feeds": len(self.room.papers),
            "languages": sorted({p.language for p in self.room.papers if p.items}),
            "entries": len(fates),
            "alerts": sum(f["fate"] == "alert" for f in fates),
            "updates": sum(f["fate"] == "update" for f in fates),
            "fates": fates,
            "feeds_failed": [_failing(row) for row in store.feeds() if row["failure"]],
            "webhooks": len(events),
            "webhooks_repeated": len(events) - len(got),
            "signatures_refused": self.room.refused,
        }


@contextmanager
def staged(given: argparse.Namespace) -> Iterator[Stage]:
    """Everything started, on loopback and in a temporary folder; ended and removed at the end."""
    key = secrets.token_bytes(32)
    room = Newsroom(papers(), clock, key)
    server = Loopback(room)
    with tempfile.TemporaryDirectory(prefix="monitor-demo-") as name:
        folder = Path(name)
        _write(folder, room, server.url)
        environ = {"DEMO_SECRET": "whsec_" + base64.b64encode(key).decode()}
        config = read_config(folder, environ)
        daemon = Daemon(config, lambda: config, environ={}, terminal=terminal(given))
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C
        server.start()
        monitor = daemon.monitor
        try:
            with monitor.store.hold(monitor.owner, monitor.now()):
                daemon.start()
                try:
                    yield Stage(room=room, daemon=daemon, url=server.url)
                finally:
                    daemon.stop()
        finally:
            server.stop()


def _write(folder: Path, room: Newsroom, url: str) -> None:
    (folder / "feeds").mkdir()
    (folder / "monitor.toml").write_text(_SETTINGS.format(folder=folder, url=url), "utf-8")
    feeds = "".join(
        _FEED.format(id=p.id, url=url, language=p.language, outlet=p.outlet) for p in room.papers
    )
    (folder / "feeds" / "demo.toml").write_text(feeds, "utf-8")


def _wait(done: Callable[[], bool], otherwise: str) -> None:
    deadline = monotonic() + _PATIENCE
    while not done():
        if monotonic() > deadline:
            raise UsageError(f"{otherwise} within {_PATIENCE:g} s; try again with -v")
        sleep(0.05)


def _until_interrupted() -> None:
    try:
        while True:
            sleep(3600)
    except KeyboardInterrupt:
        return


def _fate(paper: Paper, item: Item, decisions: object) -> Mapping[str, object]:
    """What became of one item: alert, update, duplicate or silent, and why."""
    assert isinstance(decisions, list | tuple)
    best = max(decisions, key=lambda row: (bool(row["flagged"]), float(row["score"])), default=None)
    row: Row = best or {}
    told = bool(row) and row["flagged"] and not row["stopped_by"]
    fate = ("update" if row["relation"] == "update" else "alert") if told else "silent"
    if row and row["stopped_by"] == "story":
        fate = "duplicate"
    return {
        "fate": fate,
        "title": item.title,
        "outlet": paper.outlet,
        "why": row.get("why", "never read"),
        "lookalike": item.lookalike,
    }


def _failing(row: Row) -> Mapping[str, object]:
    return {"feed": row["id"], "failure": row["failure"], "detail": row.get("detail", "")}


def opening(stage: Stage) -> str:
    some = {p.language for p in stage.room.papers if p.items}
    return (
        f"{len(stage.room.papers)} sample feeds in {len(some)} languages on {stage.url}, every "
        "report in them invented.\nEach card is an alert as it fires; the same alert goes, signed, "
        "to a webhook receiver.\n"
    )


def ending(summary: Mapping[str, object]) -> str:
    """What became of the rest, for people."""
    fates, failed = summary["fates"], summary["feeds_failed"]
    assert isinstance(fates, list)
    assert isinstance(failed, list)
    quiet = [f for f in fates if f["fate"] in ("duplicate", "silent")]
    broken = [f"\nfeed {one['feed']} failed: {one['failure']}: {one['detail']}" for one in failed]
    return "\n".join(
        [
            f"\n{summary['entries']} entries: {summary['alerts']} alerts, {summary['updates']} "
            f"update, and {len(quiet)} that stayed silent:\n",
            table(quiet, ("fate", "title", "why")),
            *broken,
            f"\nThe receiver verified {summary['webhooks']} signed webhooks, refused "
            f"{summary['signatures_refused']}, got {summary['webhooks_repeated']} twice. "
            f"{summary['seconds']} s in all.",
        ]
    )
