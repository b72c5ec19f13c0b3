"""monitor once: every due feed once, then what is due for delivery; for cron, and for a try."""

import argparse
import sys
from collections.abc import Mapping

from monitor.app import Monitor
from monitor.cli.daemon import listen
from monitor.cli.setting import configuration
from monitor.cli.show import dumps, terminal


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="poll every feed, due or not")


def run(given: argparse.Namespace) -> int:
    """
    1 when a feed or a delivery failed.

    Raises:
        StoreBusy: a daemon is at work on this store.
    """
    config = configuration(given)
    listen(config, verbose=given.verbose)
    monitor = Monitor(config, terminal=terminal(given))
    try:
        with monitor.store.hold(monitor.owner, monitor.now(), monitor.presence):
            counts = one_pass(monitor, everything=given.all)
    finally:
        monitor.close()
    said = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in counts.items())
    print(dumps({"type": "pass.ended", **counts}) if given.json else said, flush=True)
    failed = counts["feeds_failed"] or counts["deliveries_failed"] or monitor.health.faults()
    return 1 if failed else 0


def one_pass(monitor: Monitor, *, everything: bool) -> Mapping[str, int]:
    """Poll, deliver, and count what came of it."""
    monitor.sync()
    claimed = monitor.poll_pass(everything=everything)
    for reason in monitor.health.faults():
        print(f"monitor once: {reason}", file=sys.stderr)
    done = monitor.deliver_round(to_the_end=True)
    tally = monitor.polling.tally
    return {
        "feeds_polled": tally.polled,
        "feeds_failed": tally.failed + (claimed - tally.polled),
        "entries_new": tally.entries,
        "alerts": tally.alerts,
        "deliveries": done.attempted,
        "deliveries_failed": done.failed,
    }
