"""Coming in and saying who one is: /login, /logout and /name."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from monitor.console.access import COOKIE, LASTS, Session, tidy
from monitor.console.guard import baked
from monitor.console.office import Form, Office, form, query, session
from monitor.console.pages import Pages
from monitor.console.serving import Desk, back, local

_PAUSE: Final = 1.0  # seconds after a wrong token, one guess at a time
_LARGEST: Final = 5_000  # bytes


@dataclass(frozen=True, slots=True)
class Entrance:
    """Gives sessions."""

    office: Office
    pages: Pages
    guesses: asyncio.Lock

    def routes(self, desk: Desk) -> Sequence[BaseRoute]:
        return (
            Route("/login", self._login, methods=["GET", "POST"]),
            desk.does("/logout", self._logout),
            desk.does("/name", self._name),
        )

    async def _login(self, request: Request) -> Response:
        if not self.office.access.settings.token:
            return RedirectResponse("/", 303)
        wanted = local(query(request).get("next", "/"))
        if request.method == "GET":
            return await run_in_threadpool(self._asks, request, wanted, "")
        body = (await request.body()) if _small(request) else b""
        sent = form(request, body)
        async with self.guesses:
            if not self.office.access.knows(sent["token"].strip()):
                await asyncio.sleep(_PAUSE)
                said = "That is not the token."
                return await run_in_threadpool(self._asks, request, wanted, said)
        return self._enters(RedirectResponse(wanted, 303), tidy(sent["name"]))

    def _asks(self, request: Request, wanted: str, said: str) -> Response:
        status = 403 if said else 200
        return self.pages.page(request, "login", status, wanted=wanted, said=said)

    def _enters(self, answer: Response, name: str) -> Response:
        """With a session of its own, never one that was there before."""
        ends = self.office.now() + LASTS
        fresh = Session(nonce=secrets.token_urlsafe(18), name=name, ends=ends)
        answer.headers["set-cookie"] = baked(self.office.access, fresh)
        return answer

    def _logout(self, _request: Request, sent: Form) -> Response:
        answer = back(sent, "/login")
        answer.headers["set-cookie"] = f"{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"
        return answer

    def _name(self, request: Request, sent: Form) -> Response:
        """Whom opinions are from."""
        if self.office.access.settings.proxy_header:
            return back(sent)
        now = session(request)
        same = Session(nonce=now.nonce, name=tidy(sent["name"]), ends=now.ends)
        answer = back(sent)
        answer.headers["set-cookie"] = baked(self.office.access, same)
        return answer


def _small(request: Request) -> bool:
    length = request.headers.get("content-length", "")
    return length.isascii() and length.isdecimal() and int(length) <= _LARGEST
