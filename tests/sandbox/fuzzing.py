"""What must hold of every document that goes through the child, however it is damaged."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Final

from monitor.model import Failed, FailureReason, Feed, Fetched, Parsed
from monitor.parse.clean import plain
from monitor.sandbox import Parser
from tests.sandbox.mutants import mutant

FEEDS: Final = Path(__file__).parent.parent / "data" / "feeds"
CAPTURED: Final = Path(__file__).parents[3] / "shared" / "data" / "feeds"
TIMEOUT: Final = timedelta(seconds=10)
MEMORY: Final = 384 * 1024 * 1024  # of address space; what is honest needs a tenth of it
_SLACK: Final = 5.0  # seconds that a busy machine may add before a child is killed
_NAMED: Final = {FailureReason.EMPTY, FailureReason.HTML, FailureReason.NOT_A_FEED}
_FEED: Final = Feed(id="f", url="https://feed.example/feed", language="", outlet="feed.example")
_AT: Final = datetime(2026, 8, 1, 12, tzinfo=UTC)
_TITLE, _TEXTS = 1_000, 200_000  # characters


def seeds() -> Sequence[bytes]:
    """Our own documents, and the captured feeds where they are."""
    own = [p.read_bytes() for p in sorted(FEEDS.iterdir()) if p.suffix in (".xml", ".rdf", ".json")]
    captured = [p.read_bytes() for p in sorted(CAPTURED.glob("*.xml"))] if CAPTURED.is_dir() else []
    return [*own, *captured]


@dataclass(slots=True)
class Fuzz:
    """One parser, and the book of what it made of the mutants."""

    seeds: Sequence[bytes]
    parser: Parser = field(
        default_factory=lambda: Parser(timeout=TIMEOUT, memory_bytes=MEMORY, max_entries=5_000)
    )
    faults: list[str] = field(default_factory=list)
    outcomes: dict[str, int] = field(default_factory=dict)
    slowest: float = 0.0

    def one(self, number: int) -> None:
        """Read a document, then the damaged one, alone and knowing the first."""
        whole, damaged = mutant(self.seeds, number)
        before = self._read(whole, {}, number)
        alone = self._read(damaged, {}, number)
        if isinstance(before, Parsed) and isinstance(alone, Parsed):
            after = self._read(damaged, dict(before.known), number)
            self._compare(before, alone, after, number)

    def _read(self, body: bytes, known: dict[str, str], number: int) -> Parsed | Failed:
        document = Fetched(
            body=body, media_type="", charset="", url="https://feed.example/feed", at=_AT
        )
        began = monotonic()
        found = self.parser.parse(document, _FEED, known)
        took = monotonic() - began
        self.slowest = max(self.slowest, took)
        if took > TIMEOUT.total_seconds() + _SLACK:
            self.faults.append(f"{number}: {took:.1f} s for {len(body)} bytes")
        self._note(found, number, len(body))
        return found

    def _note(self, found: Parsed | Failed, number: int, size: int) -> None:
        name = found.reason.value if isinstance(found, Failed) else "parsed"
        self.outcomes[name] = self.outcomes.get(name, 0) + 1
        if isinstance(found, Failed):
            if found.reason not in _NAMED:
                self.faults.append(
                    f"{number}: {found.reason.value} of {size} bytes: {found.detail}"
                )
            return
        for entry in found.entries:
            texts = (entry.title, entry.summary, entry.text)
            long = len(entry.title) > _TITLE or max(map(len, texts)) > _TEXTS
            odd = entry.url and not entry.url.startswith(("http://", "https://"))
            if long or odd or not entry.id or any(t != plain(t) for t in texts):
                self.faults.append(f"{number}: breaks a promise: {entry.id[:80]!r}")

    def _compare(self, before: Parsed, alone: Parsed, after: Parsed | Failed, number: int) -> None:
        """The cut finds every entry that the document has and the poll before had not."""
        if not isinstance(after, Parsed):
            self.faults.append(f"{number}: read alone, but not after the whole: {after.detail}")
            return
        if "rotating" in after.known:
            return  # ids are links from now on
        known = set(before.seen)
        missed = {e.id for e in alone.entries} - known - {e.id for e in after.entries}
        if missed or set(after.seen) != set(alone.seen):
            self.faults.append(f"{number}: the cut misses {sorted(missed)[:3]}")
