"""Killed at any moment: what was answered as kept is there, and nothing half done."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from monitor.stores import sqlite
from tests.contract import making as m
from tests.samples import NOW

_KILLS = 6
_WORKER = """
import itertools, sys
from monitor.stores import sqlite
from tests.contract import making as m
store = sqlite.open(sys.argv[1])
for i in itertools.count(int(sys.argv[2])):
    claim = m.take_one(store)
    one = m.entry(str(i), summary="Officials say so. " * 20)
    assert m.commit(store, m.alerting(claim, one, story=f"s-{i}"))
    print(i, flush=True)
    [due] = m.send(store, 1)
    assert store.record(due, m.attempt(due), None)
"""


def _killed(url: str, first: int, after: float) -> int:
    """Run a worker from this number on and kill it; the last number that it saw kept, or -1."""
    command = [sys.executable, "-c", _WORKER, url, str(first)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as worker:
        assert worker.stdout is not None
        last = worker.stdout.readline()
        time.sleep(after)
        os.kill(worker.pid, signal.SIGKILL)
        lines = worker.stdout.read().splitlines()
    whole = [line for line in [last, *lines] if line.strip()]
    return int(whole[-1]) if whole else -1


def test_a_kill_at_any_moment_loses_nothing(tmp_path: Path) -> None:
    """Entry, story, alert and delivery of every poll answered as kept, for each of six kills."""
    url, chance, last = f"sqlite:///{tmp_path}/monitor.db", random.Random(3), -1
    for _ in range(_KILLS):
        last = max(last, _killed(url, last + 2, chance.random() / 5))
        store = sqlite.open(url)
        with store.hold("after", NOW):  # ends the leases of the killed
            counts = store.counts()
            assert [] == list(store.integrity())
        # One more than answered may have been kept: the kill came before the answer.
        assert counts["alerts"] == counts["entries"] == counts["deliveries"] == counts["members"]
        assert [f"al-s-{last}"] == [d.alert.id for d in store.alert(f"al-s-{last}")]
        for due in m.send(store):
            store.record(due, m.attempt(due), None)
        store.close()
    assert last > _KILLS


def test_a_kill_while_it_is_made_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    """The first start after a killed first start makes the store."""
    url = f"sqlite:///{tmp_path}/monitor.db"
    for wait in (0.0, 0.002, 0.005, 0.01, 0.02):
        script = f"print(flush=True); from monitor.stores import sqlite; print(flush=True); sqlite.open({url!r})"
        with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as worker:
            assert worker.stdout is not None
            worker.stdout.readline()
            worker.stdout.readline()
            time.sleep(wait)
            worker.kill()
        sqlite.open(url).close()
        (tmp_path / "monitor.db").unlink()
