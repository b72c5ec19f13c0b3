"""The house in order: pruning, daily copies, and word of feeds that bring nothing any more."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from monitor import log
from monitor.alert import notice
from monitor.config.notices import NoticeSettings
from monitor.config.settings import StoreSettings
from monitor.health import Health
from monitor.ports import Row, Store

_PRUNED_AT_ONCE: Final = 5_000  # entries a transaction, so that polling never waits long
_NAMED: Final = 8  # feeds in a notice; the rest is a number
_LOST: Final = ("failing", "gone", "quiet")
_WHY: Final = "High: whatever these feeds report, nobody is told of it."
_log = log.get("upkeep")


def prune(store: Store, before: datetime) -> int:
    """Delete entries seen before then, a little at a time; how many."""
    total = 0
    while gone := store.prune(before, _PRUNED_AT_ONCE):
        total += gone
    if total:
        _log.info("entries pruned", entries=total, before=before.date().isoformat())
    return total


def backup(store: Store, settings: StoreSettings, health: Health, now: datetime) -> None:
    """
    Today's verified copy in the configured folder, if any; the oldest beyond `backups` go.

    Raises:
        StoreError, OSError: there is no copy for today; /readyz says so.
    """
    folder = Path(settings.backup)
    path = folder / f"monitor-{now:%Y%m%d}.db"
    if not settings.backup or path.exists():
        return
    health.fault("backup", f"none from {now:%Y-%m-%d} in {folder}")
    folder.mkdir(parents=True, exist_ok=True)
    rows = store.backup(path)
    health.fault("backup", "")
    for old in sorted(folder.glob("monitor-????????.db"))[: -settings.backups]:
        old.unlink()
    _log.info("store backed up", path=str(path), rows=sum(rows.values()))


def tell_of_feeds(store: Store, settings: NoticeSettings, now: datetime) -> int:
    """
    Queue one notice of all feeds that bring nothing, for each sink asked for; how many new.

    The same feeds are told of once a day, until they are mended or paused.
    """
    if not settings.sinks:
        return 0
    sentence = missing(store.feeds(), settings.after, now)
    if not sentence:
        return 0
    told = [notice("feeds", sentence, sink, now, why=_WHY) for sink in settings.sinks]
    return store.add_deliveries(told)


def missing(feeds: Sequence[Row], after: timedelta, now: datetime) -> str:
    """Which feeds bring nothing, and why; "" when all that should do."""
    lost = [row for row in feeds if row["state"] in _LOST and _long(row, after, now)]
    if not lost:
        return ""
    names = [f"{row['id']} ({row['failure'] or row['state']})" for row in lost]
    rest = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{len(lost)} bring nothing any more: {', '.join(names[:_NAMED])}{rest}"


def _long(row: Row, after: timedelta, now: datetime) -> bool:
    """Whether the last success is so long ago that the trouble will not mend itself."""
    last = row["last_success"]
    if row["state"] != "failing":
        return True
    if isinstance(last, datetime):
        return now - last >= after
    failures = row["failures"]
    return isinstance(failures, float | int) and failures >= 3  # it never worked
