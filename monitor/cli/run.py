"""monitor run: the daemon, until SIGTERM or SIGINT; SIGHUP reads the configuration again."""

import argparse
import os
import signal
import sys
from dataclasses import replace
from queue import SimpleQueue
from types import FrameType

from monitor.cli.daemon import Daemon, listen, thrift, unswept
from monitor.cli.setting import configuration
from monitor.cli.show import terminal
from monitor.config.cluster import Role
from monitor.config.load import Config
from monitor.errors import UsageError

_ROLE = "what this machine does, where several share the store (default: as configured, else all)"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--role", choices=[r.value for r in Role], help=_ROLE)


def run(given: argparse.Namespace) -> int:
    """
    0 after a signal.

    Raises:
        ConfigError, UsageError, StoreError: it could not start.
    """

    def read() -> Config:
        return _in_role(configuration(given), given.role)

    thrift()
    orders: SimpleQueue[str] = SimpleQueue()
    obey(orders)  # before anything else: a stop while it starts is a stop, too
    with unswept():
        config = read()
        listen(config, verbose=given.verbose)
        daemon = Daemon(
            config,
            read,
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


def _in_role(config: Config, role: str | None) -> Config:
    """As configured, but for the role, when one is given."""
    settings = config.settings
    if role is None:
        return config
    if role != Role.ALL and settings.store.url.startswith("sqlite"):
        raise UsageError(f"--role {role} needs a store that several share: see docs/cluster.md")
    cluster = replace(settings.cluster, role=Role(role))
    return replace(config, settings=replace(settings, cluster=cluster))


def obey(orders: SimpleQueue[str]) -> None:
    """Let signals give the orders; only from the main thread."""
    meant = {signal.SIGTERM: "stop", signal.SIGINT: "stop", signal.SIGHUP: "reload"}

    def order(number: int, _frame: FrameType | None) -> None:
        orders.put(meant[signal.Signals(number)])

    for number in meant:
        signal.signal(number, order)
