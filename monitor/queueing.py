"""
Polls spread over the nodes by a queue in the same database: the second kind of Runner.

    tick: claim what is due, put it in batches into the queue (one transaction)
    worker: take a batch over, by its fences, and poll it as rounds do

The schedule stays the truth, and the queue can be thrown away at any time: a batch whose feeds
were claimed anew since is void by their fences. So there are no locks in it, no jobs for later,
no job for a single feed. The only file importing procrastinate.
API: https://procrastinate.readthedocs.io/
"""

import asyncio
import logging
import threading
from collections.abc import Sequence
from datetime import timedelta
from math import ceil
from typing import Any, Final

from monitor import log
from monitor.errors import StoreError, UsageError
from monitor.model import Claim
from monitor.rounds import Polling
from monitor.sharing import Spreading

try:
    import procrastinate
    from procrastinate.jobs import Status
    from procrastinate.schema import SchemaManager
except ImportError as e:
    raise UsageError(
        'cluster.runner = "queue" needs the extra "cluster": '
        f"pip install 'arms-monitor[cluster]' ({e})"
    ) from e

BATCH: Final = 25  # feeds a job; one costs about 2 ms of processor and three commits
_MOST_WAITING: Final = 40  # jobs; what is due beyond them waits in the schedule
_NAME, _QUEUE = "poll", "polls"
_STALLED: Final = 20.0  # seconds without a sign of life from a worker
_REAP_EVERY: Final = 10.0  # seconds
_AGAIN: Final = 1.0  # seconds until a worker that broke is made anew
_ROOM: Final = 0.05  # seconds between two looks for room
_log = log.get("queue")
logging.getLogger("procrastinate").setLevel(logging.CRITICAL)  # what it says we say ourselves


class Queue:
    """See sharing.Runner."""

    def __init__(self, polling: Polling, store: Spreading, owner: str) -> None:
        """Nothing is taken from the queue before the first round."""
        self._polling, self._store, self._owner = polling, store, owner
        blank = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())
        self._blank = blank  # only says how a job is written, on connections of others
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="queue", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None  # None: no worker runs
        self._worker: asyncio.Task[None] | None = None

    def round(self) -> int:
        """
        Put what is due into the queue, as far as there is room in it; how many feeds.

        Raises:
            StoreError: nothing was claimed.
        """
        self._polling.tend()
        if self._thread.ident is None and not self._stopping.is_set():
            self._store.make_queue(SchemaManager.get_schema())
            self._thread.start()
        room = max(0, _MOST_WAITING - self._store.queued())
        put = self._spread(room * BATCH) if room else 0
        self._polling.beats()
        return put

    def _spread(self, limit: int) -> int:
        stages = self._polling.course.stages
        return self._store.claim_into(
            stages.now(), limit, owner=self._owner, lease=stages.poll.lease, put=self._put
        )

    def _put(self, connection: Any, claims: Sequence[Claim]) -> None:
        """On the connection that claimed them: both, or neither."""
        pairs: list[Any] = [[claim.feed.id, claim.fence] for claim in claims]
        batches: list[dict[str, Any]] = [
            {"feeds": pairs[n : n + BATCH]} for n in range(0, len(pairs), BATCH)
        ]
        self._blank.configure_task(_NAME, queue=_QUEUE, connection=connection).batch_defer(*batches)

    def stop(self, patience: timedelta) -> bool:
        """Take no more batches; see Polling.stop."""
        self._stopping.set()
        loop, worker = self._loop, self._worker
        if loop is not None and worker is not None:
            loop.call_soon_threadsafe(worker.cancel)
        ended = self._polling.stop(patience)
        if self._thread.ident is not None:
            self._thread.join(_AGAIN * 2)
        return ended

    # ── the worker, in a thread of its own ──────────────────────────────────────

    def _work(self) -> None:
        """Until we stop: a worker that breaks, as when the server restarts, is made anew."""
        while not self._stopping.is_set():
            try:
                asyncio.run(self._live())
            except Exception as e:
                _log.warning("queue broke", why=f"{type(e).__name__}: {e}".strip())
            self._stopping.wait(_AGAIN)

    async def _live(self) -> None:
        connector = procrastinate.PsycopgConnector(
            conninfo=self._store.address(), min_size=1, max_size=3
        )
        app = procrastinate.App(connector=connector)
        app.task(name=_NAME, queue=_QUEUE)(self._batch)
        workers = self._polling.course.stages.poll.workers
        async with app.open_async():
            reaper = asyncio.create_task(self._reaping(app))
            self._loop = asyncio.get_running_loop()
            self._worker = asyncio.create_task(
                app.run_worker_async(
                    queues=[_QUEUE],
                    name=self._owner,
                    concurrency=ceil(2 * workers / BATCH) + 1,
                    delete_jobs="always",
                    install_signal_handlers=False,
                    fetch_job_polling_interval=_AGAIN,
                    update_heartbeat_interval=_STALLED / 4,
                    stalled_worker_timeout=_STALLED,
                    shutdown_graceful_timeout=_AGAIN,
                )
            )
            try:
                if not self._stopping.is_set():
                    await self._worker
            except asyncio.CancelledError:
                _log.info("queue left")
            finally:
                self._loop = None
                reaper.cancel()

    async def _batch(self, feeds: Sequence[tuple[str, int]]) -> None:
        """One job: it lasts until nothing of it is being polled, so that nobody takes too much."""
        while not self._polling.places():
            await asyncio.sleep(_ROOM)
        pairs = [(id_, fence) for id_, fence in feeds]
        while (claims := await asyncio.to_thread(self._take_over, pairs)) is None:
            await asyncio.sleep(_AGAIN)
        while any([self._polling.busy(claim) for claim in claims]):
            await asyncio.sleep(_ROOM)

    def _take_over(self, feeds: Sequence[tuple[str, int]]) -> Sequence[Claim] | None:
        """Those that are still the batch's, now being polled; None: the store does not answer."""
        stages = self._polling.course.stages
        try:
            claims = self._store.take_over(
                feeds, stages.now(), owner=self._owner, lease=stages.poll.lease
            )
        except StoreError as e:
            _log.warning("batch not taken over", why=str(e))
            return None
        self._polling.take(claims)
        return claims

    async def _reaping(self, app: procrastinate.App) -> None:
        """
        Throw away what dead workers left: its feeds come back by their leases.

        It outlives its own failures, as a job in the queue would not.
        """
        while True:
            await asyncio.sleep(_REAP_EVERY)
            try:
                await self.reap(app)
            except Exception as e:
                _log.warning("queue not swept", why=f"{type(e).__name__}: {e}".strip())

    async def reap(self, app: procrastinate.App, silent: float = _STALLED) -> int:
        """Once; how many jobs."""
        manager, gone = app.job_manager, 0
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=silent):
            await manager.finish_job(job, Status.FAILED, delete_job=True)
            gone += 1
        await manager.prune_stalled_workers(silent)
        return gone
