"""
The nouns that cross stage boundaries, in the order a story meets them.

    Feed → Fetched → Entry → Match → Story → Alert → Delivery → Attempt

All are frozen; all datetimes are timezone-aware UTC; all text is NFC str without
control characters. Identifiers are deterministic: the same cause, replayed after a
crash, gives the same id.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

# ── feeds and what comes of asking them ─────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A source to poll, as written in config/feeds/<pack>.toml."""

    id: str
    url: str
    language: str  # primary subtag, e.g. "de"; "" when the feed mixes languages
    outlet: str  # registrable domain of the publisher family, e.g. "bbc.com"
    pack: str = ""  # name of the file it stands in
    title: str = ""
    interval: timedelta | None = None  # None: poll.default_interval
    last_known_live: str = ""  # ISO date or a short note; "" when never seen to live
    full_text: str = ""  # "" (as configured in [poll]) | "off" | "near" | "always"
    paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a server gave us to ask conditionally, verbatim (RFC 9110 §13)."""

    etag: str = ""  # with its quotes and W/ prefix; "" when the server sent none
    last_modified: str = ""
    body_sha256: str = ""  # hex, of the decoded body last parsed; "" before the first


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to poll one feed once: every write of the poll carries the fence."""

    feed: Feed
    fence: int
    validators: Validators
    first: bool  # this feed has never been polled with success: a baseline
    failures: float = 0.0  # fractional count since the last success
    polled_at: datetime | None = None  # None before the first success
    interval: timedelta | None = None  # the interval last used; None before the first
    known: Mapping[str, str] = field(default_factory=dict)  # stage memory, e.g. block hashes


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """What the answer said about when to ask again; None where it did not say."""

    max_age: timedelta | None = None  # RFC 9111 §4.2.1, capped
    retry_after: timedelta | None = None  # RFC 9110 §10.2.3, capped


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """One successful response, before anyone has looked inside it."""

    body: bytes  # decoded
    media_type: str  # lower case, no parameters; "" when the server sent none
    charset: str  # from Content-Type; "" when the server sent none
    url: str  # after redirects
    at: datetime
    validators: Validators = Validators()
    freshness: Freshness = Freshness()
    moved_to: str = ""  # new URL when every redirect was permanent, else ""
    link_header: str = ""  # Link header verbatim (hub, self); "" when absent
    status: int = 200
    milliseconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """The server said 304, or sent the very bytes it sent before."""

    at: datetime
    validators: Validators
    freshness: Freshness = Freshness()
    status: int = 304
    milliseconds: int = 0
    moved_to: str = ""  # as in Fetched


class FailureReason(StrEnum):
    """Why a poll brought nothing. The value is what logs, metrics and people see."""

    DNS = "dns"  # the name did not resolve
    CONNECT = "connect"  # refused, reset or unreachable
    TLS = "tls"
    TIMEOUT = "timeout"  # one of the deadlines passed
    FORBIDDEN_ADDRESS = "forbidden-address"  # private, loopback, reserved
    BAD_URL = "bad-url"  # scheme, port or host we never ask
    TOO_MANY_REDIRECTS = "too-many-redirects"
    DOWNGRADE = "https-to-http"
    PROTOCOL = "protocol"  # not HTTP, or headers beyond the caps
    ENCODING = "content-encoding"  # not gzip, doubly encoded, truncated
    TOO_LARGE = "too-large"  # body or compression ratio beyond the cap
    GONE = "gone"  # 410
    NOT_FOUND = "not-found"  # 404
    THROTTLED = "throttled"  # 429, or 503 with Retry-After
    DENIED = "denied"  # 401, 403
    CHALLENGE = "bot-challenge"
    CONSENT = "consent-wall"
    CAPTIVE = "captive-portal"
    SERVER_ERROR = "server-error"  # 5xx
    HTTP_STATUS = "http-status"  # any other status
    EMPTY = "empty-body"
    HTML = "html-not-a-feed"
    NOT_A_FEED = "not-a-feed"
    PARSER_TIMEOUT = "parser-timeout"
    PARSER_MEMORY = "parser-memory"
    PARSER_CRASH = "parser-crash"
    UNREADABLE_FILE = "unreadable-file"
    OFFLINE = "offline"  # our side has no network: counts against nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A poll that brought nothing; recorded, and counted against the feed."""

    reason: FailureReason
    detail: str  # one line for people; no secret, no control character
    at: datetime
    freshness: Freshness = Freshness()
    status: int = 0  # 0 when no HTTP status was received
    milliseconds: int = 0


# ── entries ─────────────────────────────────────────────────────────────────────


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


# ── matches ─────────────────────────────────────────────────────────────────────


class Stage(StrEnum):
    """How far a transfer has come; reference values of the field, see docs/labelling.md."""

    REQUESTED = "requested"
    OFFERED = "offered"
    NEGOTIATING = "negotiating"
    AGREED = "agreed"
    DELIVERED = "delivered"
    REFUSED = "refused"
    INTERCEPTED = "intercepted"
    EMBARGO = "embargo"
    REPORTED = "reported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who supplies what to whom, at which stage, under which embargo."""

    stage: Stage
    suppliers: tuple[str, ...] = ()  # ids: ISO 3166 alpha-2 lower case, eu, nato, un, or gazetteer
    recipients: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()  # gazetteer ids of named weapon systems
    quantity: str = ""  # as written; "" when the item does not count or value the transfer
    regimes: tuple[str, ...] = ()  # ids of embargoes in force between the parties
    denied: bool = False  # a party denies it
    doubted: bool = False  # "no indication that", "alleged", "rumoured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """The words that made us think so: entry.<field>[start:end] == text."""

    field: str  # "title" | "summary" | "text"
    start: int  # code points of the original field
    end: int
    text: str
    concept: str  # "recipient:ru", "weapon:artillery", "stage:requested", …
    weight: float  # what it added to the score; 0 for words that only mark a role


@dataclass(frozen=True, slots=True, kw_only=True)
class Veto:
    """A reason against: what it was and what it cost."""

    name: str  # "sport", "space", …
    text: str
    weight: float  # negative


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What one topic makes of one entry, flagged or not."""

    topic: str
    flagged: bool
    score: float  # 0..1
    threshold: float
    rule_version: str  # changes whenever rules, lexicons, entities or weights change
    language: str  # given or detected
    act: Act | None  # None when nothing was found
    reasons: tuple[Reason, ...] = ()
    vetoes: tuple[Veto, ...] = ()
    parts: Mapping[str, float] = field(default_factory=dict)  # name → share of the score
    why: str = ""  # one line: what carried it, or what it lacked


# ── stories ─────────────────────────────────────────────────────────────────────


class Relation(StrEnum):
    """What an item is to its story."""

    FIRST = "first"
    COPY = "copy"
    REPORT = "report"
    UPDATE = "update"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One matched entry as its story remembers it: enough to compare the next one."""

    feed_id: str
    entry_id: str
    title: str
    summary: str  # first 600 characters
    url: str
    outlet: str
    language: str
    published: datetime | None
    seen: datetime
    topic: str
    score: float
    act: Act | None
    relation: Relation = Relation.FIRST
    link: Mapping[str, float] = field(default_factory=dict)  # feature → weight × value
    credit: str = ""  # wire agency credited in the text; "" when none


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Members that tell one event and what followed from it."""

    id: str
    first_seen: datetime
    last_seen: datetime
    members: tuple[Member, ...]  # oldest first; the first one and the last twelve
    size: int = 1  # how many members in all
    revision: int = 0  # of its alert; 0 before the first


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Where one matched entry went, and why."""

    member: Member
    story: Story  # with the member in it
    opened: bool  # the member is its first
    reason: str  # "new", "url", "same-title", "near-copy", "link", "merge"
    changes: tuple[str, ...] = ()  # sentences, for an update
    merged: tuple[str, ...] = ()  # ids of stories this entry proved to be the same
    keys: tuple[str, ...] = ()  # under which later entries may find the story through the member


# ── alerts and deliveries ───────────────────────────────────────────────────────


class Severity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for low to 3 for critical."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegimeFact:
    """An embargo as an alert shows it: always with its legal act and as-of date."""

    id: str
    name: str
    act: str
    as_of: str
    note: str = ""  # "disputed", "renewal not verified since …"; "" when neither


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    outlet: str
    url: str
    published: datetime | None
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What an analyst is told: the payload, frozen when it is decided."""

    id: str  # "al-…", one per story
    story: str
    revision: int  # 1 for the first; higher for updates
    topic: str
    severity: Severity
    title: str
    url: str
    outlet: str
    published: datetime | None
    first_seen: datetime
    at: datetime
    summary: str
    act: Act | None
    reasons: tuple[Reason, ...] = ()
    regimes: tuple[RegimeFact, ...] = ()
    sources: tuple[Source, ...] = ()
    independent_sources: int = 1
    changes: tuple[str, ...] = ()  # empty for the first
    score: float = 0.0
    language: str = ""
    severity_why: str = ""
    feed_id: str = ""
    test: bool = False  # a marked test alert of `monitor sinks test`
    digest: tuple["Line", ...] = ()  # what a digest holds; empty for any other alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One alert within a digest."""

    alert: str
    severity: Severity
    text: str  # who, what and how far, and the title
    url: str
    outlet: str


class Stop(StrEnum):
    """The stage that kept an entry from being a new alert; kept with every decision."""

    MATCH = "match"  # below the threshold or vetoed
    BASELINE = "baseline"  # older than poll.baseline on the feed's first poll
    STORY = "story"  # a copy or report of a story already told
    MUTED = "muted"  # silence, quiet hours, cool-down
    ROUTE = "route"  # no route takes it
    REVISION = "revision"  # a changed text of an entry already decided, nothing new


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What became of one entry under one topic. There is one for every entry and topic."""

    entry: Entry
    match: Match
    stopped_by: Stop | None  # None: it raised an alert or an update
    why: str
    story: str = ""
    relation: Relation | None = None  # None when it never reached the story stage
    alert: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One revision of one alert for one sink. Its id is the webhook-id of every attempt."""

    id: str  # "dl-…"
    alert: Alert
    sink: str
    due: datetime
    attempt: int = 0  # attempts already made
    fence: int = 0
    digest: str = ""  # sent with all others of this name and sink; "" for a message of its own
    # What this sink remembers of this alert, of whatever revision: the Outcome.state of earlier
    # attempts, later ones winning key by key.
    state: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Somebody's wish not to be told of something for a while."""

    id: str  # "si-…"
    conditions: Mapping[str, tuple[str, ...]]  # as config.matchers.Matcher names them
    since: datetime
    until: datetime
    author: str
    comment: str = ""


class Verdict(StrEnum):
    DELIVERED = "delivered"
    RETRY = "retry"  # try again later
    REFUSED = "refused"  # the payload or our credentials: a dead letter
    GONE = "gone"  # 410: the sink is disabled


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one attempt came to."""

    verdict: Verdict
    reason: str = ""  # short, from a closed set: "429", "timeout", "tls", …
    status: int = 0  # 0 when no status was received
    retry_after: timedelta | None = None  # as the receiver asked; None leaves it to the schedule
    answer: str = ""  # first 2 kB of the answer, secrets removed
    milliseconds: int = 0
    state: Mapping[str, str] = field(
        default_factory=dict
    )  # what the sink wants remembered (Slack ts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at one delivery, as recorded."""

    delivery_id: str
    number: int  # 1 for the first
    at: datetime
    outcome: Outcome


# ── what one poll writes ────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """When to ask a feed again, and the facts that said so."""

    next_due: datetime
    interval: timedelta
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Everything one poll writes, in one transaction, outbox included."""

    claim: Claim
    at: datetime
    outcome: Fetched | Unchanged | Failed
    pace: Pace
    entries: tuple[Entry, ...] = ()  # new ones and new revisions
    decisions: tuple[Decision, ...] = ()
    told: tuple[Told, ...] = ()
    alerts: tuple[Alert, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    read: int = 0  # entries in the document, known ones included
    gap: bool = False  # nothing overlapped the previous poll: entries may have been missed
    quiet: bool = False  # the first poll that finds the feed still, against its own rhythm
    failures: float = 0.0  # the feed's new failure count
    known: Mapping[str, str] = field(default_factory=dict)  # replaces Claim.known
    seen: tuple[str, ...] = ()  # ids of every entry in the document, for retention
    defects: tuple[str, ...] = ()
