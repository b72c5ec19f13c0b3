"""The hub's process, as tests hold it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from tests.end_to_end.world import ROOT, die_with_parent, environment, post


@dataclass(frozen=True, slots=True)
class Held:
    """Where it listens."""

    url: str

    def state(self) -> dict[str, Any]:
        """What it holds and did."""
        with urlopen(f"{self.url}state", timeout=5) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def subscribers(self) -> list[list[Any]]:
        found: list[list[Any]] = self.state()["subscribers"]
        return found

    def published(self, topic: str) -> None:
        """The publisher says that there is news."""
        form = urlencode({"hub.mode": "publish", "hub.url": topic}).encode()
        assert 202 == post(self.url, form)

    def mood(self, *, deaf: bool) -> None:
        post(f"{self.url}mood", urlencode({"deaf": int(deaf)}).encode())


@contextmanager
def hub(*words: str) -> Iterator[Held]:
    """A hub that serves until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.end_to_end.hub", *words], stdout=subprocess.PIPE, text=True,
        stdin=subprocess.DEVNULL, cwd=ROOT, env=environment(), preexec_fn=die_with_parent,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield Held(f"http://127.0.0.1:{int(process.stdout.readline())}/")
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
