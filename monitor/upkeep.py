"""The house in order: pruning, daily copies, and word of feeds that bring nothing any more."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from monitor import log
from monitor.alert import notice
from monitor.config.notices import NoticeSettings
from monitor.config.settings import StoreSettings
from monitor.fetch.memory import KEY, quiet
from monitor.health import Health
from monitor.ports import Row, Store

_PRUNED_AT_ONCE: Final = 5_000  # entries a transaction, so that polling never waits long
_NAMED: Final = 8  # feeds in a notice; the rest is a number
_LOST: Final = ("failing", "gone", "quiet")
_WHY: Final = "High: whatever these feeds report, nobody is told of it."
_LOST_WHY: Final = (
    "High: nothing of the poll before was left; older pages are read, where there are any."
)
_EVENTS: Final = 5_000  # looked through for gaps: more than a day has
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
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
    Queue one notice of all feeds that bring nothing, and one of each hour's coverage gaps, for
    each sink asked for; how many new.

    The same feeds are told of once a day, until they are mended or paused; a gap once.
    """
    if not settings.sinks:
        return 0
    sentence = missing([still(row, now) for row in store.feeds()], settings.after, now)
    told = [(sentence, now, _WHY)] if sentence else []
    told += [(said, hour, _LOST_WHY) for hour, said in gaps(store.events(limit=_EVENTS), now)]
    return store.add_deliveries(
        [notice("feeds", said, sink, at, why=why) for said, at, why in told
         for sink in settings.sinks]
    )  # fmt: skip


def still(row: Row, now: datetime) -> Row:
    """The row, its state "quiet" where the feed is still against its own rhythm."""
    client = row.get("client")
    if row["state"] != "ok" or not isinstance(client, Mapping):
        return row
    return {**row, "state": "quiet"} if quiet({KEY: json.dumps(client)}, now) else row


def gaps(events: Sequence[Row], now: datetime) -> Sequence[tuple[datetime, str]]:
    """Of each whole hour of the last day, in order, which feeds may have lost entries in it."""
    this = now.replace(minute=0, second=0, microsecond=0)
    hours: dict[datetime, dict[str, None]] = {}
    for event in reversed(events):
        at = event["at"]
        if event["kind"] == "gap" and isinstance(at, datetime) and this - _DAY <= at < this:
            hour = at.replace(minute=0, second=0, microsecond=0)
            hours.setdefault(hour, {})[str(event["feed"])] = None
    return [(hour, _missed(hour, list(names))) for hour, names in hours.items()]


def _missed(hour: datetime, names: Sequence[str]) -> str:
    span = f"between {hour:%H:%M} and {hour + _HOUR:%H:%M} UTC"
    return f"{len(names)} may have missed entries {span}: {_few(names)}"


def _few(names: Sequence[str]) -> str:
    rest = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{rest}"


def missing(feeds: Sequence[Row], after: timedelta, now: datetime) -> str:
    """Which feeds bring nothing, and why; "" when all that should do."""
    lost = [row for row in feeds if row["state"] in _LOST and _long(row, after, now)]
    if not lost:
        return ""
    names = [f"{row['id']} ({row['failure'] or row['state']})" for row in lost]
    return f"{len(lost)} bring nothing any more: {_few(names)}"


def _long(row: Row, after: timedelta, now: datetime) -> bool:
    """Whether the last success is so long ago that the trouble will not mend itself."""
    last = row["last_success"]
    if row["state"] != "failing":
        return True
    if isinstance(last, datetime):
        return now - last >= after
    failures = row["failures"]
    return isinstance(failures, float | int) and failures >= 3  # it never worked
