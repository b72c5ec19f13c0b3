"""
What proves that a click came from an alert of ours: signed links, and Slack's own signature.

Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import base64
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from monitor.model import Opinion
from monitor.secret import Secret

OFFERED: Final = (Opinion.RELEVANT, Opinion.NOT_RELEVANT, Opinion.SEEN)
_PATIENCE: Final = timedelta(minutes=5)  # how old a request of Slack's may be: no replays


def links(base: str, secret: Secret, alert: str) -> Mapping[str, str]:
    """For each opinion on offer the address at which it is said of this alert."""
    return {
        opinion.value: f"{base.rstrip('/')}/feedback/{quote(alert, safe='')}/{opinion.value}/"
        + token(secret, alert, opinion)
        for opinion in OFFERED
    }


def token(secret: Secret, alert: str, opinion: Opinion) -> str:
    """128 bits that only we can make."""
    signed = f"{alert}\x1f{opinion.value}".encode()
    digest = hmac.digest(secret.reveal().encode(), signed, sha256)
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


def genuine(secret: Secret, alert: str, opinion: Opinion, given: str) -> bool:
    """Whether the token is ours; False with an empty secret, whatever is given."""
    ours = token(secret, alert, opinion)
    return bool(secret) and hmac.compare_digest(ours.encode(), given.encode("utf-8", "replace"))


def from_slack(secret: Secret, timestamp: str, body: bytes, signature: str, now: datetime) -> bool:
    """Whether Slack signed the body, less than five minutes ago."""
    if not secret or not (timestamp.isascii() and timestamp.isdigit()) or len(timestamp) > 12:
        return False
    if abs(now.timestamp() - int(timestamp)) > _PATIENCE.total_seconds():
        return False
    signed = b"v0:" + timestamp.encode() + b":" + body
    ours = "v0=" + hmac.new(secret.reveal().encode(), signed, sha256).hexdigest()
    return hmac.compare_digest(ours.encode(), signature.encode("utf-8", "replace"))
