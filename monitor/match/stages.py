"""
How far a transfer has come: the furthest stage that the text itself reports as its news.

    Scene → steps → cues in words a person can read → weighed per stage → Stage
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from monitor.match.roles import ROLES, Roles
from monitor.match.scene import Find, Scene, Token
from monitor.match.steps import steps
from monitor.model import Stage

_BELOW: Final = 0.5  # how much a cue counts that only stands below the title
_NEGATED: Final = 3  # words a negation reaches
_ACTS: Final = ("transfer", "stage", "embargo")
_GOODS: Final = ("weapon", "system")
# "Sends tanks" and "sends two of its army's tanks" tell the same (.771 to .782 right).
_BESIDE: Final = ("quantity", "context", "of", "made")
_ASKING: Final = ("?", "？", "؟")
_TOLD: Final = 3  # stages of one clause that are named together

Cues = dict[str, float]


def stage(cues: Mapping[str, float], weights: Mapping[str, Mapping[str, float]]) -> Stage:
    """The stage that the cues speak for most; `weights` by stage."""
    sums = {
        one: weights[one.value].get("bias", 0.0)
        + sum(weights[one.value].get(cue, 0.0) * value for cue, value in cues.items())
        for one in Stage
    }
    return max(sums, key=lambda one: sums[one])


def cues_of(scene: Scene, roles: Roles) -> Cues:
    """What tells the stage: its words, where they stand, what they stand beside."""
    cues: Cues = {}
    sides = {party.id: party.role for party in roles.parties}
    tokens = [token for token in scene.tokens if token.label not in _BESIDE]
    told = [steps(sentence, scene.grammar.order) for sentence in _sentences(tokens)]
    for sentence in told:
        value = 1.0 if sentence[0].title else _BELOW
        for cue in (*_sentence(sentence), *_clauses(sentence), *_said_of(sentence, sides)):
            cues[cue] = max(cues.get(cue, 0.0), value)
    title = [token for sentence in told for token in sentence if token.title]
    for cue in (*_title(title, scene), *_whole(scene, roles)):
        cues[cue] = 1.0
    return cues


def _sentences(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    own: list[Token] = []
    for token in tokens:
        if own and token.sentence != own[0].sentence:
            yield own
            own = []
        own.append(token)
    if own:
        yield own


def _is(token: Token, families: Sequence[str]) -> bool:
    return any(find.family in families for find in token.finds)


def _short(token: Token) -> str:
    """A label in which all goods are one: the stage does not hang on what is sent."""
    return "good" if _is(token, _GOODS) and not _is(token, _ACTS) else token.label


def _sentence(tokens: Sequence[Token]) -> Iterator[str]:
    """Each act with its neighbours, whether a good stands in its sentence, what follows what."""
    good = any(_is(token, _GOODS) for token in tokens)
    for i, token in enumerate(tokens):
        if not _is(token, (*_ACTS, "negation", "doubt", "denial")):
            continue
        left = _short(tokens[i - 1]) if i else "start"
        right = _short(tokens[i + 1]) if i + 1 < len(tokens) else "end"
        yield token.label
        yield f"{left} > {token.label}"
        yield f"{token.label} > {right}"
        for name in _stages(token):
            yield name if good else f"{name} without good"
            if _negated(tokens[:i], token):
                yield f"not {name}"
    yield from _order([name for token in tokens for name in _stages(token)])


def _order(names: Sequence[str]) -> Iterator[str]:
    """The stages of a sentence in their order."""
    if names:
        yield f"first {names[0]}"
        yield f"last {names[-1]}"
    yield from (f"{one}, then {other}" for one, other in pairwise(names))


def _stages(token: Token) -> list[str]:
    """The stages a token is a cue for, alone or several together."""
    names = [name for f in token.finds if f.family == "stage" for name in f.names]
    return [f"only {names[0]}"] if len(names) == 1 else [f"perhaps {name}" for name in names]


def _negated(before: Sequence[Token], token: Token) -> bool:
    return any(
        t.label == "negation" and 0 <= token.order - t.order <= _NEGATED for t in before[-3:]
    )


# ── clauses and speakers ────────────────────────────────────────────────────────


def _clauses(tokens: Sequence[Token]) -> Iterator[str]:
    """What the clauses that name a good tell, the first of a sentence apart from the others."""
    for number, clause in enumerate(_cut(tokens)):
        if not any(_is(token, _GOODS) for token in clause):
            continue
        names = [name for token in clause for name in _stages(token)]
        plain = "an act" if any(_is(token, ("transfer",)) for token in clause) else "nothing"
        together = "+".join(sorted(set(names))[:_TOLD])
        yield f"{'later' if number else 'first'} clause: {names[0] if names else plain}"
        yield f"a clause with a good: {together or plain}"


def _cut(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """The clauses of a sentence, each from the word that opens it."""
    own: list[Token] = []
    for token in tokens:
        if own and _is(token, ("clause",)):
            yield own
            own = []
        own.append(token)
    yield own


def _said_of(tokens: Sequence[Token], sides: Mapping[str, str]) -> Iterator[str]:
    """Each stage with the side of the party named last before it: who wants, who agrees."""
    last = "nobody"
    for token in tokens:
        for find in token.finds:
            if find.family == "actor":
                last = sides.get(find.names[0], "") or "another"
        yield from (f"{last}: {name}" for name in _stages(token))


# ── title and whole ─────────────────────────────────────────────────────────────


def _title(tokens: Sequence[Token], scene: Scene) -> Iterator[str]:
    """The acts of the title in order: the first and the last of them weigh most."""
    if any(sign in scene.fields[0].folded.original for sign in _ASKING):
        yield "title asks"
    acts = [token for token in tokens if _is(token, _ACTS)]
    if not acts:
        yield "no act in title"
        return
    yield f"title begins {acts[0].label}"
    yield f"title ends {acts[-1].label}"
    first, *rest = dict.fromkeys(name for token in acts for name in _stages(token)) or [""]
    if first:
        yield f"title first {first}"
    yield from (f"title {first}, then {other}" for other in rest)
    if not first:
        yield "no stage in title"


def _whole(scene: Scene, roles: Roles) -> Iterator[str]:
    if not scene.of("stage"):
        yield "no stage"
    embargo = {name for find in scene.of("embargo") for name in find.names}
    yield from (f"embargo.{name}" for name in embargo)
    yield from (f"embargo.{name} in title" for name in _in_title(scene.of("embargo"), scene))
    if embargo and not scene.of("transfer"):
        yield "embargo and no act of transfer"
    if {"word", "act"} <= embargo:
        yield "embargo.word and embargo.act"
    if embargo and _aside(scene):
        yield "embargo only said aside"
    for role in ROLES:
        if not roles.of(role):
            yield f"no {role}"


def _aside(scene: Scene) -> bool:
    """Whether a clause of its own, after the act, is all that speaks of an embargo."""
    first = min(find.start for find in scene.of("embargo"))
    cuts = [find.start for find in scene.of("clause") if find.start < first]
    return any(
        act.start < cut and good.start < cut
        for cut in cuts
        for act in scene.of("transfer")
        for good in (*scene.of("weapon"), *scene.of("system"))
        if act.sentence == good.sentence
    )


def _in_title(finds: Sequence[Find], scene: Scene) -> set[str]:
    return {name for find in finds if scene.title(find) for name in find.names}
