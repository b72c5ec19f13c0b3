"""
Looks at the store once a second, whatever happens to it: how late is what is due?

It asks the server's own clock, as the nodes do, through a connection that nothing cuts.
"""

import threading
from typing import Final, NamedTuple

from monitor.errors import MonitorError
from monitor.stores._pg_connection import Session, connect

_LATE: Final = """
select extract(epoch from clock_timestamp() - min(next_due_at)::timestamptz)::float as feed,
    (select extract(epoch from clock_timestamp() - min(due)::timestamptz)::float
     from deliveries where state = 'due') as delivery
from feeds where active = 1 and paused = 0
"""
# A claim is kept at most once: whoever else polled by it, or by an older one, wrote nothing.
_FENCES: Final = """
select sum(polls)::bigint as kept,
    count(*) filter (where polls > fence or entries <> (
        select count(*) from entries e where e.feed_id = f.id
    )) as twice
from feeds f
"""


class Worst(NamedTuple):
    """How long the latest of them waited, in seconds."""

    feed: float = 0.0
    delivery: float = 0.0

    @property
    def late(self) -> float:
        return max(self)

    def __str__(self) -> str:
        return f"{self.feed:4.1f} s, {self.delivery:4.1f} s"


class Watch:
    """Thread-safe; a look that fails is no look."""

    def __init__(self, url: str, *, every: float) -> None:
        self._url, self._every = url, every
        self._lock, self._worst = threading.Lock(), Worst()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def worst(self) -> Worst:
        """Since the last time this was asked."""
        with self._lock:
            found, self._worst = self._worst, Worst()
        return found

    def fences(self) -> tuple[int, int]:
        """How many polls were kept; how many feeds had one kept twice, or an entry counted so."""
        session = connect(self._url)
        [row] = session.rows(_FENCES)
        session.close()
        return row["kept"], row["twice"]

    def close(self) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        session: Session | None = None
        while not self._over.wait(self._every):
            try:
                session = session or connect(self._url)
                [row] = session.rows(_LATE)
            except MonitorError:
                _close(session)
                session = None
                continue
            self._note(Worst(max(0.0, row["feed"] or 0.0), max(0.0, row["delivery"] or 0.0)))
        _close(session)

    def _note(self, now: Worst) -> None:
        with self._lock:
            self._worst = Worst(*map(max, self._worst, now))


def _close(session: Session | None) -> None:
    if session is not None:
        session.close()
