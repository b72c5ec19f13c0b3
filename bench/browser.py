"""
Debian's Chromium, driven through a pair of pipes: what a person sees, and what the page says.

Source: https://chromedevtools.github.io/devtools-protocol/
"""

import base64
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from select import select
from time import monotonic, sleep
from typing import Any, Final

BINARY: Final = shutil.which("chromium") or ""
_PATIENCE: Final = 30.0  # seconds for one command; the first page of a cold browser takes ten
_FLAGS: Final = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
    "--remote-debugging-pipe", "--disable-dev-shm-usage", "--disable-background-networking",
    "--force-color-profile=srgb",
)  # fmt: skip


class Browser:
    """One tab."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading, self._writing = reading, writing
        self._rest, self._number, self._session = b"", 0, ""
        self.events: list[Mapping[str, Any]] = []
        target = self.do("Target.createTarget", url="about:blank")["targetId"]
        opened = self.do("Target.attachToTarget", targetId=target, flatten=True)
        self._session = opened["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.do(f"{domain}.enable")

    def do(self, method: str, **given: Any) -> Any:
        """Send a command and wait for its answer."""
        self._number += 1
        asked = {"id": self._number, "method": method, "params": given}
        if self._session:
            asked["sessionId"] = self._session
        os.write(self._writing, json.dumps(asked).encode() + b"\0")
        deadline = monotonic() + _PATIENCE
        while True:
            message = self._next(deadline)
            if message.get("id") == self._number:
                break
            self.events.append(message)
        if "error" in message:
            raise RuntimeError(f"{method}: {message['error']}")
        return message["result"]

    def _next(self, deadline: float) -> Mapping[str, Any]:
        while b"\0" not in self._rest:
            if not select([self._reading], [], [], max(0.0, deadline - monotonic()))[0]:
                raise TimeoutError("the browser does not answer")
            self._rest += os.read(self._reading, 1 << 16)
        line, _, self._rest = self._rest.partition(b"\0")
        found: Mapping[str, Any] = json.loads(line)
        return found

    # ── what a person does ──────────────────────────────────────────────────────

    def size(self, width: int, height: int, *, dark: bool = False) -> None:
        self.do("Emulation.setDeviceMetricsOverride", width=width, height=height,
                deviceScaleFactor=1, mobile=width < 600)  # fmt: skip
        feature = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.do("Emulation.setEmulatedMedia", features=[feature])

    def open(self, url: str) -> None:
        """Go there and wait until it has loaded."""
        self.do("Page.navigate", url=url)
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        found = self.do(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in found:
            raise RuntimeError(f"{expression}: {found['exceptionDetails']}")
        return found["result"].get("value")

    def until(self, expression: str, seconds: float = 10.0) -> float:
        """Wait until the expression holds in a page that is there whole; how long it took."""
        began = monotonic()
        while not self._holds(f"document.readyState === 'complete' && ({expression})"):
            if monotonic() - began > seconds:
                raise TimeoutError(f"not within {seconds:g} s: {expression}")
            sleep(0.02)
        return monotonic() - began

    def _holds(self, expression: str) -> bool:
        try:
            return bool(self.ask(expression))
        except RuntimeError:  # between two pages there is nothing to ask
            return False

    def press(self, key: str) -> None:
        for kind in ("keyDown", "keyUp"):
            text = {"text": key} if kind == "keyDown" and len(key) == 1 else {}
            self.do("Input.dispatchKeyEvent", type=kind, key=key, **text)

    def picture(self, file: Path | None = None, *, whole: bool = False) -> bytes:
        """The page as PNG; `whole` beyond what fits the window."""
        found = self.do("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        data = base64.b64decode(found["data"])
        if file is not None:
            file.write_bytes(data)
        return data

    def complaints(self) -> list[str]:
        """What the page's console complained of so far: blocked scripts, styles, exceptions."""
        found = []
        for event in self.events:
            params = event.get("params", {})
            if event.get("method") == "Log.entryAdded":
                found.append(str(params["entry"]["text"]))
            if event.get("method") == "Runtime.exceptionThrown":
                found.append(str(params["exceptionDetails"]))
        return found


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser with a profile of its own, ended at the end."""
    ours_in, its_out = os.pipe()
    its_in, ours_out = os.pipe()
    with tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True) as profile:
        # The protocol wants to be spoken to on descriptors 3 and 4; sh puts them there.
        script = f'exec "$0" "$@" 3<&{its_in} 4>&{its_out}'
        process = subprocess.Popen(
            ["/bin/bash", "-c", script, BINARY, *_FLAGS, f"--user-data-dir={profile}"],
            pass_fds=(its_in, its_out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(its_in)
        os.close(its_out)
        try:
            yield Browser(ours_in, ours_out)
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            os.close(ours_in)
            os.close(ours_out)
