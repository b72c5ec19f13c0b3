"""
Alerts as JSON Lines at the end of a file, each on the disk before it counts as delivered.

Format: https://jsonlines.org
"""

import errno
import fcntl
import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor import wire
from monitor.config.reading import Table
from monitor.egress import Egress
from monitor.model import Delivery, Outcome, Verdict
from monitor.ports import Sink, SinkKind

_REASONS = {
    errno.ENOSPC: "disk-full",
    errno.EDQUOT: "disk-full",
    errno.EACCES: "denied",
    errno.EROFS: "read-only",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonlSettings:
    path: Path


class Jsonl:
    """
    Appends; opens the file anew for each line, so that it may be moved away at any time.

    Every line has the delivery's `id`: a line repeated after a crash has the same one.
    """

    def __init__(self, settings: JsonlSettings) -> None:
        self._path = settings.path
        self._lock = threading.Lock()

    def send(self, delivery: Delivery, now: datetime) -> Outcome:
        line = b'{"id":"' + delivery.id.encode() + b'",' + wire.event(delivery.alert)[1:] + b"\n"
        try:
            with self._lock:
                self._append(line)
        except OSError as e:
            # Whatever it is, it is ours to mend: keep trying while somebody does.
            reason = _REASONS.get(e.errno or 0, "unwritable")
            return Outcome(verdict=Verdict.RETRY, reason=reason, answer=e.strerror or "")
        return Outcome(verdict=Verdict.DELIVERED)

    def close(self) -> None:
        """Nothing is held open."""

    def _append(self, line: bytes) -> None:
        new = not self._path.exists()
        if new:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            _write(file, line)
            os.fsync(file)
        finally:
            os.close(file)
        if new:
            _sync_folder(self._path.parent)


def _write(file: int, line: bytes) -> None:
    """The whole line at the end of the file, or nothing of it."""
    end = os.lseek(file, 0, os.SEEK_END)
    torn = end > 0 and os.pread(file, 1, end - 1) != b"\n"  # a crash in the middle of a line
    data = (b"\n" if torn else b"") + line
    try:
        while data:
            data = data[os.write(file, data) :]
    except OSError:
        with suppress(OSError):  # the first error is the one that says why
            os.ftruncate(file, end)
        raise


def _sync_folder(folder: Path) -> None:
    """Make the file's name as lasting as its content."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class _Kind:
    def read(self, table: Table) -> JsonlSettings:
        table.text("kind")
        path = table.text("path", right='a file such as "data/alerts.jsonl"')
        if table.has("path") and (path.endswith("/") or Path(path).is_dir()):
            table.fault("path", f"{path!r} is a folder", "name a file in it")
        table.close()
        return JsonlSettings(path=Path(path))

    def defaults(self) -> None:
        """A file must be named."""

    def rate(self, settings: JsonlSettings) -> None:
        """As fast as it takes them."""

    def build(self, settings: JsonlSettings, egress: Egress) -> Sink:
        return Jsonl(settings)


SINK: SinkKind = _Kind()
