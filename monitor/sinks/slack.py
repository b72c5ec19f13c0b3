"""
Alerts into a Slack channel: through an incoming webhook, or as a bot with threads.

API: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from monitor.config.reading import Table
from monitor.egress import Egress
from monitor.model import STORY, Delivery, Outcome, Rate, Verdict
from monitor.ports import Sink, SinkKind
from monitor.secret import Secret
from monitor.sinks._blocks import message
from monitor.sinks._posting import address, post
from monitor.sinks._slack_bot import Bot, BotSettings, read_bot
from monitor.sinks._turns import turned, turns_at

_TIMEOUT: Final = timedelta(seconds=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackSettings:
    url: Secret
    spacing: timedelta = timedelta(seconds=1)  # Slack takes one message a second and channel
    buttons: bool = False  # for an app whose interactivity posts to [feedback]


class IncomingWebhook:
    """Posts each delivery as one message, one a second and channel."""

    def __init__(self, settings: SlackSettings, egress: Egress) -> None:
        self._settings, self._egress = settings, egress
        self._turns = turns_at(settings.url.reveal(), settings.spacing)

    def send(self, delivery: Delivery, now: datetime) -> Outcome:
        if late := turned(self._turns):
            return late
        page = delivery.links.get(STORY, "")
        said = message(delivery.alert, buttons=self._settings.buttons, page=page)
        body = json.dumps(said, ensure_ascii=False).encode()
        outcome = post(
            self._egress,
            self._settings.url,
            {"Content-Type": "application/json; charset=utf-8"},
            body,
            hidden=(),
            timeout=_TIMEOUT,
            now=now,
        )
        if outcome.retry_after:
            self._turns.hold(outcome.retry_after)
        return _judged(outcome)

    def close(self) -> None:
        """Nothing is held open."""


def _judged(outcome: Outcome) -> Outcome:
    """
    Slack's 400 is about the payload itself: the same bytes will never be taken.

    Source: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors
    """
    if outcome.status == 400:
        return replace(outcome, verdict=Verdict.REFUSED, reason="payload")
    return outcome


class _Kind:
    def read(self, table: Table) -> SlackSettings | BotSettings:
        table.text("kind")
        spacing = table.duration("spacing", "1s")
        assert spacing is not None
        buttons = table.flag("buttons", False)
        if table.has("token"):
            bot = read_bot(table, spacing, buttons=buttons)
            table.close()
            return bot
        url = address(table, "url")
        table.asked.update(("token", "channel"))  # so that a near miss is named
        if table.has("channel"):
            wrong = "is a bot's; an incoming webhook leads to a channel of its own"
            table.fault("channel", wrong, "leave it out, or give a token instead of the url")
        table.close()
        return SlackSettings(url=url, spacing=spacing, buttons=buttons)

    def defaults(self) -> None:
        """A channel's address, or a bot's token and channel, must be given."""

    def rate(self, settings: SlackSettings | BotSettings) -> Rate | None:
        """https://docs.slack.dev/apis/web-api/rate-limits: one message a second and channel."""
        seconds = settings.spacing.total_seconds()
        return Rate(per_second=1 / seconds) if seconds else None

    def build(self, settings: SlackSettings | BotSettings, egress: Egress) -> Sink:
        if isinstance(settings, BotSettings):
            return Bot(settings, egress)
        return IncomingWebhook(settings, egress)


SINK: SinkKind = _Kind()
