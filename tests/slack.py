"""A Slack on loopback: as much of its Web API as a bot uses, strict where Slack is."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from tests.hostile import answer, field_of, path_of

TOKEN = "xoxb-1-canary"


@dataclass
class Slack:
    """As much of Slack as a bot can see: messages, threads, and errors it is told to give."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)  # method → error
    mute: set[str] = field(default_factory=set)  # methods whose answer is lost on the way
    meanwhile: Callable[[str], object] = lambda _method: None  # done before each answer

    def __call__(self, request: bytes) -> Iterator[bytes | float]:
        method = path_of(request).rpartition("/")[2]
        self.calls.append(method)
        assert f"Bearer {TOKEN}" == field_of(request, "authorization")
        body = _read(method, request)
        if method in self.errors:
            said: dict[str, Any] = {"ok": False, "error": self.errors[method]}
        else:
            said = {"ok": True} | getattr(self, method.replace(".", "_"))(body)
        self.meanwhile(method)
        if method not in self.mute:
            yield from answer(json.dumps(said).encode())(request)

    def chat_postMessage(self, body: dict[str, Any]) -> dict[str, Any]:  # noqa: N802, RUF100
        ts = f"1700000000.{len(self.messages):06}"
        self.messages.append({**body, "ts": ts})
        return {"ts": ts, "channel": body["channel"], "message": {"text": "x" * 5000}}

    def chat_update(self, body: dict[str, Any]) -> dict[str, Any]:
        [one] = [m for m in self.messages if m["ts"] == body["ts"]]
        one.update(body)
        return {"ts": one["ts"]}

    def conversations_history(self, body: dict[str, Any]) -> dict[str, Any]:
        assert "true" == body["include_all_metadata"]
        return self._page([m for m in self.messages if "thread_ts" not in m][::-1], body)

    def conversations_replies(self, body: dict[str, Any]) -> dict[str, Any]:
        thread = [m for m in self.messages if body["ts"] in (m["ts"], m.get("thread_ts"))]
        return self._page(thread, body)

    def _page(self, messages: list[dict[str, Any]], body: dict[str, Any]) -> dict[str, Any]:
        """Fifty at most, and where the next begin; "" when that was all."""
        begin, limit = int(body.get("cursor", 0)), int(body["limit"])
        end = begin + limit
        more = str(end) if end < len(messages) else ""
        return {"messages": messages[begin:end], "response_metadata": {"next_cursor": more}}


def _read(method: str, request: bytes) -> dict[str, Any]:
    """The arguments, as Slack takes them: what reads takes a form, what writes JSON."""
    kind, data = field_of(request, "content-type"), request.partition(b"\r\n\r\n")[2]
    if method.startswith("conversations."):
        assert "application/x-www-form-urlencoded" == kind
        return dict(parse_qsl(data.decode(), strict_parsing=True))
    assert "application/json; charset=utf-8" == kind
    found: dict[str, Any] = json.loads(data)
    return found
