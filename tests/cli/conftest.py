"""A desk of its own for each test: two file feeds, a sink, a little knowledge, a store."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog

from monitor.cli import main
from tests.end_to_end.world import ENTITIES, LEXICON, REGIMES, TOPIC, rss

ONE = ("Sylvania sends howitzers to Freedonia", "Twelve of them left the port on Monday.")
TWO = ("Corvettes for Osterlich seized at the Ruritanian border", "Customs held two in a dry dock.")
DULL = ("Cabinet debates the price of milk", "A vote is due next week.")

MAIN = """
[store]
url = "sqlite:///{folder}/monitor.db"
[console]
listen = ""
[log]
format = "json"
[sinks.archive]
kind = "jsonl"
path = "{folder}/alerts.jsonl"
"""


@dataclass(frozen=True, slots=True)
class Said:
    """What a command came to."""

    status: int
    out: str
    err: str


@dataclass(slots=True)
class Desk:
    """A configuration folder, and commands run on it in this process."""

    folder: Path
    read: Callable[[], tuple[str, str]]

    @property
    def root(self) -> Path:
        return self.folder / "config"

    def publish(self, *items: tuple[str, str], feed: str = "paper") -> None:
        (self.folder / f"{feed}.xml").write_bytes(rss(list(items), path=feed).body)

    def settings(self, more: str) -> None:
        """monitor.toml with this at its end."""
        text = MAIN.format(folder=self.folder) + more
        (self.root / "monitor.toml").write_text(text, encoding="utf-8")

    def __call__(self, *words: str) -> Said:
        self.read()
        try:
            status = main([*words, "--config", str(self.root)])
        except SystemExit as e:  # argparse
            status = int(e.code or 0)
        return Said(status, *self.read())


@pytest.fixture(autouse=True)
def unlogged() -> Iterator[None]:
    """A command configures logging for its process; here that ends with the test."""
    root, handlers = logging.getLogger(), list(logging.getLogger().handlers)
    yield
    structlog.reset_defaults()
    root.handlers = handlers


@pytest.fixture
def desk(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Desk:
    def read() -> tuple[str, str]:
        out, err = capfd.readouterr()
        return out, err

    made = Desk(tmp_path, read)
    for part in ("feeds", "topics", "lexicons", "entities"):
        (made.root / part).mkdir(parents=True)
    made.settings("")
    feeds = '[[feeds]]\nid = "paper"\nurl = "file://{0}/paper.xml"\noutlet = "paper.example"\nlanguage = "en"\n'
    (made.root / "feeds" / "all.toml").write_text(feeds.format(tmp_path), "utf-8")
    (made.root / "topics" / "howitzers.toml").write_text(TOPIC, "utf-8")
    (made.root / "lexicons" / "en.toml").write_text(LEXICON, "utf-8")
    (made.root / "entities" / "few.csv").write_text(ENTITIES, "utf-8")
    (made.root / "regimes.csv").write_text(REGIMES, "utf-8")
    made.publish(ONE, DULL)
    return made
