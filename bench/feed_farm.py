"""
Many small feeds behind nginx on loopback, or behind a server of our own where there is none.

A farm is told by a text, so that any process can switch what it serves: the folder, process and
port of nginx, or the port of bench.feed_server. nginx has one worker, gzip_static, ETag and
Last-Modified; "stubborn" turns the validators off.
"""

import gzip
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep
from typing import Final
from urllib.request import urlopen

_BUILT: Final = datetime(2026, 8, 1, 10, tzinfo=UTC)
_NGINX: Final = """
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log crit;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
    default_type application/rss+xml;
    gzip_static on;
    server {{
        listen {port} backlog=1024;
        root {folder}/{build};
        {more}
    }}
}}
"""
_STUBBORN: Final = 'etag off; if_modified_since off; add_header Last-Modified "";'
_PATIENCE: Final = 200  # looks, 20 ms apart


def _settings(folder: Path, port: int, mode: str) -> str:
    build = "first" if mode == "first" else "second"
    more = _STUBBORN if mode == "stubborn" else ""
    return _NGINX.format(folder=folder, port=port, build=build, more=more)


def switch(farm: str, mode: str) -> None:
    """Serve "first", "second", or "stubborn": the second again, without validators."""
    kind, *words = farm.split("|")
    if kind == "nginx":
        folder, pid, port = Path(words[0]), int(words[1]), int(words[2])
        (folder / "nginx.conf").write_text(_settings(folder, port, mode))
        os.kill(pid, signal.SIGHUP)
        _wait_for(folder, port, mode)
        return
    with urlopen(f"http://127.0.0.1:{words[0]}/control/{mode}") as answer:
        answer.read()


def port_of(farm: str) -> int:
    return int(farm.rpartition("|")[2])


def _wait_for(folder: Path, port: int, mode: str) -> None:
    """Until the new worker answers, several times over: the old one goes on for a moment."""
    wanted = (
        folder / _settings(folder, port, mode).split("root ")[1].split(";")[0] / "0"
    ).read_bytes()
    good = 0
    for _ in range(_PATIENCE):
        with urlopen(f"http://127.0.0.1:{port}/0") as answer:
            tagged = bool(answer.headers["ETag"])
            right = answer.read() == wanted and tagged == (mode != "stubborn")
        good = good + 1 if right else 0
        if good == 5:
            return
        sleep(0.02)
    raise RuntimeError(f"the farm does not serve {mode!r}")


@contextmanager
def farm(count: int) -> Iterator[str]:
    """A farm of so many feeds, by nginx where there is one."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        print("no nginx here: a server of our own serves the feeds")
        with _own(count) as told:
            yield told
        return
    with tempfile.TemporaryDirectory(prefix="feed-farm-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # its worker is another user
        _write(folder, count)
        with _nginx(nginx, folder) as told:
            yield told


@contextmanager
def _own(count: int) -> Iterator[str]:
    words = [sys.executable, "-m", "bench.feed_server", str(count)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        yield f"own|{int(server.stdout.readline())}"
        server.stdin.close()


@contextmanager
def _nginx(program: str, folder: Path) -> Iterator[str]:
    with socket.create_server(("0.0.0.0", 0)) as probe:
        port: int = probe.getsockname()[1]
    (folder / "nginx.conf").write_text(_settings(folder, port, "first"))
    words = [program, "-p", str(folder), "-c", "nginx.conf"]
    with subprocess.Popen(words, stderr=subprocess.DEVNULL) as server:
        try:
            for _ in range(_PATIENCE):
                with socket.socket() as sock:
                    if not sock.connect_ex(("127.0.0.1", port)):
                        break
                sleep(0.02)
            yield f"nginx|{folder}|{server.pid}|{port}"
        finally:
            server.terminate()


def _write(folder: Path, count: int) -> None:
    """Both builds of every feed, plain and packed, the second an hour younger."""
    from bench.feed_server import builds

    for place in ("first", "second"):
        (folder / place).mkdir()
    for number in range(count):
        for build, place in enumerate(("first", "second")):
            body = builds(number)[build]
            moment = (_BUILT + timedelta(hours=build)).timestamp()
            for name, data in ((f"{number}", body), (f"{number}.gz", gzip.compress(body, 6))):
                file = folder / place / name
                file.write_bytes(data)
                os.utime(file, (moment, moment))
