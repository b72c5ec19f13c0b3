"""What is polled and what comes of asking."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


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
    full_text: str = ""  # "" (as configured in [full_text]) | "off" | "near" | "always"
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
    push_until: datetime | None = None  # of its hub's lease; None: no hub has confirmed one
    pushed_at: datetime | None = None  # when a hub last told of news; None: never


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
    url: str = ""  # as in Fetched; "" for a file


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
    NOT_A_PAGE = "not-a-page"  # an article that is no HTML
    NO_TEXT = "no-text"  # a page without an article, or with less of one than the feed told
    PAYWALL = "paywall"  # 402, or no more than a teaser of what is not free
    ROBOTS = "robots-txt"  # the server asks robots not to read it
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
    since: datetime | None = None  # of OFFLINE: when the first host failed; else None
