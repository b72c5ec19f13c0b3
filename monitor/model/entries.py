"""What a document holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item as one feed published it: a claim, not yet a story."""

    feed_id: str
    id: str  # GUID, else the canonical link, else a hash of title and date; unique in a feed
    url: str  # as published, http(s) only; "" when the item has none
    title: str  # plain text; "" when the item has none
    summary: str = ""  # plain text, markup removed
    text: str = ""  # full text where the feed or the article gave it; "" otherwise
    language: str = ""  # primary subtag; "" when unknown
    outlet: str = ""  # publisher family, registrable domain
    published: datetime | None = None  # None when absent, unreadable or in the future
    updated: datetime | None = None  # None when the item does not say
    revision: int = 1  # 2 and up: the same id with a changed title, summary or text


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a document held."""

    format: str  # "rss_atom", "json_feed", …
    title: str
    entries: tuple[Entry, ...]  # in document order; the first of each id
    language: str = ""  # as the document says; "" when it does not
    ttl: timedelta | None = None  # the longest of ttl and sy:updatePeriod; None when silent
    skip_hours: frozenset[int] = frozenset()  # 0..23, GMT
    skip_days: frozenset[int] = frozenset()  # 0 = Monday
    hub: str = ""
    topic: str = ""  # rel=self; "" when absent
    next_page: str = ""  # older entries: RFC 5005 prev-archive or next, ?paged=; "" when absent
    ended: bool = False  # the feed says that it will not be updated again
    defects: tuple[str, ...] = ()  # survivable faults: facts, not exceptions
    dropped: int = 0  # items over the cap, or without title, link and id
    # Ids of every item of the document, in its order, those cut out unread included: known
    # from the poll before, byte for byte the same, hence not in entries.
    seen: tuple[str, ...] = ()
    known: Mapping[str, str] = field(default_factory=dict)  # for the next poll's Claim.known
