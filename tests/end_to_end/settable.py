"""
The daemon with a clock that a test sets: python -m tests.end_to_end.settable CONFIG FILE

The file says by how many seconds the clock is wrong; it is read anew at every look at the clock.
"""

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

from monitor.app import clock
from monitor.assembly import read_config
from monitor.cli.daemon import Daemon, listen
from monitor.cli.run import obey
from tests.end_to_end.world import die_with_parent


def main() -> None:
    die_with_parent()
    root, wrong = (Path(word) for word in sys.argv[1:])
    config = read_config(root, os.environ)

    def now() -> datetime:
        return clock() + timedelta(seconds=float(wrong.read_text("utf-8") or 0))

    listen(config)
    daemon = Daemon(config, lambda: config, now=now)
    obey(daemon.orders)
    os._exit(0 if daemon.run() else 1)


if __name__ == "__main__":
    main()
