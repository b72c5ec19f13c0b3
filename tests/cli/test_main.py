"""Whatever goes wrong, one line and an exit status; never a traceback."""

import errno
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from monitor.cli.main import ended, main
from monitor.errors import StoreFull, UsageError
from tests.cli.conftest import Desk
from tests.end_to_end.world import environment

WRONG = [
    (UsageError("no such thing"), 2, "monitor once: no such thing\n"),
    (StoreFull("the disk is full"), 1, "monitor once: the disk is full\n"),
    (KeyboardInterrupt(), 130, ""),
    (OSError(errno.EIO, "Input/output error", "/dev/x"), 1, "monitor once: /dev/x: Input/output error\n"),
    (OSError("odd"), 1, "monitor once: odd\n"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "status", "said"), WRONG, ids=[repr(w[0])[:30] for w in WRONG])
def test_an_error_is_a_line_and_a_status(
    error: BaseException, status: int, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """What a person can mend is said in a sentence."""

    assert status == ended(failing(error))
    assert ("", said) == capfd.readouterr()


def failing(error: BaseException) -> Namespace:
    """A command that comes to this."""

    def run(_: Namespace) -> int:
        raise error

    return Namespace(command="once", run=run, secrets=())


def test_a_fault_of_our_own_says_where(capfd: pytest.CaptureFixture[str]) -> None:
    """Enough to report it, on one line."""
    status = ended(failing(TypeError("a\nsurprise")))
    said = capfd.readouterr().err

    assert 1 == status
    assert said.startswith("monitor once: a fault of our own: TypeError: a surprise (")
    assert ".py:" in said
    assert 1 == len(said.splitlines())


def run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", code.replace("MONITOR", f"{sys.executable} -m monitor")],
        capture_output=True, text=True, cwd=folder, env=environment(), timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    "code",
    [
        "MONITOR --help | true",
        "MONITOR --help >&-",
        "MONITOR alerts list --help | head -1",
        "PYTHONIOENCODING=ascii MONITOR --version",
        "MONITOR --version > /dev/full",
    ],
)
def test_odd_surroundings_make_no_traceback(code: str, tmp_path: Path) -> None:
    """A pipe that closed, no standard output, another encoding, a full disk."""
    said = run(code, tmp_path).stderr

    assert "Traceback" not in said
    assert "Exception" not in said


def test_no_argument_is_a_line(tmp_path: Path) -> None:
    """And where help is."""
    said = run("MONITOR", tmp_path)

    assert 2 == said.returncode
    assert (
        "monitor: the following arguments are required: COMMAND (try: monitor --help)\n"
        == said.stderr
    )


def test_any_script_survives_any_terminal(desk: Desk) -> None:
    """A headline that the terminal cannot show is escaped, not the end."""
    desk.publish(("Ховицеры: Sylvania sends howitzers to Freedonia", "Двенадцать."))
    command = f"PYTHONIOENCODING=ascii MONITOR once --json --config {desk.root}"
    desk.settings('[sinks.terminal]\nkind = "console"\n')
    done = run(command, desk.folder)

    assert 0 == done.returncode
    assert "\\u0425" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_behind_standard_output_is_a_line(desk: Desk) -> None:
    """And exit 1, not success."""
    desk("once")
    done = run(f"MONITOR alerts list --json --config {desk.root} > /dev/full", desk.folder)

    assert 1 == done.returncode
    assert "monitor alerts: No space left on device\n" == done.stderr


def test_words_come_from_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an argument, main() reads sys.argv."""
    monkeypatch.setattr(sys, "argv", ["monitor", "--version"])

    with pytest.raises(SystemExit) as ended:
        main()
    assert 0 == ended.value.code
