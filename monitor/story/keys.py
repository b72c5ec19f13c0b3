"""
Under which keys a member is found again: exact ones for copies, rare words and parties for links.

Keys are short texts; a store keeps them beside the story and answers which stories share most.
"""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import combinations, product
from typing import Final

from monitor.model import Member
from monitor.story.view import View
from monitor.urls import canonical

_WORDS: Final = 8  # rarest stems of the title, filled up from the lead
_RARE: Final = 440  # rarity from which a word is a key by itself: in 1 of 80 headlines
_TELLING: Final = 230  # below it (1 in 10) a word is in no key
_PAIRED: Final = 2  # names, goods and common words of each that make keys two by two


def keys(member: Member, seen: View) -> tuple[str, ...]:
    """The keys of a member, the most certain first, each once."""
    found = [
        f"i:{_hash(member.feed_id, member.entry_id)}",
        *url_key(member.url),
        *((f"t:{_hash(seen.letters)}",) if seen.letters else ()),
        *_words(seen),
        *_parties(member, seen),
    ]
    return tuple(dict.fromkeys(found))


def url_key(url: str) -> tuple[str, ...]:
    """One key, or none where the address names no article."""
    address = canonical(url)
    return (f"u:{_hash(address)}",) if address else ()


def _hash(*parts: str) -> str:
    return blake2b("\x1f".join(parts).encode("utf-8", "replace"), digest_size=8).hexdigest()


def _words(seen: View) -> list[str]:
    """Rare stems alone; names, goods and common stems two by two."""
    ranked = sorted(seen.stems, key=lambda s: (-seen.stems[s], s))[:_WORDS]
    rest = (s for s in seen.text if s not in seen.stems)
    ranked += sorted(rest, key=lambda s: (-seen.text[s], s))[: _WORDS - len(ranked)]
    rare = [f"w:{s}" for s in ranked if seen.text[s] >= _RARE]
    return [*rare, *(f"p:{a}+{b}" for a, b in _pairs(seen, ranked))]


def _pairs(seen: View, ranked: list[str]) -> Iterator[tuple[str, str]]:
    names = sorted(seen.names, key=lambda n: (-seen.meaning[f"@{n}"], n)) or sorted(seen.text_names)
    common = [s for s in ranked if _TELLING <= seen.text[s] < _RARE][:_PAIRED]
    goods = sorted(seen.text_goods)[:_PAIRED]
    yield from combinations(sorted(names[: _PAIRED + 1]), 2)
    yield from product(sorted(names[:_PAIRED]), (*goods, *common))
    yield from combinations(sorted(common), 2)


def _parties(member: Member, seen: View) -> Sequence[str]:
    """Who supplies whom with what: the same in every language."""
    act = member.act
    found: list[str] = []
    if act is not None:
        goods = [c for c in (*act.systems, *act.categories) if c != "unspecified"][:2]
        found += [f"a:{s}>{r}" for s in act.suppliers[:2] for r in act.recipients[:2]]
        found += [f"a:{p}:{g}" for p in (*act.recipients[:1], *act.suppliers[:1]) for g in goods]
    numbers = sorted(seen.numbers)[:2]
    found += [f"n:{name}:{n}" for name in sorted(seen.names)[:2] for n in numbers]
    return found
