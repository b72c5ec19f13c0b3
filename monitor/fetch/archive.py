"""
Reading back what a feed's window no longer shows, after a gap. PURE.

One older page a poll, through the same turnstile as every other request, until an entry turns up
that the poll before the gap had seen, or ten pages are read.

Source: RFC 5005 §3 (paged feeds) and §4 (archived feeds); `?paged=` of WordPress.
"""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Final

from monitor.fetch.domains import owner
from monitor.fetch.memory import Memory, address, gap, recall
from monitor.model import Claim, Failed, FailureReason, Fetched, Parsed, Unchanged

_MOST_PAGES: Final = 10
_REMEMBERED: Final = 300  # ids of before the gap
_HASH_LENGTH: Final = 8
_PATIENT: Final = (FailureReason.THROTTLED, FailureReason.OFFLINE)  # the page is asked for again


def older_page(claim: Claim) -> str:
    """The older page that this poll asks for; "" when it asks for the feed itself."""
    return recall(claim).back


def after(
    memory: Memory, claim: Claim, outcome: Fetched | Unchanged | Failed, parsed: Parsed | None
) -> Memory:
    """Which page, if any, the next poll asks for."""
    if memory.back:
        return _turned(memory, outcome, parsed)
    if parsed is None or not gap(claim, parsed) or not _near(parsed.next_page, claim):
        return memory
    return replace(memory, back=parsed.next_page, pages=0, before=_hashes(claim.known))


def _turned(memory: Memory, outcome: Fetched | Unchanged | Failed, parsed: Parsed | None) -> Memory:
    if isinstance(outcome, Failed) and outcome.reason in _PATIENT:
        return memory
    pages = memory.pages + 1
    further = parsed.next_page if parsed else ""
    met = parsed is not None and any(_hash(i) in _before(memory) for i in parsed.seen)
    if met or pages >= _MOST_PAGES or further == memory.back:
        further = ""
    before = memory.before if further else ""
    return replace(memory, back=further, pages=pages if further else 0, before=before)


def _near(url: str, claim: Claim) -> bool:
    """Whether the page is the publisher's own: a feed cannot send us to somebody else's."""
    return bool(url) and owner(url) == owner(address(claim))


def missed(claim: Claim, parsed: Parsed) -> Parsed:
    """
    Of an older page only what came after the last poll before the gap; else all of it.

    What is older than that was there before anybody looked, or has been read.
    """
    memory = recall(claim)
    if not memory.back:
        return parsed
    before = _before(memory)
    for number, name in enumerate(parsed.seen):
        if _hash(name) in before:
            newer = set(parsed.seen[:number])
            return replace(parsed, entries=tuple(e for e in parsed.entries if e.id in newer))
    return parsed


def _hashes(known: Mapping[str, str]) -> str:
    return "".join(_hash(value) for value in list(known.values())[:_REMEMBERED])


def _hash(name: str) -> str:
    return sha256(name.encode("utf-8", "replace")).hexdigest()[:_HASH_LENGTH]


def _before(memory: Memory) -> frozenset[str]:
    text = memory.before
    return frozenset(text[n : n + _HASH_LENGTH] for n in range(0, len(text), _HASH_LENGTH))
