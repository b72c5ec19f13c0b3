"""
GET /events: that there is news, as it comes, for pages that are open.

Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from time import monotonic
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from monitor.console.office import Office
from monitor.errors import StoreError
from monitor.model import Alert, View

EVERY: Final = 0.3  # seconds between two looks, however many pages are open
_MOST: Final = 32  # pages that may listen; the web server takes 64 connections in all
_NEWEST: Final = 20
_BEAT: Final = 15.0  # seconds of silence after which a proxy might hang up


class Live:
    """One look at the store serves every open page."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._looked, self._latest = 0.0, tuple[Alert, ...]()
        self._lock = asyncio.Lock()
        self._open = 0

    def routes(self) -> Sequence[BaseRoute]:
        return (Route("/events", self._events, methods=["GET"]),)

    async def _events(self, _request: Request) -> Response:
        if self._open >= _MOST:
            return PlainTextResponse("Too many pages are open.\n", 503, {"retry-after": "60"})
        return StreamingResponse(self._stream(), media_type="text/event-stream")

    async def _stream(self) -> AsyncIterator[bytes]:
        self._open += 1
        try:
            async for event in self._news():
                yield event
        finally:
            self._open -= 1

    async def _news(self) -> AsyncIterator[bytes]:
        yield b"retry: 3000\n\n"
        known = {(a.id, a.revision) for a in await self._look()}
        spoke = monotonic()
        while True:
            await asyncio.sleep(EVERY)
            fresh = [a for a in await self._look() if (a.id, a.revision) not in known]
            known |= {(a.id, a.revision) for a in fresh}
            for alert in reversed(fresh):
                yield event(alert)
            if fresh or monotonic() - spoke > _BEAT:
                yield b": still here\n\n"
                spoke = monotonic()

    async def _look(self) -> Sequence[Alert]:
        """The newest alerts, as of a moment ago at most; as before while the store is busy."""
        async with self._lock:
            if monotonic() - self._looked >= EVERY * 0.9:
                self._looked = monotonic()
                self._latest = await run_in_threadpool(self._read)
        return self._latest

    def _read(self) -> tuple[Alert, ...]:
        try:
            return self._office.store.page(View(), limit=_NEWEST).alerts
        except StoreError:
            return self._latest


def event(alert: Alert) -> bytes:
    """One alert as an event; JSON has no line breaks, so that no title can end it."""
    data = {
        "alert": alert.id,
        "story": alert.story,
        "revision": alert.revision,
        "severity": alert.severity.value,
        "title": alert.title,
    }
    return f"event: alert\ndata: {json.dumps(data)}\n\n".encode()
