"""
SQLite through sqlite-utils: the store of one machine.

Each part of it is a file of its own; this one says which connection it gets, and when.
Format: https://www.sqlite.org/fileformat2.html
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from monitor.errors import StoreError, UsageError
from monitor.model import (
    Alert,
    Attempt,
    Changes,
    Circuit,
    Claim,
    Delivery,
    Entry,
    Feed,
    Label,
    Page,
    Rate,
    Said,
    Silence,
    Story,
    View,
)
from monitor.ports import Row, Store
from monitor.sharing import ALONE, Presence
from monitor.stores import (
    _articles,
    _desk,
    _digests,
    _hold,
    _limits,
    _memory,
    _outbox,
    _pages,
    _polls,
    _reports,
    _schedule,
    _search,
    _upkeep,
)
from monitor.stores._articles import Articles
from monitor.stores._connection import Connection
from monitor.stores._file import File, opened
from monitor.stores._mending import Mends
from monitor.stores._together import keep_all


class SqliteStore(Mends, Articles):
    """See ports.Store."""

    def __init__(self, file: File) -> None:
        self._file = file

    def _looking(self) -> AbstractContextManager[Connection]:
        return self._file.reading()

    def _changing(self) -> AbstractContextManager[Connection]:
        return self._file.writing()

    # the schedule

    def sync(self, feeds: Sequence[Feed], now: datetime) -> None:
        with self._file.writing() as c:
            _schedule.sync(c, feeds, now)

    def claim(
        self, now: datetime, limit: int, *, owner: str, lease: timedelta, everything: bool = False
    ) -> Sequence[Claim]:
        with self._file.writing() as c:
            return _schedule.claim(c, now, limit, owner=owner, lease=lease, everything=everything)

    def release(self, claims: Sequence[Claim]) -> None:
        with self._file.writing() as c:
            _schedule.release(c, claims)

    # one poll

    def unseen(self, feed_id: str, entries: Sequence[Entry]) -> Sequence[Entry]:
        with self._file.reading() as c:
            return _polls.unseen(c, feed_id, entries)

    @contextmanager
    def writing(self) -> Iterator[None]:
        with self._file.writing():
            yield

    def commit(self, changes: Changes) -> bool:
        if not self._file.writes():
            raise StoreError("commit() is only for inside writing()")
        with self._file.writing() as c:
            return _polls.commit(c, changes)

    def keep_all(self, each: Sequence[Changes]) -> Sequence[Said]:
        return keep_all(self._file.writing, _polls.commit, each)

    def candidates(self, keys: Sequence[str], since: datetime) -> Sequence[Story]:
        with self._file.reading() as c:
            return _memory.candidates(c, keys, since)

    # the outbox

    def due_deliveries(
        self,
        now: datetime,
        limit: int,
        *,
        owner: str,
        lease: timedelta,
        room: Mapping[str, int] | None = None,
        rates: Mapping[str, Rate] | None = None,
    ) -> Sequence[Delivery]:
        # Asked every second and mostly in vain: take the write lock only when there is work.
        with self._file.reading() as c:
            if not _outbox.waiting(c, now):
                return ()
        with self._file.writing() as c:
            return _outbox.due(c, now, limit, owner=owner, lease=lease, room=room, rates=rates)

    def circuit(self, sink: str) -> Circuit:
        with self._file.reading() as c:
            return _limits.circuit(c, sink)

    def record(self, delivery: Delivery, attempt: Attempt, next_due: datetime | None) -> bool:
        with self._file.writing() as c:
            return _outbox.record(c, delivery, attempt, next_due)

    def add_deliveries(self, deliveries: Sequence[Delivery]) -> int:
        with self._file.writing() as c:
            return _outbox.add(c, deliveries)

    def retry(self, ids: Sequence[str], now: datetime) -> int:
        with self._file.writing() as c:
            return _outbox.retry(c, ids, now)

    def enable_sink(self, sink: str, *, enabled: bool, why: str, now: datetime) -> None:
        with self._file.writing() as c:
            _outbox.enable(c, sink, enabled=enabled, why=why, now=now)

    def digests(self, now: datetime) -> Sequence[Sequence[Delivery]]:
        with self._file.reading() as c:
            return _digests.due(c, now)

    def bundle(self, parts: Sequence[Delivery], whole: Delivery) -> bool:
        with self._file.writing() as c:
            return _digests.bundle(c, parts, whole, whole.due)

    # the desk

    def recent_alerts(self, since: datetime) -> Sequence[Alert]:
        with self._file.reading() as c:
            return _desk.recent(c, since)

    def last_alert(self, story_id: str) -> Alert | None:
        with self._file.reading() as c:
            return _desk.last(c, story_id)

    def silences(self, now: datetime) -> Sequence[Silence]:
        with self._file.reading() as c:
            return _desk.silences(c, now)

    def add_silence(self, silence: Silence) -> None:
        with self._file.writing() as c:
            _desk.add_silence(c, silence)

    def end_silence(self, silence_id: str, now: datetime) -> bool:
        with self._file.writing() as c:
            return _desk.end_silence(c, silence_id, now)

    def add_label(self, label: Label) -> None:
        with self._file.writing() as c:
            _desk.add_label(c, label)

    def labels(self, since: datetime | None = None) -> Sequence[Row]:
        with self._file.reading() as c:
            return _desk.labels(c, since)

    # reading

    def page(self, view: View, *, limit: int = 50, after: str = "") -> Page:
        with self._file.reading() as c:
            return _pages.page(c, view, limit=limit, after=after)

    def flows(self, since: datetime | None = None, *, limit: int = 500) -> Sequence[Row]:
        with self._file.reading() as c:
            return _pages.flows(c, since, limit)

    def facets(self, kind: str, since: datetime | None = None, *, limit: int = 50) -> Sequence[Row]:
        with self._file.reading() as c:
            return _pages.counted(c, kind, since, limit)

    def near_misses(self, since: datetime, *, limit: int = 50) -> Sequence[Row]:
        with self._file.reading() as c:
            return _pages.near(c, since, limit)

    def lags(self, *, limit: int = 500) -> Sequence[Row]:
        with self._file.reading() as c:
            return _pages.lags(c, limit)

    # upkeep

    def time(self, own: datetime) -> datetime:
        return own

    def turnstile(self, owner: str, connections: int, spacing: timedelta) -> None:
        """None: one daemon alone works on a file."""

    def work_by(self, configuration: str) -> None:
        """Nothing: there is nobody to agree with."""

    def adopt(self, configuration: str, owner: str) -> None:
        """Nothing, as above."""

    @contextmanager
    def hold(self, owner: str, now: datetime, _presence: Presence = ALONE) -> Iterator[None]:
        with _hold.hold(self._file.path, owner, now):
            with self._file.writing() as c:
                _schedule.inherit(c)
                _outbox.inherit(c)
                _articles.inherit(c)
            yield

    def nodes(self) -> Sequence[Row]:
        found = _hold.holder(self._file.path)
        with self._file.reading() as c:
            return [] if found is None else [{**found, **_reports.held(c, str(found["owner"]))}]

    def prune(self, before: datetime, limit: int) -> int:
        with self._file.writing() as c:
            return _upkeep.prune(c, before, limit)

    def checkpoint(self) -> None:
        with self._file.outside() as c:
            _upkeep.checkpoint(c)

    def integrity(self) -> Sequence[str]:
        with self._file.reading() as c:
            return _upkeep.integrity(c)

    def backup(self, path: Path) -> Mapping[str, int]:
        with self._file.reading() as c:
            return _upkeep.backup(c, path)

    def free_bytes(self) -> int:
        return shutil.disk_usage(self._file.path.parent).free

    def close(self) -> None:
        self._file.close()

    # asking

    def feeds(self) -> Sequence[Row]:
        with self._file.reading() as c:
            return _reports.feeds(c)

    def events(self, *, feed_id: str = "", limit: int = 50) -> Sequence[Row]:
        with self._file.reading() as c:
            return _reports.events(c, feed_id, limit)

    def wake(self, feed_id: str, now: datetime, *, apart: timedelta) -> bool:
        with self._file.writing() as c:
            return _schedule.wake(c, feed_id, now, apart)

    def subscribed(self, feed_id: str, until: datetime | None) -> None:
        with self._file.writing() as c:
            _schedule.subscribed(c, feed_id, until)

    def add_feed(self, feed: Feed, now: datetime) -> bool:
        with self._file.writing() as c:
            return _schedule.add(c, feed, now)

    def remove_feed(self, feed_id: str) -> bool:
        with self._file.writing() as c:
            return _schedule.remove(c, feed_id)

    def pause_feed(self, feed_id: str, now: datetime, *, paused: bool, author: str) -> bool:
        with self._file.writing() as c:
            return _schedule.pause(c, feed_id, now, paused=paused, author=author)

    def own_feeds(self) -> Sequence[Feed]:
        with self._file.reading() as c:
            return _schedule.own(c)

    def alerts(
        self, *, limit: int = 50, topic: str = "", since: datetime | None = None
    ) -> Sequence[Row]:
        with self._file.reading() as c:
            return _reports.alerts(c, limit=limit, topic=topic, since=since)

    def alert(self, alert_id: str) -> Sequence[Delivery]:
        with self._file.reading() as c:
            return _reports.alert(c, alert_id)

    def deliveries(
        self, *, state: str = "", sink: str = "", alert: str = "", limit: int = 50, after: str = ""
    ) -> Sequence[Row]:
        with self._file.reading() as c:
            return _reports.deliveries(
                c, state=state, sink=sink, alert=alert, limit=limit, after=after
            )

    def attempts(self, delivery_id: str) -> Sequence[Row]:
        with self._file.reading() as c:
            return _reports.attempts(c, delivery_id)

    def story(self, story_id: str) -> Story | None:
        with self._file.reading() as c:
            return _memory.story(c, story_id)

    def search(self, query: str, *, limit: int = 20) -> Sequence[Row]:
        with self._file.reading() as c:
            return _search.search(c, query, limit)

    def decisions(self, reference: str) -> Sequence[Row]:
        with self._file.reading() as c:
            return _reports.decisions(c, reference)

    def counts(self) -> Mapping[str, int]:
        with self._file.reading() as c:
            return _reports.counts(c)

    def sinks(self) -> Sequence[Row]:
        with self._file.reading() as c:
            return _reports.sinks(c)


def open(url: str, *, create: bool = True) -> Store:
    """
    The store at sqlite:///relative/path or sqlite:////absolute/path.

    Raises:
        UsageError: the URL names no file.
        StoreError: it is damaged, not ours, not to be written, or (create=False) not there.
    """
    scheme, _, path = url.partition(":///")
    if scheme != "sqlite" or not path:
        raise UsageError(f"store: {url!r} names no file; write sqlite:///data/monitor.db")
    return SqliteStore(opened(Path(path), create=create))
