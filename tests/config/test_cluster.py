"""[cluster]: roles and runners, and what they need."""

from pathlib import Path

import pytest

from monitor.config.cluster import Role, Spread
from monitor.config.load import read_settings
from monitor.errors import ConfigError

SHARED = '[store]\nurl = "postgresql://monitor@db/monitor"\n'


def _written(root: Path, text: str) -> Path:
    (root / "monitor.toml").write_text(text, "utf-8")
    return root


def test_alone_it_does_everything_itself(tmp_path: Path) -> None:
    """Nothing written, or the defaults on a file: one daemon, its own threads."""
    plain = read_settings(_written(tmp_path, ""), {}).cluster
    assert (Role.ALL, Spread.THREADS) == (plain.role, plain.runner)
    same = '[cluster]\nrole = "all"\nrunner = "threads"\n'
    assert plain == read_settings(_written(tmp_path, same), {}).cluster


@pytest.mark.parametrize(
    ("role", "does"),
    [
        ("all", (True, True, True)),
        ("poll", (True, False, False)),
        ("deliver", (False, True, False)),
        ("console", (False, False, True)),
    ],
)
def test_a_role_is_a_part_of_the_work(
    tmp_path: Path, role: str, does: tuple[bool, bool, bool]
) -> None:
    """Whether it polls, delivers, shows; from the environment, too."""
    text = SHARED + '[cluster]\nrole = "${ROLE}"\nrunner = "queue"\n'
    found = read_settings(_written(tmp_path, text), {"ROLE": role}).cluster
    assert does == (found.role.polls, found.role.delivers, found.role.shows)
    assert Spread.QUEUE is found.runner


def test_an_unknown_role_is_a_fault_with_its_line(tmp_path: Path) -> None:
    """And what could have been meant."""
    with pytest.raises(ConfigError, match=r"monitor\.toml:4: cluster\.role: 'polls' is unknown"):
        read_settings(_written(tmp_path, SHARED + '[cluster]\nrole = "polls"\n'), {})


def test_several_need_a_store_that_they_can_share(tmp_path: Path) -> None:
    """A file has one daemon: both faults are said at once."""
    text = '[cluster]\nrole = "console"\nrunner = "queue"\n'
    with pytest.raises(ConfigError) as caught:
        read_settings(_written(tmp_path, text), {})
    assert 2 == len(caught.value.problems)
    assert all("needs a store that several share" in line for line in caught.value.problems)
