"""`monitor run` as a process: from a publisher's page to a signed webhook, and what may go wrong."""

import json
import signal
import socket
import time
from pathlib import Path

from monitor.alert.identity import delivery_id
from tests.end_to_end.world import Page, Runs, World, configured, rss, until

ONE = ("Sylvania sends howitzers to Freedonia", "Twelve of them left the port on Monday.")
TWO = ("Corvettes for Osterlich seized at the Ruritanian border", "Customs held two in a dry dock.")
DULL = ("Cabinet debates the price of milk", "A vote is due next week.")


def test_a_report_becomes_a_signed_webhook(around: World, runs: Runs, tmp_path: Path) -> None:
    """One poll, one alert, one delivery whose signature a standard library accepts."""
    around.pages["/a"] = rss([ONE, DULL])
    daemon = runs.start(configured(tmp_path, around, {"paper": "/a"}))
    [got] = until(lambda: around.got, "the alert")

    assert "alert.created" == got.event["type"]
    assert ONE[0] == got.alert["title"]
    assert "howitzers" == got.alert["topic"]
    assert "paper.example" == got.alert["outlet"]
    assert got.id == delivery_id(got.alert["alert"], 1, "desk")
    assert 0 == daemon.end()
    assert 1 == len(around.got)


def test_a_restart_loses_and_repeats_nothing(around: World, runs: Runs, tmp_path: Path) -> None:
    """What came while it was down is told; what was told is not told again."""
    around.pages["/a"] = rss([ONE])
    root = configured(tmp_path, around, {"paper": "/a"})
    first = runs.start(root)
    until(lambda: around.got, "the first alert")
    assert 0 == first.end()
    around.pages["/a"] = rss([TWO, ONE])
    second = runs.start(root)
    until(lambda: len(around.got) > 1, "the second alert")
    asked = len(around.asked)
    until(lambda: len(around.asked) > asked + 1, "two more polls")

    assert [ONE[0], TWO[0]] == around.titles()
    assert 0 == second.end()


def test_deliveries_wait_for_a_receiver_that_is_down(
    around: World, runs: Runs, tmp_path: Path
) -> None:
    """Failed attempts carry the same id as the one that succeeds, across a restart."""
    around.pages["/a"] = rss([ONE])
    around.status = lambda: 503
    root = configured(tmp_path, around, {"paper": "/a"})
    first = runs.start(root)
    [failed] = until(lambda: first.events("delivery failed"), "a failed attempt")
    assert 0 == first.end()
    around.status = lambda: 200
    again = runs.command(root, "deliveries", "retry", failed["delivery"])
    assert (0, "") == (again.returncode, again.stderr)
    runs.start(root)
    [got] = until(lambda: around.got, "the alert")

    assert failed["delivery"] == got.id


def test_a_second_daemon_is_refused(around: World, runs: Runs, tmp_path: Path) -> None:
    """One line that names the first, exit 1, and the first goes on."""
    around.pages["/a"] = rss([ONE])
    root = configured(tmp_path, around, {"paper": "/a"})
    first = runs.start(root)
    until(lambda: first.events("monitor ready"), "ready")
    refused = runs.command(root, "run")

    assert 1 == refused.returncode
    [line] = refused.stderr.strip().splitlines()[-1:]
    assert f"process {first.process.pid} on " in line
    assert "stop that one first" in line
    assert "Traceback" not in refused.stderr
    assert first.process.poll() is None


def test_sigterm_ends_it_within_ten_seconds(around: World, runs: Runs, tmp_path: Path) -> None:
    """Even in the middle of a poll of a server that never answers: the claim is given back."""
    around.pages["/slow"] = Page(b"", seconds=60)
    root = configured(tmp_path, around, {"slow": "/slow"}, more="")
    text = (root / "monitor.toml").read_text("utf-8").replace('timeout = "5s"', 'timeout = "60s"')
    (root / "monitor.toml").write_text(text, "utf-8")
    daemon = runs.start(root)
    until(lambda: "/slow" in around.asked, "the poll")
    began = time.monotonic()

    assert 0 == daemon.end(15)
    assert time.monotonic() - began < 10
    around.pages["/slow"] = rss([ONE])
    runs.start(root)
    until(lambda: around.got, "the feed polled at once by the next daemon")


def test_sigterm_ends_it_while_everything_hangs(around: World, runs: Runs, tmp_path: Path) -> None:
    """A publisher and a receiver that never answer: ten seconds, and the alert is not lost."""
    around.pages |= {"/a": rss([ONE]), "/slow": Page(b"", seconds=60)}
    asked: list[int] = []

    def hang() -> int:
        asked.append(1)
        time.sleep(0 if len(asked) > 1 else 30)
        return 204

    around.status = hang
    root = configured(tmp_path, around, {"paper": "/a", "slow": "/slow"})
    text = (root / "monitor.toml").read_text("utf-8").replace('timeout = "5s"', 'timeout = "60s"')
    (root / "monitor.toml").write_text(text, "utf-8")
    daemon = runs.start(root)
    until(lambda: asked and "/slow" in around.asked, "both hanging")
    began = time.monotonic()

    assert 0 == daemon.end(15)
    assert time.monotonic() - began < 10
    runs.start(root)
    until(lambda: around.titles() == [ONE[0]], "the alert from the next daemon", seconds=15)


def test_sigint_ends_it_too(around: World, runs: Runs, tmp_path: Path) -> None:
    """Ctrl-C is no error."""
    around.pages["/a"] = rss([DULL])
    daemon = runs.start(configured(tmp_path, around, {"paper": "/a"}))
    until(lambda: daemon.events("poll finished"), "a poll")
    daemon.signal(signal.SIGINT)

    assert 0 == daemon.process.wait(12)
    assert [] == daemon.events("round failed")
    assert "Traceback" not in daemon.said


def test_a_good_reload_takes_over(around: World, runs: Runs, tmp_path: Path) -> None:
    """SIGHUP: a feed added to a file is polled, without a restart."""
    around.pages |= {"/a": rss([ONE]), "/b": rss([TWO])}
    root = configured(tmp_path, around, {"paper": "/a"})
    daemon = runs.start(root)
    until(lambda: around.got, "the first feed")
    configured(tmp_path, around, {"paper": "/a", "gazette": "/b"})
    daemon.signal(signal.SIGHUP)
    until(lambda: len(around.got) > 1, "the second feed")

    assert [2] == [e["feeds"] for e in daemon.events("configuration reloaded")]


def test_a_bad_reload_changes_nothing(around: World, runs: Runs, tmp_path: Path) -> None:
    """The faults are logged with their lines, and the last good configuration works on."""
    around.pages["/a"] = rss([DULL])
    root = configured(tmp_path, around, {"paper": "/a"})
    daemon = runs.start(root)
    until(lambda: daemon.events("poll finished"), "a poll")
    good = (root / "monitor.toml").read_text("utf-8")
    (root / "monitor.toml").write_text(good + "\n[pol]\nworkers = 1\n", "utf-8")
    daemon.signal(signal.SIGHUP)
    [refused] = until(lambda: daemon.events("reload refused"), "the refusal")
    around.pages["/a"] = rss([ONE])
    until(lambda: around.got, "an alert after the refusal")

    [problem] = refused["problems"]
    assert problem.startswith("monitor.toml:")
    assert "pol: is not a known key; did you mean 'poll'?" in problem


# every bad kind of feed, each beside a good one
BAD = {
    "gone": (Page(b"", status=410), "gone"),
    "missing": (Page(b"", status=404), "not-found"),
    "forbidden": (Page(b"", status=403), "denied"),
    "throttled": (Page(b"", status=429, headers={"Retry-After": "3600"}), "throttled"),
    "broken": (Page(b"oops", status=500), "server-error"),
    "empty": (Page(b""), "empty-body"),
    "page": (Page(b"<!doctype html><html><body>hi</body></html>", "text/html"), "html-not-a-feed"),
    "binary": (Page(bytes(range(256)) * 20), "not-a-feed"),
    "loop": (Page(b"", status=302, headers={"Location": "/loop"}), "too-many-redirects"),
    "metadata": (Page(b"", status=302, headers={"Location": "http://169.254.169.254/"}), "forbidden-address"),
    "torn": (Page(b"short", headers={"Content-Length": "999"}), ""),
    "squeezed": (Page(b"not gzip", headers={"Content-Encoding": "gzip"}), "content-encoding"),
    "stuck": (Page(b"", seconds=30), "timeout"),
}  # fmt: skip


def test_bad_feeds_fail_by_name_beside_good_ones(around: World, runs: Runs, tmp_path: Path) -> None:
    """Every failure is a log line with its reason; no good feed waits for a bad one."""
    around.pages |= {f"/{name}": page for name, (page, _) in BAD.items()}
    around.pages["/good"] = rss([ONE])
    daemon = runs.start(
        configured(tmp_path, around, {**{n: f"/{n}" for n in BAD}, "good": "/good"})
    )
    until(lambda: around.got, "the good feed's alert", seconds=5)
    until(lambda: set(BAD) <= {e["feed"] for e in daemon.events("poll failed")}, "every failure")
    reasons = {e["feed"]: e["reason"] for e in daemon.events("poll failed")}

    wanted = {name: reason for name, (_, reason) in BAD.items() if reason}
    assert wanted == {name: reasons[name] for name in wanted}
    assert "Traceback" not in daemon.said
    assert 0 == daemon.end()


def test_it_says_how_it_is(around: World, runs: Runs, tmp_path: Path) -> None:
    """/healthz, /readyz with each stage's heartbeat, /metrics with names others can rely on."""
    around.pages |= {"/a": rss([ONE, DULL]), "/b": Page(b"", status=404)}
    daemon = runs.start(configured(tmp_path, around, {"paper": "/a", "lost": "/b"}))
    until(lambda: around.got, "the alert")
    until(lambda: daemon.events("poll failed"), "the failure")
    status, body = daemon.ask("/readyz")

    assert (200, "ok\n") == daemon.ask("/healthz")
    assert 200 == status
    ready = json.loads(body)
    assert {"polling", "matching", "delivering"} == set(ready["heartbeats"])
    assert [] == ready["reasons"]
    assert 404 == daemon.ask("/nothing")[0]
    until(lambda: 'monitor_delivery_attempts_total{sink="desk",verdict="delivered"} 1.0'
          in daemon.ask("/metrics")[1], "the delivery counted")  # fmt: skip
    page = daemon.ask("/metrics")[1]
    for line in (
        'monitor_alerts_total{severity="low",topic="howitzers"} 1.0',
        'monitor_polls_total{outcome="not-found"}',
        "monitor_poll_seconds_bucket",
        'monitor_heartbeat_age_seconds{stage="polling"}',
        'monitor_store_rows{table="entries"} 2.0',
        "monitor_disk_free_bytes",
    ):
        assert line in page, line


def test_a_taken_port_is_one_line(around: World, runs: Runs, tmp_path: Path) -> None:
    """Said before anything is polled, with what to change."""
    root = configured(tmp_path, around, {"paper": "/a"})
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = (root / "monitor.toml").read_text("utf-8")
        (root / "monitor.toml").write_text(
            text.replace("127.0.0.1:0", f"127.0.0.1:{port}"), "utf-8"
        )
        refused = runs.command(root, "run")

    assert 2 == refused.returncode
    assert f"cannot listen on 127.0.0.1:{port}: " in refused.stderr
    assert 1 == len(refused.stderr.strip().splitlines())
    assert [] == around.asked


def test_no_secret_is_ever_logged(around: World, runs: Runs, tmp_path: Path) -> None:
    """Not the sink's secret, not the token in its address, whatever fails."""
    around.pages["/a"] = rss([ONE])
    more = f'[sinks.other]\nkind = "slack"\nurl = "{around.url}/services/T0/B0/tokenTOKEN99"\n'
    daemon = runs.start(configured(tmp_path, around, {"paper": "/a"}, more=more), "-v")
    until(lambda: daemon.events("delivery failed"), "the failure of the other sink")
    until(lambda: around.got, "the alert")
    daemon.end()

    assert "tokenTOKEN99" not in daemon.said
    assert "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY" not in daemon.said
    assert "tokenTOKEN99" not in daemon.shown


def test_with_no_sink_the_terminal_shows_cards(around: World, runs: Runs, tmp_path: Path) -> None:
    """Whoever configures nothing still sees alerts; --json shows events instead."""
    around.pages["/a"] = rss([ONE])
    root = configured(tmp_path, around, {"paper": "/a"})
    text = (root / "monitor.toml").read_text("utf-8")
    (root / "monitor.toml").write_text(text.partition("[sinks.desk]")[0], "utf-8")
    daemon = runs.start(root)
    until(lambda: "╭" in daemon.shown, "a card")
    daemon.end()
    (tmp_path / "monitor.db").unlink()
    other = runs.start(root, "--json")
    [line] = until(lambda: other.shown.splitlines(), "an event")

    assert ONE[0] in daemon.shown
    assert ONE[0] == json.loads(line)["data"]["title"]


def test_systemd_hears_of_it(around: World, runs: Runs, tmp_path: Path) -> None:
    """READY after the first tick, WATCHDOG while it lives, STOPPING at the end."""
    around.pages["/a"] = rss([DULL])
    root = configured(tmp_path, around, {"paper": "/a"})
    said: list[str] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(15)
        runs.extra["NOTIFY_SOCKET"] = str(tmp_path / "notify")
        daemon = runs.start(root)
        while not any("READY=1" in one for one in said):
            said.append(systemd.recv(4096).decode())
        while not any("WATCHDOG=1" in one for one in said):
            said.append(systemd.recv(4096).decode())
        daemon.signal(signal.SIGTERM)
        while not any("STOPPING=1" in one for one in said):
            said.append(systemd.recv(4096).decode())

    assert 0 == daemon.process.wait(12)
