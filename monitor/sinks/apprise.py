"""
Alerts to the long tail: Discord, Teams, Telegram, Matrix, ntfy, Mattermost, PagerDuty and more.

One Apprise URL, one attempt; retries, limits and the record of attempts are the outbox's.
The library makes its own connections, so addresses are not checked by the gate: who writes a
URL here trusts the service behind it.

Library: https://appriseit.com (https://github.com/caronc/apprise)
"""

import importlib
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from time import monotonic
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from monitor.config.reading import Table
from monitor.egress import Egress
from monitor.model import Delivery, Outcome, Severity, Verdict
from monitor.ports import Sink, SinkKind
from monitor.secret import Secret
from monitor.sinks._letter import subject, text
from monitor.sinks._posting import shown

_KINDS: Final = {
    Severity.LOW: "info",
    Severity.MEDIUM: "info",
    Severity.HIGH: "warning",
    Severity.CRITICAL: "failure",
}
# What chat services read as a mention, a tag or a link in what should be plain words.
_INERT: Final = {"@": "@\u200b", "<": "‹", ">": "›", "](": "]\u200b("}


@dataclass(frozen=True, slots=True, kw_only=True)
class AppriseSettings:
    url: Secret
    timeout: timedelta = timedelta(seconds=20)


class Apprise:
    """One notification a delivery, through whatever service the URL names."""

    def __init__(self, settings: AppriseSettings, service: Any) -> None:
        """`service` is the library's own object for the URL: foreign, hence Any."""
        self._service = service
        self._hidden = _secrets(settings.url)

    def send(self, delivery: Delivery, now: datetime) -> Outcome:
        alert, began = delivery.alert, monotonic()
        said: list[str] = []
        kind = _library().NotifyType(_KINDS[alert.severity])
        notice = _library().Apprise()
        notice.add(self._service)
        # The library's only word on what went wrong is its log.
        sent = notice.notify(
            title=inert(subject(alert)),
            body=inert(text(alert, delivery.links)),
            notify_type=kind,
            body_format=_library().NotifyFormat.TEXT,
            log_callback=lambda entry, _service: said.append(str(entry)),
        )
        return Outcome(
            verdict=Verdict.DELIVERED if sent else Verdict.RETRY,
            reason="" if sent else "apprise",
            answer="" if sent else shown(" ".join(said[-3:]), self._hidden),
            milliseconds=round((monotonic() - began) * 1000),
        )

    def close(self) -> None:
        """Nothing is held open."""


@cache
def _library() -> Any:
    """Imported when a sink needs it: the memory and time are not everybody's to pay."""
    # Its log quotes URLs, and with no handler of ours it would go to standard error.
    logger = logging.getLogger("apprise")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    return importlib.import_module("apprise")


def inert(words: str) -> str:
    """The words with nothing in them that a chat service would take for more than words."""
    for live, dead in _INERT.items():
        words = words.replace(live, dead)
    return words


def _secrets(url: Secret) -> tuple[Secret, ...]:
    """The URL and every part of it: most services put their token into host or path."""
    parts = urlsplit(url.reveal())
    pieces = [parts.netloc, *parts.netloc.split("@"), *parts.path.split("/"), parts.query]
    found = [url.reveal(), *pieces, *map(unquote, pieces)]
    return tuple(Secret(piece) for piece in dict.fromkeys(found) if piece)


def _service(settings: AppriseSettings) -> Any:
    """The library's object for the URL; None when it knows no such service."""
    library = _library()
    asset = library.AppriseAsset(
        app_id="monitor",
        app_desc="arms-transfer alerts",
        app_url="",
        async_mode=False,
        service_timeout=settings.timeout.total_seconds(),
    )
    return library.Apprise.instantiate(settings.url.reveal(), asset=asset, suppress_exceptions=True)


class _Kind:
    def read(self, table: Table) -> AppriseSettings:
        table.text("kind")
        timeout = table.duration("timeout", "20s")
        assert timeout is not None
        settings = AppriseSettings(url=table.secret("url"), timeout=timeout)
        table.close()
        if settings.url and _service(settings) is None:
            table.fault("url", "is no Apprise URL", "see https://appriseit.com/services")
        return settings

    def defaults(self) -> None:
        """A service must be named."""

    def rate(self, settings: AppriseSettings) -> None:
        """As fast as it takes them."""

    def build(self, settings: AppriseSettings, egress: Egress) -> Sink:
        return Apprise(settings, _service(settings))


SINK: SinkKind = _Kind()
