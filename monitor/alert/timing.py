"""
When an alert goes out on a route: at once, after the quiet hours, or in the next digest.

Hours are local times of the route's zone; moments are UTC. A local time that a change of clocks
skips is taken when the skip is over, one that comes twice at its first coming, so that there is
one digest for each local date.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from monitor.config.routes import Digest, Quiet, Route
from monitor.model import Severity

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """The moment to send, and the digest to wait for."""

    due: datetime
    digest: str = ""  # one name for all that go out together; "" for a message of its own
    why: str = ""  # why not at once; "" when it is


def when(route: Route, severity: Severity, now: datetime) -> When:
    """When an alert of that severity goes out on the route."""
    if route.digest is not None:
        due = next_digest(route.digest, now)
        local = due.astimezone(route.digest.zone)
        return When(due=due, digest=_name(route, local), why=f"in the digest of {local:%a %H:%M}")
    if route.quiet is None:
        return When(due=now)
    end = quiet_until(route.quiet, now)
    if end is None or (route.quiet.how == "critical" and severity is Severity.CRITICAL):
        return When(due=now)
    local = end.astimezone(route.quiet.zone)
    name = _name(route, local) if route.quiet.how == "digest" else ""
    return When(due=end, digest=name, why=f"quiet hours until {local:%H:%M}")


def _name(route: Route, local: datetime) -> str:
    return f"{route.name or f'route of line {route.line}'}, {local:%Y-%m-%d %H:%M}"


def quiet_until(quiet: Quiet, now: datetime) -> datetime | None:
    """The end of the quiet hours now is in, in UTC; None outside them."""
    local = now.astimezone(quiet.zone)
    clock, today = local.time().replace(tzinfo=None), local.date()
    if quiet.start < quiet.end:
        inside, ends = quiet.start <= clock < quiet.end, today
    else:
        inside = clock >= quiet.start or clock < quiet.end
        ends = today + _DAY if clock >= quiet.start else today
    if not inside:
        return None
    end = moment(ends, quiet.end, quiet.zone)
    # Where clocks go back over the end, the wall may show a quiet hour that is over already.
    return end if end > now else None


def next_digest(digest: Digest, now: datetime) -> datetime:
    """The first moment of the digest after now, in UTC."""
    day = now.astimezone(digest.zone).date()
    while True:
        if digest.weekday in (None, day.weekday()):
            found = moment(day, digest.at, digest.zone)
            if found > now:
                return found
        day += _DAY


def moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The moment in UTC at which a clock on the wall shows that time on that day."""
    local = datetime.combine(day, clock, zone)
    found = local.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return found
    # Skipped: fold=0 reads it by the old offset, which lands as far behind the skip as the
    # clock stood inside it; the moment of the change is what both readings have between them.
    late, early = found, local.replace(fold=1).astimezone(UTC)
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        before = middle.astimezone(zone).utcoffset() == early.astimezone(zone).utcoffset()
        early, late = (middle, late) if before else (early, middle)
    return late.replace(microsecond=0)
