"""Metrics whose names and labels others build on."""

import re

from monitor.metrics import Metrics


def test_names_end_as_promised() -> None:
    """monitor_…_total, _seconds or a gauge's unit; and nothing else."""
    page = Metrics().show({"entries": 3}, {"polling": 1.5}, 1000).decode()
    names = set(re.findall(r"^# TYPE (\S+) ", page, re.M))

    assert names
    assert all(
        re.fullmatch(r"monitor_[a-z_]+_(total|created|seconds|rows|bytes)", n) for n in names
    ), names


def test_gauges_show_the_readings() -> None:
    """Rows by table, ages by stage, free space."""
    page = Metrics().show({"entries": 3}, {"polling": 1.5}, 1000).decode()

    assert 'monitor_store_rows{table="entries"} 3.0' in page
    assert 'monitor_heartbeat_age_seconds{stage="polling"} 1.5' in page
    assert "monitor_disk_free_bytes 1000.0" in page


def test_two_in_one_process_do_not_share_counts() -> None:
    """A test, a demo and a daemon may live side by side."""
    one, other = Metrics(), Metrics()
    one.polls.labels("fetched").inc()

    assert 'monitor_polls_total{outcome="fetched"} 1.0' in one.show({}, {}, 0).decode()
    assert 'outcome="fetched"' not in other.show({}, {}, 0).decode()
