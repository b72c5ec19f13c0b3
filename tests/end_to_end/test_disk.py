"""Disks that are full or not to be written: said, survived, and nothing lost."""

import ctypes
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.world import Runs, World, configured, rss, until

ONE = ("Sylvania sends howitzers to Freedonia", "Twelve of them left the port on Monday.")
TWO = ("Corvettes for Osterlich seized at the Ruritanian border", "Customs held two in a dry dock.")


@contextmanager
def tmpfs(folder: Path, megabytes: int) -> Iterator[Path]:
    """A small file system of its own; skips where mounting is not allowed."""
    folder.mkdir()
    libc = ctypes.CDLL(None, use_errno=True)
    where = str(folder).encode()
    if libc.mount(b"tmpfs", where, b"tmpfs", 0, f"size={megabytes}m".encode()):
        pytest.skip(f"cannot mount a small disk: {os.strerror(ctypes.get_errno())}")
    try:
        yield folder
    finally:
        libc.umount2(where, 2)


def store_in(root: Path, folder: Path) -> None:
    """Let the configuration keep its store there."""
    text = (root / "monitor.toml").read_text("utf-8")
    line = next(one for one in text.splitlines() if one.startswith('url = "sqlite'))
    new = text.replace(line, f'url = "sqlite:///{folder}/monitor.db"')
    (root / "monitor.toml").write_text(new, "utf-8")


def test_a_full_disk_stops_polling_and_loses_nothing(
    around: World, runs: Runs, tmp_path: Path
) -> None:
    """Not ready while it lasts, with the reason; the alert comes when there is room again."""
    with tmpfs(tmp_path / "disk", 100) as disk:
        around.pages["/a"] = rss([ONE])
        root = configured(tmp_path, around, {"paper": "/a"})
        store_in(root, disk)
        daemon = runs.start(root)
        until(lambda: around.got, "the first alert")
        fill = disk / "fill"
        fill.write_bytes(b"x" * (disk_free(disk) - 6_000_000))
        until(lambda: daemon.events("disk nearly full"), "the warning")
        around.pages["/a"] = rss([TWO, ONE])
        status, body = daemon.ask("/readyz")
        asked = len(around.asked)
        until(lambda: daemon.ask("/readyz")[0] == 503, "not ready")
        assert len(around.asked) <= asked + 1, "it goes on polling"
        fill.unlink()
        until(lambda: len(around.got) > 1, "the second alert")

        assert (503, True) == (status, "beside the store; polling waits" in body)
        assert [ONE[0], TWO[0]] == around.titles()
        assert 200 == until(lambda: daemon.ask("/readyz"), "ready")[0]
        assert 0 == daemon.end()
        assert "Traceback" not in daemon.said


def filled(disk: Path) -> None:
    """Not a byte is left on it, until its file "fill" is gone."""
    with (disk / "fill").open("wb") as stream:
        try:
            while stream.write(b"x" * 65_536):
                stream.flush()
        except OSError:
            pass  # that is what full means


def disk_free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def test_a_disk_filled_to_the_last_byte_is_survived(
    around: World, runs: Runs, tmp_path: Path
) -> None:
    """The store refuses a write in the middle of a poll: logged, undone, done again later."""
    with tmpfs(tmp_path / "disk", 80) as disk:
        root = configured(tmp_path, around, {f"f{n}": f"/f{n}" for n in range(4)})
        store_in(root, disk)
        for n in range(4):
            around.pages[f"/f{n}"] = rss([(f"Milk {n}", "of cows")], path=f"{n}")
        daemon = runs.start(root)
        until(lambda: daemon.events("poll finished"), "a poll")
        filled(disk)
        around.pages["/f0"] = rss([ONE])
        until(lambda: daemon.events("disk nearly full"), "the warning")
        (disk / "fill").unlink()
        until(lambda: around.got, "the alert")

        assert [ONE[0]] == around.titles()
        assert 0 == daemon.end()
        assert "Traceback" not in daemon.said


def test_a_store_that_cannot_be_written_is_one_line(
    around: World, runs: Runs, tmp_path: Path
) -> None:
    """A store on a read-only disk: exit 1, what and why, no traceback."""
    with tmpfs(tmp_path / "disk", 20) as disk:
        root = configured(tmp_path, around, {"paper": "/a"})
        store_in(root, disk)
        assert 1 == runs.command(root, "once").returncode  # the page is missing; the store is made
        libc = ctypes.CDLL(None, use_errno=True)
        assert 0 == libc.mount(b"tmpfs", str(disk).encode(), b"tmpfs", 32 | 1, None)
        refused = runs.command(root, "run")

        assert 1 == refused.returncode
        assert "Traceback" not in refused.stderr
        assert str(disk) in refused.stderr.splitlines()[-1]
        assert 0 == runs.command(root, "feeds", "list").returncode


def test_a_damaged_store_is_never_made_anew(around: World, runs: Runs, tmp_path: Path) -> None:
    """Starting over would tell the whole world again: it says so and stops."""
    root = configured(tmp_path, around, {"paper": "/a"})
    (tmp_path / "monitor.db").write_bytes(b"not a database at all, but long enough" * 99)
    refused = runs.command(root, "run")

    assert 1 == refused.returncode
    assert "monitor.db" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert (tmp_path / "monitor.db").read_bytes().startswith(b"not a database")
