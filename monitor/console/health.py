"""
/healthz, /readyz, /metrics and /metrics/feeds: alive, ready or why not, and how much of everything.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ExceptionHandler


@dataclass(frozen=True, slots=True, kw_only=True)
class Probes:
    """What the endpoints ask the daemon; each answers at once and never raises."""

    reasons: Callable[[], Sequence[str]]  # why it is not ready; empty when it is
    ages: Callable[[], dict[str, float]]  # seconds since each stage last made progress
    metrics: Callable[[], bytes]
    feeds: Callable[[], bytes] = bytes  # of each feed; not for everybody, as it names them
    metrics_type: str
    version: str


def application(
    probes: Probes,
    routes: Sequence[BaseRoute] = (),
    handlers: Mapping[type[Exception], ExceptionHandler] | None = None,
) -> Starlette:
    """The endpoints, and those of other parts of the console, as an ASGI application."""

    def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    def readyz(_request: Request) -> Response:
        reasons = list(probes.reasons())
        body = {
            "ready": not reasons,
            "reasons": reasons,
            "heartbeats": {stage: round(age, 1) for stage, age in probes.ages().items()},
            "version": probes.version,
        }
        return JSONResponse(body, status_code=503 if reasons else 200)

    def metrics(_request: Request) -> Response:
        return Response(probes.metrics(), media_type=probes.metrics_type)

    def feeds(_request: Request) -> Response:
        return Response(probes.feeds(), media_type=probes.metrics_type)

    found = Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", metrics),
            Route("/metrics/feeds", feeds),
            *routes,
        ],
        exception_handlers=dict(handlers or {}),
    )
    found.router.redirect_slashes = False  # to a place made of the Host header
    return found
