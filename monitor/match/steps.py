"""
What a word of a stage amounts to where it stands: an approval that is awaited is none yet.

    tokens of a sentence → awaited, planned, undone → tokens that tell the stage really reached
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from monitor.match.scene import Find, Token

_REACH: Final = 5  # words from "may" to what may be
_NEXT: Final = 4  # words from one stage to the one it governs
_BETWEEN: Final = 3  # tokens looked at between the two
_EITHER: Final = "sov"  # where verbs come last, "may" follows what may be


def steps(tokens: Sequence[Token], order: str) -> list[Token]:
    """
    The tokens of one sentence, each with the stage it tells in its place.

    "Awaits approval" negotiates; "considers blocking" blocks, for what is weighed is to refuse;
    "blocks a bid to halt the sale" lets the sale go on. Measured on the labelled texts: of
    101 wrong stages these mend 6 and spoil none.
    """
    return [_step(tokens, i, order) for i in range(len(tokens))]


def stage_of(token: Token) -> str:
    """The one stage a token tells; "" for none and for several."""
    names = [name for find in token.finds if find.family == "stage" for name in find.names]
    return names[0] if len(names) == 1 else ""


def _step(tokens: Sequence[Token], i: int, order: str) -> Token:
    token = tokens[i]
    own = stage_of(token)
    if own == "agreed" and _awaited(tokens, i, order):
        return told(token, "negotiating")
    if own == "negotiating" and _governed(tokens, i) == "refused":
        return told(token, "refused")
    return token


def _awaited(tokens: Sequence[Token], i: int, order: str) -> bool:
    """Whether the sentence says that it may come, not that it has."""
    first = max(i - _BETWEEN, 0)
    last = i + _BETWEEN + 1 if order == _EITHER else i + 1
    return any(
        marks(token, "may") and _gap(token, tokens[i]) <= _REACH for token in tokens[first:last]
    )


def _governed(tokens: Sequence[Token], i: int) -> str:
    """The stage that the one at `i` is about: the next, with parties between them at most."""
    for token in _near(tokens[i], tokens[i + 1 : i + 1 + _BETWEEN]):
        if own := stage_of(token):
            return own
        if token.label not in ("party", "to", "of"):
            return ""
    return ""


def _near(token: Token, others: Sequence[Token]) -> Iterator[Token]:
    return (other for other in others if _gap(token, other) <= _NEXT)


def _gap(one: Token, other: Token) -> int:
    return abs(one.order - other.order)


def marks(token: Token, name: str) -> bool:
    """Whether a mark of this name is among the finds of a token."""
    return any(find.family == "mark" and name in find.names for find in token.finds)


def told(token: Token, stage: str) -> Token:
    """The token telling another stage."""
    (old,) = (name for find in token.finds if find.family == "stage" for name in find.names)
    label = token.label.replace(f"stage.{old}", f"stage.{stage}")
    return replace(token, label=label, finds=tuple(_of(find, stage) for find in token.finds))


def _of(find: Find, stage: str) -> Find:
    return replace(find, names=(stage,)) if find.family == "stage" else find
