"""What a feed's page says of its failures and of our manners, in words. PURE."""

from collections.abc import Mapping, Sequence
from typing import Final

from monitor.console.words import length
from monitor.model import FailureReason as Reason

# Reason of the latest failure → what it means, and what to do.
ADVICE: Final[Mapping[str, str]] = {
    Reason.DNS: "Its host's name does not resolve: is the address right, and is our own DNS?",
    Reason.CONNECT: "Its server takes no connection; it is asked again by itself.",
    Reason.TLS: "Its certificate or encryption cannot be trusted; the publisher has to mend that.",
    Reason.TIMEOUT: "Its server is too slow to answer; it is asked again by itself.",
    Reason.FORBIDDEN_ADDRESS: "It lies in a private network: allow that in egress.allow_private "
    "if it is yours.",
    Reason.BAD_URL: "Its address is none that may be asked; correct it.",
    Reason.TOO_MANY_REDIRECTS: "It sends us on and on; look for its new address.",
    Reason.DOWNGRADE: "It sends us from https to http; look for its new address.",
    Reason.PROTOCOL: "What answers does not speak HTTP as it should.",
    Reason.ENCODING: "What came was packed in a way that cannot be undone, or was cut off.",
    Reason.TOO_LARGE: "It is larger than any feed need be.",
    Reason.GONE: "The publisher says it is gone for good: remove it, or look for its new address.",
    Reason.NOT_FOUND: "There is nothing at its address any more: look for the new one.",
    Reason.THROTTLED: "The publisher wants to be asked less often; we wait as long as it says.",
    Reason.DENIED: "The publisher lets us in no more: it may want a login, or keep robots out.",
    Reason.CHALLENGE: "The publisher's wall against robots stands before it.",
    Reason.CONSENT: "A page that asks for consent stands before it.",
    Reason.CAPTIVE: "Our own network answers in its place: somebody has to log in there.",
    Reason.SERVER_ERROR: "The publisher's server has a fault; it is asked again by itself.",
    Reason.HTTP_STATUS: "Its server answers something unusual.",
    Reason.EMPTY: "What came was empty; it is asked again by itself.",
    Reason.HTML: "Its address gives a web page, not a feed: try it, and see which it names.",
    Reason.NOT_A_FEED: "What came is no feed of any kind we read.",
    Reason.UNREADABLE_FILE: "The file it stands in cannot be read; check its path and its owner.",
    Reason.OFFLINE: "We have no network ourselves; it is asked as soon as there is one.",
    Reason.PARSER_TIMEOUT: "What came takes too long to read; it was left aside.",
    Reason.PARSER_MEMORY: "What came takes too much memory to read; it was left aside.",
    Reason.PARSER_CRASH: "What came broke the reader, which was started anew.",
}
_COUNTED: Final = (
    ("requests", "Requests"),
    ("conditional", "Asked only for what is new"),
    ("not_modified", "Answered “not modified”"),
    ("same_body", "Sent again unchanged"),
    ("early", "Asked before it allows"),
    ("hurried", "Asked although told to wait"),
    ("unneeded", "Asked for nothing"),
)


def learned(client: object) -> Sequence[tuple[str, str]]:
    """What the client counted and learned, as pairs; a feed that was never asked has none."""
    if not isinstance(client, Mapping):
        return ()
    found = [(said, str(client[key])) for key, said in _COUNTED if isinstance(client.get(key), int)]
    spacing = client.get("spacing")
    if isinstance(spacing, int | float):
        found.append(("Mean time between requests", length(float(spacing))))
    return found
