"""What the monitor says about itself, as an alert for the sinks that still work."""

from datetime import datetime
from typing import Final

from monitor.alert.identity import alert_id, delivery_id
from monitor.model import Alert, Delivery, Severity

TOPIC: Final = "monitor"
_WHY: Final = "High: alerts are not reaching somebody."


def notice(subject: str, sentence: str, sink: str, now: datetime, why: str = _WHY) -> Delivery:
    """
    A delivery to `sink` of one sentence about `subject`, a destination or a feed.

    The same subject and sentence on the same day is the same alert, so a replay says it once.
    """
    story = f"monitor:{subject}:{sentence}:{now:%Y-%m-%d}"
    raised = Alert(
        id=alert_id(story),
        story="",
        revision=1,
        topic=TOPIC,
        severity=Severity.HIGH,
        title=f"{subject}: {sentence}",
        url="",
        outlet="",
        published=None,
        first_seen=now,
        at=now,
        summary="",
        act=None,
        severity_why=why,
    )
    return Delivery(id=delivery_id(raised.id, 1, sink), alert=raised, sink=sink, due=now)
