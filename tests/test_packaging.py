"""What is shipped: wheel, image, unit and make targets say the same as the code."""

import configparser
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import util
from pathlib import Path

import pytest

from monitor.cli.main import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def instructions(text: str) -> list[tuple[str, str]]:
    """(instruction, rest) of a Dockerfile, continued lines joined, comments left out."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in joined.splitlines()]


def test_the_image_runs_as_nobody_important() -> None:
    """A user of its own, no shell form, locked and hashed dependencies."""
    found = instructions(DOCKERFILE)
    users = [rest for name, rest in found if name == "USER"]

    assert ["10001:10001"] == users
    assert all(rest.startswith("[") for name, rest in found if name in ("CMD", "ENTRYPOINT", "RUN"))
    assert "--require-hashes" in DOCKERFILE
    assert ["SIGTERM"] == [rest for name, rest in found if name == "STOPSIGNAL"]


def test_the_image_copies_what_exists_and_nothing_else() -> None:
    """Every COPY from the context is there, and let through by .dockerignore."""
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    for name, rest in instructions(DOCKERFILE):
        if name == "COPY" and not rest.startswith("--from"):
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists()
                assert f"!{source}" in ignored
    assert "*" == ignored[0]


@pytest.mark.parametrize("file", ["Dockerfile", "compose.yaml", "deploy/monitor.service"])
def test_commands_named_in_it_exist(file: str) -> None:
    """run, doctor --ready: what the image and the unit call is what there is."""
    text = (ROOT / file).read_text("utf-8")
    called = re.findall(r'monitor["\s,]+"?(run|once|doctor|check|demo|backup)\b', text)

    assert set(called) <= set(COMMANDS)
    if file != "compose.yaml":
        assert "run" in called or '["run"]' in text


def test_the_unit_is_what_systemd_reads() -> None:
    """Sections, type, and the promises that the daemon keeps."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(ROOT / "deploy" / "monitor.service")
    service = unit["Service"]

    assert "notify" == service["Type"]
    assert service["ExecStart"].endswith("-m monitor run")
    assert "HUP" in service["ExecReload"]
    assert int(service["WatchdogSec"]) >= 60, "a heartbeat comes every ten seconds"
    assert int(service["TimeoutStopSec"]) > 10, "it may take ten to end"
    assert "2" == service["RestartPreventExitStatus"]


def test_compose_gives_it_time_to_end() -> None:
    """And neither root, nor capabilities, nor a writable root."""
    text = (ROOT / "compose.yaml").read_text("utf-8")

    assert "stop_grace_period: 15s" in text
    for line in ("read_only: true", "cap_drop: [ALL]", "no-new-privileges:true", "init: true"):
        assert line in text


def test_every_dependency_is_locked_with_hashes() -> None:
    """And no lock names an index."""
    for lock in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / lock).read_text("utf-8")
        pins = re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==", text, re.M)

        assert len(pins) == len(set(pins))
        assert "://" not in text
        assert text.count("--hash=sha256:") >= len(pins)
    named = {re.split(r"[<>=;\[]", d)[0].lower() for d in PYPROJECT["project"]["dependencies"]}
    run = set(re.findall(r"^([a-z0-9._-]+)", (ROOT / "requirements.lock").read_text("utf-8"), re.M))
    assert named <= run


def test_make_targets_are_there() -> None:
    """run demo test lint bench; and every bench it runs exists."""
    text = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", text, re.M))
    benches = re.findall(r"^BENCHES \?= (.*)$", text, re.M)[0].split()

    assert {"run", "demo", "test", "lint", "bench", "lock", "clean"} <= targets
    for bench in benches:
        assert (ROOT / "bench" / f"{bench}.py").is_file()


def test_the_demo_is_in_the_package() -> None:
    """Its sample feeds lie beside the code, so every way of installing brings them."""
    assert (ROOT / "monitor" / "cli" / "_demo" / "feeds.toml").is_file()
    assert ["monitor"] == PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]


@pytest.mark.skipif(util.find_spec("hatchling") is None, reason="hatchling is not installed")
def test_the_wheel_has_code_configuration_and_demo(tmp_path: Path) -> None:
    """What `pip install` would bring is enough to run."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    [wheel] = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())

    for name in (
        "monitor/__main__.py",
        "monitor/cli/_demo/feeds.toml",
        "monitor/_config/monitor.toml",
        "monitor/_config/lexicons/en.toml",
        "monitor/_config/regimes.csv",
    ):
        assert name in names
    assert not any(name.startswith(("tests/", "bench/")) for name in names)
