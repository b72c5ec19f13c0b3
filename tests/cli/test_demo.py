"""`monitor demo` as a process: no network, and everything it promises to show."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from monitor.cli.loopback import link, papers
from tests.end_to_end.world import environment, until


def demo(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "monitor", "demo", *words], capture_output=True, text=True,
        timeout=60, cwd=folder, env=environment(), stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Every line of `monitor demo --json`, which must end well."""
    began = time.monotonic()
    done = demo(tmp_path_factory.mktemp("demo"), "--json")

    assert (0, "") == (done.returncode, done.stderr)
    assert time.monotonic() - began < 30
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_it_ends_with_a_summary(said: list[dict[str, Any]]) -> None:
    """Alerts in several languages; every webhook signed, none twice; the broken feed named."""
    summary = said[-1]

    assert "demo.ended" == summary["type"]
    assert summary["alerts"] >= 6
    assert len(summary["languages"]) >= 5
    assert 0 == summary["signatures_refused"] == summary["webhooks_repeated"]
    assert summary["webhooks"] == summary["alerts"] + summary["updates"]
    assert ["moved-away"] == [f["feed"] for f in summary["feeds_failed"]]


def test_the_look_alikes_stay_silent_with_a_reason(said: list[dict[str, Any]]) -> None:
    """Sport, space, markets and crime raise nothing, and say what spoke against them."""
    alike = [f for f in said[-1]["fates"] if f["lookalike"]]

    assert len(alike) >= 5
    assert {"silent"} == {f["fate"] for f in alike}
    assert all(f["why"] for f in alike)


def test_the_exemplar_is_told_whole(said: list[dict[str, Any]]) -> None:
    """Who, what, how much, how far, and under which resolution."""
    [event] = [
        e for e in said[:-1]
        if e["type"] == "alert.created" and e["data"]["act"]["suppliers"] == ["kp"]
    ]  # fmt: skip
    act, regimes = event["data"]["act"], event["data"]["regimes"]

    assert ["ru"] == act["recipients"]
    assert "requested" == act["stage"]
    assert {"artillery", "ammunition"} <= set(act["categories"])
    assert "millions" == act["quantity"]
    assert "un-kp" in act["regimes"]
    [regime] = [r for r in regimes if r["id"] == "un-kp"]
    assert "S/RES/1718" in regime["act"]


def test_a_story_is_told_once_and_updated(said: list[dict[str, Any]]) -> None:
    """Three papers report one request; the shipment that follows is news of the same story."""
    created = [e["data"] for e in said[:-1] if e["type"] == "alert.created"]
    updated = [e["data"] for e in said[:-1] if e["type"] == "alert.updated"]
    duplicates = [f for f in said[-1]["fates"] if f["fate"] == "duplicate"]

    assert len(duplicates) >= 2
    assert len(created) == len({e["story"] for e in created})
    assert 1 == len(updated)
    assert 2 == updated[0]["revision"]
    assert updated[0]["changes"]
    assert updated[0]["alert"] in {e["alert"] for e in created}


def test_people_see_cards(tmp_path: Path) -> None:
    """And a table of what stayed silent."""
    done = demo(tmp_path)

    assert (0, "") == (done.returncode, done.stderr)
    assert done.stdout.count("╭") >= 7
    assert "UN arms embargo on North Korea" in done.stdout
    assert "Arsenal" in done.stdout
    assert "verified" in done.stdout
    assert [] == list(tmp_path.iterdir()), "nothing is left behind"


def test_ctrl_c_ends_it(tmp_path: Path) -> None:
    """At any time, with no traceback."""
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor", "demo", "--keep"], text=True, cwd=tmp_path,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
    )  # fmt: skip
    shown = process.stdout
    assert shown is not None
    until(lambda: "sample feeds" in shown.readline(), "its first line")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=15)

    assert process.returncode in (0, 130)
    assert "Traceback" not in out + err


def test_every_sample_stands_alone() -> None:
    """No two items share an address, and every outlet resolves nowhere."""
    links = [link(p, i) for p in papers() for i in p.items]

    assert len(links) == len(set(links))
    assert all(p.outlet.endswith(".example") for p in papers())
