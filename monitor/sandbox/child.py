"""One child process that parses, seen from the parent: asked, timed, and killed."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic
from typing import Final

from monitor.errors import SandboxError
from monitor.sandbox.wire import LENGTH_BYTES, LIMIT_BYTES

_ROOT: Final = Path(__file__).resolve().parent.parent.parent
_CHUNK: Final = 1 << 18


class TooSlow(SandboxError):
    """It was not done in time; it has been killed."""


class Child:
    """Not thread-safe: whoever has taken it has it alone."""

    def __init__(self, memory_bytes: int, reads: str = "feeds") -> None:
        self._process = subprocess.Popen(  # noqa: S603 our own interpreter and module
            [sys.executable, "-P", "-m", "monitor.parse", str(memory_bytes), reads],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            bufsize=0,
            start_new_session=True,  # a Ctrl-C at the terminal is for the daemon, not for it
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, request: bytes, seconds: float) -> bytes:
        """
        The answer's frame, without its length.

        Raises:
            TooSlow: it was killed after so many seconds, or after as much CPU time.
            SandboxError: it died, or answered nonsense.
        """
        deadline = monotonic() + seconds
        self._send(request, deadline)
        data = bytearray()
        self._receive(data, LENGTH_BYTES, deadline)
        length = int.from_bytes(data[:LENGTH_BYTES], "big")
        if length > LIMIT_BYTES:
            self.kill()
            raise SandboxError("the parser answered nonsense")
        self._receive(data, LENGTH_BYTES + length, deadline)
        if len(data) > LENGTH_BYTES + length:
            self.kill()
            raise SandboxError("the parser answered more than it was asked")
        return bytes(data[LENGTH_BYTES:])

    def _send(self, data: bytes, deadline: float) -> None:
        left = memoryview(data)
        while left:
            self._wait(self._in, select.POLLOUT, deadline)
            try:
                left = left[os.write(self._in, left[:_CHUNK]) :]
            except BlockingIOError:
                continue
            except OSError as e:
                raise self._dead() from e

    def _receive(self, data: bytearray, size: int, deadline: float) -> None:
        """Until so many bytes are there at least."""
        while len(data) < size:
            self._wait(self._out, select.POLLIN, deadline)
            try:
                piece = os.read(self._out, _CHUNK)
            except BlockingIOError:
                continue
            if not piece:
                raise self._dead()
            data += piece

    def _wait(self, descriptor: int, event: int, deadline: float) -> None:
        poller = select.poll()
        poller.register(descriptor, event)
        left = deadline - monotonic()
        if left <= 0 or not poller.poll(left * 1000):
            self.kill()
            raise TooSlow("it took too long to read")

    def _dead(self) -> SandboxError:
        self.kill()
        if self._process.returncode == -signal.SIGXCPU:
            return TooSlow("it took too much processor time to read")
        return SandboxError(f"the parser died (status {self._process.returncode})")

    def end(self) -> None:
        """Let it go: it ends by itself when nobody can ask it any more."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def kill(self) -> None:
        """End it now, unless it has ended on its own (and then its status is kept)."""
        try:
            self._process.wait(timeout=0.05)  # a dying process closes its pipes first
        except subprocess.TimeoutExpired:
            self._process.kill()
        self.end()


def _environment() -> dict[str, str]:
    """Next to nothing: no secret of the daemon's environment reaches the child."""
    return {
        "PYTHONPATH": os.pathsep.join([str(_ROOT), *(p for p in sys.path if p)]),
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "MALLOC_ARENA_MAX": "1",
        "PATH": os.defpath,
    }
