"""The files for several machines say what the monitor understands."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from monitor.assembly import read_config
from monitor.cli.main import parser
from monitor.config.load import shipped

ROOT = Path(__file__).resolve().parents[1]
COMPOSE = yaml.safe_load((ROOT / "compose.cluster.yaml").read_text("utf-8"))
KUBERNETES = {
    part["kind"]: part
    for part in yaml.safe_load_all((ROOT / "deploy/kubernetes/monitor.yaml").read_text("utf-8"))
}
SECRETS = {"CONSOLE_TOKEN": "a token that is long enough"}


def settings_of(name: str) -> str:
    if name == "compose":
        return (ROOT / "deploy/cluster.toml").read_text("utf-8")
    return str(KUBERNETES["ConfigMap"]["data"]["monitor.toml"])


def commands() -> list[list[str]]:
    """What each container is told to run."""
    composed = [one["command"] for one in COMPOSE["services"].values() if "command" in one]
    return [*composed, pod()["containers"][0]["args"]]


def pod() -> Mapping[str, Any]:
    found: Mapping[str, Any] = KUBERNETES["Deployment"]["spec"]["template"]["spec"]
    return found


@pytest.mark.parametrize("name", ["compose", "kubernetes"])
def test_their_settings_are_right(name: str, tmp_path: Path) -> None:
    """Laid over config/ as they are in the container, `monitor check` finds no fault."""
    root = tmp_path / "config"
    shutil.copytree(shipped(), root)
    (root / "monitor.toml").write_text(settings_of(name), "utf-8")

    config = read_config(root, SECRETS)

    assert config.settings.store.url.startswith("postgresql://monitor@database/")
    assert "0.0.0.0:8080" == config.settings.console.listen
    assert SECRETS["CONSOLE_TOKEN"] == config.settings.console.token.reveal()


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_their_commands_are_understood(words: list[str]) -> None:
    """Every role named in them is one."""
    given = parser(words).parse_args(words)

    assert words[-1] == given.role


def test_every_role_has_a_process() -> None:
    """Compose starts one that polls, one that sends and one that shows; none is left out."""
    roles = {words[-1] for words in commands()}

    assert {"poll", "deliver", "console", "all"} == roles


def test_the_password_stands_in_no_url() -> None:
    """It comes as PGPASSWORD, and without it compose does not start."""
    for service in ("poll", "deliver", "console"):
        assert ":?" in COMPOSE["services"][service]["environment"]["PGPASSWORD"]
    assert "PGPASSWORD" in KUBERNETES["Secret"]["stringData"]
    for name in ("compose", "kubernetes"):
        assert not re.search(r"postgresql://[^@\s]*:[^@\s]*@", settings_of(name))


def test_probes_ask_what_there_is() -> None:
    """Alive and ready are two questions, asked of the port that is listened on."""
    container = pod()["containers"][0]
    asked = {name: container[name]["httpGet"]["path"] for name in container if "Probe" in name}

    assert {
        "startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz",
    } == asked  # fmt: skip
    assert [8080] == [port["containerPort"] for port in container["ports"]]


def test_what_belongs_together_is_labelled_alike() -> None:
    """Deployment, budget and service choose the pods that the template makes."""
    labels = KUBERNETES["Deployment"]["spec"]["template"]["metadata"]["labels"]

    assert labels == KUBERNETES["Deployment"]["spec"]["selector"]["matchLabels"]
    assert labels == KUBERNETES["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"]
    assert labels == KUBERNETES["Service"]["spec"]["selector"]
    replicas = KUBERNETES["Deployment"]["spec"]["replicas"]
    assert replicas > KUBERNETES["PodDisruptionBudget"]["spec"]["minAvailable"]


def test_nothing_runs_as_root_or_writes_to_the_image() -> None:
    """As with one machine."""
    container = pod()["containers"][0]

    assert pod()["securityContext"]["runAsNonRoot"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert {"ALL"} == set(container["securityContext"]["capabilities"]["drop"])
    for service in ("poll", "deliver", "console"):
        one = COMPOSE["services"][service]
        assert (one["read_only"], one["user"]) == (True, "10001:10001")
