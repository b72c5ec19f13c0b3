"""What systemd is told, when it asks."""

import socket
from pathlib import Path

from monitor.notify import notify


def test_nobody_listens() -> None:
    """No socket named, a name that is none, one that is gone: nothing is sent, nothing raised."""
    assert not notify({}, "READY=1")
    assert not notify({"NOTIFY_SOCKET": "relative"}, "READY=1")
    assert not notify({"NOTIFY_SOCKET": "/nowhere/at/all"}, "READY=1")


def test_a_socket_hears_every_line(tmp_path: Path) -> None:
    """A path, or a name in the abstract space."""
    abstract = f"monitor-test-{tmp_path.name}"
    for address, name in (
        (str(tmp_path / "s"), str(tmp_path / "s")),
        ("\0" + abstract, "@" + abstract),
    ):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            systemd.bind(address)

            assert notify({"NOTIFY_SOCKET": name}, "READY=1", "STATUS=fine")
            assert b"READY=1\nSTATUS=fine" == systemd.recv(100)
