"""Quiet hours and digests: local time, once per local date, through every change of clocks."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alert.timing import moment, next_digest, quiet_until, when
from monitor.config.routes import Digest, Quiet, Route
from monitor.model import Severity

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [BERLIN, ZoneInfo("UTC"), ZoneInfo("Asia/Seoul"), ZoneInfo("Australia/Lord_Howe")]
moments = st.integers(0, 3 * 365 * 86_400).map(
    lambda seconds: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
clocks = st.times().map(lambda t: t.replace(second=0, microsecond=0))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@given(moments, clocks, st.sampled_from(ZONES), st.none() | st.integers(0, 6))
def test_there_is_one_digest_for_each_local_date(
    now: datetime, clock: time, zone: ZoneInfo, weekday: int | None
) -> None:
    """The next one is later than now, on the right day, and the one after is on another date."""
    digest = Digest(at=clock, zone=zone, weekday=weekday)
    first = next_digest(digest, now)
    second = next_digest(digest, first)
    days = (second.astimezone(zone).date() - first.astimezone(zone).date()).days

    assert now < first <= now + timedelta(days=8)
    assert (1 if weekday is None else 7) == days
    assert weekday in (None, first.astimezone(zone).weekday())


@pytest.mark.parametrize(
    ("day", "clock", "expected"),
    [
        (date(2026, 3, 29), time(2, 30), "2026-03-29T01:00:00+00:00"),  # skipped: at its end
        (date(2026, 10, 25), time(2, 30), "2026-10-25T00:30:00+00:00"),  # twice: the first
        (date(2026, 7, 1), time(8, 0), "2026-07-01T06:00:00+00:00"),
    ],
)
def test_changes_of_clocks(day: date, clock: time, expected: str) -> None:
    """A time the clocks skip is when the skip is over; one that comes twice is the first."""
    assert datetime.fromisoformat(expected) == moment(day, clock, BERLIN)


@given(moments, clocks, clocks, st.sampled_from(ZONES))
def test_quiet_hours_end(now: datetime, start: time, end: time, zone: ZoneInfo) -> None:
    """Inside them there is an end within a day, and at that end it is quiet no longer."""
    quiet = Quiet(start=start, end=end, zone=zone)
    found = quiet_until(quiet, now)

    if found is not None:
        assert now < found <= now + timedelta(hours=26)
        assert quiet_until(quiet, found) in (None, found) or start <= end


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-07-01T23:00+02:00", "2026-07-02T07:00+02:00"),
        ("2026-07-02T06:59+02:00", "2026-07-02T07:00+02:00"),
        ("2026-07-02T07:00+02:00", None),
        ("2026-07-02T21:59+02:00", None),
    ],
)
def test_a_night(now: str, end: str | None) -> None:
    """22:00 to 07:00 spans midnight; its end is outside it."""
    night = Quiet(start=time(22), end=time(7), zone=BERLIN)

    assert (at(end) if end else None) == quiet_until(night, at(now))


def test_how_quiet_hours_hold() -> None:
    """Held alone, gathered, or all but what is critical; outside them everything goes at once."""
    night = Quiet(start=time(22), end=time(7), zone=BERLIN)
    now, end = at("2026-07-01T23:00+02:00"), at("2026-07-02T07:00+02:00")

    def found(how: str, severity: Severity = Severity.CRITICAL) -> tuple[datetime, str]:
        quiet = Quiet(start=night.start, end=night.end, zone=BERLIN, how=how)
        one = when(Route(sinks=("d",), quiet=quiet, line=7), severity, now)
        return one.due, one.digest

    assert (end, "") == found("hold")
    assert (end, "route of line 7, 2026-07-02 07:00") == found("digest")
    assert (now, "") == found("critical")
    assert (end, "") == found("critical", Severity.HIGH)
    day = when(Route(sinks=("d",), quiet=night), Severity.LOW, at("2026-07-01T12:00+02:00"))
    assert (at("2026-07-01T12:00+02:00"), "", "") == (day.due, day.digest, day.why)
    assert now == when(Route(sinks=("d",)), Severity.LOW, now).due


def test_the_wall_goes_back_over_the_end() -> None:
    """At 02:40 for the second time the hours that ended at 02:50 the first time are over."""
    quiet = Quiet(start=time(1), end=time(2, 50), zone=BERLIN)

    assert None is quiet_until(quiet, datetime(2026, 10, 25, 1, 40, tzinfo=UTC))
