"""[push] of monitor.toml: where hubs reach us, so that they can say when a feed has news."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from monitor.config.reading import Table
from monitor.secret import Secret

_NONE: Final = Secret("")
_LEAST: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PushSettings:
    """Off while callback is empty."""

    callback: str = ""  # where the console is reached from the internet
    secret: Secret = _NONE  # makes the callbacks unguessable and signs what hubs send
    lease: timedelta = timedelta(days=5)  # asked of hubs, renewed at half of it


NO_PUSH: Final = PushSettings()


def read(table: Table) -> PushSettings:
    """The settings; faults are reported into the table."""
    lease = table.duration("lease", "5d")
    assert lease is not None
    settings = PushSettings(
        callback=table.text("callback", "").rstrip("/"),
        secret=table.secret("secret", ""),
        lease=max(lease, _LEAST),
    )
    parts = urlsplit(settings.callback)
    if settings.callback and (parts.scheme not in ("http", "https") or not parts.hostname):
        table.fault(
            "callback",
            f"{settings.callback!r} is no address",
            'write "https://monitor.example.org", where the console is reached',
        )
    if settings.callback and len(settings.secret.reveal()) < 16:
        table.fault("secret", "is too short", "generate one: openssl rand -base64 32")
    table.close()
    return settings
