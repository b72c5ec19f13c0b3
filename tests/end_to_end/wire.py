"""
A real network between one node and the database, whose switch can be turned off.

    the node's namespace  ──  a switch in a namespace of its own  ──  this machine: the database

While it is off packets vanish: nobody is told, nothing is closed, both ends keep sending. That is
what a proxy cannot do, which goes on acknowledging what it does not pass on. Needs Linux, iproute2,
and the right to make network namespaces: root has it, a container's root may not.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import quote

from tests.postgres import Server

_IP: Final = shutil.which("ip", path="/usr/sbin:/usr/bin:/sbin:/bin") or "ip"
_NETWORK: Final = "198.18"  # for trying networks: https://www.rfc-editor.org/rfc/rfc2544
_NEWNET: Final = 0x40000000  # CLONE_NEWNET
T = TypeVar("T")


class NoRights(Exception):
    """There can be no network of ours here; why."""


def _ip(*words: str) -> None:
    try:
        subprocess.run([_IP, *words], check=True, capture_output=True, text=True)
    except FileNotFoundError as e:
        raise NoRights("iproute2 is not installed") from e
    except subprocess.CalledProcessError as e:
        raise NoRights(f"ip {' '.join(words)}: {e.stderr.strip()}") from e


class Wire:
    """The way of one node to the database; see Way."""

    def __init__(self) -> None:
        """
        Raises:
            NoRights: we may not.
        """
        me = os.getpid()
        self.node, self._switch, self._end = f"node{me}", f"switch{me}", f"db{me}"
        subnet = f"{_NETWORK}.{me % 256}"
        self.database, self._address = f"{subnet}.1", f"{subnet}.2"
        try:
            self._lay()
        except NoRights:
            self.close()
            raise

    def _lay(self) -> None:
        node, switch = self.node, self._switch
        for name in (node, switch):
            _ip("netns", "add", name)
        _ip("-n", switch, "link", "add", "name", "switch", "type", "bridge")
        _ip("link", "add", self._end, "type", "veth", "peer", "name", "east", "netns", switch)
        _ip("-n", node, "link", "add", "wire", "type", "veth", "peer", "name", "west",
            "netns", switch)  # fmt: skip
        for end in ("east", "west"):
            _ip("-n", switch, "link", "set", "dev", end, "master", "switch", "up")
        _ip("address", "add", f"{self.database}/30", "dev", self._end)
        _ip("-n", node, "address", "add", f"{self._address}/30", "dev", "wire")
        _ip("link", "set", self._end, "up")
        for name in ("lo", "wire"):
            _ip("-n", node, "link", "set", name, "up")
        self.mend()

    @property
    def command(self) -> Sequence[str]:
        """What a command begins with to run where the node is."""
        return (_IP, "netns", "exec", self.node)

    def cut(self) -> None:
        """Packets vanish from now on, in both directions."""
        _ip("-n", self._switch, "link", "set", "switch", "down")

    def mend(self) -> None:
        """Packets pass; what was lost is sent again when its sender thinks of it."""
        _ip("-n", self._switch, "link", "set", "switch", "up")

    def url(self, server: Server, schema: str) -> str:
        """Of the database, as the node sees it."""
        return server.url(schema).replace(quote(str(server.folder)), self.database)

    def lead_to(self, server: Server) -> None:
        """Let the server listen at our end, which it was told at its start, to the node."""
        line = f"host all all {self._address}/32 trust\n"
        with (server.folder / "data" / "pg_hba.conf").open("a", encoding="utf-8") as book:
            book.write(line)
        os.kill(server.pid, signal.SIGHUP)

    def inside(self, make: Callable[[], T]) -> T:
        """What this makes where the node is: a socket stays there, whoever uses it."""
        made: list[T] = []

        def enter() -> None:  # a thread of its own: a namespace is a thread's
            with Path(f"/run/netns/{self.node}").open("rb") as there:
                if ctypes.CDLL(None, use_errno=True).setns(there.fileno(), _NEWNET):
                    raise OSError(ctypes.get_errno(), "setns")
            made.append(make())

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        return made[0]

    def close(self) -> None:
        """Nothing is left of it; once every process there has ended."""
        for name in (self.node, self._switch):  # and with them both ends of every pair
            subprocess.run([_IP, "netns", "del", name], check=False, capture_output=True)
        subprocess.run([_IP, "link", "del", self._end], check=False, capture_output=True)
