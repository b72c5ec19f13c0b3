"""
Polls that end at the same moment, committed in one transaction.

A commit of its own costs a poll with nothing new 0.3 ms and a wait for the disk; in company it
costs a tenth of that. Whoever comes first waits a moment for others, then for the store; all of
them are answered once the disk has it.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from monitor.model import Changes
from monitor.stores._connection import Connection
from monitor.stores._file import File

_GATHER: Final = 0.05  # seconds; nothing that anybody waits for is committed here

Write = Callable[[Connection, Changes], bool]


@dataclass(slots=True)
class _Part:
    """One poll's share, and what came of it."""

    changes: Changes
    done: threading.Event = field(default_factory=threading.Event)
    kept: bool = False
    error: Exception | None = None

    def answer(self) -> bool:
        if self.error is not None:
            raise self.error
        return self.kept


class Together:
    """Thread-safe."""

    def __init__(self, file: File, write: Write) -> None:
        """`write` puts one poll's changes into the open transaction; False: its fence is lost."""
        self._file, self._write = file, write
        self._lock = threading.Lock()
        self._waiting: list[_Part] = []

    def keep(self, changes: Changes) -> bool:
        """
        False: the fence was lost and nothing was written. Safe on disk when it returns.

        Raises:
            StoreError: nothing was written.
        """
        part = _Part(changes)
        with self._lock:
            leads = not self._waiting
            self._waiting.append(part)
        if leads:
            time.sleep(_GATHER)
            self._lead()
        part.done.wait()
        return part.answer()

    def _lead(self) -> None:
        taken: Sequence[_Part] = ()
        try:
            with self._file.writing() as c:
                taken = self._take()
                whole = self._written(c, taken)
                if not whole:
                    raise _Spoilt
        except _Spoilt:
            for part in taken:
                self._alone(part)
        except Exception as e:  # the store cannot be written: the same for everybody
            taken = taken or self._take()
            for part in taken:
                part.error = e
        finally:
            for part in taken:
                part.done.set()

    def _written(self, c: Connection, taken: Sequence[_Part]) -> bool:
        """False: one of them could not be written, which may be its own fault."""
        try:
            for part in taken:
                part.kept = self._write(c, part.changes)
        except Exception:
            return False
        return True

    def _take(self) -> Sequence[_Part]:
        """All that wait by now; who comes later leads the next ones."""
        with self._lock:
            taken, self._waiting = self._waiting, []
        return taken

    def _alone(self, part: _Part) -> None:
        try:
            with self._file.writing() as c:
                part.kept = self._write(c, part.changes)
        except Exception as e:
            part.error = e


class _Spoilt(Exception):
    """Undoes a transaction of which a part went wrong."""
