"""
How fast an alert leaves once it is committed, and how many a second, beside Alertmanager.

    python -m bench.delivery_latency [--alerts 60] [--bulk 2000] [--pairs 3]

Latency: alerts committed five a second, each for twenty webhooks, from commit to the receiver's
first byte; then once more with three sick destinations beside them (one takes connections and
never answers, one resets, one is not there), which must not slow the healthy ones.
Throughput: a full outbox drained to one receiver; deliveries for each second of CPU.
Alertmanager (Debian: prometheus-alertmanager) gets the same alerts, posted one by one to its API,
each a group of its own with group_wait 0; it is left out where it is not installed.
"""

import argparse
import json
import os
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor import log
from monitor.deliver import Flying, deliver
from monitor.egress import Egress, EgressSettings
from monitor.model import Alert, Delivery, Severity
from monitor.ports import Store
from monitor.secret import Secret
from monitor.sinks.webhook import Webhook, WebhookSettings
from monitor.stores.sqlite import open as sqlite

SINKS = 20
PACE = 0.2  # seconds between two alerts
BARS = "bars: p50 <= 100 ms, p99 <= 1000 ms, >= 200 deliveries per second of one core"


class Receiver:
    """A receiver in a process of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.receiver"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}/hook"

    def seen(self) -> Sequence[tuple[float, str]]:
        """(monotonic moment of the first byte, alert) of every request; the receiver ends."""
        out, _ = self._process.communicate("end\n", timeout=30)
        rows = (line.split(" ", 1) for line in out.splitlines())
        return [(float(at), name) for at, name in rows]


def alert(number: int) -> Alert:
    now = datetime.now(UTC)
    return Alert(
        id=f"al-bench-{number:05}",
        story=f"s-{number}",
        revision=1,
        topic="arms-transfers",
        severity=Severity.HIGH,
        title="Freedonia orders forty tanks from Sylvania " * 3,
        url="https://example.org/1",
        outlet="example.org",
        published=now,
        first_seen=now,
        at=now,
        summary="The ministers signed on Tuesday. " * 10,
        act=None,
    )


def _clock() -> datetime:
    return datetime.now(UTC)


@contextmanager
def _delivering(
    folder: Path, url: str, sinks: int, sick: Sequence[str] = ()
) -> Iterator[tuple[Store, threading.Event]]:
    """A store and a delivery loop as the daemon runs it; set the event after a commit."""
    store = sqlite(f"sqlite:///{folder / 'm.db'}")
    gate = Egress(EgressSettings(allow_private=("127.0.0.0/8",)))
    urls = [url] * sinks + list(sick)
    places = {f"sink-{n}": _webhook(one, gate) for n, one in enumerate(urls)}
    kick, end, flying = threading.Event(), threading.Event(), Flying()

    def loop() -> None:
        while not end.is_set():
            kick.wait(1.0)
            kick.clear()
            while True:
                done = deliver(
                    store, places, _clock, owner="bench", lease=timedelta(minutes=2), limit=64,
                    pool=pool, flying=flying,
                )  # fmt: skip
                if not done.flying:
                    break

    with ThreadPoolExecutor(64) as pool:
        thread = threading.Thread(target=loop)
        thread.start()
        try:
            yield store, kick
        finally:
            end.set()
            kick.set()
            thread.join()
            store.close()


def latency(folder: Path, alerts: int, sick: Sequence[str] = ()) -> Sequence[float]:
    """Milliseconds from commit to first byte, of every delivery to a healthy destination."""
    receiver = Receiver()
    sent: dict[str, float] = {}
    with _delivering(folder, receiver.url, SINKS, sick) as (store, kick):
        for number in range(alerts):
            one = alert(number)
            store.add_deliveries(
                [Delivery(id=f"dl-{number}-{n}", alert=one, sink=f"sink-{n}", due=_clock())
                 for n in range(SINKS + len(sick))]
            )  # fmt: skip
            sent[one.id] = time.monotonic()
            kick.set()
            time.sleep(PACE)
        _wait(lambda: _drained(store))
    return [1000 * (at - sent[name]) for at, name in receiver.seen() if name in sent]


def _webhook(url: str, gate: Egress) -> Webhook:
    secrets = (Secret("a bench secret, long enough"),)
    settings = WebhookSettings(url=Secret(url), secrets=secrets, timeout=timedelta(seconds=5))
    return Webhook(settings, gate)


def _drained(store: Store) -> bool:
    """Whether nothing waits for a healthy destination."""
    healthy = {f"sink-{n}" for n in range(SINKS)}
    return all(row["queued"] == 0 for row in store.sinks() if row["sink"] in healthy)


@contextmanager
def sickly() -> Iterator[Sequence[str]]:
    """Addresses that take a connection for ever, that reset it, and where nobody is."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as silent, \
            socket.create_server(("127.0.0.1", 0), backlog=512) as rude:  # fmt: skip
        threading.Thread(target=_reset, args=(rude,), daemon=True).start()
        ports = (silent.getsockname()[1], rude.getsockname()[1], 9)
        yield [f"http://127.0.0.1:{port}/hook" for port in ports]


def _reset(listener: socket.socket) -> None:
    while True:
        try:
            line, _ = listener.accept()
        except OSError:
            return
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.close()


def pairs(folder: Path, alerts: int, number: int) -> Sequence[float]:
    """
    Undisturbed and beside sick destinations by turns, since others may be at work on the
    machine; every latency of the undisturbed.
    """
    every: list[float] = []
    ratios = []
    for turn in range(number):
        for name in ("well", "sick"):
            (folder / f"{name}-{turn}").mkdir()
        ours = latency(folder / f"well-{turn}", alerts)
        print(f"latency, {SINKS} sinks, ms: {json.dumps(_summary(ours))}")
        with sickly() as sick:
            beside = latency(folder / f"sick-{turn}", alerts, sick)
        print(f"the same beside {len(sick)} sick ones, ms: {json.dumps(_summary(beside))}")
        ratios.append(_summary(beside)["p99"] / _summary(ours)["p99"])
        every += ours
    slower = statistics.median(ratios)
    print(f"p99 beside the sick is {slower:.2f} times as long, the median of {number} (bar 2)")
    return every


def throughput(folder: Path, bulk: int) -> tuple[float, float]:
    """Deliveries a second of wall time, and of CPU of this process."""
    receiver = Receiver()
    with _delivering(folder, receiver.url, 1) as (store, kick):
        due = _clock()
        whole = [
            Delivery(id=f"dl-{n}", alert=replace(alert(n), story=f"s-{n}"), sink="sink-0", due=due)
            for n in range(bulk)
        ]
        with store.writing():
            store.add_deliveries(whole)
        began, cpu = time.monotonic(), time.process_time()
        kick.set()
        _wait(lambda: store.counts()["queued"] == 0)
        wall, used = time.monotonic() - began, time.process_time() - cpu
    assert bulk == len(receiver.seen())
    return bulk / wall, bulk / used


def _wait(done: Callable[[], bool], patience: float = 120.0) -> None:
    end = time.monotonic() + patience
    while not done() and time.monotonic() < end:
        time.sleep(0.02)


# ── Alertmanager ────────────────────────────────────────────────────────────────

CONFIG = """
route:
  receiver: hook
  group_by: ['id']
  group_wait: 0s
  group_interval: 1m
receivers:
- name: hook
  webhook_configs:
  - url: '{url}'
    send_resolved: false
"""


def peer(folder: Path, alerts: int, pace: float) -> tuple[Sequence[float], float]:
    """Alertmanager's latencies in milliseconds, and deliveries for each second of its CPU."""
    receiver = Receiver()
    (folder / "am.yml").write_text(CONFIG.format(url=receiver.url), encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    process = subprocess.Popen(
        ["prometheus-alertmanager", f"--config.file={folder / 'am.yml'}",
         f"--storage.path={folder / 'am'}", f"--web.listen-address=127.0.0.1:{port}",
         "--cluster.listen-address="],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait(lambda: _answers(f"http://127.0.0.1:{port}/-/ready"))
        sent: dict[str, float] = {}
        before = _cpu(process.pid)
        for number in range(alerts):
            name = f"al-bench-{number:05}"
            body = [{"labels": {"alertname": "arms", "id": name}, "annotations": {"t": "x" * 400}}]
            sent[name] = time.monotonic()
            _post(f"http://127.0.0.1:{port}/api/v2/alerts", body)
            time.sleep(pace)
        time.sleep(2)
        used = _cpu(process.pid) - before
    finally:
        process.terminate()
        process.wait(10)
    times = [1000 * (at - sent[name]) for at, name in receiver.seen() if name in sent]
    return times, len(times) / max(used, 0.01)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _post(url: str, body: object) -> None:
    asked = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(asked, timeout=10).close()


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _summary(times: Sequence[float]) -> Mapping[str, float]:
    cut = statistics.quantiles(times, n=100)
    return {"p50": round(statistics.median(times), 1), "p99": round(cut[98], 1), "n": len(times)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alerts", type=int, default=60)
    parser.add_argument("--bulk", type=int, default=2000)
    parser.add_argument("--pairs", type=int, default=3)
    given = parser.parse_args()
    # A line for each delivery, as the daemon writes it, but to nowhere.
    with open(os.devnull, "w") as nowhere, tempfile.TemporaryDirectory() as name:
        log.configure("info", "json", (), nowhere)
        folder = Path(name)
        ours = pairs(folder, given.alerts, given.pairs)
        (folder / "b").mkdir()
        wall, cpu = throughput(folder / "b", given.bulk)
        print(f"throughput: {wall:.0f} deliveries/s, {cpu:.0f} for each second of CPU")
        if shutil.which("prometheus-alertmanager") is None:
            print("Alertmanager: not installed (Debian: prometheus-alertmanager); left out")
        else:
            times, per_cpu = peer(folder, given.alerts, PACE)
            theirs = _summary(times)
            said = f"{json.dumps(theirs)}; {per_cpu:.0f} for each second of CPU"
            print(f"Alertmanager, 1 receiver, in memory, ms: {said}")
            print(f"ratios, ours to theirs: p50 {_summary(ours)['p50'] / theirs['p50']:.2f}, "
                  f"deliveries for each second of CPU {cpu / per_cpu:.2f}")  # fmt: skip
    print(BARS)


if __name__ == "__main__":
    main()
