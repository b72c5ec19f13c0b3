"""
Where opinions come in: links that alerts carry, and the buttons of Slack.

    GET  /feedback/{alert}/{opinion}/{token}   asks for confirmation: mail scanners follow links
    POST the same                              notes it
    POST /slack/actions                        seen, not relevant, mute this story; what was
                                               noted stands under the message afterwards
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Any, Final
from urllib.parse import parse_qs

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from monitor.config.feedback import FeedbackSettings
from monitor.console.replies import Reply, reply
from monitor.errors import StoreError
from monitor.links import from_slack, genuine
from monitor.model import Alert, Label, Opinion, Silence
from monitor.ports import Store

_LARGEST: Final = 100_000  # bytes; Slack repeats the whole message in what it posts
_MUTED: Final = timedelta(days=30)
_SAID: Final = {
    Opinion.SEEN: "👀 Seen by",
    Opinion.NOT_RELEVANT: "👎 Not relevant, says",
    Opinion.RELEVANT: "👍 Relevant, says",
}
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinions:
    """Notes what people say; thread-safe."""

    store: Store
    settings: Callable[[], FeedbackSettings]  # as of now: a reload may change them
    now: Callable[[], datetime]
    reply: Reply = lambda _address, _body: None  # shows in Slack what was noted

    def routes(self) -> list[Route]:
        """The endpoints, to be mounted in the console."""
        path = "/feedback/{alert}/{opinion}/{token}"
        return [
            Route(path, self._link, methods=["GET", "POST"]),
            Route("/slack/actions", self._slack, methods=["POST"]),
        ]

    async def _link(self, request: Request) -> Response:
        given = request.path_params
        try:
            opinion = Opinion(given["opinion"])
        except ValueError:
            return _page("There is no such opinion.", 404)
        alert = str(given["alert"])
        if not genuine(self.settings().secret, alert, opinion, str(given["token"])):
            return _page("This link is not one of ours, or was signed with an older secret.", 403)
        if request.method == "GET":
            return _form(alert, opinion)
        body = await _body(request)
        if body is None:
            return _page("That is too much.", 413)
        said = parse_qs(body.decode("utf-8", "replace"))
        author = (said.get("name", [""])[0].strip() or "by link")[:80]
        label = Label(opinion=opinion, at=self.now(), author=author, alert=alert)
        return await run_in_threadpool(self._noted, label)

    def _noted(self, label: Label) -> Response:
        try:
            if not self.store.alert(label.alert):
                return _page("There is no such alert any more.", 404)
            self.store.add_label(label)
        except StoreError:
            return _page("The store is busy; try again in a minute.", 503)
        return _page(f"Noted: {label.opinion.value.replace('-', ' ')}. You may close this page.")

    async def _slack(self, request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return PlainTextResponse("too large", status_code=413)
        stamp = request.headers.get("x-slack-request-timestamp", "")
        signature = request.headers.get("x-slack-signature", "")
        secret = self.settings().slack_signing_secret
        if not from_slack(secret, stamp, body, signature, self.now()):
            return PlainTextResponse("not signed by Slack", status_code=403)
        return await run_in_threadpool(self._pressed, body)

    def _pressed(self, body: bytes) -> Response:
        payload = posted(body)
        try:
            said = [self._act(*press) for press in pressed(payload)]
        except StoreError:
            return PlainTextResponse("the store is busy", status_code=503)
        lines = [line for line in said if line]
        address, answer = reply(payload, lines)
        # Slack waits three seconds for us; its own answer is no part of that.
        later = BackgroundTask(self.reply, address, answer) if address and lines else None
        return PlainTextResponse("", background=later)

    def _act(self, action: str, alert_id: str, author: str) -> str:
        """What was done, in a line; "" when nothing was."""
        found, now = self.store.alert(alert_id), self.now()
        if not found:
            return "This alert is no longer known."
        if action == "mute":
            silence = muted(found[0].alert, author, now)
            self.store.add_silence(silence)
            return f"🔇 Muted by {author} until {silence.until:%Y-%m-%d} ({silence.id})"
        if action not in _SAID:
            return ""
        opinion = Opinion(action)
        self.store.add_label(Label(opinion=opinion, at=now, author=author, alert=alert_id))
        return f"{_SAID[opinion]} {author}, {now:%H:%M} UTC"


def muted(alert: Alert, author: str, now: datetime) -> Silence:
    """Nobody is told of this story for 30 days; pressed twice in a month, it is one silence."""
    return Silence(
        id=f"si-{alert.story.removeprefix('s-')[:16]}-{now:%y%m}",
        conditions={"stories": (alert.story,)},
        since=now,
        until=now + _MUTED,
        author=author,
        comment="muted in Slack",
    )


def posted(body: bytes) -> Mapping[str, Any]:
    """What Slack says happened; empty for anything but pressed buttons."""
    try:
        payload: Any = json.loads(parse_qs(body.decode("utf-8", "replace"))["payload"][0])
    except (KeyError, ValueError, RecursionError):
        return {}
    if not isinstance(payload, dict) or payload.get("type") != "block_actions":
        return {}
    return payload


def pressed(payload: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(action, alert, who) for every button pressed."""
    actions = payload.get("actions")
    found = [one for one in actions if isinstance(one, dict)] if isinstance(actions, list) else []
    author = _who(payload.get("user"))
    return [(str(one.get("action_id")), str(one.get("value")), author) for one in found]


def _who(user: object) -> str:
    known: Mapping[str, object] = user if isinstance(user, dict) else {}
    return str(known.get("username") or known.get("name") or known.get("id") or "in Slack")[:80]


async def _body(request: Request) -> bytes | None:
    """All of it, or None when it is more than anybody of ours sends."""
    found = bytearray()
    async for piece in request.stream():
        found += piece
        if len(found) > _LARGEST:
            return None
    return bytes(found)


def _form(alert: str, opinion: Opinion) -> Response:
    said = opinion.value.replace("-", " ")
    return _html(
        f"<h1>{escape(said)}?</h1><p>Alert {escape(alert)}</p>"
        '<form method="post"><label>Your name <input name="name" maxlength="80"></label> '
        f"<button>Say “{escape(said)}”</button></form>"
    )


def _page(sentence: str, status: int = 200) -> Response:
    return _html(f"<p>{escape(sentence)}</p>", status)


def _html(inside: str, status: int = 200) -> Response:
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    page = f'<!doctype html><html lang="en"><head>{head}<title>Feedback</title></head>'
    return HTMLResponse(f"{page}<body>{inside}</body></html>", status, headers=_HEADERS)
