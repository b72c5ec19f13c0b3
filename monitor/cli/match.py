"""monitor match [FILE]: items in, one decision per item and topic out; no store, no network."""

import argparse
import os
import sys

from monitor.app import clock
from monitor.cli.items import Items
from monitor.cli.setting import folder, rules
from monitor.cli.show import decision, dumps
from monitor.config.load import read_knowledge
from monitor.config.reading import Problems
from monitor.match import match


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", help="JSON Lines; standard input when absent or -")


def run(given: argparse.Namespace) -> int:
    """1 when a line could not be read."""
    root = folder(given)
    problems = Problems(root)
    compiled = rules(read_knowledge(root, problems, os.environ))
    problems.check()
    items = Items(given.file)
    write = sys.stdout.write
    for entry in items:
        for found in match(entry, compiled, clock()):
            write(dumps(decision(entry, found)) + "\n")
    return 1 if items.bad else 0
