"""One poll's fetch: the URL's scheme says who does it."""

from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from monitor.egress import Egress, Limits
from monitor.fetch import file, https
from monitor.fetch.memory import recall
from monitor.model import Claim, Failed, FailureReason, Feed, Fetched, Unchanged, Validators


class Caps(Protocol):
    """What of the [poll] settings matters here."""

    @property
    def max_body_bytes(self) -> int: ...
    @property
    def timeout(self) -> timedelta: ...


class Fetcher:
    """Fetches claimed feeds. Thread-safe."""

    def __init__(self, egress: Egress, caps: Caps) -> None:
        self._egress = egress
        self._limits = Limits(body_bytes=caps.max_body_bytes, total_timeout=caps.timeout)

    def fetch(self, claim: Claim, now: datetime) -> Fetched | Unchanged | Failed:
        """What the feed's server or file gave; never raises for what is on the other side."""
        memory = recall(claim)
        if memory.back:
            return https.older(self._egress, claim, memory.back, now, limits=self._limits)
        match urlsplit(claim.feed.url).scheme.lower():
            case "http" | "https":
                return https.ask(self._egress, claim, memory, now, limits=self._limits)
            case "file":
                return file.read(claim, now, limit_bytes=self._limits.body_bytes)
            case scheme:
                detail = f"{scheme[:20]!r} is none of http, https, file"
                return Failed(reason=FailureReason.BAD_URL, detail=detail, at=now)

    def look(self, url: str, now: datetime) -> Fetched | Failed:
        """Any page, unconditionally: for trying an address before it is a feed of ours."""
        feed = Feed(id="", url=url, language="", outlet="")
        claim = Claim(feed=feed, fence=0, validators=Validators(), first=True)
        found = self.fetch(claim, now)
        assert not isinstance(found, Unchanged)  # nothing to compare with was sent
        return found
