"""
Names in a text become the entities they stand for; the longest name wins.

    Gazetteer → vocabulary() → the automaton's hits → resolve() → Mention → settle() → entity id
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from monitor.config.entities import HALVES, Gazetteer

# Of two entities that share a written form, the one people mean when nothing tells them apart.
_KINDS: Final = ("state", "body", "group", "company", "system")
_NOBODY: Final = "lookalike"  # "New Mexico": hides the name inside it, and is no party itself


@dataclass(frozen=True, slots=True)
class Sense:
    """One entity that a written form can stand for."""

    entity: str
    kind: str
    form: str  # name, adjective, capital, metonym, demonym, abbreviation
    ambiguous: bool  # the form is also an ordinary word or a person: wants support


@dataclass(frozen=True, slots=True)
class Term:
    """One written form, as a lexicon writes it, with all it can stand for."""

    term: str  # "=US", "росси*"
    language: str  # "" when the same in every language
    senses: tuple[Sense, ...]


@dataclass(frozen=True, slots=True)
class Mention:
    """A written form found in a text: text[start:end]."""

    start: int
    end: int
    senses: tuple[Sense, ...]


def vocabulary(gazetteer: Gazetteer) -> tuple[Term, ...]:
    """Every written form once per language, with the entities it can stand for, by their ids."""
    forms: dict[tuple[str, str], tuple[Sense, ...]] = {}
    for entity in gazetteer.entities.values():
        made: dict[tuple[str, bool], tuple[Sense]] = {}  # one for all names alike, of 33,000
        for name in entity.names:
            kind = name.form, name.ambiguous
            if kind not in made:
                made[kind] = (Sense(entity.id, entity.kind, name.form, name.ambiguous),)
            key = name.term, name.language
            known = forms.get(key)
            forms[key] = made[kind] if known is None else known + made[kind]
    return tuple(Term(term, language, senses) for (term, language), senses in forms.items())


def resolve(mentions: Iterable[Mention]) -> tuple[Mention, ...]:
    """
    The mentions that stand, in order, none overlapping another.

    The longer of two that overlap wins ("South Sudan" over "Sudan"), then the earlier; of
    equal spans one mention remains, with the senses of both. A pair of states becomes two.
    """
    spans: dict[tuple[int, int], tuple[Sense, ...]] = {}
    for mention in mentions:
        known = spans.get((mention.start, mention.end), ())
        new = tuple(sense for sense in mention.senses if sense not in known)
        spans[mention.start, mention.end] = known + new
    kept: list[Mention] = []
    taken: set[int] = set()
    for start, end in sorted(spans, key=lambda span: (span[0] - span[1], span[0])):
        if taken.isdisjoint(range(start, end)):
            taken.update(range(start, end))
            kept.append(Mention(start, end, spans[start, end]))
    standing = (half for mention in kept for half in _halves(mention))
    return tuple(sorted(standing, key=lambda mention: mention.start))


def _halves(mention: Mention) -> tuple[Mention, ...]:
    """A term of two letters for two states, such as 日米, as a mention of each."""
    sides = [
        tuple(
            Sense(sense.entity, sense.kind, "abbreviation", sense.ambiguous)
            for sense in mention.senses
            if sense.form == half
        )
        for half in HALVES
    ]
    if not all(sides):
        return (mention,)
    middle = (mention.start + mention.end) // 2
    return Mention(mention.start, middle, sides[0]), Mention(middle, mention.end, sides[1])


def settle(mention: Mention, named: Collection[str] = (), *, supported: bool = False) -> str:
    """
    The id of the one entity that is meant, or "" when it is not safe to say.

    `named` are entities the text names without doubt: they decide between senses ("Congo"
    beside "Kinshasa"). An ambiguous form alone counts only where the caller found support,
    such as a verb of transfer with a weapon in the same clause. A look-alike is nobody.
    """
    if any(sense.kind == _NOBODY for sense in mention.senses):
        return ""
    for sense in mention.senses:
        if sense.entity in named:
            return sense.entity
    certain = [sense for sense in mention.senses if not sense.ambiguous]
    candidates = certain or (list(mention.senses) if supported else [])
    if not candidates:
        return ""
    return min(candidates, key=_rank).entity


def _rank(sense: Sense) -> tuple[bool, int, str]:
    return sense.ambiguous, _KINDS.index(sense.kind), sense.entity


def settled(mentions: Iterable[Mention], *, supported: bool = False) -> Mapping[Mention, str]:
    """What each mention of one text means, those without doubt helping the others; "" if unsafe."""
    standing = resolve(mentions)
    sure = {settle(m) for m in standing if len({s.entity for s in m.senses}) == 1} - {""}
    return {m: settle(m, sure, supported=supported) for m in standing}
