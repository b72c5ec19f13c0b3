"""monitor run: the daemon, until SIGTERM or SIGINT; SIGHUP reads the configuration again."""

import argparse
import os
import signal
import sys
from queue import SimpleQueue
from types import FrameType

from monitor.cli.daemon import Daemon, listen, thrift, unswept
from monitor.cli.setting import configuration
from monitor.cli.show import terminal


def arguments(parser: argparse.ArgumentParser) -> None:
    """None but the common ones."""


def run(given: argparse.Namespace) -> int:
    """
    0 after a signal.

    Raises:
        ConfigError, UsageError, StoreError: it could not start.
    """
    thrift()
    orders: SimpleQueue[str] = SimpleQueue()
    obey(orders)  # before anything else: a stop while it starts is a stop, too
    with unswept():
        config = configuration(given)
        listen(config, verbose=given.verbose)
        daemon = Daemon(
            config,
            lambda: configuration(given),
            terminal=terminal(given),
            verbose=given.verbose,
            orders=orders,
        )
    if not daemon.run():
        # A poll or send hangs in its thread; the interpreter would wait for it.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
    return 0


def obey(orders: SimpleQueue[str]) -> None:
    """Let signals give the orders; only from the main thread."""
    meant = {signal.SIGTERM: "stop", signal.SIGINT: "stop", signal.SIGHUP: "reload"}

    def order(number: int, _frame: FrameType | None) -> None:
        orders.put(meant[signal.Signals(number)])

    for number in meant:
        signal.signal(number, order)
