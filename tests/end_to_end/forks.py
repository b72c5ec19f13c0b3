"""
The daemon in forks of one process, killed with SIGKILL: by chance, or at a named checkpoint.

    python -m tests.end_to_end.forks CONFIG random KILLS SEED
    python -m tests.end_to_end.forks CONFIG at CHECKPOINT HIT

A fork saves what importing costs, so that sixty kills fit into a minute; what is killed is a
process of its own all the same, with its own threads, parser and connections.
"""

import os
import random
import select
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from monitor.assembly import read_config
from monitor.cli.daemon import Daemon, listen
from monitor.cli.run import obey
from monitor.config.load import Config
from tests.end_to_end.world import die_with_parent


def main() -> None:
    root, how, *rest = sys.argv[1:]
    config = read_config(Path(root), os.environ)
    if how == "random":
        by_chance(config, int(rest[0]), random.Random(int(rest[1])))
    else:
        at(config, rest[0], int(rest[1]))


def by_chance(config: Config, kills: int, chance: random.Random) -> None:
    """
    So many daemons, one after the other, each killed at a moment of chance.

    A third of them while they start; the others once they are about to commit their first poll
    and have polls and deliveries under way.
    """
    for number in range(kills):
        hears, tells = os.pipe()
        pid = os.fork()
        if not pid:
            work(config, partial(tell, tells))
        os.close(tells)
        select.select([hears], [], [], 4.0 if number % 3 else 0.0)
        time.sleep(chance.uniform(0.0, 0.5))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(hears)
        print("killed", flush=True)


def tell(pipe: int, checkpoint: str) -> None:
    """Say that a poll is about to be committed."""
    if checkpoint == "before commit":
        os.write(pipe, b".")


def at(config: Config, name: str, hit: int) -> None:
    """One daemon that kills itself when it passes the checkpoint for the hit-th time."""
    passed = 0

    def checkpoint(here: str) -> None:
        nonlocal passed
        passed += here == name
        if here == name and passed == hit:
            os.kill(os.getpid(), signal.SIGKILL)

    pid = os.fork()
    if not pid:
        work(config, checkpoint)
    _, status = os.waitpid(pid, 0)
    print(f"ended by signal {os.WTERMSIG(status)}", flush=True)


def work(config: Config, checkpoint: Callable[[str], object]) -> None:
    """Never returns: this process is the daemon."""
    die_with_parent()
    listen(config)
    daemon = Daemon(config, lambda: config, checkpoint=checkpoint)
    obey(daemon.orders)
    os._exit(0 if daemon.run() else 1)


if __name__ == "__main__":
    main()
