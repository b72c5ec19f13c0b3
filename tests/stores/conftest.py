"""One SQLite store in a folder of its own, and disks that are small or read-only."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from monitor.ports import Store
from monitor.stores import postgres, sqlite
from monitor.stores.postgres import PostgresStore
from tests.postgres import Server, server


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "monitor.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = sqlite.open(f"sqlite:///{path}")
    yield opened
    opened.close()


def _mounted(folder: Path, *options: str) -> None:
    command = ["mount", *options, str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command here")
    if done.returncode:
        pytest.skip("this user may not mount file systems here")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    _mounted(folder, "-t", "tmpfs", "-o", "size=3m", "tmpfs")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A folder whose disk was made read-only, with a store in it."""
    folder = tmp_path / "read-only"
    folder.mkdir()
    _mounted(folder, "-t", "tmpfs", "-o", "size=9m", "tmpfs")
    sqlite.open(f"sqlite:///{folder}/monitor.db").close()
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def locked_file(path: Path, store: Store) -> Iterator[Path]:
    """A store whose file and folder this user may not write."""
    if os.geteuid() == 0:
        pytest.skip("root may write everything")
    store.close()
    path.chmod(0o400)
    path.parent.chmod(0o500)
    yield path
    path.parent.chmod(0o700)


# ── PostgreSQL ──


@pytest.fixture
def here() -> Server:
    return server()


@pytest.fixture
def url(here: Server) -> str:
    return here.fresh("own")


@pytest.fixture
def node(url: str) -> Iterator[Callable[..., PostgresStore]]:
    """Opens one more node on the store of this test."""
    opened: list[PostgresStore] = []

    def another(**how: bool) -> PostgresStore:
        store = postgres.open(url, **how)
        assert isinstance(store, PostgresStore)
        opened.append(store)
        return store

    yield another
    for store in opened:
        store.close()
