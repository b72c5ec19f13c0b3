"""Three daemons on one PostgreSQL, and everything that can happen to them, within a minute."""

from collections.abc import Iterator

import pytest

from tests.end_to_end.chaos import EVERYTHING, FAILOVER, chaos
from tests.end_to_end.cluster import papers
from tests.end_to_end.wire import NoRights, Wire
from tests.end_to_end.world import Runs, World, also
from tests.postgres import Server, programs, server


@pytest.fixture
def wire(around: World) -> Iterator[Wire]:
    try:
        made = Wire()
    except NoRights as why:
        pytest.skip(f"no network of ours can be made here: {why}")
    try:
        with also(around, made.inside):
            yield made
    finally:
        made.close()


@pytest.fixture
def far(wire: Wire) -> Iterator[Server]:
    """A server at the other end of the wire."""
    found = programs()
    if found is None:
        pytest.skip("no PostgreSQL here: install the dev extra, or Debian's postgresql")
    made = Server(found, listen_addresses=wire.database)
    wire.lead_to(made)
    yield made
    made.remove()


@pytest.mark.slow
def test_nothing_is_lost_whatever_happens_to_whom(around: World, runs: Runs) -> None:
    """
    Every entry is read, every alert arrives under one id, no feed is left alone for long.

    `python -m bench.cluster_chaos` is the same for an hour with 2,000 feeds.
    """
    feeds = papers(40, 12, 4, seconds=40)

    verdict, course = chaos(runs, server(), around, feeds, seconds=0, interval=2, seed=4, scale=0.2)

    assert set(EVERYTHING) == {one.what for one in course.done}
    assert verdict.entries == (40 * 12, 40 * 12)
    assert verdict.flagged == (40 * 3, 40 * 3)
    assert (0, 0, 0) == (verdict.queued, verdict.two_ids, verdict.undelivered)
    assert 0 == verdict.twice
    assert verdict.alerts > 0
    assert verdict.longest <= verdict.allowed
    assert verdict.failover <= FAILOVER


@pytest.mark.slow
def test_nothing_is_lost_with_the_packets_of_a_node(
    around: World, runs: Runs, wire: Wire, far: Server
) -> None:
    """
    A node whose packets to the database vanish keeps nothing meanwhile, and loses nothing.

    Its publishers answer it all the while, slowly, so that some polls are under way when the
    packets cease: what it read then is read again.
    """
    feeds = papers(20, 12, 4, seconds=10, slow=0.8)

    verdict, course = chaos(
        runs, far, around, feeds, seconds=0, interval=1, seed=4, scale=0.1, way=wire, only=("cut",)
    )

    assert ["cut"] == [one.what for one in course.done]
    assert verdict.good, verdict
    assert verdict.kept < verdict.asked
    assert verdict.alerts > 0
