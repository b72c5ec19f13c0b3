"""
Which entries are near a threshold, and what their articles would change.

    python -m bench.full_text [--data FOLDER] [--limit 4000]

Prints, for several lower bounds: how many ordinary headlines are near (articles to be fetched),
and how many labelled stories that were missed are. Then judges every entry of the captured
feeds that carries its article twice, by title and summary and by the article, and names those
whose decision changes. The data are publishers' and not part of the project; without them
there is nothing to run.
"""

import argparse
import gzip
import json
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor.assembly import read_config, rules
from monitor.config.load import shipped
from monitor.errors import ParseError
from monitor.match import Rules, match
from monitor.model import ArticleClaim, Entry, Feed, Fetched
from monitor.parse import parse
from monitor.rejudging import judged

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
NOW = datetime(2026, 8, 1, tzinfo=UTC)
BOUNDS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3)
LEAST = 1_200  # characters of a feed's own text that make an article
TEASER = 400  # characters of a summary


def rows(path: Path) -> Sequence[Mapping[str, Any]]:
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def score(row: Mapping[str, Any], detector: Rules) -> float | None:
    """The best topic's; None when one takes it."""
    entry = Entry(
        feed_id="", id="x", url="", title=row["title"], summary=row.get("summary") or "",
        language=row.get("lang") or "",
    )  # fmt: skip
    found = match(entry, detector, NOW)
    return None if any(m.flagged for m in found) else max(m.score for m in found)


def near(data: Path, detector: Rules, limit: int) -> None:
    ordinary = list(rows(data / "background_dev.jsonl.gz"))
    random.Random(1).shuffle(ordinary)
    stories = [row for row in rows(data / "gold_dev.jsonl") if row["label"] == "pos"]
    plain = [s for row in ordinary[:limit] if (s := score(row, detector)) is not None]
    missed = [s for row in stories if (s := score(row, detector)) is not None]
    print(f"{len(plain)} ordinary entries, {len(missed)} of {len(stories)} stories missed")
    for bound in BOUNDS:
        share = 1000 * sum(s >= bound for s in plain) / len(plain)
        caught = sum(s >= bound for s in missed)
        print(f"  near from {bound:<5} {share:5.1f} of 1,000 ordinary, {caught} of the missed")


def whole(folder: Path) -> Iterator[Entry]:
    """Entries that carry their article, from every captured feed."""
    nobody = Feed(id="f", url="https://feed.example/", language="", outlet="")
    for path in sorted(folder.glob("*.xml")):
        document = Fetched(
            body=path.read_bytes(), media_type="", charset="", url=nobody.url, at=NOW
        )
        try:
            found = parse(document, nobody)
        except ParseError:
            continue
        yield from (e for e in found.entries if len(e.text) >= LEAST)


def changed(folder: Path, detector: Rules, nearest: float) -> None:
    count = close = 0
    for entry in whole(folder):
        told = replace(entry, text="", summary=entry.summary[:TEASER])
        first = match(told, detector, NOW)
        claim = ArticleClaim(number=1, entry=told, url=told.url, host="", wanted_at=NOW)
        second = judged(claim, entry.text, detector, NOW)
        flagged, best = any(m.flagged for m in first), max(m.score for m in first)
        count, close = count + 1, close + (not flagged and best >= nearest)
        if flagged != bool(second.flagged):
            print(f"  {'taken' if second.flagged else 'lost'} ({best:.2f}): {entry.title}")
    print(f"{count} captured entries with their article, {close} of them near")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--limit", type=int, default=4_000, help="ordinary headlines")
    given = parser.parse_args()
    if not (given.data / "gold_dev.jsonl").exists():
        print(f"no data at {given.data}: nothing to measure")
        return 0
    config = read_config(shipped(), {})
    detector = rules(config)
    near(given.data, detector, given.limit)
    changed(given.data / "feeds", detector, config.settings.full_text.nearest)
    return 0


if __name__ == "__main__":
    sys.exit(main())
