"""
How fast members find their story among 50,000 live ones, and what the index costs.

    python -m bench.story_speed [STORIES]           # in memory, as monitor cluster
    python -m bench.story_speed [STORIES] --store   # in SQLite, as the daemon, 20 items a commit

Items are made up: parties, goods and deeds of the domain around names nobody has, so that the
common keys are as crowded as they would be. One item in three is a second account.
"""

import csv
import random
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from monitor.model import Act, Changes, Entry, Feed, Match, Pace, Stage, Unchanged, Validators
from monitor.stores import sqlite
from monitor.story import member, tell
from monitor.story.index import Index
from monitor.story.judge import standard

_BATCH = 20
_SHOWN = 2_000
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
        facts = chance.choice(told) if repeated else _facts(chance)
        if not repeated:
            told.append(facts)
            del told[:-300]
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


class Stored:
    """The stories in a database of its own, a commit for every batch."""

    def __init__(self, folder: str) -> None:
        self.store = sqlite.open(f"sqlite:///{folder}/monitor.db")
        self.store.sync(
            [Feed(id="f", url="https://f.example/feed", language="", outlet="f")], START
        )
        [self.claim] = self.store.claim(START, 1, owner="bench", lease=timedelta(days=9999))

    def tell(self, batch: Sequence[tuple[Entry, Match]], now: datetime) -> None:
        batch = [(replace(e, feed_id="f"), m) for e, m in batch]
        members = [member(e, (m,), e.published or now) for e, m in batch]
        with self.store.writing():
            told = tell(members, self.store, now)
            pace = Pace(next_due=START, interval=timedelta(minutes=5))
            answer = Unchanged(at=now, validators=Validators())
            changes = Changes(
                claim=self.claim, at=now, outcome=answer, pace=pace, told=tuple(told),
                entries=tuple(e for e, _ in batch),
            )  # fmt: skip
            assert self.store.commit(changes)
        self.store.sync([Feed(id="f", url="https://f.example/feed", language="", outlet="f")], now)
        [self.claim] = self.store.claim(
            now, 1, owner="bench", lease=timedelta(days=9999), everything=True
        )

    @property
    def stories(self) -> int:
        return int(self.store.counts()["stories"])


class Indexed:
    """The stories in memory, as `monitor cluster` keeps them."""

    def __init__(self) -> None:
        self.index = Index()

    def tell(self, batch: Sequence[tuple[Entry, Match]], now: datetime) -> None:
        for told in tell([member(e, (m,), e.published or now) for e, m in batch], self.index, now):
            self.index.add(told)

    @property
    def stories(self) -> int:
        return len(self.index.stories())


def main() -> None:
    numbers = [word for word in sys.argv[1:] if word.isdecimal()]
    wanted = int(numbers[0]) if numbers else 50_000
    standard()
    before = _peak()
    with TemporaryDirectory() as folder:
        memory = Stored(folder) if "--store" in sys.argv else Indexed()
        begun = mark = time.process_time()
        stream, count = entries(wanted * 2), 0
        while batch := list(islice(stream, _BATCH)):
            memory.tell(batch, batch[-1][0].published or START)
            count += len(batch)
            if count % _SHOWN == 0:
                now, stories = time.process_time(), memory.stories
                print(f"{count} items, {stories} stories, {_SHOWN / (now - mark):.0f} a CPU second")
                mark = now
                if stories >= wanted:
                    break
        rate = count / (time.process_time() - begun)
        print(f"{rate:.0f} items a CPU second over all; {_peak()} MB at most, {before} MB before")


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
