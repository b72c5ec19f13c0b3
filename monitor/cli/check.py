"""monitor check: is everything in config/ right? One line per fault, exit 2 on any."""

import argparse
import os
import sys

from monitor import match
from monitor.assembly import read_config
from monitor.cli.setting import folder, rules
from monitor.cli.show import dumps


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--gaps", action="store_true", help="also list concept × language gaps")


def run(given: argparse.Namespace) -> int:
    """
    2 when a topic is refused, one of its own examples fails or a lexicon is at fault, else 0.

    Raises:
        ConfigError: a file cannot be read as what it should be.
    """
    config = read_config(folder(given), os.environ)
    known = config.knowledge
    compiled = rules(known)
    refused = [line for lines in known.refused.values() for line in lines]
    found = [*refused, *match.check(compiled)]
    gaps = match.gaps(compiled) if given.gaps else ()
    counts = {
        "feeds": len(config.feeds),
        "topics": len(known.topics),
        "languages": len(known.lexicons),
        "regimes": len(known.regimes),
        "sinks": len(config.sinks),
    }
    if given.json:
        print(dumps({"ok": not found, "problems": found, "gaps": gaps, **counts}))
        return 2 if found else 0
    for problem in found:
        print(problem, file=sys.stderr)
    for gap in gaps:
        print(f"gap: {gap}")
    said = ", ".join(f"{n} {name}" for name, n in counts.items())
    print(f"{config.root}: {said}: {'all right' if not found else f'{len(found)} problems'}")
    return 2 if found else 0
