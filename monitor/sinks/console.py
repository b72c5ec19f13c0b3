"""Alerts as cards in the terminal: the sink there is when none is configured."""

import errno
import sys
import threading
from dataclasses import dataclass
from datetime import datetime

from monitor.config.reading import Table
from monitor.egress import Egress
from monitor.model import Delivery, Outcome, Verdict
from monitor.ports import Sink, SinkKind
from monitor.terminal import card


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleSettings:
    width: int = 0  # columns; 0 for those of the terminal
    colour: str = "auto"  # always, never, or auto: at a terminal where NO_COLOR is not set


class TerminalSink:
    """Prints to standard output; a terminal that has gone is an outcome, not an error."""

    def __init__(self, settings: ConsoleSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()

    def send(self, delivery: Delivery, now: datetime) -> Outcome:
        stream = sys.stdout
        if stream is None or stream.closed:
            return _gone("standard output is closed")
        colour = None if self._settings.colour == "auto" else self._settings.colour == "always"
        width = self._settings.width or None
        shown = card(delivery.alert, width=width, colour=colour, stream=stream) + "\n"
        coding = stream.encoding or "utf-8"
        try:
            with self._lock:  # two cards must not share a line
                stream.write(shown.encode(coding, "replace").decode(coding))
                stream.flush()
        except (OSError, ValueError) as e:
            if isinstance(e, OSError) and e.errno == errno.ENOSPC:
                return Outcome(verdict=Verdict.RETRY, reason="disk-full")
            return _gone(f"standard output cannot be written: {type(e).__name__}")
        return Outcome(verdict=Verdict.DELIVERED)

    def close(self) -> None:
        """Standard output is not ours to close."""


def _gone(why: str) -> Outcome:
    """Nobody reads there, and nobody will in five minutes: a dead letter, kept in the store."""
    return Outcome(verdict=Verdict.REFUSED, reason="closed", answer=why)


class _Kind:
    def read(self, table: Table) -> ConsoleSettings:
        table.text("kind")
        settings = ConsoleSettings(
            width=table.integer("width", 0),
            colour=table.choice("colour", ("auto", "always", "never"), "auto"),
        )
        table.close()
        return settings

    def defaults(self) -> ConsoleSettings:
        return ConsoleSettings()

    def rate(self, settings: ConsoleSettings) -> None:
        """As fast as it takes them."""

    def build(self, settings: ConsoleSettings, egress: Egress) -> Sink:
        return TerminalSink(settings)


SINK: SinkKind = _Kind()
