"""
Where hubs reach us, for feeds that have one.

    GET  /push/{feed}/{token}   did you mean to subscribe? the challenge comes back, or 404
    POST /push/{feed}/{token}   there is news: the feed is due at once

A push is answered quickly and alike whether its signature holds or not, as the standard asks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from monitor.errors import StoreError
from monitor.fetch.websub import Pushes
from monitor.ports import Store

_APART: Final = timedelta(minutes=1)  # polls because of pushes, at least
_LARGEST: Final = 5_000_000  # bytes of what a hub may send
_LONGEST: Final = 2_000  # characters of a challenge


@dataclass(frozen=True, slots=True, kw_only=True)
class Callbacks:
    """Wakes feeds that hubs say have news; thread-safe."""

    store: Store
    pushes: Callable[[], Pushes | None]  # as of now: a reload may change them
    now: Callable[[], datetime]
    min_interval: Callable[[], timedelta]

    def routes(self) -> list[Route]:
        """The endpoints, to be mounted in the console."""
        return [Route("/push/{feed}/{token}", self._called, methods=["GET", "POST"])]

    async def _called(self, request: Request) -> Response:
        feed, token = request.path_params["feed"], request.path_params["token"]
        pushes = self.pushes()
        if pushes is None or not pushes.ours(feed, token):
            return Response(status_code=404)
        if request.method == "GET":
            return await run_in_threadpool(self._asked, pushes, request, feed, token)
        body = await _body(request)
        if body is None:
            return Response(status_code=413)
        signature = request.headers.get("x-hub-signature", "")
        if not pushes.genuine(feed, body, signature):
            return Response(status_code=202)
        return Response(status_code=await run_in_threadpool(self._wake, feed))

    def _asked(self, pushes: Pushes, request: Request, feed: str, token: str) -> Response:
        """A hub asks whether we meant it, or says that it will not."""
        said = pushes.verified(feed, token, request.query_params, self.now())
        if said.status == HTTPStatus.OK:
            try:
                self.store.subscribed(feed, said.until)
            except StoreError:  # polling goes on as it did, and the hub is asked again
                return Response(status_code=503)
        return PlainTextResponse(said.challenge[:_LONGEST], status_code=said.status)

    def _wake(self, feed: str) -> int:
        try:
            apart = min(_APART, self.min_interval())
            return 202 if self.store.wake(feed, self.now(), apart=apart) else 410
        except StoreError:
            return 503


async def _body(request: Request) -> bytes | None:
    """None when it is too large."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > _LARGEST:
            return None
    return bytes(data)
