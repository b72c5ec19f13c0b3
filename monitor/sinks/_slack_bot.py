"""
Alerts in Slack as a bot: one message a story, updates in its thread, its count kept current.

    first revision   chat.postMessage, and its ts is remembered
    later ones       chat.postMessage in the thread, then chat.update of the first message

Slack knows no idempotency key. An attempt whose answer never came may have posted, so before
such a delivery is tried again the channel is asked for a message that carries its id.

API: https://docs.slack.dev/reference/methods/chat.postMessage
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from monitor.config.reading import Table
from monitor.egress import Egress
from monitor.model import Delivery, Outcome, Verdict
from monitor.secret import Secret
from monitor.sinks._blocks import message
from monitor.sinks._posting import exchange
from monitor.sinks._turns import Turns, turned

API: Final = "https://slack.com/api"
_TIMEOUT: Final = timedelta(seconds=20)
_ANSWER: Final = 500_000  # bytes: an answer repeats the whole message, a history fifty of them
_EVENT: Final = "monitor_alert"
# What no second attempt with the same payload can change. Everything else somebody may mend:
# a token, a scope, an archived channel.
_PAYLOAD: Final = (
    *("invalid_blocks", "invalid_blocks_format", "msg_too_long", "no_text", "invalid_arguments"),
    *("msg_blocks_too_long", "metadata_too_large", "invalid_metadata_format"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BotSettings:
    token: Secret  # xoxb-…, with chat:write; channels:history too for never posting twice
    channel: str  # id, "C…"
    api: str = API
    spacing: timedelta = timedelta(seconds=1)
    buttons: bool = False  # for an app whose interactivity posts to [feedback]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    outcome: Outcome
    body: Mapping[str, Any]  # {} when there is none

    @property
    def good(self) -> bool:
        return self.outcome.verdict is Verdict.DELIVERED


class Bot:
    """Posts each delivery into one channel, one call a second."""

    def __init__(self, settings: BotSettings, egress: Egress) -> None:
        self._settings, self._egress = settings, egress
        self._turns = Turns(settings.spacing)

    def send(self, delivery: Delivery, now: datetime) -> Outcome:
        state = delivery.state
        root, mine = state.get("ts", ""), f"posted {delivery.id}"
        posted = state.get(mine, "") or self._posted_before(delivery, now)
        if not posted:
            answer = self._call("chat.postMessage", self._new(delivery, root), now)
            if not answer.good:
                return answer.outcome
            posted = str(answer.body.get("ts", ""))
        state = {"ts": root or posted, mine: posted}
        if not root:
            return Outcome(verdict=Verdict.DELIVERED, status=200, state=state)
        return self._retold(delivery, root, state, now)

    def close(self) -> None:
        """Nothing is held open."""

    def _new(self, delivery: Delivery, root: str) -> Mapping[str, Any]:
        thread = {"thread_ts": root} if root else {}
        return {
            "channel": self._settings.channel,
            **message(delivery.alert, buttons=self._settings.buttons and not root),
            **thread,
            "metadata": {"event_type": _EVENT, "event_payload": {"delivery": delivery.id}},
        }

    def _retold(
        self, delivery: Delivery, root: str, state: Mapping[str, str], now: datetime
    ) -> Outcome:
        """The first message made current. The reply is out: only this part is tried again."""
        body = {"channel": self._settings.channel, "ts": root, **self._whole(delivery)}
        answer = self._call("chat.update", body, now)
        if answer.outcome.reason in (
            "message_not_found",
            "cant_update_message",
            "edit_window_closed",
        ):
            return Outcome(verdict=Verdict.DELIVERED, status=200, state=state)
        return replace(answer.outcome, state=state)

    def _whole(self, delivery: Delivery) -> Mapping[str, Any]:
        return message(delivery.alert, buttons=self._settings.buttons)

    def _posted_before(self, delivery: Delivery, now: datetime) -> str:
        """The ts of a message that an earlier attempt left behind; "" when there is none."""
        if delivery.attempt == 0 and delivery.fence <= 1:
            return ""  # nobody has tried before
        asked = {"channel": self._settings.channel, "limit": 50, "include_all_metadata": True}
        if root := delivery.state.get("ts"):
            found = self._call("conversations.replies", {**asked, "ts": root}, now)
        else:
            found = self._call("conversations.history", asked, now)
        return next(
            (
                str(one.get("ts", ""))
                for one in _messages(found.body)
                if _named(one.get("metadata")) == delivery.id
            ),
            "",
        )

    def _call(self, method: str, body: Mapping[str, Any], now: datetime) -> _Answer:
        if late := turned(self._turns):
            return _Answer(outcome=late, body={})
        outcome, raw = exchange(
            self._egress,
            f"{self._settings.api}/{method}",
            {
                "Content-Type": "application/json; charset=utf-8",
                "Authorization": f"Bearer {self._settings.token.reveal()}",
            },
            json.dumps(body, ensure_ascii=False).encode(),
            hidden=(self._settings.token,),
            timeout=_TIMEOUT,
            now=now,
            most=_ANSWER,
        )
        if outcome.retry_after:
            self._turns.hold(outcome.retry_after)
        return _judged(outcome, raw)


def _judged(outcome: Outcome, raw: bytes) -> _Answer:
    """Slack says 200 to everything; whether it went well stands in the body."""
    if outcome.verdict is Verdict.GONE:
        outcome = replace(outcome, verdict=Verdict.RETRY)
    if outcome.verdict is not Verdict.DELIVERED:
        return _Answer(outcome=outcome, body={})
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        failed = replace(outcome, verdict=Verdict.RETRY, reason="not-slack")
        return _Answer(outcome=failed, body={})
    if body.get("ok") is True:
        return _Answer(outcome=outcome, body=body)
    error = str(body.get("error", "unknown"))[:60]
    verdict = Verdict.REFUSED if error in _PAYLOAD else Verdict.RETRY
    return _Answer(outcome=replace(outcome, verdict=verdict, reason=error), body={})


def _messages(body: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    found = body.get("messages", [])
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _named(metadata: object) -> str:
    """The delivery that a message's metadata names; "" when it names none."""
    payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
    return str(payload.get("delivery", "")) if isinstance(payload, dict) else ""


def read_bot(table: Table, spacing: timedelta, *, buttons: bool) -> BotSettings:
    """The settings of a bot; faults are reported into the table."""
    api = table.text("api", API)
    if urlsplit(api).scheme not in ("http", "https"):
        table.fault("api", f"{api!r} is no address", f"leave it out for {API}")
    if table.has("url"):
        table.asked.add("url")
        table.fault("url", "stands beside a token", "keep the one or the other")
    return BotSettings(
        token=table.secret("token"),
        channel=table.text("channel", right='a channel id such as "C0123456789"'),
        api=api.rstrip("/"),
        spacing=spacing,
        buttons=buttons,
    )
