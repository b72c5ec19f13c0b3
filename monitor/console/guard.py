"""
What stands before every page: the Host header, the login, and the headers of every answer.
"""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Final
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.console.access import (
    COOKIE,
    LASTS,
    Access,
    Session,
    any_host,
    from_elsewhere,
    open_to_all,
)

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "content-security-policy": POLICY,
    # Not no-referrer: a browser then sends "Origin: null" with our own forms.
    # https://fetch.spec.whatwg.org/#append-a-request-origin-header
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
_SAFE: Final = ("GET", "HEAD", "OPTIONS")


class Guard:
    """Lets through who may pass, as `request.state.session`."""

    def __init__(self, app: ASGIApp, access: Access, now: Callable[[], datetime]) -> None:
        self._app, self._access, self._now = app, access, now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        session, fresh = self._session(request)
        refused = self._refused(request, session)
        request.state.session = session or self._new("")
        cookie = request.state.session if fresh and not refused else None

        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._dress(MutableHeaders(scope=message), cookie)
            await send(message)

        await (refused or self._app)(scope, receive, answered)

    def _session(self, request: Request) -> tuple[Session | None, bool]:
        """Who is there, and whether they need the cookie anew; None: they must log in first."""
        found = self._access.opened(request.cookies.get(COOKIE, ""), self._now())
        if not self._access.guarded:
            return found or self._new(""), found is None
        name = self._access.named(request.headers, request.client.host if request.client else "")
        if name:
            same = found is not None and found.name == name
            return (found if same else self._new(name)), not same
        return (found if self._access.settings.token else None), False

    def _new(self, name: str) -> Session:
        return Session(nonce=secrets.token_urlsafe(18), name=name, ends=self._now() + LASTS)

    def _refused(self, request: Request, session: Session | None) -> Response | None:
        """Why not, as an answer; None: it may pass."""
        path = request.url.path
        if not any_host(path) and not self._access.answers_to(request.headers.get("host", "")):
            return PlainTextResponse(
                "This console does not answer to that name; add it to [console] hosts.\n", 421
            )
        if not any_host(path) and request.method not in _SAFE and from_elsewhere(request.headers):
            return PlainTextResponse("Another site made this request.\n", 403)
        if session is not None or open_to_all(path) or self._by_key(request):
            return None
        if path.startswith("/api/") or request.method not in _SAFE:
            return PlainTextResponse("Log in, or send the token as a bearer.\n", 401,
                                     {"www-authenticate": "Bearer"})  # fmt: skip
        if not self._access.settings.token:
            return PlainTextResponse("The proxy did not say who you are.\n", 401)
        wanted = f"{path}?{request.url.query}" if request.url.query else path
        return RedirectResponse(f"/login?next={quote(wanted)}", 303)

    def _by_key(self, request: Request) -> bool:
        """Programs: the token as a bearer for the API, the key of the feeds for feeds."""
        path, given = request.url.path, request.headers.get("authorization", "")
        if path in ("/feed.rss", "/feed.json"):
            return self._access.reads_feeds(request.query_params.get("key", ""))
        bearer = given[7:] if given[:7].lower() == "bearer " else ""
        return request.method in _SAFE and self._access.knows(bearer)

    def _dress(self, headers: MutableHeaders, cookie: Session | None) -> None:
        for name, value in _HEADERS.items():
            headers.setdefault(name, value)
        if cookie is not None:
            headers.append("set-cookie", self.baked(cookie))

    def baked(self, session: Session) -> str:
        """The Set-Cookie header of a session."""
        return baked(self._access, session)


def baked(access: Access, session: Session) -> str:
    """The Set-Cookie header of a session; for https alone where people come by https."""
    secure = "; Secure" if access.settings.url.startswith("https:") else ""
    age = int(LASTS.total_seconds())
    value = access.sealed(session)
    return f"{COOKIE}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{secure}"
