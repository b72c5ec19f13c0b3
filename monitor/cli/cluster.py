"""monitor cluster [FILE]: items in, taken in order of publication, their stories out."""

import argparse
import os
from dataclasses import replace
from datetime import UTC, datetime

from monitor.app import clock
from monitor.cli.items import Items
from monitor.cli.setting import folder, rules
from monitor.cli.show import dumps
from monitor.config.load import read_knowledge
from monitor.config.reading import Problems
from monitor.match import Rules, match
from monitor.model import Entry, Told
from monitor.story import member, tell
from monitor.story.index import Index
from monitor.story.judge import Judge, judge
from monitor.terminal import progress

_LAST = datetime.max.replace(tzinfo=UTC)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", help="JSON Lines; standard input when absent or -")


def run(given: argparse.Namespace) -> int:
    """1 when a line could not be read."""
    root = folder(given)
    problems = Problems(root)
    known = read_knowledge(root, problems, os.environ)
    problems.check()
    assert known.stories is not None
    sameness = judge(known.stories, known.gazetteer, known.lexicons.values())
    items = Items(given.file)
    entries = list(items)
    told = stories(entries, rules(known), clock(), sameness)
    for position, entry in enumerate(entries):
        t = told[position]
        line = {"id": entry.id, "story": t.story.id, "relation": t.member.relation.value}
        print(dumps(line))
    return 1 if items.bad else 0


def stories(
    entries: list[Entry], compiled: Rules, now: datetime, sameness: Judge | None = None
) -> list[Told]:
    """
    Where each entry went, in the order given; all are treated as relevant.

    They are taken in order of publication, then of arrival, undated ones last. A story that was
    merged into another goes by the other's name from its first entry on. `sameness` None: the
    shipped weights.
    """
    order = sorted(range(len(entries)), key=lambda i: entries[i].published or _LAST)
    index = Index()
    told: dict[int, Told] = {}
    with progress(len(order), "telling stories") as advance:
        for position in order:
            entry = entries[position]
            seen = entry.published or now
            one = member(entry, match(entry, compiled, now), seen)
            [told[position]] = tell([one], index, seen, sameness)
            index.add(told[position])
            advance(1)
    return [_named(told[i], index) for i in range(len(entries))]


def _named(told: Told, index: Index) -> Told:
    return replace(told, story=replace(told.story, id=index.called(told.story.id)))
