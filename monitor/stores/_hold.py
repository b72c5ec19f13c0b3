"""
One daemon per store: a lock file beside it, which the kernel lets go when its holder dies.

A file lock, because SQLite stores live on one machine (its log needs shared memory).
"""

import contextlib
import fcntl
import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from monitor.errors import StoreBusy, StoreFull


@contextmanager
def hold(store: Path, owner: str, now: datetime) -> Iterator[None]:
    """See Store.hold. The file stays: deleting it would let two hold two files of one name."""
    with alone(store) as handle:
        holder = {
            "owner": owner,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "since": now.isoformat(timespec="seconds"),
        }
        with contextlib.suppress(OSError):  # on a full disk the lock holds without its label
            os.ftruncate(handle, 0)
            os.pwrite(handle, json.dumps(holder).encode(), 0)
        yield


@contextmanager
def alone(store: Path) -> Iterator[int]:
    """
    Nobody holds the store until exit; the lock file, opened.

    Raises:
        StoreBusy: somebody does, named.
    """
    path = store.with_name(store.name + ".lock")
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as e:
        raise StoreFull(f"{path}: cannot be opened: {e.strerror}") from e
    try:
        _lock(handle, store)
        yield handle
    finally:
        os.close(handle)


def _lock(handle: int, store: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as e:
        raise StoreBusy(f"{store}: {_holder(handle)} runs on it; stop that one first") from e


def holder(store: Path) -> Mapping[str, object] | None:
    """Owner, host, pid and since of who holds the store; None: nobody does, as far as we see."""
    with contextlib.suppress(OSError, ValueError):
        handle = os.open(store.with_name(store.name + ".lock"), os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            found = json.loads(os.pread(handle, 4096, 0))
            return {**found, "since": datetime.fromisoformat(found["since"])}
        finally:
            os.close(handle)
    return None


def _holder(handle: int) -> str:
    """Who wrote the file, as a person can look for it."""
    with contextlib.suppress(ValueError, TypeError, KeyError):
        found = json.loads(os.pread(handle, 4096, 0))
        return f"process {found['pid']} on {found['host']}, started {found['since']},"
    return "another process"
