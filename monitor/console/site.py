"""All of the pages, and what is answered when something goes wrong."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, ExceptionHandler, Scope

from monitor.console.access import Session
from monitor.console.api import Api
from monitor.console.desk import Stories
from monitor.console.entrance import Entrance
from monitor.console.flows import Flows
from monitor.console.guard import Guard
from monitor.console.live import Live
from monitor.console.mending import Repairs
from monitor.console.office import Office
from monitor.console.outbox import Outbox
from monitor.console.pages import STATIC, Pages
from monitor.console.pulse import Pulse
from monitor.console.serving import Desk
from monitor.console.sources import Sources
from monitor.console.syndication import Syndication
from monitor.console.why import Why
from monitor.errors import StoreBusy, StoreError, StoreFull


class _Static(StaticFiles):
    """Files whose address changes with their content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        found = await super().get_response(path, scope)
        found.headers["cache-control"] = "public, max-age=31536000, immutable"
        return found


_NOBODY: Final = {
    "type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [],
}  # fmt: skip


class Site:
    """The pages of one daemon."""

    def __init__(self, office: Office) -> None:
        self._office, self._pages = office, Pages(office)

    def routes(self) -> Sequence[BaseRoute]:
        office, pages, desk = self._office, self._pages, Desk(self._office)
        stories = Stories(office, pages)
        return [
            *stories.routes(desk),
            *Repairs(office, pages).routes(desk),
            *Syndication(office).routes(desk),
            *Flows(office, pages).routes(desk),
            *Why(office, pages).routes(desk),
            *Sources(office, pages).routes(desk),
            *Outbox(office, pages).routes(desk),
            *Pulse(office, pages).routes(desk),
            *Api(office).routes(desk),
            *Live(office).routes(),
            *Entrance(office, pages, asyncio.Lock()).routes(desk),
            Mount("/static", _Static(directory=STATIC)),
        ]

    def warm(self) -> None:
        """
        Make what the first visitor would wait for: the desk with its templates and names.

        Right after a start the first page took 190 ms, of which 160 were these.
        """
        request = Request({**_NOBODY, "state": {}})
        request.state.session = Session(nonce="", name="", ends=self._office.now())
        with contextlib.suppress(StoreError):  # the first visitor will be told
            Stories(self._office, self._pages).desk(request)

    def load(self) -> None:
        """Compile the templates of all other pages: 100 ms that nobody need wait for."""
        self._pages.load()

    def guarded(self, app: ASGIApp) -> ASGIApp:
        """The application behind its guard."""
        return Guard(app, self._office.access, self._office.now)

    def handlers(self) -> dict[type[Exception], ExceptionHandler]:
        """What is answered to errors."""
        return {HTTPException: self._http, StoreError: self._store, Exception: self._bug}

    def _http(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 404 and error.detail == "Not Found":  # no route
            return self._said(request, 404, "There is no such page", "Begin again at the desk.")
        answer = self._said(request, error.status_code, "That cannot be done here", error.detail)
        for name, value in (error.headers or {}).items():
            answer.headers[name] = value
        return answer

    def _store(self, request: Request, error: Exception) -> Response:
        title = "The store does not answer"
        if isinstance(error, StoreBusy):
            title = "The store is busy; try again in a minute"
        elif isinstance(error, StoreFull):
            title = "Nothing can be written just now"
        return self._said(request, 503, title, str(error))

    def _bug(self, request: Request, _error: Exception) -> Response:
        text = "That is a fault of the console, not yours; the log of the daemon says more."
        return self._said(request, 500, "This page broke", text)

    def _said(self, request: Request, status: int, title: str, text: str) -> Response:
        if request.url.path.startswith("/api/"):
            problem = {"type": "about:blank", "title": title, "status": status, "detail": text}
            return JSONResponse(problem, status, media_type="application/problem+json")
        return self._pages.sorry(request, title, text, status)
