"""Our own network was down: what was held against feeds until we knew is taken back."""

from typing import Final

from monitor.model import Changes, Failed, FailureReason
from monitor.stores import _codec as codec
from monitor.stores._connection import Connection

OURS: Final = FailureReason.OFFLINE.value  # says nothing about the feed
_TAKE_BACK: Final = """
update feeds set
    failures = max(failures - :weight, 0), failed = failed - 1, failure = :ours, detail = :detail,
    why = :why, next_due_at = min(next_due_at, :due)
where attempted_at >= :since and failed_at >= :since and failure = :reason
"""


def take_back(c: Connection, changes: Changes) -> None:
    """Counts, waits and events of feeds that failed since then, the poll's own among them."""
    found, outcome = changes.outage, changes.outcome
    if found is None or not isinstance(outcome, Failed):
        return
    said = {"since": codec.moment(found.since), "reasons": codec.dumps(list(found.weights))}
    c.run(
        "delete from feed_events where kind = 'failing' and at >= :since and feed_id in ("
        " select id from feeds where attempted_at >= :since and failed_at >= :since"
        " and failure in (select value from json_each(:reasons)))",
        said,
    )
    own = {
        "since": codec.moment(found.since),
        "ours": OURS,
        "detail": codec.words(outcome.detail),
        "why": changes.pace.why,
        "due": codec.moment(changes.pace.next_due),
    }
    for reason, weight in found.weights.items():
        c.run(_TAKE_BACK, {**own, "reason": reason, "weight": weight})
