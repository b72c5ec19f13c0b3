"""Metrics whose names and labels others build on."""

import re
from collections.abc import Mapping

from monitor.metrics import Metrics, by_feed


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


def test_each_feed_shows_what_its_publisher_would_count() -> None:
    """Requests by kind and mean spacing of every feed that was polled; none of a retired one."""
    client = {"requests": 40, "conditional": 38, "not_modified": 30, "early": 2, "spacing": 900.5}
    rows: list[Mapping[str, object]] = [
        {"id": "bbc", "state": "ok", "client": client},
        {"id": "new", "state": "new", "client": None},
        {"id": "old", "state": "retired", "client": client},
    ]
    page = by_feed(rows).decode()

    assert 'monitor_feed_requests_total{feed="bbc"} 40.0' in page
    assert 'monitor_feed_requests_conditional_total{feed="bbc"} 38.0' in page
    assert 'monitor_feed_requests_unconditional_total{feed="bbc"} 0.0' in page
    assert 'monitor_feed_requests_early_total{feed="bbc"} 2.0' in page
    assert 'monitor_feed_requests_hurried_total{feed="bbc"} 0.0' in page
    assert 'monitor_feed_requests_unneeded_total{feed="bbc"} 0.0' in page
    assert 'monitor_feed_spacing_seconds{feed="bbc"} 900.5' in page
    assert 'monitor_feed_conditional_ratio{feed="bbc"} 1.0' in page
    assert 'monitor_feed_faultless_ratio{feed="bbc"} 0.95' in page
    assert "old" not in page
    assert "new" not in page
