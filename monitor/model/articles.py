"""Articles behind entries that their feed tells too little of: wanted, asked for, read."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model.alerts import Alert, Decision
from monitor.model.deliveries import Delivery
from monitor.model.entries import Entry
from monitor.model.stories import Told


class ArticleState(StrEnum):
    """How far the reading of an article has come."""

    WANTED = "wanted"  # to be asked for, once or again
    READ = "read"
    REFUSED = "refused"  # never asked for: robots.txt, or the host's share of today is used up
    GIVEN_UP = "given-up"  # asked for, in vain


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleWant:
    """An entry of this poll that is to be judged again by its article."""

    entry: Entry
    host: str  # registrable domain of its URL, else its address


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleClaim:
    """The right to ask once for one article; the store alone knows what `number` is."""

    number: int
    entry: Entry  # as its feed published it
    url: str  # to ask: the entry's, or where the last answer pointed
    host: str
    wanted_at: datetime
    hops: int = 0  # redirects followed to url
    tries: int = 0  # requests begun, this one included once it is taken
    fence: int = 0
    today: int = 0  # articles asked of its host today, before this one


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleChanges:
    """Everything that one look for an article writes, in one transaction, outbox included."""

    claim: ArticleClaim
    at: datetime
    state: ArticleState
    due: datetime  # of the next look, where it is still wanted
    reason: str = ""  # a FailureReason, "daily-cap" or "turned-off"; "" when all is well
    detail: str = ""  # one line for people
    url: str = ""  # where it was read, or is to be asked for next; "" leaves it as it is
    host: str = ""  # of that url
    hops: int = 0
    uncounted: bool = False  # this request counts for nothing: our own network was down
    text: str = ""  # what the article says; "" unless read
    decisions: tuple[Decision, ...] = ()  # by the article's words; their reasons say "article"
    told: tuple[Told, ...] = ()
    alerts: tuple[Alert, ...] = ()
    deliveries: tuple[Delivery, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Robots:
    """What a server lets robots ask, as it said last."""

    origin: str  # scheme://host:port
    until: datetime  # valid before it
    rules: str = ""  # robots.txt as text; "" allows all
    closed: bool = False  # it could not be read: nothing may be asked (RFC 9309 §2.3.1.4)
    why: str = ""  # of closed
