"""What the story stage is fitted on: labelled streams as members, in order of publication."""

import gzip
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.cli.items import as_entry
from monitor.match import Rules, match
from monitor.model import Member
from monitor.story import member

DATA = Path("../shared/data/stories_dev.jsonl")
GOLD = Path("../shared/data/gold_dev.jsonl")
BACKGROUND = Path("../shared/data/background_dev.jsonl.gz")
PAIRS = Path("bench/story_pairs.jsonl")
OWN = Path("bench/story_labels.jsonl")
OTHER = Path("bench/story_translations.jsonl")
SAGAS = Path("bench/story_sagas.jsonl")
FOLDS = 5


@dataclass(slots=True)
class Item:
    """One member with the story it belongs to."""

    member: Member
    story: str
    relation: str = ""


def development(compiled: Rules | None) -> list[Item]:
    """The labelled stream in order of publication."""
    found = []
    for line in DATA.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        entry = as_entry(row)
        assert entry.published is not None
        found_act = match(entry, compiled, entry.published) if compiled else ()
        found.append(Item(member(entry, found_act, entry.published), row["story"], row["relation"]))
    return sorted(found, key=lambda i: (i.member.seen, i.member.entry_id))


def labelled(compiled: Rules | None) -> list[Item]:
    """True stories of the detection set, grouped by hand in bench/story_labels.jsonl."""
    rows = {r["key"]: r for r in map(json.loads, GOLD.read_text(encoding="utf-8").splitlines())}
    found = []
    for line in OWN.read_text(encoding="utf-8").splitlines():
        group = json.loads(line)
        for key in group["keys"]:
            row = rows[key]
            when = _date(row["date"])
            entry = as_entry({k: row.get(k) for k in ("title", "summary", "outlet")} | {"id": key})
            entry = replace(entry, published=when, language=row["lang"])
            acts = match(entry, compiled, when) if compiled else ()
            relation = "update" if key in group.get("updates", ()) else ""
            found.append(Item(member(entry, acts, when), group["story"], relation))
    return sorted(found, key=lambda i: (i.member.seen, i.member.entry_id))


def judged() -> list[tuple[Item, Item, bool]]:
    """Pairs of ordinary headlines, and whether they tell one story, as read by hand."""
    with gzip.open(BACKGROUND, "rt", encoding="utf-8") as lines:
        rows = {row["key"]: row for row in map(json.loads, lines)}
    found = []
    for line in PAIRS.read_text(encoding="utf-8").splitlines():
        pair = json.loads(line)
        one, other = (_ordinary(rows[pair[side]]) for side in ("one", "other"))
        found.append((one, other, bool(pair["same"])))
    return found


def _ordinary(row: Mapping[str, str]) -> Item:
    when = _date(row["date"])
    entry = as_entry({k: row.get(k) for k in ("title", "summary")} | {"id": row["key"]})
    entry = replace(entry, published=when, language=row["lang"])
    return Item(member(entry, (), when), row["key"])


def translated(compiled: Rules | None) -> list[Item]:
    """Events invented for this purpose, each told in several languages."""
    return _invented(OTHER, compiled)


def sagas(compiled: Rules | None) -> list[Item]:
    """Deals invented for this purpose and what became of them within a year, amid others alike."""
    return _invented(SAGAS, compiled)


def _invented(file: Path, compiled: Rules | None) -> list[Item]:
    found = []
    for line in file.read_text(encoding="utf-8").splitlines():
        row = {"language": "en", "relation": ""} | json.loads(line)
        when = datetime.fromisoformat(row["published"])
        entry = as_entry({k: row[k] for k in ("id", "title", "language", "published")})
        acts = match(entry, compiled, when) if compiled else ()
        story = f"{file.stem}/{row['story']}"
        found.append(Item(member(entry, acts, when), story, row["relation"]))
    return sorted(found, key=lambda i: (i.member.seen, i.member.entry_id))


def _date(text: str) -> datetime:
    """Days are all that most rows give: noon."""
    for form in ("%Y-%m-%d", "%Y%m%d", "%B %d, %Y %I:%M %p"):
        try:
            return datetime.strptime(text[:10] if "-" in text else text, form).replace(
                tzinfo=UTC
            ) + (timedelta() if "%I" in form else timedelta(hours=12))
        except ValueError:
            continue
    raise ValueError(text)


def folds(items: Sequence[Item]) -> dict[str, int]:
    """Story → fold, spread by size."""
    sizes = Counter(i.story for i in items)
    load = [0] * FOLDS
    place = {}
    for story, size in sorted(sizes.items(), key=lambda x: (-x[1], x[0])):
        place[story] = load.index(min(load))
        load[place[story]] += size
    return place
