"""Deliveries that wait to go out together, and the one that takes their place."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

from monitor.model import Delivery
from monitor.stores import _codec as codec
from monitor.stores import _outbox
from monitor.stores._connection import Connection, Row

_DUE: Final = """
select d.seq, d.id, d.sink, d.due, d.attempt, d.fence, d.digest, a.payload
from deliveries d join alerts a on a.id = d.alert and a.revision = d.revision
where d.state = 'due' and d.digest <> '' and d.due <= ?
order by d.sink, d.digest, d.seq
"""


def due(c: Connection, now: datetime) -> Sequence[Sequence[Delivery]]:
    """See Outbox.digests."""
    rows = c.rows(_DUE, [codec.moment(now)])
    together = groupby(rows, key=lambda r: (r["sink"], r["digest"]))
    return [[_delivery(r) for r in group] for _, group in together]


def _delivery(row: Row) -> Delivery:
    return Delivery(
        id=row["id"],
        alert=codec.alert(row["payload"]),
        sink=row["sink"],
        due=codec.when(row["due"]),
        attempt=row["attempt"],
        fence=row["fence"],
        digest=row["digest"],
    )


def bundle(c: Connection, parts: Sequence[Delivery], whole: Delivery, now: datetime) -> bool:
    """See Outbox.bundle. Inside a transaction."""
    ids = codec.dumps([part.id for part in parts])
    waiting = c.value(
        "select count(*) from deliveries where state = 'due' and digest <> ''"
        " and id in (select value from json_each(?))",
        [ids],
    )
    if waiting != len(parts):
        return False
    _outbox.write(c, [whole.alert], [whole], now)
    c.run(
        "update deliveries set state = 'done', ended_at = ?, reason = ?"
        " where id in (select value from json_each(?))",
        [codec.moment(now), f"in digest {whole.id}", ids],
    )
    return True
