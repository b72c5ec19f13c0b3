"""Names that the same cause always gets: a replay after a crash queues nothing twice."""

from hashlib import sha256


def alert_id(story: str) -> str:
    """One per story."""
    return _named("al-", story)


def delivery_id(alert: str, revision: int, sink: str) -> str:
    """One per alert, revision and sink: the webhook-id of every attempt, hence without a dot."""
    return _named("dl-", alert, str(revision), sink)


def _named(prefix: str, *cause: str) -> str:
    # Unit separator: ("a", "bc") and ("ab", "c") must differ.
    return prefix + sha256("\x1f".join(cause).encode()).hexdigest()[:24]
