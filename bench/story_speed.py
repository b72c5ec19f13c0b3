"""
How fast members find their story among 50,000 live ones, and what the index costs.

    python -m bench.story_speed [STORIES]

Items are made up: parties, goods and deeds of the domain around names nobody has, so that the
common keys are as crowded as they would be. One item in three is a second account.
"""

import csv
import random
import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.model import Act, Entry, Match, Stage
from monitor.story import member, tell
from monitor.story.index import Index

START = datetime(2026, 1, 1, tzinfo=UTC)
TABLE = Path("config/entities/states.csv").read_text(encoding="utf-8").splitlines()
STATES = tuple(
    (row["en"].lstrip("="), row["id"])
    for row in csv.DictReader(TABLE)
    if row["form"] == "name" and row["en"] and not row["ambiguous"]
)
GOODS = (("missiles", "missile"), ("tanks", "tank"), ("drones", "uav"), ("howitzers", "artillery"),
         ("frigates", "ship"), ("fighter jets", "aircraft"), ("radars", "radar"))  # fmt: skip
DEEDS = ("to sell", "delivers", "approves sale of", "halts export of", "in talks to send")
SYLLABLES = ("ka", "lo", "mir", "tes", "dra", "vun", "shi", "por", "gal", "ent", "zur", "bek")
LATER = (
    "{a} {deed} {n} {good} to {b}, {name} minister says",
    "{name}: {b} to get {n} {good} from {a}",
)


def entries(count: int, seed: int = 1) -> Iterator[tuple[Entry, Match]]:
    """So many items, five minutes apart."""
    chance = random.Random(seed)
    told: list[dict[str, object]] = []
    for n in range(count):
        repeated = bool(told) and chance.random() < 1 / 3
        facts = chance.choice(told[-300:]) if repeated else _facts(chance)
        if not repeated:
            told.append(facts)
        form = chance.choice(LATER) if repeated else "{a} {deed} {n} {good} to {b} near {name}"
        entry = Entry(
            feed_id=f"feed-{n % 400}",
            id=str(n),
            url=f"https://paper{n % 400}.example/{n}",
            title=form.format(**facts),
            summary=f"The agreement with {facts['name']} was announced in {facts['town']}.",
            language="en",
            outlet=f"paper{n % 400}.example",
            published=START + timedelta(minutes=5 * n),
        )
        yield entry, _match(facts)


def _facts(chance: random.Random) -> dict[str, object]:
    (a, giver), (b, taker) = chance.sample(STATES, 2)
    good, category = chance.choice(GOODS)
    return {
        "a": a, "b": b, "giver": giver, "taker": taker, "good": good, "category": category,
        "deed": chance.choice(DEEDS), "n": chance.randrange(4, 900),
        "name": _name(chance), "town": _name(chance),
    }  # fmt: skip


def _name(chance: random.Random) -> str:
    return "".join(chance.choices(SYLLABLES, k=4)).capitalize()


def _match(facts: dict[str, object]) -> Match:
    act = Act(
        stage=Stage.AGREED,
        suppliers=(str(facts["giver"]),),
        recipients=(str(facts["taker"]),),
        categories=(str(facts["category"]),),
    )
    return Match(
        topic="arms-transfers", flagged=True, score=0.9, threshold=0.5, rule_version="1",
        language="en", act=act,
    )  # fmt: skip


def main() -> None:
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    index = Index()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    begun = mark = time.process_time()
    count = 0
    for entry, match in entries(wanted * 2):
        assert entry.published is not None
        [told] = tell([member(entry, (match,), entry.published)], index, entry.published)
        index.add(told)
        count += 1
        if count % 5_000 == 0:
            now = time.process_time()
            stories = len(index.stories())
            print(
                f"{count} items, {stories} stories, {5_000 / (now - mark):.0f} items a CPU second"
            )
            mark = now
            if stories >= wanted:
                break
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    rate = count / (time.process_time() - begun)
    print(
        f"{rate:.0f} items a CPU second over all; {peak} MB at most, {before} MB before the first"
    )


if __name__ == "__main__":
    main()
