"""
Somebody who delivers from a store that others deliver from, too.

    python -m tests.end_to_end.workers STORE URL NAME LEASE [STOP]

Sends to the webhook "desk" at the URL until it is killed, one after the other: stopped in the
middle of a write, it would hold the store's only lock. Says on standard output what it has
marked, and whether the mark counted. STOP is a checkpoint at which it stops itself, once.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from monitor.deliver import deliver
from monitor.egress import Egress, EgressSettings
from monitor.model import Attempt, Delivery
from monitor.ports import Store
from monitor.secret import Secret
from monitor.sinks.webhook import Webhook, WebhookSettings
from monitor.stores.sqlite import open as sqlite
from tests.end_to_end.world import SECRET, die_with_parent


class Telling:
    """The store, saying what was recorded in it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def record(self, delivery: Delivery, attempt: Attempt, due: datetime | None) -> bool:
        counted = self._store.record(delivery, attempt, due)
        print("marked" if counted else "refused", delivery.id, flush=True)
        return counted

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def stopping(name: str) -> Callable[[str], None]:
    """Stops this process, as Ctrl-Z does, when it first passes the checkpoint."""
    first = threading.Lock()

    def checkpoint(here: str) -> None:
        if here == name and first.acquire(blocking=False):
            print("stopped", flush=True)
            os.kill(os.getpid(), signal.SIGSTOP)
            time.sleep(0.5)  # another thread may take the signal, and this one run on meanwhile

    return checkpoint


def main() -> None:
    die_with_parent()
    path, url, name, lease, *stop = sys.argv[1:]
    store = cast(Store, Telling(sqlite(f"sqlite:///{path}", create=False)))
    gate = Egress(EgressSettings(allow_private=("127.0.0.0/8",)))
    settings = WebhookSettings(url=Secret(url), secrets=(Secret(SECRET),))
    with ThreadPoolExecutor(1) as pool:
        while True:
            deliver(
                store, {"desk": Webhook(settings, gate)}, lambda: datetime.now(UTC), owner=name,
                lease=timedelta(seconds=float(lease)), limit=1, pool=pool,
                checkpoint=stopping(stop[0]) if stop else lambda _name: None,
            )  # fmt: skip
            stop.clear()
            time.sleep(0.05)


if __name__ == "__main__":
    main()
