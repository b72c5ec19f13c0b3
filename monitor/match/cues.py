"""
What the text says about each party, in names a person can read.

    Scene → neighbours, marks, clause, order → party → cues

The cues name concepts, never words, so that what is learned from one language serves all.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from monitor.languages import Grammar
from monitor.match.marks import MARKS, marked, passive
from monitor.match.scene import Find, Scene, Token

_NEAR: Final = 3  # words; between neighbours that belong together
_FAR: Final = 9  # words; further away, two words say nothing of each other
_GOODS: Final = ("weapon", "system")
_ACTS: Final = ("transfer", "stage", "embargo")
_FIGHTING: Final = ("context", "veto")  # troops and attacks: whose they are is often the enemy
_USES: Final = ("use", "deploy", "test")
_OUTER: Final = 2  # parties counted from the front; later ones are "later"


# Who sells to whom is old knowledge: a text that leaves it open most likely means what is usual.
# Adds .017 to the F1 of suppliers and .032 to that of recipients.
# Source: config/entities/exporters.csv, each line with its own.
_EXPORTERS: Final = {"great": "a great exporter of arms", "lesser": "an exporter of arms"}


def cues_of(scene: Scene) -> list[tuple[Find, list[str]]]:
    """Each mention of a party with its cues, in order of the text."""
    found = []
    for sentence in _sentences(scene):
        parties = [f for f in sentence if f.family == "actor"]
        blocks = _blocks(sentence, scene) if len(parties) > 1 else {}
        for actor in parties:
            cues = dict.fromkeys(_cues(actor, sentence, parties, scene))
            found.append((actor, [*cues, *blocks.get(actor.start, ())]))
    return found


def _sentences(scene: Scene) -> Iterator[list[Find]]:
    """The finds of each sentence that names a party, in order."""
    own: list[Find] = []
    for find in scene.finds:
        if own and find.sentence != own[0].sentence:
            yield own
            own = []
        own.append(find)
    yield own  # of an empty scene an empty one


def _cues(actor: Find, sentence: list[Find], parties: list[Find], scene: Scene) -> Iterator[str]:
    grammar = scene.grammar
    before = [f for f in sentence if f.end <= actor.start]
    after = [f for f in sentence if f.start >= actor.end]
    mark = marked(actor, before, after, scene)
    yield f"form={actor.form}"
    yield f"kind={actor.kind}"
    yield "in title" if scene.title(actor) else "below"
    yield f"mark={mark}"
    yield from _neighbours(actor, before, after)
    clause = _clause(actor, sentence)
    yield from _acts(actor, clause, mark, grammar)
    yield from _goods(actor, clause, mark, grammar)
    yield from _place(actor, parties)
    yield from _makers(actor, scene)


# ── what stands around ──────────────────────────────────────────────────────────


def label(find: Find) -> str:
    """The concept of a find, in short; names of goods and look-alikes do not matter here."""
    if find.family in _ACTS:
        return "+".join(f"{find.family}.{name}" for name in sorted(find.names))
    if find.family == "mark":
        return "mark " + "+".join(name for name in MARKS if name in find.names)
    if find.family in _GOODS:
        return "good"
    if find.family in _FIGHTING:
        return "war"
    return "party" if find.family == "actor" else find.family


def _neighbours(actor: Find, before: Sequence[Find], after: Sequence[Find]) -> Iterator[str]:
    """The nearest things on both sides, and what stands beyond the nearest."""
    left = [label(f) for f in before[::-1] if actor.order - f.order <= _NEAR and _speaks(f)][:2]
    right = [label(f) for f in after if f.order - actor.order <= _NEAR and _speaks(f)][:2]
    yield f"{left[0] if left else 'nothing'} | it"
    yield f"it | {right[0] if right else 'nothing'}"
    yield f"{left[0] if left else 'nothing'} | {actor.form} | {right[0] if right else 'nothing'}"
    if len(left) > 1:
        yield f"{left[1]} | {left[0]} | it"
    if len(right) > 1:
        yield f"it | {right[0]} | {right[1]}"


def _speaks(find: Find) -> bool:
    if find.names == ("may",):
        return False  # tells the stage, and no side
    if find.family == "veto":
        return find.names[0] in _USES
    return find.family in ("mark", "actor", "clause", "negation", "context", *_GOODS, *_ACTS)


def _clause(actor: Find, sentence: Sequence[Find]) -> list[Find]:
    """What stands in the same clause as the name; the whole sentence where that has no act."""
    cuts = [f.start for f in sentence if f.family == "clause"]
    first = max((at for at in cuts if at <= actor.start), default=-1)
    last = min((at for at in cuts if at > actor.start), default=1 << 30)
    own = [f for f in sentence if first <= f.start < last]
    told = any(f.family == "transfer" for f in own) and len(own) > 1
    return own if told else list(sentence)


def _acts(actor: Find, clause: Sequence[Find], mark: str, grammar: Grammar) -> Iterator[str]:
    """Where the name stands to the nearest act of each sort, and who stands between."""
    for sort, acts in _sorts(clause).items():
        near = min(acts, key=lambda f: abs(f.order - actor.order))
        if abs(near.order - actor.order) > 2 * _FAR:
            continue
        side = "before" if actor.start < near.start else "after"
        low, high = sorted((actor.start, near.start))
        between = sum(f.family == "actor" and low < f.start < high for f in clause)
        first = "first " if not between else ""
        yield f"{side} {sort} ({grammar.order})"
        yield f"{first}{mark} {side} {sort} ({grammar.order})"
        yield f"{first}{mark} {side} {sort}"
        yield f"{first}{actor.form} {side} {sort}"
        if passive(near, clause, grammar):
            yield f"{first}{mark} {side} passive {sort}"


_WEIGHTY: Final = ("requested", "offered", "refused", "intercepted", "agreed", "negotiating")


def _sorts(clause: Sequence[Find]) -> dict[str, list[Find]]:
    """Acts of the clause by sort: give, get, noun, and the stages that turn the sides."""
    sorts: dict[str, list[Find]] = {}
    for find in clause:
        for sort in _sorts_of(find):
            sorts.setdefault(sort, []).append(find)
    return sorts


def _sorts_of(find: Find) -> Sequence[str]:
    if find.family == "transfer":
        return find.names
    if find.family == "stage":
        return [name for name in find.names if name in _WEIGHTY]
    return [f"embargo.{name}" for name in find.names] if find.family == "embargo" else ()


def _blocks(sentence: Sequence[Find], scene: Scene) -> Mapping[int, set[str]]:
    """Start of a name → whether it refuses what is another's to give, or another what is its."""
    found: dict[int, set[str]] = {}
    for act in sentence:
        if act.family != "stage" or "refused" not in act.names:
            continue
        blocker, owner = _blocker(act, sentence, scene), _owner(act, sentence, scene)
        if blocker is None or owner is None or blocker.names == owner.names:
            continue
        found.setdefault(blocker.start, set()).add("refuses another's transfer")
        found.setdefault(owner.start, set()).add("another refuses its transfer")
    return found


def _blocker(act: Find, sentence: Sequence[Find], scene: Scene) -> Find | None:
    """Who refuses: the name that "by" marks behind the act, else the last before it."""
    names = [find for find in sentence if find.family == "actor"]
    agents = (a for a in names if a.start > act.end and _sided_by(a, sentence, scene))
    return next(agents, next((a for a in reversed(names) if a.end <= act.start), None))


def _sided_by(actor: Find, sentence: Sequence[Find], scene: Scene) -> bool:
    before = [find for find in sentence if find.end <= actor.start]
    return "by" in marked(actor, before, (), scene).split("+")


def _owner(act: Find, sentence: Sequence[Find], scene: Scene) -> Find | None:
    """Whose the goods are that are refused: an adjective, or a name with "'s", right at them."""
    for i, find in enumerate(sentence):
        if find.family != "actor" or (find.form != "adjective" and not _owns(sentence[i + 1 :])):
            continue
        near = sentence[i + 1 : i + 4]
        if any("get" in f.names for f in near if f.family == "transfer"):
            continue  # "Arland's purchase": the goods are another's
        if any(f.family in (*_GOODS, "transfer") for f in near):
            return find if find.start > act.start or _sided_after(act, sentence, scene) else None
    return None


def _owns(after: Sequence[Find]) -> bool:
    return bool(after) and after[0].family == "mark" and "of" in after[0].names


def _sided_after(act: Find, sentence: Sequence[Find], scene: Scene) -> bool:
    """Whether who refuses is named behind the act, by "by"."""
    return any(
        find.family == "actor" and find.start > act.end and _sided_by(find, sentence, scene)
        for find in sentence
    )


def _goods(actor: Find, clause: Sequence[Find], mark: str, grammar: Grammar) -> Iterator[str]:
    goods = [f for f in clause if f.family in _GOODS]
    if not goods:
        yield "no good in its clause"
        return
    near = min(goods, key=lambda f: abs(f.order - actor.order))
    side = "before" if actor.start < near.start else "after"
    gap = abs(near.order - actor.order)
    yield f"{mark} {side} good ({grammar.order})"
    if gap <= _NEAR:
        yield f"{mark} {actor.form} just {side} good"


def _place(actor: Find, parties: Sequence[Find]) -> Iterator[str]:
    """Its place among the parties of its sentence."""
    ids = list(dict.fromkeys(a.names[0] for a in parties))
    place = ids.index(actor.names[0])
    if len(ids) == 1:
        yield "only party"
        return
    last = ", last" if place == len(ids) - 1 else ""
    yield f"party {place + 1}{last}" if place < _OUTER else f"a later party{last}"


def _makers(actor: Find, scene: Scene) -> Iterator[str]:
    """Whether it sells arms by habit, makes what is named, or is where the maker is at home."""
    if actor.exports:
        yield _EXPORTERS[actor.exports]
    homes = {find.home for find in scene.of("system") if find.home}
    if homes:
        yield "makes a system named" if actor.names[0] in homes else "another makes the system"
    companies = {find.home for find in scene.of("actor") if find.kind == "company"}
    if companies and actor.kind != "company":
        yield "home of a company named" if actor.names[0] in companies else "a company is named"


# ── two parties together ────────────────────────────────────────────────────────


def pair_cues(givers: Sequence[Find], takers: Sequence[Find], scene: Scene) -> list[str]:
    """What speaks for the first supplying the second: how the two stand in one sentence."""
    near = min(
        ((a, b) for a in givers for b in takers if a.sentence == b.sentence),
        key=lambda pair: abs(pair[0].order - pair[1].order),
        default=None,
    )
    if near is None:
        return ["supplier and recipient in different sentences"]
    giver, taker = near
    first, last = sorted(near, key=lambda find: find.start)
    order = "supplier first" if first is giver else "recipient first"
    between = [t for t in scene.tokens if first.end <= t.finds[0].start < last.start]
    acts = [t.label for t in between if _act(t)]
    marks = f"{_sided(giver, scene)} … {_sided(taker, scene)}"
    said = acts[0] if len(acts) == 1 else f"{acts[0]} … {acts[-1]}" if acts else "nothing"
    cues = [
        order,
        f"{order}: {said} between",
        f"{order}: {marks}",
        f"{order}: {acts[-1] if acts else 'nothing'} then {_sided(last, scene)}",
        f"{order} ({scene.grammar.order})",
    ]
    if len(between) <= 1:
        cues.append(f"{order}: {between[0].label if between else 'nothing'} alone between")
    return cues


def _act(token: Token) -> bool:
    return any(find.family in ("transfer", "stage", "embargo") for find in token.finds)


def _sided(actor: Find, scene: Scene) -> str:
    """The mark of a name and its form, in short."""
    sentence = [f for f in scene.finds if f.sentence == actor.sentence]
    before = [f for f in sentence if f.end <= actor.start]
    after = [f for f in sentence if f.start >= actor.end]
    mark = marked(actor, before, after, scene)
    return f"{mark} {actor.form}" if actor.form == "adjective" else mark
