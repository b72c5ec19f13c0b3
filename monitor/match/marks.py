"""
What marks the side of a name: a small word before or after it, an ending, a particle, a clitic.

    name, its neighbours, grammar → "to", "from", "then made", …, "bare"
"""

from collections.abc import Sequence
from itertools import takewhile
from typing import Final

from monitor.languages import Grammar
from monitor.match.scene import Find, Scene
from monitor.match.terms import closure
from monitor.match.text import wordly

MARKS: Final = ("to", "from", "by", "against", "made", "of", "with", "say")
BARE: Final = "bare"
_NEAR: Final = 3  # words; between neighbours that belong together
_FAR: Final = 9  # words from a passive act to its agent
_ARTICLE: Final = 14  # characters that may stand between a mark and its name: "to the new "
_STOPS: Final = ("actor", "transfer", "weapon", "system")
_GLUED: Final = ("han", "kana", "hangul", "devanagari")  # particles follow names in these
_TAIL: Final = 24  # characters after a name that may be its particles
# An ending is weaker than the word "from": из Китаю is a slip, через Китай no receiver.
_WEAKER: Final = ("to", "subject", "object")


def marked(actor: Find, before: Sequence[Find], after: Sequence[Find], scene: Scene) -> str:
    """What marks the side of a name: a case, a word before or glued after it; "bare"."""
    grammar = scene.grammar
    stands = _before(actor, before, glued=grammar.postpositions)
    case = _case(actor, scene)
    if case and not (case in _WEAKER and "from" in stands.split("+")):
        return case
    attached = _after(actor, after)
    if attached == "then made" or grammar.order == "sov":
        # Where verbs come last, what marks a name follows it.
        return attached or stands or BARE
    owns = attached if attached == "then of" else ""
    return stands or owns or BARE


def _before(actor: Find, before: Sequence[Find], *, glued: bool) -> str:
    """
    The mark right before the name, an article or an adjective between them at most.

    Glued: only one without a space between (対イラン), since others belong to what they follow.
    """
    for find in reversed(before):
        if actor.start - find.end > (0 if glued else _ARTICLE) or actor.order - find.order > _NEAR:
            return ""
        if find.family == "mark" and (names := _names(find)):
            return "+".join(names)
        if find.family in _STOPS:
            return ""
    return ""


def _names(find: Find) -> list[str]:
    return [name for name in MARKS if name in find.names]


def _after(actor: Find, after: Sequence[Find]) -> str:
    """A mark right after the name: "-made", "'s", a postposition."""
    for find in after:
        if find.start - actor.end > 1:
            return ""
        if find.family == "mark" and not {"say", "against"} & set(find.names) and _names(find):
            return f"then {_names(find)[0]}"
    return ""


# ── cases ───────────────────────────────────────────────────────────────────────


def _case(actor: Find, scene: Scene) -> str:
    """What the ending, particle or clitic of the name makes of it."""
    grammar = scene.grammar
    if not grammar.cases and not grammar.prefix_cases:
        return ""
    part = next(p for p in scene.fields if p.base <= actor.start <= p.base + len(p.folded.text))
    plain, start, end = part.folded.text, actor.start - part.base, actor.end - part.base
    tail = f"{plain[end : end + _TAIL]} "  # the end of a text ends a word too
    for ending in sorted(grammar.cases, key=len, reverse=True):
        if _ends(plain[start:end], tail, ending, grammar):
            return grammar.cases[ending]
    head = plain[max(0, start - 4) : start].rpartition(" ")[2]
    for clitic in sorted(grammar.prefix_cases, key=len, reverse=True):
        if head.endswith(clitic) and head:
            return grammar.prefix_cases[clitic]
    return ""


def _ends(name: str, tail: str, ending: str, grammar: Grammar) -> bool:
    """Whether the name has this ending, in it or glued after it, with the end of a word behind."""
    if any(script in _GLUED for script in grammar.scripts):
        own = tail.removeprefix(" ")
        return own.startswith(ending) and _stops(own[len(ending) :], ending, grammar)
    own = tail.removeprefix("'")
    glued = own.startswith(ending) and _stops(own[len(ending) :], ending, grammar)
    return glued or name.endswith(ending)


def _stops(rest: str, ending: str, grammar: Grammar) -> bool:
    """Whether the word ends here, or only further particles follow."""
    if not grammar.spaces or not wordly(ending[-1]):
        return True
    further = "".join(takewhile(wordly, rest))
    return not further or further in closure(grammar.suffixes)


# ── passives ────────────────────────────────────────────────────────────────────


def passive(act: Find, clause: Sequence[Find], grammar: Grammar) -> bool:
    """Whether an agent follows the act, or an auxiliary of the passive stands beside it."""
    reach = range(-2, 3) if grammar.order == "sov" else range(3)  # verbs last: 供与された
    for find in clause:
        if find.family != "mark":
            continue
        if "by" in find.names and 0 <= find.order - act.order <= _FAR:
            return True
        if "passive" in find.names and act.order - find.order in reach:
            return True
    return False
