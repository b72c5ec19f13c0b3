"""How a page is asked for: in a thread, a few at once, so that polls and deliveries go on."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from monitor.console.office import Form, Office, form

AT_ONCE: Final = 2  # pages being made; the others wait their turn
_RESTS: Final = 1.0  # seconds at most
_LARGEST: Final = 2_000_000  # bytes of a form; a list of feeds may be long

Page = Callable[[Request], Response]
Act = Callable[[Request, Form], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Desk:
    """Makes routes of pages and of what forms do."""

    office: Office
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    def shows(self, path: str, page: Page) -> Route:
        """A page that only reads."""

        async def shown(request: Request) -> Response:
            return await self._apart(lambda: page(request))

        return Route(path, shown, methods=["GET"])

    def does(self, path: str, act: Act) -> Route:
        """What a form of ours does; nobody else's form gets here."""

        async def done(request: Request) -> Response:
            body = await _body(request)
            if body is None:
                return PlainTextResponse("That is too much.\n", 413)
            try:
                sent = form(request, body)
            except ValueError:
                return PlainTextResponse("That is no form of ours.\n", 400)
            if not self.office.access.ours(sent.session, sent["csrf"]):
                return PlainTextResponse(
                    "This form is too old, or is not ours: reload the page and try again.\n", 403
                )
            return await self._apart(lambda: act(request, sent))

        return Route(path, done, methods=["POST"])

    async def _apart(self, make: Callable[[], Response]) -> Response:
        """
        The page, made when its turn comes; the turn then rests as long as the page took.

        Making pages keeps the interpreter busy, of which there is one for polls and deliveries
        too: beside five visitors who never rest, 31 deliveries a second were left of 800.
        """
        await self.turns.acquire()
        began = monotonic()
        try:
            return await run_in_threadpool(make)
        finally:
            rest = min(monotonic() - began, _RESTS)
            asyncio.get_running_loop().call_later(rest, self.turns.release)


def back(sent: Form, otherwise: str = "/") -> Response:
    """To the page the form stood on, never to another site; nothing for our script."""
    if sent.scripted:
        return Response(status_code=204)
    return RedirectResponse(local(sent["back"], otherwise), 303)


def local(path: str, otherwise: str = "/") -> str:
    """The path when it is one of ours."""
    bad = not path.startswith("/") or path.startswith("//") or "\\" in path
    return otherwise if bad or any(ord(c) < 33 for c in path) else path


async def _body(request: Request) -> bytes | None:
    """All of it, or None when it is more than any form of ours holds."""
    found = bytearray()
    async for piece in request.stream():
        found += piece
        if len(found) > _LARGEST:
            return None
    return bytes(found)
