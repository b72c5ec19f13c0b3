"""
What a text holds, in order: goods, acts, parties, marks, cues, each with its place.

    Entry → Automaton hits → longest of each family, look-alikes masked → Scene
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from monitor.config.entities import Gazetteer
from monitor.languages import Grammar
from monitor.match.entities import Mention, settled
from monitor.match.terms import Automaton, Hit
from monitor.match.text import Folded, fold, sentences
from monitor.model import Entry

# Queries look this far; it also bounds the work that hostile input can cause.
CAPS: Final = (("title", 600), ("summary", 3_000), ("text", 3_000))
# Acts and scores are read off the title and so many characters below it. What follows is mostly
# background, and an article about anything at war names all that a transfer needs.
LEAD: Final = 1_000
_BETWEEN: Final = 2  # characters that keep fields apart in the common index
MASKED: Final = ("weapon", "transfer", "embargo", "stage")  # families a longer look-alike hides
_MASKS: Final = ("weapon", "embargo")  # families that hide a shorter look-alike
# Look-alikes that are the very words, not what goes on around them: of equal length they win.
_WORDS: Final = ("sport", "idiom", "games", "space", "drugs")
GATE: Final = ("weapon", "embargo")  # without one of these, or a system, nothing is said


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an entry, folded, at its place in the common index."""

    name: str
    folded: Folded
    base: int


@dataclass(slots=True)
class Find:
    """Something found at [start:end] of the common index."""

    start: int
    end: int
    family: str  # "weapon", "transfer", "stage", …, "actor", "system"
    names: tuple[str, ...]  # concepts without the family; of an actor or system its id
    sentence: int = 0
    form: str = ""  # of an actor: name, adjective, capital, …
    kind: str = ""  # of an actor: state, body, group, company
    order: int = 0  # place among the words of the text
    home: str = ""  # of a company or system the state it comes from; "" when none or several
    exports: str = ""  # of a state: sells arms to the world, "great" or "lesser"


@dataclass(frozen=True, slots=True)
class Token:
    """Finds that overlap, as one thing with one label."""

    label: str
    finds: tuple[Find, ...]
    title: bool

    @property
    def order(self) -> int:
        return self.finds[0].order

    @property
    def sentence(self) -> int:
        return self.finds[0].sentence


@dataclass(slots=True)
class Scene:
    """Everything found in one entry."""

    fields: tuple[Field, ...]
    language: str
    grammar: Grammar
    sentences: tuple[tuple[int, int], ...] = ()
    finds: list[Find] = field(default_factory=list)
    by_family: dict[str, list[Find]] = field(default_factory=dict)
    tokens: list[Token] = field(default_factory=list)  # the outline
    cut: bool = False  # longer than what is analysed

    def of(self, family: str) -> list[Find]:
        return self.by_family.get(family, [])

    def place(self, find: Find) -> tuple[Field, int, int]:
        """The field and the span in its original text."""
        for one in self.fields:
            if one.base <= find.start < one.base + len(one.folded.text):
                start, end = one.folded.span(find.start - one.base, find.end - one.base)
                return one, start, end
        raise IndexError(find.start)

    def said(self, find: Find) -> str:
        one, start, end = self.place(find)
        return one.folded.original[start:end]

    def title(self, find: Find) -> bool:
        return find.start < len(self.fields[0].folded.text)


def fields(entry: Entry, grammar: Grammar) -> tuple[tuple[Field, ...], bool]:
    """The fields to look at, folded, and whether anything was left out."""
    letters = tuple(grammar.letters.items())
    found, base, cut = [], 0, False
    for name, cap in CAPS:
        original: str = getattr(entry, name)
        cut = cut or len(original) > cap
        one = Field(name, fold(original[:cap], letters), base)
        base += len(one.folded.text) + _BETWEEN
        found.append(one)
    return tuple(found), cut


def look(parts: tuple[Field, ...], automaton: Automaton) -> list[Hit]:
    """Every hit in the title and the lead, in the common index."""
    hits: list[Hit] = []
    for part, room in zip(parts, _rooms(parts), strict=True):
        if room > 0:
            base = part.base
            own = automaton.find(part.folded)
            hits += (Hit(h.start + base, h.end + base, h.pattern) for h in own if h.start < room)
    return hits


def _rooms(parts: tuple[Field, ...]) -> Iterator[int]:
    """How many characters of each field belong to the title and the lead."""
    room = LEAD
    for part in parts:
        length = len(part.folded.text)
        if part.name == "title":
            yield length
            continue
        yield min(length, room)
        room = max(room - length, 0)


def gated(hits: Iterable[Hit]) -> bool:
    """Whether anything is named that can be transferred, or any embargo."""
    return any(hit.pattern.gate for hit in hits)


def arrange(scene: Scene, hits: list[Hit], gazetteer: Gazetteer) -> None:
    """Fill the scene from the hits."""
    scene.sentences = _sentences(scene.fields)
    spans = _by_family(hits)
    looks = list(spans.get("veto", ()))
    things = [span for family in _MASKS for span in spans.get(family, ())]
    spans["veto"] = _unmasked(spans.get("veto", {}), things)
    idioms = [span for span, names in spans["veto"].items() if set(names) & set(_WORDS)]
    for family in MASKED:
        own = _unmasked(spans.get(family, {}), looks)
        spans[family] = {span: names for span, names in own.items() if span not in idioms}
    for family, found in spans.items():
        kept = _longest(found)
        if kept:
            scene.by_family[family] = kept
    _name_actors(scene, hits, gazetteer)
    _number(scene)


def _sentences(parts: tuple[Field, ...]) -> tuple[tuple[int, int], ...]:
    return tuple(
        (start + part.base, end + part.base)
        for part in parts
        for start, end in sentences(part.folded.text)
    )


def _by_family(hits: list[Hit]) -> dict[str, dict[tuple[int, int], list[str]]]:
    spans: dict[str, dict[tuple[int, int], list[str]]] = {}
    said = ((hit, meaning.concept) for hit in hits for meaning in hit.pattern.meanings)
    for hit, concept in said:
        family, _, name = concept.partition(".")
        if family == "entity":
            continue
        names = spans.setdefault(family, {}).setdefault((hit.start, hit.end), [])
        if (own := name or family) not in names:
            names.append(own)
    return spans


def _unmasked(
    found: Mapping[tuple[int, int], list[str]], masks: list[tuple[int, int]]
) -> dict[tuple[int, int], list[str]]:
    """What nothing longer holds: the arms of "up in arms", the attack of "attack drone"."""
    return {
        (start, end): names
        for (start, end), names in found.items()
        if not any(a <= start and end <= b and b - a > end - start for a, b in masks)
    }


def _longest(found: Mapping[tuple[int, int], list[str]]) -> list[Find]:
    """Those inside no other of the family, in order."""
    kept: list[Find] = []
    family = ""
    for start, end in sorted(found, key=lambda span: (span[0], -span[1])):
        if kept and end <= kept[-1].end:
            continue
        kept.append(Find(start, end, family, tuple(found[start, end])))
    return kept


def _name_actors(scene: Scene, hits: list[Hit], gazetteer: Gazetteer) -> None:
    mentions = [
        Mention(hit.start, hit.end, meaning.senses)
        for hit in hits
        for meaning in hit.pattern.meanings
        if meaning.senses
    ]
    supported = bool(scene.of("transfer")) and (bool(scene.of("weapon")) or _states(mentions) > 1)
    actors: list[Find] = []
    systems: list[Find] = []
    for mention, id in settled(mentions, supported=supported).items():
        if not id:
            continue
        sense = next(s for s in mention.senses if s.entity == id)
        system = sense.kind == "system"
        find = Find(mention.start, mention.end, "system" if system else "actor", (id,))
        find.form, find.kind = sense.form, sense.kind
        find.home = gazetteer.entities[id].country
        find.exports = gazetteer.entities[id].exports
        (systems if system else actors).append(find)
    scene.by_family["actor"], scene.by_family["system"] = actors, systems


def _states(mentions: Iterable[Mention]) -> int:
    """How many states are named without doubt."""
    senses = (sense for mention in mentions for sense in mention.senses)
    return len({one.entity for one in senses if one.kind == "state" and not one.ambiguous})


def _number(scene: Scene) -> None:
    """Give every find its family, sentence and word count, and list all in order."""
    starts = [start for start, _ in scene.sentences]
    text = "\n\n".join(part.folded.text for part in scene.fields)
    spaces = [at for at, c in enumerate(text) if c in " \n"] if scene.grammar.spaces else []
    for family, found in scene.by_family.items():
        for find in found:
            find.family = family
            find.sentence = max(bisect_right(starts, find.start) - 1, 0)
            # Without spaces between words, two characters are about one.
            find.order = bisect_right(spaces, find.start) if spaces else find.start // 2
    scene.finds = sorted(
        (find for found in scene.by_family.values() for find in found),
        key=lambda find: (find.start, -find.end),
    )
