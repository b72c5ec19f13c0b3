"""
config/weights/story.toml and common_words.csv become the Weights of the story stage.

Both are written by commands, `python -m bench.fit_story` and `python -m bench.story_words`, and
may be read by people: a feature has a name, a weight and no other magic.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from monitor.config.reading import Problems, Table, read_text, read_toml

FILE: Final = Path("weights") / "story.toml"
WORDS: Final = Path("weights") / "common_words.csv"
PEOPLE: Final = Path("people.csv")
SECTIONS: Final = ("same_language", "other_language", "update")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What speaks for and against one story, and for news within it."""

    join: float  # a link at least this likely joins a story; 0..1
    sequel: float  # as join, after weeks of silence
    merge: float  # and one at least this likely to a second story makes one of both
    update_above: float  # how likely an account must be to tell something new
    sections: Mapping[str, Mapping[str, float]]  # one of SECTIONS → feature → weight
    people: Mapping[str, tuple[str, ...]]  # state or body → names of those who speak for it
    frequency: Mapping[str, float]  # stem → share of headlines that hold it; absent: rare

    @property
    def least(self) -> float:
        """No link less likely than this counts for anything."""
        return min(self.join, self.sequel, self.merge)


def read(root: Path, problems: Problems, environ: Mapping[str, str]) -> Weights | None:
    """The weights below root; None, and the faults in problems, when they cannot be used."""
    document = read_toml(root / FILE, problems, environ)
    words = read_text(root / WORDS, problems)
    people = read_text(root / PEOPLE, problems)
    if document is None or words is None or people is None:
        return None
    found = Weights(
        join=_chance(document, "join"),
        sequel=_chance(document, "sequel"),
        merge=_chance(document, "merge"),
        update_above=_chance(document, "update_above"),
        sections={section: _section(document, section) for section in SECTIONS},
        people=_people(people),
        frequency=_frequency(words, root / WORDS, problems),
    )
    document.asked.add("about")
    document.close()
    return found


def _chance(table: Table, key: str) -> float:
    value = table.number(key)
    if not 0 < value < 1:
        table.fault(key, f"{value} is no probability", "write a number between 0 and 1")
    return value


def _section(document: Table, section: str) -> Mapping[str, float]:
    table = document.table(section)
    return {feature: table.number(feature) for feature in table.values}


def _people(text: str) -> Mapping[str, tuple[str, ...]]:
    """state,names a line, the names apart by semicolons; a state may have several lines."""
    found: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines()[1:]:
        state, _, called = line.partition(",")
        own = tuple(n.strip() for n in called.strip('"').split(";") if n.strip())
        found[state] = (*found.get(state, ()), *own)
    return found


def _frequency(text: str, file: Path, problems: Problems) -> Mapping[str, float]:
    """stem,per_mille a line, below one line of heads."""
    found: dict[str, float] = {}
    for number, line in enumerate(text.splitlines()[1:], 2):
        stem, _, share = line.partition(",")
        try:
            found[stem] = float(share) / 1000
        except ValueError:
            problems.add(file, number, stem, f"{share!r} is no number", "write stem,per_mille")
    return found
