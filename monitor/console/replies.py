"""
What a press of a button looks like in Slack afterwards: a line under the message, for all to see.

API: https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from html import escape
from typing import Any, Final

from monitor.egress import Egress, Limits, Request
from monitor.model import Failed

_BLOCK: Final = "opinions"  # its id, by which the lines of earlier presses are found again
_LINES: Final = 10
_MOST_BLOCKS: Final = 50  # of a message
_LIMITS: Final = Limits(body_bytes=2_000, truncate=True, total_timeout=timedelta(seconds=10))

Reply = Callable[[str, Mapping[str, Any]], object]  # address, body


def reply(payload: Mapping[str, Any], lines: Sequence[str]) -> tuple[str, Mapping[str, Any]]:
    """
    Where Slack takes an answer to what it posted, and the answer; "" when there is no such place.

    The message with these lines under it, or, where it cannot be rebuilt, a note to whoever
    pressed.
    """
    address, message = str(payload.get("response_url") or ""), payload.get("message")
    blocks = message.get("blocks") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(blocks, list) or not blocks:
        return address, {"response_type": "ephemeral", "text": "\n".join(map(_plain, lines))}
    others = [b for b in blocks if not (isinstance(b, dict) and b.get("block_id") == _BLOCK)]
    earlier = [line for block in blocks if block not in others for line in _said(block)]
    said = [*earlier, *map(_plain, lines)][-_LINES:]
    note = {
        "type": "context",
        "block_id": _BLOCK,
        "elements": [{"type": "mrkdwn", "text": line, "verbatim": True} for line in said],
    }
    whole = [*others[: _MOST_BLOCKS - 1], note]
    return address, {
        "replace_original": True,
        "text": str(message.get("text") or ""),
        "blocks": whole,
    }


def _said(block: Mapping[str, Any]) -> list[str]:
    """The lines of earlier presses, as Slack keeps them."""
    elements = block.get("elements")
    found = elements if isinstance(elements, list) else []
    return [str(one.get("text")) for one in found if isinstance(one, dict)]


def _plain(line: str) -> str:
    return escape(line, quote=False)


def through(egress: Callable[[], Egress], now: Callable[[], datetime]) -> Reply:
    """Sends answers through the gate of the day; one that fails is no more than not shown."""

    def send(address: str, body: Mapping[str, Any]) -> bool:
        data = json.dumps(body, ensure_ascii=False).encode()
        head = {"Content-Type": "application/json; charset=utf-8"}
        asked = Request(url=address, method="POST", headers=head, body=data, limits=_LIMITS)
        answer = egress().send(asked, now())
        return not isinstance(answer, Failed) and answer.status // 100 == 2

    return send
