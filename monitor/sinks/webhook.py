"""
Alerts to any HTTP receiver, signed.

Standard: https://www.standardwebhooks.com. Payload: docs/webhook.md.
"""

import base64
import binascii
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from monitor import wire
from monitor.config.reading import Table
from monitor.egress import Egress
from monitor.model import Delivery, Outcome
from monitor.ports import Sink, SinkKind
from monitor.secret import Secret
from monitor.sinks._posting import address, post

ENVELOPES: Final = {
    "standard": "application/json",
    "cloudevents": "application/cloudevents+json; charset=utf-8",
}
_PREFIX: Final = "whsec_"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    url: Secret  # may hold a token
    secrets: tuple[Secret, ...]  # newest first; each signs, so that receivers can rotate
    timeout: timedelta = timedelta(seconds=20)
    envelope: str = "standard"  # a key of ENVELOPES


class Webhook:
    """Posts each delivery as one signed event."""

    def __init__(self, settings: WebhookSettings, egress: Egress) -> None:
        self._settings, self._egress = settings, egress

    def send(self, delivery: Delivery, now: datetime) -> Outcome:
        clouds = self._settings.envelope == "cloudevents"
        alert = delivery.alert
        body = wire.cloud_event(alert, delivery.id) if clouds else wire.event(alert)
        moment = int(now.timestamp())
        headers = {
            "Content-Type": ENVELOPES[self._settings.envelope],
            "webhook-id": delivery.id,
            "webhook-timestamp": str(moment),
            "webhook-signature": sign(self._settings.secrets, delivery.id, moment, body),
        }
        return post(
            self._egress,
            self._settings.url,
            headers,
            body,
            hidden=self._settings.secrets,
            timeout=self._settings.timeout,
            now=now,
        )

    def close(self) -> None:
        """Nothing is held open."""


def sign(secrets: Sequence[Secret], id_: str, timestamp: int, body: bytes) -> str:
    """The webhook-signature header: one v1 signature for each secret, separated by spaces."""
    signed = f"{id_}.{timestamp}.".encode() + body
    digests = (hmac.digest(key(secret), signed, sha256) for secret in secrets)
    return " ".join("v1," + base64.b64encode(digest).decode() for digest in digests)


def key(secret: Secret) -> bytes:
    """
    The bytes that sign: what follows "whsec_" is base64, anything else is taken as it is.

    Raises:
        ValueError: not base64.
    """
    value = secret.reveal()
    if not value.startswith(_PREFIX):
        return value.encode()
    return base64.b64decode(value.removeprefix(_PREFIX), validate=True)


class _Kind:
    def read(self, table: Table) -> WebhookSettings:
        table.text("kind")
        settings = WebhookSettings(
            url=address(table, "url"),
            secrets=_secrets(table),
            timeout=_timeout(table),
            envelope=table.choice("envelope", tuple(ENVELOPES), "standard"),
        )
        table.close()
        return settings

    def defaults(self) -> None:
        """A webhook must be told where to post."""

    def rate(self, settings: WebhookSettings) -> None:
        """As fast as it takes them."""

    def build(self, settings: WebhookSettings, egress: Egress) -> Sink:
        return Webhook(settings, egress)


def _secrets(table: Table) -> tuple[Secret, ...]:
    if not table.has("secret"):
        table.fault("secret", "is missing", '"${VARIABLE}", "file:/path", or a list of them')
        table.asked.add("secret")
        return ()
    faults = len(table.problems.lines)
    found = table.secrets("secret")
    if len(table.problems.lines) > faults:
        return found  # what is missing need not be called empty, too
    for number, secret in enumerate(found, 1):
        which = f"number {number} " if len(found) > 1 else ""
        try:
            if not key(secret):
                table.fault("secret", f"{which}is empty", "generate one: openssl rand -base64 32")
        except (ValueError, binascii.Error):
            table.fault("secret", f'{which}after "whsec_" is not base64', "copy it whole")
    if not found:
        table.fault("secret", "is an empty list", "name at least one secret")
    return found


def _timeout(table: Table) -> timedelta:
    length = table.duration("timeout", "20s")
    assert length is not None
    if not timedelta(seconds=1) <= length <= timedelta(seconds=30):
        table.fault("timeout", "is not between 1s and 30s", 'write one such as "20s"')
        return timedelta(seconds=20)
    return length


SINK: SinkKind = _Kind()
