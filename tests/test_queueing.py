"""The queue of polls: with the claim or not at all, void by fences, swept when workers die."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import procrastinate
import pytest
from procrastinate.schema import SchemaManager

from monitor.app import Monitor
from monitor.assembly import read_config
from monitor.model import Claim
from monitor.queueing import BATCH, Queue
from monitor.stores import postgres
from tests.contract import making as m
from tests.contract.test_runners import MAIN
from tests.postgres import Server, server
from tests.samples import NOW

Node = postgres.PostgresStore


@pytest.fixture
def here() -> Server:
    return server()


@pytest.fixture
def url(here: Server) -> str:
    return here.fresh("queueing")


@pytest.fixture
def store(url: str) -> Iterator[Node]:
    opened = postgres.open(url)
    assert isinstance(opened, Node)
    opened.make_queue(SchemaManager.get_schema())
    yield opened
    opened.close()


@pytest.fixture
def monitor(url: str, store: Node, tmp_path: Path) -> Iterator[Monitor]:
    """One whose feeds are those of the store, and whose worker does not run."""
    main = MAIN.format(folder=tmp_path, url=url, runner="queue")
    (tmp_path / "monitor.toml").write_text(main, "utf-8")
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "none.toml").write_text("", "utf-8")
    made = Monitor(read_config(tmp_path, {}))
    yield made
    made.close()


def _queue(monitor: Monitor, store: Node) -> Queue:
    return Queue(monitor.polling, store, "me")


def test_a_batch_is_queued_with_its_claim_or_not_at_all(store: Node) -> None:
    """A crash in between leaves no feed claimed that nobody polls, and no job for one that is
    still due."""
    store.sync([m.feed("a"), m.feed("b")], NOW)

    def broken(_connection: Any, _claims: Sequence[Claim]) -> None:
        raise RuntimeError("killed here")

    with pytest.raises(RuntimeError):
        store.claim_into(NOW, 9, owner="x", lease=m.LEASE, put=broken)
    assert 0 == store.queued()
    assert ["a", "b"] == [c.feed.id for c in m.take(store)]


def test_batches_hold_25_feeds_and_no_more_wait_than_can_be_polled(
    monitor: Monitor, store: Node
) -> None:
    """Never a job for a single feed among many; beyond 40 batches the schedule waits."""
    store.sync([m.feed(f"f{n:04}") for n in range(1_200)], monitor.now())
    queue = _queue(monitor, store)
    queue._stopping.set()  # no worker

    assert 40 * BATCH == queue.round()
    assert 40 == store.queued()
    assert 0 == queue.round()


def test_a_batch_is_void_by_its_fences(store: Node) -> None:
    """What was claimed anew, given back or polled since is not this batch's any more."""
    store.sync([m.feed(name) for name in "abcd"], NOW)
    claims = m.take(store, owner="tick")
    pairs = [(c.feed.id, c.fence) for c in claims]
    store.release(claims[:1])
    assert m.commit(store, m.changes(claims[1]))
    later = NOW + 2 * m.LEASE
    [again] = [c for c in m.take(store, 2, now=later, owner="other") if c.feed.id == "c"]

    found = store.take_over(pairs, NOW, owner="worker", lease=m.LEASE)
    assert ["d"] == [c.feed.id for c in found if c.feed.id != "a"]
    assert not {"b", "c"} & {c.feed.id for c in found}
    assert again.fence == claims[2].fence + 1
    assert found == store.take_over(pairs, NOW, owner="worker", lease=m.LEASE)  # a job run twice


def test_what_dead_workers_left_is_swept(
    here: Server, monitor: Monitor, store: Node, url: str
) -> None:
    """Their jobs go, their feeds come back by the leases; jobs of the living stay."""
    queue = _queue(monitor, store)
    store.sync([m.feed(f"f{n:02}") for n in range(3 * BATCH)], monitor.now())
    queue._stopping.set()
    queue.round()
    here.run(
        "set search_path = queueing",
        "insert into queueing.procrastinate_workers (last_heartbeat)"
        " values (now() - interval '30 seconds'), (now())",
        "update queueing.procrastinate_jobs set status = 'doing', worker_id = 1 where id = 1",
        "update queueing.procrastinate_jobs set status = 'doing', worker_id = 2 where id = 2",
    )

    async def reap() -> int:
        connector = procrastinate.PsycopgConnector(conninfo=url, min_size=1, max_size=2)
        async with procrastinate.App(connector=connector).open_async() as app:
            return await queue.reap(app)

    assert 1 == asyncio.run(reap())
    assert [(2,), (3,)] == here.run("select id from queueing.procrastinate_jobs order by id")
    assert [(2,)] == here.run("select id from queueing.procrastinate_workers")


def test_a_worker_that_breaks_is_made_anew(here: Server, monitor: Monitor, store: Node) -> None:
    """Here its tables are missing when it begins."""
    queue = _queue(monitor, store)
    here.run("alter table queueing.procrastinate_workers rename to away")
    try:
        queue.round()
        queue._thread.join(1.5)
        assert queue._thread.is_alive()
        here.run("alter table queueing.away rename to procrastinate_workers")
        for _ in range(100):
            if here.run("select id from queueing.procrastinate_workers"):
                break
            queue._thread.join(0.1)
        assert here.run("select id from queueing.procrastinate_workers")
    finally:
        assert queue.stop(timedelta(seconds=5))
    assert not queue._thread.is_alive()


def _python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_who_has_no_queue_never_loads_its_library() -> None:
    """Nor what it needs: a daemon on SQLite is as small as before."""
    code = "import sys, monitor.app, monitor.cli.daemon\nprint('procrastinate' in sys.modules)"
    assert "False" == _python(code)


def test_without_the_library_it_says_what_to_install() -> None:
    """Not a traceback: the extra has a name."""
    code = (
        "import sys\nsys.modules['procrastinate'] = None\nfrom monitor.errors import UsageError\n"
        "try:\n    import monitor.queueing\nexcept UsageError as e:\n    print(e)"
    )
    assert "pip install 'arms-monitor[cluster]'" in _python(code)
