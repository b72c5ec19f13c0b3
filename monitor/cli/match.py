"""monitor match [FILE]: items in, one decision per item and topic out; no store, no network."""

import argparse
import sys

from monitor.app import clock
from monitor.cli.items import Items
from monitor.cli.setting import knowledge, rules
from monitor.cli.show import decision, dumps
from monitor.match import match


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", help="JSON Lines; standard input when absent or -")


def run(given: argparse.Namespace) -> int:
    """1 when a line could not be read."""
    compiled = rules(knowledge(given))
    items = Items(given.file)
    write = sys.stdout.write
    for entry in items:
        for found in match(entry, compiled, clock()):
            write(dumps(decision(entry, found)) + "\n")
    return 1 if items.bad else 0
