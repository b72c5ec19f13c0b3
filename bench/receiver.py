"""
A webhook receiver in a process of its own, for measuring: python -m bench.receiver

Prints its port, answers 200 to every POST, and at the first line on standard input prints
"monotonic-moment alert" of the first byte of every request, then ends.
"""

import re
import socket
import sys
import threading
import time

_ALERT = re.compile(rb"al-bench-\d+")
_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


def main() -> None:
    seen: list[str] = []
    lock = threading.Lock()

    def serve(line: socket.socket) -> None:
        at, body = _request(line)
        line.sendall(_OK)
        line.close()
        found = _ALERT.search(body)
        with lock:
            seen.append(f"{at} {found[0].decode() if found else '?'}")

    def accept() -> None:
        while True:
            line, _ = listener.accept()
            threading.Thread(target=serve, args=(line,), daemon=True).start()

    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    print(listener.getsockname()[1], flush=True)
    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.readline()
    with lock:
        print("\n".join(seen), flush=True)


def _request(line: socket.socket) -> tuple[float, bytes]:
    """When its first bytes came, and its body."""
    data = line.recv(65_536)
    at = time.monotonic()
    while b"\r\n\r\n" not in data:
        data += line.recv(65_536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: *(\d+)", head.lower())
    while length and len(body) < int(length[1]):
        body += line.recv(65_536)
    return at, body


if __name__ == "__main__":
    main()
