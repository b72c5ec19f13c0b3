"""
Under which keys a member is found again: exact ones for copies, rare words and parties for links.

Keys are short texts; a store keeps them beside the story and answers which stories share most.
"""

from collections.abc import Sequence
from hashlib import blake2b
from itertools import combinations
from typing import Final

from monitor.model import Member
from monitor.story.judge import Judge
from monitor.story.view import View
from monitor.urls import canonical

_WORDS: Final = 8  # rarest stems of the title, filled up from the lead
_RARE: Final = 4.4  # rarity from which a word is a key by itself: in 1 of 80 headlines
_TELLING: Final = 2.3  # below it (1 in 10) a word is in no key
_PAIRED: Final = 5  # common words and names that make keys two by two
_LEAST_TITLE: Final = 25  # letters of a title that is told by itself; 12 where they are syllables


def keys(member: Member, seen: View, judge: Judge) -> tuple[str, ...]:
    """The keys of a member, the most certain first, each once."""
    found = [
        f"i:{_hash(member.feed_id, member.entry_id)}",
        *url_key(member.url),
        *title_key(seen.title),
        *_words(seen),
        *_parties(member, seen),
    ]
    return tuple(dict.fromkeys(found))


def url_key(url: str) -> tuple[str, ...]:
    """One key, or none where the address names no article."""
    address = canonical(url)
    return (f"u:{_hash(address)}",) if address else ()


def title_key(folded: str) -> tuple[str, ...]:
    """One key for a headline long enough to be told by itself, else none."""
    letters = "".join(c for c in folded if c.isalnum())
    least = _LEAST_TITLE if letters.isascii() else _LEAST_TITLE // 2
    return (f"t:{_hash(letters)}",) if len(letters) >= least else ()


def _hash(*parts: str) -> str:
    return blake2b("\x1f".join(parts).encode("utf-8", "replace"), digest_size=8).hexdigest()


def _words(seen: View) -> Sequence[str]:
    """Rare stems alone; common ones and names two by two."""
    ranked = sorted(seen.stems, key=lambda s: (-seen.stems[s], s))[:_WORDS]
    if len(ranked) < _WORDS:
        rest = sorted(
            (s for s in seen.text if s not in seen.stems), key=lambda s: (-seen.text[s], s)
        )
        ranked += rest[: _WORDS - len(ranked)]
    rare = [f"w:{s}" for s in ranked if seen.text[s] >= _RARE]
    common = [s for s in ranked if _TELLING <= seen.text[s] < _RARE]
    paired = sorted([*sorted(seen.names)[:3], *common][:_PAIRED])
    return [*rare, *(f"p:{a}+{b}" for a, b in combinations(paired, 2))]


def _parties(member: Member, seen: View) -> Sequence[str]:
    """Who supplies whom with what: the same in every language."""
    act = member.act
    found: list[str] = []
    if act is not None:
        goods = [c for c in (*act.systems, *act.categories) if c != "unspecified"][:3]
        found += [f"a:{s}>{r}" for s in act.suppliers[:3] for r in act.recipients[:3]]
        found += [f"a:>{r}:{g}" for r in act.recipients[:3] for g in goods]
        found += [f"a:{s}:{g}" for s in act.suppliers[:3] for g in goods]
    numbers = sorted(seen.numbers)[:3]
    found += [f"n:{name}:{n}" for name in sorted(seen.names)[:3] for n in numbers]
    return found
