"""[feedback] of monitor.toml: how people's opinions of alerts come back."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from monitor.config.reading import Table
from monitor.secret import Secret

_NONE: Final = Secret("")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackSettings:
    """Off while url and slack_signing_secret are empty."""

    url: str = ""  # where people reach the console; alerts then carry links of opinion
    secret: Secret = _NONE  # signs those links
    slack_signing_secret: Secret = _NONE  # of the Slack app whose buttons post to us


NO_FEEDBACK: Final = FeedbackSettings()


def read(table: Table) -> FeedbackSettings:
    """The settings; faults are reported into the table."""
    settings = FeedbackSettings(
        url=table.text("url", ""),
        secret=table.secret("secret", ""),
        slack_signing_secret=table.secret("slack_signing_secret", ""),
    )
    parts = urlsplit(settings.url)
    if settings.url and (parts.scheme not in ("http", "https") or not parts.hostname):
        table.fault("url", f"{settings.url!r} is no address", 'write "https://monitor.example.org"')
    if settings.url and len(settings.secret.reveal()) < 16:
        table.fault("secret", "is too short to sign links", "generate one: openssl rand -base64 32")
    table.close()
    return settings
