"""monitor backup PATH: a verified copy of the live store, taken while the daemon runs."""

import argparse
from pathlib import Path

from monitor.cli.setting import remembered
from monitor.cli.show import dumps


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", help="a file that does not exist yet")


def run(given: argparse.Namespace) -> int:
    with remembered(given, read_only=True) as store:
        counts = store.backup(Path(given.path))
    if given.json:
        print(dumps({"path": given.path, "rows": dict(counts)}))
    else:
        said = ", ".join(f"{n} {name}" for name, n in counts.items() if n)
        print(f"{given.path}: sound copy with {said or 'nothing in it yet'}")
    return 0
