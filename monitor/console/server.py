"""
The web server, in a thread of its own so that it never waits for a poll.

The only file importing uvicorn.
"""

import socket
import sys
import threading
from collections.abc import Sequence

import uvicorn
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from monitor.console.health import Probes, application
from monitor.console.site import Site
from monitor.errors import UsageError

_STOP_PATIENCE = 3.0  # seconds
_LATER = 1.0  # seconds after the start
_SWITCH = 0.001  # seconds a thread keeps the interpreter while others want it


class _Quiet(uvicorn.Server):
    """Leaves signals to the daemon, which must hear SIGTERM itself."""

    def install_signal_handlers(self) -> None:
        """No handlers from this thread."""


class Server:
    """Serves from start() to stop()."""

    def __init__(
        self,
        host: str,
        port: int,
        probes: Probes,
        routes: Sequence[BaseRoute] = (),
        site: Site | None = None,
    ) -> None:
        """
        Bind at once, so that a taken port is said before anything is polled. Port 0 lets
        the system choose. Without a site there are no pages, only the routes.

        Raises:
            UsageError: the address cannot be listened on.
        """
        try:
            self._socket = socket.create_server((host, port), family=_family(host))
        except OSError as e:
            raise UsageError(
                f"cannot listen on {host}:{port}: {e.strerror}; "
                'choose another [console] listen, or "" to turn it off'
            ) from e
        settings = uvicorn.Config(
            _whole(probes, routes, site), log_config=None, access_log=False, lifespan="off",
            loop="asyncio",
            http="h11", ws="none", server_header=False, limit_concurrency=64,
            timeout_keep_alive=5, timeout_graceful_shutdown=1,  # open pages listen for ever
            proxy_headers=False,  # who is there is said by the connection, see access.named()
        )  # fmt: skip
        self._server = _Quiet(settings)
        self._thread = threading.Thread(target=self._serve, name="console", daemon=True)
        self._site = site
        # Not at once: it would compete with the first visitor for the interpreter.
        self._later = threading.Timer(_LATER, site.load if site else lambda: None)
        self._later.daemon = True

    @property
    def address(self) -> str:
        host, port = self._socket.getsockname()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def _serve(self) -> None:
        # Whoever sends must not wait 5 ms for the interpreter at each of its steps, page by page.
        sys.setswitchinterval(min(sys.getswitchinterval(), _SWITCH))
        if self._site is not None:
            self._site.warm()  # whoever comes meanwhile waits in the socket's queue
            self._later.start()
        self._server.run(sockets=[self._socket])

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop answering; waits a few seconds at most."""
        self._server.should_exit = True
        self._later.cancel()
        if self._thread.is_alive():
            self._thread.join(_STOP_PATIENCE)
        self._socket.close()


def _whole(probes: Probes, routes: Sequence[BaseRoute], site: Site | None) -> ASGIApp:
    if site is None:
        return application(probes, routes)
    return site.guarded(application(probes, [*routes, *site.routes()], site.handlers()))


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
