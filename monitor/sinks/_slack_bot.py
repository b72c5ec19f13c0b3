"""
Alerts in Slack as a bot: one message a story, updates in its thread, its count kept current.

    first revision   chat.postMessage, and its ts is remembered
    later ones       chat.postMessage in the thread, then chat.update of the first message

Slack knows no idempotency key. An attempt whose answer never came may have posted, so before
such a delivery is tried again the channel is asked for a message that carries its id. What
reads takes a form alone: to JSON it answers invalid_arguments.

API: https://docs.slack.dev/reference/methods/chat.postMessage
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from monitor.config.reading import Table
from monitor.egress import Egress
from monitor.model import STORY, Delivery, Outcome, Verdict
from monitor.secret import Secret
from monitor.sinks._blocks import message
from monitor.sinks._posting import exchange
from monitor.sinks._turns import turned, turns_at

API: Final = "https://slack.com/api"
_TIMEOUT: Final = timedelta(seconds=20)
_ANSWER: Final = 500_000  # bytes: an answer repeats the whole message
_HISTORY: Final = 8_000_000  # bytes: fifty messages of fifty blocks
_PAGES: Final = 5  # of fifty messages, newest first
_EVENT: Final = "monitor_alert"
_CHANNEL: Final = re.compile(r"[CDG][A-Z0-9]+")
# What no second attempt with the same payload can change. Everything else somebody may mend:
# a token, a scope, an archived channel.
_PAYLOAD: Final = (
    *("invalid_blocks", "invalid_blocks_format", "msg_too_long", "no_text", "invalid_arguments"),
    *("msg_blocks_too_long", "metadata_too_large", "invalid_metadata_format"),
)
# Whoever may not look, or is shown nothing readable, posts: twice is better than never.
_BLIND: Final = (
    *("missing_scope", "not_in_channel", "no_permission", "not_allowed_token_type"),
    *("channel_not_found", "thread_not_found", "not-slack", "unknown_method"),
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
        self._turns = turns_at(f"{settings.api} {settings.channel}", settings.spacing)

    def send(self, delivery: Delivery, now: datetime) -> Outcome:
        state = delivery.state
        root, mine = state.get("ts", ""), f"posted {delivery.id}"
        posted = state.get(mine, "") or self._posted_before(delivery, now)
        if isinstance(posted, Outcome):
            return posted
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
            **self._told(delivery, buttons=self._settings.buttons and not root),
            **thread,
            "metadata": {"event_type": _EVENT, "event_payload": {"delivery": delivery.id}},
        }

    def _retold(
        self, delivery: Delivery, root: str, state: Mapping[str, str], now: datetime
    ) -> Outcome:
        """The first message made current. The reply is out: only this part is tried again."""
        told = self._told(delivery, buttons=self._settings.buttons)
        body = {"channel": self._settings.channel, "ts": root, **told}
        answer = self._call("chat.update", body, now)
        if answer.outcome.reason in (
            "message_not_found",
            "cant_update_message",
            "edit_window_closed",
        ):
            return Outcome(verdict=Verdict.DELIVERED, status=200, state=state)
        return replace(answer.outcome, state=state)

    def _told(self, delivery: Delivery, *, buttons: bool) -> Mapping[str, Any]:
        return message(delivery.alert, buttons=buttons, page=delivery.links.get(STORY, ""))

    def _posted_before(self, delivery: Delivery, now: datetime) -> str | Outcome:
        """
        The ts of a message that an earlier attempt left behind; "" when there is none, and what
        kept us from looking when that may pass: whoever posts without looking may post twice.
        """
        if delivery.attempt == 0 and delivery.fence <= 1:
            return ""  # nobody has tried before
        asked = {"channel": self._settings.channel, "limit": "50", "include_all_metadata": "true"}
        method = "conversations.history"
        if root := delivery.state.get("ts"):
            method, asked = "conversations.replies", {**asked, "ts": root}
        for _ in range(_PAGES):
            answer = self._ask(method, asked, now)
            if answer.outcome.reason in _BLIND:
                return ""
            if not answer.good:
                return replace(answer.outcome, verdict=Verdict.RETRY)
            found, cursor = _named_in(answer.body, delivery.id), _next(answer.body)
            if found or not cursor:
                return found
            asked = {**asked, "cursor": cursor}
        return ""

    def _call(self, method: str, body: Mapping[str, Any], now: datetime) -> _Answer:
        """A method that writes."""
        said = json.dumps(body, ensure_ascii=False).encode()
        return self._exchange(method, "application/json; charset=utf-8", said, _ANSWER, now)

    def _ask(self, method: str, fields: Mapping[str, str], now: datetime) -> _Answer:
        """A method that reads."""
        form = urlencode(fields).encode()
        return self._exchange(method, "application/x-www-form-urlencoded", form, _HISTORY, now)

    def _exchange(self, method: str, kind: str, body: bytes, most: int, now: datetime) -> _Answer:
        if late := turned(self._turns):
            return _Answer(outcome=late, body={})
        token = self._settings.token
        outcome, raw = exchange(
            self._egress,
            f"{self._settings.api}/{method}",
            {"Content-Type": kind, "Authorization": f"Bearer {token.reveal()}"},
            body,
            hidden=(token,),
            timeout=_TIMEOUT,
            now=now,
            most=most,
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


def _named_in(body: Mapping[str, Any], delivery: str) -> str:
    """The ts of the message whose metadata names the delivery; "" when none does."""
    listed = body.get("messages", [])
    messages = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    found = (one for one in messages if _named(one.get("metadata")) == delivery)
    return next((str(one.get("ts", "")) for one in found), "")


def _next(body: Mapping[str, Any]) -> str:
    """Where the next page begins; "" when this is the last."""
    told = body.get("response_metadata")
    return str(told.get("next_cursor") or "") if isinstance(told, dict) else ""


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
    channel = table.text("channel", right='a channel id such as "C0123456789"')
    if channel and not _CHANNEL.fullmatch(channel):
        # Names are taken where a message is posted, and nowhere else.
        table.fault("channel", f"{channel!r} is no channel id", 'write one such as "C0123456789"')
    return BotSettings(
        token=table.secret("token"),
        channel=channel,
        api=api.rstrip("/"),
        spacing=spacing,
        buttons=buttons,
    )
