"""A user's query, asked of one entry: words by the lexicon's notation, patterns by RE2."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from monitor.config.queries import All, Any, Near, Not, Pattern, Query, Words
from monitor.languages import Grammar
from monitor.match.scene import Field
from monitor.match.terms import Automaton, Hit
from monitor.match.terms import pattern as term_pattern

Spans = tuple[tuple[str, int, int], ...]  # field, start, end in its original text


def found(query: Query, parts: tuple[Field, ...]) -> Spans | None:
    """Where the query is met, or None where it is not; a met NOT has no place."""
    match query:
        case Words():
            return tuple(_words(query, parts)) or None
        case Near():
            return tuple(_near(query, parts)) or None
        case Pattern():
            return tuple(_pattern(query, parts)) or None
        case Not():
            return None if found(query.part, parts) is not None else ()
        case Any():
            met = [spans for part in query.parts if (spans := found(part, parts)) is not None]
            return tuple(span for spans in met for span in spans) if met else None
    return _all(query, parts)


def _all(query: All, parts: tuple[Field, ...]) -> Spans | None:
    spans: list[tuple[str, int, int]] = []
    for part in query.parts:
        own = found(part, parts)
        if own is None:
            return None
        spans += own
    return tuple(spans)


@lru_cache(maxsize=1024)
def _automaton(term: str) -> Automaton:
    return Automaton([term_pattern(term, (), ())], Grammar(code=""))


def _hits(words: Words, parts: tuple[Field, ...]) -> Iterator[tuple[Field, Hit]]:
    for part in parts:
        if words.field in ("", part.name) and part.folded.text:
            for hit in _automaton(words.term).find(part.folded):
                yield part, hit


def _words(words: Words, parts: tuple[Field, ...]) -> Iterator[tuple[str, int, int]]:
    for part, hit in _hits(words, parts):
        yield _span(part, hit)


def _span(part: Field, hit: Hit) -> tuple[str, int, int]:
    return part.name, *part.folded.span(hit.start, hit.end)


def _near(query: Near, parts: tuple[Field, ...]) -> Iterator[tuple[str, int, int]]:
    """Both ends of the first pair in each field that is near enough."""
    right: Mapping[str, list[Hit]] = {}
    for part, hit in _hits(query.right, parts):
        right = {**right, part.name: [*right.get(part.name, []), hit]}
    for part, left in _hits(query.left, parts):
        for other in right.get(part.name, ()):
            first, last = sorted((left, other), key=lambda hit: hit.start)
            between = part.folded.text[first.end : last.start]
            if first.end <= last.start and len(between.split()) <= query.words:
                yield _span(part, left)
                yield _span(part, other)
                return


def _pattern(query: Pattern, parts: tuple[Field, ...]) -> Iterator[tuple[str, int, int]]:
    for part in parts:
        if query.field in ("", part.name):
            hit = query.regex.search(part.folded.original)
            if hit is not None and hit.end() > hit.start():
                yield part.name, hit.start(), hit.end()
