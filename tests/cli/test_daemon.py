"""The daemon in this process: orders, reloads, refusals, and what it tells of itself."""

import gc
import json
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from structlog.testing import capture_logs

from monitor.app import Monitor
from monitor.assembly import read_config
from monitor.cli import daemon as daemons
from monitor.cli.daemon import Daemon
from monitor.cli.run import obey
from monitor.errors import ConfigError, StoreBusy, StoreFull, UsageError
from monitor.health import Health, Stage
from monitor.ports import Store
from tests.cli.conftest import ONE, TWO, Desk
from tests.test_articles import Refusing


def until(done: Callable[[], object], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)


def made(desk: Desk, **changed: object) -> Daemon:
    def read() -> object:
        return read_config(desk.root, {})

    return Daemon(read_config(desk.root, {}), read, **{"environ": {}, **changed})  # type: ignore[arg-type]


@pytest.fixture
def signals() -> Iterator[None]:
    """Handlers as they were before the test."""
    kept = {n: signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def test_it_works_until_it_is_told_to_stop(desk: Desk, signals: None) -> None:
    """Polls, alerts, delivers; SIGHUP reads again, SIGTERM ends it; each once."""
    desk.settings('[poll]\ntick = "50ms"\n')
    daemon = made(desk)
    obey(daemon.orders)
    archive = desk.folder / "alerts.jsonl"

    def outside() -> None:
        until(archive.exists)
        (desk.root / "feeds" / "more.toml").write_text(
            f'[[feeds]]\nid = "other"\nurl = "file://{desk.folder}/other.xml"\n', "utf-8"
        )
        desk.publish(TWO, feed="other")
        os.kill(os.getpid(), signal.SIGHUP)
        until(lambda: 2 == len(archive.read_text("utf-8").splitlines()))
        os.kill(os.getpid(), signal.SIGTERM)

    helper = threading.Thread(target=outside)
    helper.start()
    daemons.listen(daemon.monitor.parts.config)
    assert daemon.run()
    helper.join()

    events = [json.loads(line)["event"] for line in desk.read()[1].splitlines()]
    for name in ("monitor started", "monitor ready", "configuration reloaded", "monitor stopped"):
        assert 1 == events.count(name), name
    assert ONE[0] in archive.read_text("utf-8")


def test_a_faulty_configuration_is_kept_out(desk: Desk) -> None:
    """Each fault is in the log, and nothing changes."""
    daemon = made(desk)
    before = daemon.monitor.parts
    desk.settings("[pol]\n")
    with capture_logs() as logs:
        daemon.reload()

    [refused] = logs
    assert "reload refused" == refused["event"]
    assert "pol: is not a known key" in refused["problems"][0]
    assert before is daemon.monitor.parts
    daemon.monitor.close()


def test_what_only_a_restart_changes_is_said(desk: Desk) -> None:
    """By key."""
    daemon = made(desk)
    desk.settings("[poll]\nworkers = 3\nmax_entries = 9\n")
    desk.read()
    daemon.reload()

    [told] = [json.loads(line) for line in desk.read()[1].splitlines()]
    assert ["poll.workers"] == told["needs_restart"]
    daemon.monitor.close()


def test_a_second_one_is_refused_and_leaves_nothing_open(desk: Desk) -> None:
    """It says who is there; the first is unharmed."""
    first, second = made(desk), made(desk)
    with first.monitor.store.hold("first", first.monitor.now()), pytest.raises(StoreBusy):
        second.run()
    first.monitor.close()


def test_a_taken_port_leaves_nothing_open(desk: Desk) -> None:
    """Said before anything is polled; the store is free again."""
    main = desk.root / "monitor.toml"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = main.read_text("utf-8").replace('listen = ""', f'listen = "127.0.0.1:{port}"')
        main.write_text(text, "utf-8")
        with pytest.raises(UsageError, match="cannot listen on"):
            made(desk).run()

    assert 0 == desk("once").status


def test_a_second_one_is_told_of_the_first_not_of_its_port(desk: Desk) -> None:
    """Both would want the same port: the store is the better reason."""
    main = desk.root / "monitor.toml"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = main.read_text("utf-8").replace('listen = ""', f'listen = "127.0.0.1:{port}"')
        main.write_text(text, "utf-8")
        first = made(desk)
        with first.monitor.store.hold("first", first.monitor.now()), pytest.raises(StoreBusy):
            made(desk).run()
    first.monitor.close()


def test_a_reload_that_breaks_is_no_end(desk: Desk) -> None:
    """Whatever the surprise, the last good configuration works on."""
    daemon = made(desk)
    daemon._read = lambda: 1 // 0  # type: ignore[assignment,return-value]
    with capture_logs() as logs:
        daemon.reload()

    assert ["reload broke"] == [e["event"] for e in logs]
    daemon.monitor.close()


def test_a_store_that_refuses_is_said_once(desk: Desk) -> None:
    """Not every second while the disk is full; and again when it goes on."""
    daemon = made(desk)
    sound = daemon.monitor.store

    def full(*_args: object, **_how: object) -> None:
        raise StoreFull("the disk is full")

    def works_on(store: Store) -> None:
        daemon.monitor.store = daemon.monitor.polling._store = store

    with capture_logs() as logs:
        works_on(cast(Store, Refusing(sound, claim=full, due_deliveries=full)))
        for _ in range(3):
            daemon._tick()
            assert not daemon._deliver()
        works_on(sound)
        assert {"outbox: the disk is full", "store: the disk is full"} == set(
            daemon.monitor.health.faults()
        )
        assert not daemon._deliver()

    assert ["nothing claimed", "deliveries wait", "deliveries go on"] == [e["event"] for e in logs]
    daemon.monitor.close()


@pytest.fixture
def systemd() -> Iterator[tuple[socket.socket, str]]:
    """What hears us, and where; a path of a socket must be short."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
            heard.bind(path)
            heard.settimeout(0.2)
            yield heard, path


def test_a_late_stage_is_not_reported_as_alive(
    desk: Desk, systemd: tuple[socket.socket, str]
) -> None:
    """systemd restarts whom it does not hear from."""
    heard, path = systemd
    daemon = made(desk, environ={"NOTIFY_SOCKET": path})
    daemon._heartbeat()
    assert b"WATCHDOG=1" == heard.recv(100).strip()
    daemon.monitor.health = Health(time.monotonic() - 10_000, tuple(Stage))
    with capture_logs() as logs:
        daemon._heartbeat()

    with pytest.raises(TimeoutError):
        heard.recv(100)
    assert ["stage is late"] == [e["event"] for e in logs]
    daemon.monitor.close()


def test_a_faulty_sink_makes_no_store(desk: Desk, tmp_path: Path) -> None:
    """What is wrong is said before anything is made."""
    config = read_config(desk.root, {})
    config.problems.lines.append("monitor.toml:1: sinks.x: is wrong")

    with pytest.raises(ConfigError):
        Monitor(config)
    assert not (tmp_path / "monitor.db").exists()


def test_metrics_answer_while_the_store_does_not(desk: Desk) -> None:
    """The page that says what is wrong must not need what is wrong."""
    monitor = Monitor(read_config(desk.root, {}))
    sound = monitor.store

    def damaged() -> None:
        raise StoreFull("no")

    monitor.store = cast(Store, Refusing(sound, counts=damaged))

    assert b'monitor_errors_total{stage="store"} 1.0' in monitor.metrics_text()
    monitor.store = sound
    monitor.close(timedelta(seconds=1))


def test_thrift_is_harmless_where_it_means_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another libc has no such calls."""
    monkeypatch.setattr("ctypes.CDLL", lambda _name: object())

    daemons.thrift()
    daemons.tidy()


def test_garbage_is_looked_for_again_after_the_start() -> None:
    """Not while it starts, not among what it started with, and always afterwards."""
    before = gc.get_freeze_count()
    with daemons.unswept():
        assert not gc.isenabled()
    assert gc.isenabled()
    assert before < gc.get_freeze_count()
    gc.unfreeze()


def test_an_order_is_waited_for_in_turns(desk: Desk) -> None:
    """One that comes after a turn in vain is obeyed all the same."""
    daemon = Daemon(read_config(desk.root, {}), lambda: read_config(desk.root, {}))
    threading.Timer(1.1, daemon.orders.put, ["stop"]).start()  # a turn is a second

    assert daemon.run()


def test_backups_that_fail_are_seen(desk: Desk) -> None:
    """A folder that cannot be: /readyz says since when there is none."""
    monitor = Monitor(read_config(desk.root, {}))
    config = monitor.parts.config
    (desk.folder / "file").write_text("not a folder")
    store = replace(config.settings.store, backup=str(desk.folder / "file" / "x"))
    monitor.reload(replace(config, settings=replace(config.settings, store=store)))

    with pytest.raises(OSError):
        monitor.backup()
    assert ["backup"] == [said.partition(":")[0] for said in monitor.health.faults()]
    monitor.close()
