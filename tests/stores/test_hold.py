"""One daemon per store."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.errors import StoreBusy
from monitor.ports import Store
from monitor.stores import sqlite
from tests.contract import making as m
from tests.samples import NOW

_DAEMON = """
import sys, time
from datetime import UTC, datetime
from monitor.stores import sqlite
store = sqlite.open(sys.argv[1])
with store.hold("other", datetime(2026, 7, 1, tzinfo=UTC)):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_daemon_is_refused_and_told_who_has_it(path: Path, store: Store) -> None:
    """Host, process and start: enough to go and stop it. A kill -9 leaves nothing behind."""
    url = f"sqlite:///{path}"
    command = [sys.executable, "-c", _DAEMON, url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert "held" == other.stdout.readline().strip()
        with pytest.raises(StoreBusy) as caught, store.hold("me", NOW):
            pass
        os.kill(other.pid, signal.SIGKILL)
        other.wait()

    for word in (str(path), str(other.pid), socket.gethostname(), "2026-07-01T00:00:00+00:00"):
        assert word in str(caught.value)
    with store.hold("me", NOW):
        pass


def test_two_in_one_process_are_two(path: Path, store: Store) -> None:
    """The lock belongs to the store opened, not to the process."""
    other = sqlite.open(f"sqlite:///{path}")
    with (
        store.hold("me", NOW),
        pytest.raises(StoreBusy, match=str(os.getpid())),
        other.hold("it", NOW),
    ):
        pass
    with other.hold("it", NOW):
        pass
    other.close()


def test_a_label_nobody_can_read_is_no_obstacle(path: Path, store: Store) -> None:
    """The lock counts, not what is written about it."""
    with store.hold("me", NOW):
        path.with_name("monitor.db.lock").write_text("garbage")
        other = sqlite.open(f"sqlite:///{path}")
        with pytest.raises(StoreBusy, match="another process"), other.hold("it", NOW):
            pass
        other.close()


def test_commands_work_beside_a_daemon(path: Path, store: Store) -> None:
    """`alerts resend`, `feeds add` and `backup` do not need the daemon to stop."""
    with store.hold("me", NOW):
        other = sqlite.open(f"sqlite:///{path}")
        assert other.add_feed(m.feed("own"), NOW)
        other.close()
    assert [m.feed("own")] == list(store.own_feeds())


def test_a_new_daemon_inherits_what_the_last_had_leased(store: Store) -> None:
    """After a crash nobody waits ten minutes for leases of the dead; their work is void."""
    old = m.take_one(store)
    with store.hold("me", NOW):
        [new] = m.take(store)

        assert new.fence > old.fence
        assert not m.commit(store, m.changes(old))
        assert m.commit(store, m.changes(new))
