"""
Tells systemd how the daemon is, when systemd asks (Type=notify, WatchdogSec=).

Protocol: https://www.freedesktop.org/software/systemd/man/sd_notify.html
"""

import contextlib
import socket
from collections.abc import Mapping


def notify(environ: Mapping[str, str], *lines: str) -> bool:
    """Send "READY=1", "WATCHDOG=1", "STOPPING=1", …; False when nobody listens."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    path = "\0" + address[1:] if address[0] == "@" else address
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.connect(path)
        s.sendall("\n".join(lines).encode())
        return True
    return False
