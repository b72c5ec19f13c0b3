"""
Looks at the store once a second, whatever happens to it: how late is what is due?

It asks the server's own clock, as the nodes do, through a connection that nothing cuts.
"""

import math
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, NamedTuple

from monitor.errors import MonitorError
from monitor.stores._pg_connection import Session, connect
from tests.end_to_end.cluster import Paper

_UNDER_WAY, _BACK = 5.0, 15.0  # seconds: the longest poll; until every node is back
_FEEDS: Final = """
select id, extract(epoch from clock_timestamp() - next_due_at::timestamptz)::float as late
from feeds where active = 1 and paused = 0
    and next_due_at < to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
"""
_DELIVERIES: Final = """
select extract(epoch from clock_timestamp() - min(due)::timestamptz)::float as late
from deliveries where state = 'due'
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

    def __init__(
        self, url: str, feeds: Mapping[str, Paper], *, interval: float, every: float
    ) -> None:
        """`interval`: seconds between two polls of a feed; `every`: between two looks."""
        self._url, self._interval, self._every = url, interval, every
        self._papers = {paper.name: paper for paper in feeds.values()}
        self._away: list[tuple[float, float]] = []  # when the database was, monotonic
        self._lock, self._worst = threading.Lock(), Worst()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def worst(self) -> Worst:
        """Since the last time this was asked."""
        with self._lock:
            found, self._worst = self._worst, Worst()
        return found

    @contextmanager
    def away(self) -> Iterator[None]:
        """The database is; and for a while afterwards nodes are finding it again."""
        began = time.monotonic()
        self._away.append((began - _UNDER_WAY, math.inf))
        yield
        self._away[-1] = (began - _UNDER_WAY, time.monotonic() + _BACK)

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
                self._note(self._look(session))
            except MonitorError:
                _close(session)
                session = None
        _close(session)

    def _look(self, session: Session) -> Worst:
        feeds = [self._late(str(r["id"]), float(r["late"])) for r in session.rows(_FEEDS)]
        told = session.value(_DELIVERIES)
        return Worst(max((0.0, *feeds)), max(0.0, told or 0.0))

    def _late(self, feed: str, seconds: float) -> float:
        """
        Since it was due, in seconds.

        Who was asked while the database was away has been asked, kept or not: nodes leave him
        alone for the interval, and so he is due after it.
        """
        due = time.monotonic() - seconds
        asked = [at for at in self._papers[feed].asked[-4:] if at >= due - _UNDER_WAY]
        vain = [at for at in asked if any(a <= at <= b for a, b in self._away)]
        return min(seconds, time.monotonic() - vain[-1] - self._interval) if vain else seconds

    def _note(self, now: Worst) -> None:
        with self._lock:
            self._worst = Worst(*map(max, self._worst, now))


def _close(session: Session | None) -> None:
    if session is not None:
        session.close()
