"""What is wrong with the rules: topics that fail their own examples, words that cannot work."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from monitor.config.lexicons import NEEDED, Lexicon
from monitor.config.topics import Example, Topic
from monitor.match.matching import match
from monitor.match.rules import Rules
from monitor.match.text import folded, script
from monitor.model import Act, Entry, Match

# Embargoes come and go; an example without a date is judged on this one.
_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)


def check(rules: Rules) -> tuple[str, ...]:
    """One line for every example that comes out wrong and every faulty term; empty when sound."""
    return (*examples(rules), *lint(rules))


def examples(rules: Rules) -> Iterator[str]:
    """Examples of topics that do not come out as their topic says."""
    for name, topic in rules.topics.items():
        yield from _failing(rules, name, topic, topic.should_match, wanted=True)
        yield from _failing(rules, name, topic, topic.should_not_match, wanted=False)


def _failing(
    rules: Rules, name: str, topic: Topic, given: tuple[Example, ...], *, wanted: bool
) -> Iterator[str]:
    for example in given:
        found = _matched(rules, name, example)
        if found.flagged is not wanted:
            said = "is not flagged" if wanted else "is flagged"
            yield f"{example.place}: {example.title[:60]!r} {said}: {found.why}"
            continue
        for key, values in example.expect.items():
            own = _value(found.act, key)
            if own != tuple(sorted(values)):
                said = f"{key} is {', '.join(own) or 'none'}, not {', '.join(values) or 'none'}"
                yield f"{example.place}: {example.title[:60]!r}: {said}"


def _matched(rules: Rules, name: str, example: Example) -> Match:
    entry = Entry(
        feed_id="",
        id="",
        url="",
        title=example.title,
        summary=example.summary,
        language=example.language,
        published=_DAY,
    )
    return next(found for found in match(entry, rules, _DAY) if found.topic == name)


def _value(act: Act | None, key: str) -> tuple[str, ...]:
    if act is None:
        return ()
    value = getattr(act, key)
    return (str(value),) if isinstance(value, str) else tuple(sorted(value))


def lint(rules: Rules) -> Iterator[str]:
    """Terms that stand twice in a concept, or that no text can hold."""
    for lexicon in rules.lexicons.values():
        letters = tuple(rules.grammars[lexicon.language].letters.items())
        for concept in lexicon.concepts:
            yield from _lint(rules, lexicon, concept, letters)


def _lint(
    rules: Rules, lexicon: Lexicon, concept: str, letters: tuple[tuple[str, str], ...]
) -> Iterator[str]:
    place = f"lexicons/{lexicon.places.get(concept, lexicon.language)}: {concept}"
    seen: dict[tuple[str, bool, str], str] = {}
    for term in lexicon.concepts[concept]:
        key = (folded(term, letters), term.startswith("="), term if term[0] in "=!" else "")
        if key in seen:
            yield f"{place}: {term!r} repeats {seen[key]!r}; take one out"
        seen.setdefault(key, term)
        if wrong := _unreachable(term, key[0], rules, lexicon):
            yield f"{place}: {term!r} {wrong}"


def _unreachable(term: str, plain: str, rules: Rules, lexicon: Lexicon) -> str:
    if not plain.strip("=!* "):
        return "folds to nothing; no text can hold it"
    own = {script(c) for c in plain} - {""}
    scripts = set(rules.grammars[lexicon.language].scripts) | {"latin"}
    if own and not own & scripts:
        return f"is written in {' '.join(sorted(own))}, which {lexicon.language} is not"
    return ""


def gaps(rules: Rules) -> tuple[str, ...]:
    """Concept × language: what a lexicon needs and lacks, one line per concept."""
    lacking: dict[str, list[str]] = defaultdict(list)
    for lexicon in rules.lexicons.values():
        for concept in NEEDED:
            if not lexicon.concepts.get(concept):
                lacking[concept].append(lexicon.language)
    return tuple(f"{concept}: nothing in {', '.join(who)}" for concept, who in lacking.items())
