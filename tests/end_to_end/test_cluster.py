"""Three daemons on one PostgreSQL, and everything that can happen to them, within a minute."""

import pytest

from tests.end_to_end.chaos import FAILOVER, chaos
from tests.end_to_end.cluster import papers
from tests.end_to_end.world import Runs, World
from tests.postgres import server


@pytest.mark.slow
def test_nothing_is_lost_whatever_happens_to_whom(around: World, runs: Runs) -> None:
    """
    Every entry is read, every alert arrives under one id, no feed is left alone for long.

    `python -m bench.cluster_chaos` is the same for an hour with 2,000 feeds.
    """
    feeds = papers(40, 12, 4, seconds=40)

    verdict, course = chaos(runs, server(), around, feeds, seconds=0, interval=2, seed=4, scale=0.2)

    assert {"kill", "stop", "restart", "cut"} == {one.what for one in course.done}
    assert verdict.entries == (40 * 12, 40 * 12)
    assert verdict.flagged == (40 * 3, 40 * 3)
    assert (0, 0, 0) == (verdict.queued, verdict.two_ids, verdict.undelivered)
    assert 0 == verdict.twice
    assert verdict.alerts > 0
    assert verdict.longest <= verdict.allowed
    assert verdict.failover <= FAILOVER
