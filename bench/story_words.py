"""
Count how common words are in ordinary headlines: config/weights/common_words.csv.

    python -m bench.story_words            # what would be written, in figures
    python -m bench.story_words --write

Counts only: which share of headlines holds a stem. The little words of each lexicon (concept
`common`) are added, so that a language without counted headlines has at least those.
"""

import gzip
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from monitor.config import entities, lexicons
from monitor.config.reading import Problems
from monitor.config.story import _people
from monitor.story.names import Names, names
from monitor.story.text import fold, headline, stem, words

DATA = Path("../shared/data")
OUT = Path("config/weights/common_words.csv")
LEAST = 8  # headlines; below it a stem counts as rare
LITTLE = 60.0  # per mille, for the little words of a lexicon
# Among matched entries "weapons" tells nothing; in the news at large it does. A word counts as
# common as it is in news, or as half of what it is in true stories, whichever is more.
DOMAIN = 0.5


def texts() -> Iterator[tuple[str, str]]:
    """Language ("pos" for true stories), and title with summary, of headlines of every kind."""
    for name in ("background_dev.jsonl.gz", "gold_dev.jsonl"):
        opener = gzip.open if name.endswith(".gz") else open
        with opener(DATA / name, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                text = f"{headline(row['title'])} {row.get('summary') or ''}"
                yield row["lang"], text
                if row.get("label") == "pos" and row["lang"] == "en":
                    yield "pos", text


def shares() -> dict[str, float]:
    """Stem → per mille of the headlines of the language where it is most common."""
    known = vocabulary()
    documents: Counter[str] = Counter()
    counts: dict[str, Counter[str]] = {}
    for language, text in texts():
        documents[language] += 1
        counts.setdefault(language, Counter()).update(
            {stem(w) for w in words(fold(text))} | set(meant(text, language, known))
        )
    found: dict[str, float] = {}
    for language, own in counts.items():
        if documents[language] < 1000 and language != "pos":
            continue
        part = DOMAIN if language == "pos" else 1.0
        for word, n in own.items():
            if n >= LEAST:
                share = part * 1000 * n / documents[language]
                found[word] = max(found.get(word, 0.0), share)
    for word in little():
        found[word] = max(found.get(word, 0.0), LITTLE)
    return found


def vocabulary() -> Names:
    ignored = Problems(Path("config"))
    people = _people(Path("config/people.csv").read_text(encoding="utf-8"))
    gazetteer = entities.read(Path("config"), ignored, os.environ)
    return names(gazetteer, lexicons.read(Path("config"), ignored, os.environ).values(), people)


def meant(text: str, language: str, known: Names) -> Iterator[str]:
    """Names and concepts as comparisons count them."""
    named, done = known.of(text, "en" if language == "pos" else language)
    yield from (f"@{i}" for s in named for i in s.ids)
    yield from (f"#{i}" for s in done for i in s.ids)


def little() -> Iterator[str]:
    read = lexicons.read(Path("config"), Problems(Path("config")), os.environ)
    for lexicon in read.values():
        for term in lexicon.concepts.get("common", ()):
            for word in words(fold(str(getattr(term, "text", term)))):
                yield stem(word)


def main() -> None:
    found = shares()
    lines = [f"{w},{v:.2f}" for w, v in sorted(found.items(), key=lambda x: (-x[1], x[0]))]
    print(len(lines), "stems;", lines[:12])
    if "--write" in sys.argv:
        OUT.write_text("\n".join(["stem,per_mille", *lines]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
