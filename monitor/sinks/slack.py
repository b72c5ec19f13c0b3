"""
Alerts into a Slack channel through an incoming webhook.

API: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
"""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import Final

from monitor.config.reading import Table
from monitor.egress import Egress
from monitor.model import Delivery, Outcome, Verdict
from monitor.ports import Sink, SinkKind
from monitor.secret import Secret
from monitor.sinks._blocks import message
from monitor.sinks._posting import address, post

_TIMEOUT: Final = timedelta(seconds=20)
_PATIENCE: Final = 20.0  # seconds a delivery may wait for its turn before it is put back


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackSettings:
    url: Secret
    spacing: timedelta = timedelta(seconds=1)  # Slack takes one message a second and channel


class Turns:
    """Who may go when: one after the other, spaced, and nobody before a moment asked for."""

    def __init__(self, spacing: timedelta, clock: Callable[[], float] = monotonic) -> None:
        self._spacing, self._clock = spacing.total_seconds(), clock
        self._lock = threading.Lock()
        self._free = clock()

    def take(self, patience: float) -> float:
        """Seconds until the turn just taken; beyond the patience none is taken."""
        with self._lock:
            now = self._clock()
            wait = max(0.0, self._free - now)
            if wait <= patience:
                self._free = now + wait + self._spacing
            return wait

    def hold(self, length: timedelta) -> None:
        """Nobody goes before that long from now."""
        with self._lock:
            self._free = max(self._free, self._clock() + length.total_seconds())


class IncomingWebhook:
    """Posts each delivery as one message, one a second."""

    def __init__(self, settings: SlackSettings, egress: Egress) -> None:
        self._settings, self._egress = settings, egress
        self._turns = Turns(settings.spacing)

    def send(self, delivery: Delivery, now: datetime) -> Outcome:
        wait = self._turns.take(_PATIENCE)
        if wait > _PATIENCE:
            # Going on after a 429 may get the app disabled, so nothing is sent before its time.
            return Outcome(
                verdict=Verdict.RETRY, reason="throttled", retry_after=timedelta(seconds=wait)
            )
        sleep(wait)
        body = json.dumps(message(delivery.alert), ensure_ascii=False).encode()
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
    def read(self, table: Table) -> SlackSettings:
        table.text("kind")
        url, spacing = address(table, "url"), table.duration("spacing", "1s")
        assert spacing is not None
        table.close()
        return SlackSettings(url=url, spacing=spacing)

    def defaults(self) -> None:
        """A channel's address must be given."""

    def build(self, settings: SlackSettings, egress: Egress) -> Sink:
        return IncomingWebhook(settings, egress)


SINK: SinkKind = _Kind()
