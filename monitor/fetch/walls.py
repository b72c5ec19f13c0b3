"""
Pages that stand where the feed should be: challenges, consent, hotel networks. PURE.

First by what such pages must carry to work: headers, script paths, form fields, parameters. Then,
on a page that says little, by words of several kinds in any language: a wall has to tell people
what it wants of them. A page with much on it is somebody's page, whatever it says.
"""

import re
from dataclasses import dataclass
from html import unescape
from typing import Final
from unicodedata import normalize
from urllib.parse import unquote, urlsplit

from monitor.egress import Response
from monitor.fetch import wall_words as words
from monitor.fetch.headers import charset
from monitor.model import FailureReason

_HEAD_BYTES: Final = 16_384
_READ_BYTES: Final = 131_072  # of a page whose words are read: scripts and styles come first
_LITTLE: Final = 1_500  # characters that people see; a challenge or a login says no more
_BRIEF: Final = 700  # the same of a challenge known by its words alone: a short article says more
_MORE: Final = 8_000  # the same of a wall of consent: there may be hundreds of partners
_DENSE: Final = 120  # characters for each word about consent
_FEWEST: Final = 3  # such words
_FEW_LINKS: Final = 12
_HTML = re.compile(
    # Atomic groups: a comment ends at its first "-->", whatever comes after.
    rb"\s*(?:\xef\xbb\xbf)?(?:\s|(?><!--.*?-->))*+"
    rb"<(?:!doctype\s+html|html|head|body|title|meta|script|noscript|form|center|iframe)\b",
    re.I | re.S,
)
_CHALLENGE = re.compile(
    rb"/cdn-cgi/challenge-platform/|cf[-_]chl[-_]|challenges\.cloudflare\.com/turnstile|"
    rb"_incapsula_resource|px-captcha|captcha\.px-cdn|human-challenge|"
    rb"captcha-delivery\.com|sucuri_cloudproxy_js|ddos-guard\.net/|/\.well-known/ddos-guard|"
    rb"awswafintegration|awswaf\.com/|/_sec/cp_challenge/|sec-if-cpt-container|"
    rb"\.within\.website/|id=.anubis|/\.well-known/(?:sgcaptcha|vercel/security)|"
    rb"x-kpsdk-|/_fs-ch-|/tspd/|perfdrive\.com|rbzns|__qrator|/qauth|bunkerweb|"
    rb"acw_sc__v2|_waf_bd8|initgeetest|smartcaptcha|/showcaptcha|bitninja|sorry/index\?continue",
    re.I,
)
_CHALLENGED: Final = {  # headers, and what they say of a challenge
    "cf-mitigated": "challenge",
    "x-vercel-mitigated": "challenge",
    "x-amzn-waf-action": "c",  # challenge or captcha
    "x-datadome": "protected",
}
_CONSENT_HOST = re.compile(r"(?:^|[.-])(?:consent|guce|cmp|privacywall|cookiewall)[.-]")
_CONSENT_PATH = re.compile(
    r"[/_-](?:collect-?)?(?:consent|cookie[-_]?(?:wall|gate|consent|notice)|privacy[-_]?(?:wall|gate)"
    r"|einwilligung|zustimmung|consentement|consentimiento|consenso|zgoda)\b",
    re.I,
)
_CAPTIVE = re.compile(
    # What its own controller must be told: who asks, through which access point, where to then.
    rb"wispaccessgatewayparam|captive[-_]?portal|/fgtauth\?|uamip=|wlanuserip|wlanacip|wlanacname|"
    rb"client_?mac=|user_?mac=|ap_?mac=|switch_url=|gw_address=|link-login|network-auth\.com|"
    rb"/eportal/|opennds|nodogsplash|/guest/s/[a-z0-9]+/|web authentication redirect",
    re.I,
)
_AWAY = re.compile(
    rb"""(?:http-equiv\s*=\s*["']?refresh|location(?:\.href)?\s*=|location\.(?:replace|assign)\()"""
    rb"""[^<>]{0,80}?https?://(?:10\.|192\.168\.|172\.(?:1[6-9]|2[0-9]|3[01])\.|1\.1\.1\.1[/:])""",
    re.I,
)


def html(response: Response) -> bool:
    """Whether it is a web page by its bytes; feeds are often labelled text/html."""
    return _HTML.match(response.body[:_HEAD_BYTES]) is not None


def wall(response: Response) -> FailureReason | None:
    """Which kind of page stands in the way; None when none does that we know."""
    if response.status == 511:  # RFC 6585 §6
        return FailureReason.CAPTIVE
    page, head = html(response), response.body[:_READ_BYTES]
    if page or response.status != 200:
        for name, said in _CHALLENGED.items():
            if response.header(name).lower().startswith(said):
                return FailureReason.CHALLENGE
    if page:
        return _of_page(response, _read(response))
    # Who asks for no page is told the way to the challenge as JSON.
    small = len(head) < _HEAD_BYTES and head.lstrip()[:1] == b"{"
    return FailureReason.CHALLENGE if small and _CHALLENGE.search(head) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """What people see of a page, and what they may do on it."""

    raw: bytes
    title: str  # in lower case, as the text
    text: str  # without the title
    links: int
    asks: bool  # whether there is anything to fill in or press
    scripted: bool

    @property
    def little(self) -> bool:
        return len(self.text) <= _LITTLE and self.links <= _FEW_LINKS

    def kinds(self, *kinds: re.Pattern[str]) -> int:
        """Of how many of these kinds it has a word."""
        said = f"{self.title} {self.text}"
        return sum(kind.search(said) is not None for kind in kinds)


_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style|svg)\b.*?(?:</\1\s*>|\Z)", re.I | re.S)
_TITLE = re.compile(r"<title\b[^<>]*>([^<>]*)", re.I)
_TAG = re.compile(r"<[^<>]*>")
_LINK = re.compile(r"<a\s", re.I)
_FORM = re.compile(r"<(?:input|button|form|select)\b|role\s*=\s*.?button", re.I)
_CHARSET = re.compile(rb"""<meta\b[^<>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.I)


def _read(response: Response) -> _Page:
    raw = response.body[:_READ_BYTES]
    markup = _decoded(raw, charset(response))
    seen = _HIDDEN.sub(" ", markup)
    title = _TITLE.search(seen)
    body = seen[: title.start()] + seen[title.end() :] if title else seen
    return _Page(
        raw=raw,
        title=_words(title[1]) if title else "",
        text=_words(_TAG.sub(" ", body)),
        links=len(_LINK.findall(seen)),
        asks=_FORM.search(seen) is not None,
        scripted=b"<script" in raw.lower(),
    )


def _decoded(raw: bytes, said: str) -> str:
    own = _CHARSET.search(raw, 0, _HEAD_BYTES)
    for name in (said, own[1].decode() if own else ""):
        try:
            return raw.decode(name, "replace")
        except (LookupError, ValueError):
            continue
    return raw.decode("utf-8", "replace")


def _words(text: str) -> str:
    return " ".join(normalize("NFKC", unescape(text)).casefold().split())


def _of_page(response: Response, page: _Page) -> FailureReason | None:
    if page.little and _CHALLENGE.search(page.raw):
        return FailureReason.CHALLENGE
    if page.little and (_CAPTIVE.search(page.raw) or _AWAY.search(page.raw)):
        return FailureReason.CAPTIVE
    if response.hops and _to_consent(response.url):
        return FailureReason.CONSENT
    if response.status in (404, 410) or page.kinds(words.MISSING):
        return None  # whatever else is on such a page
    if _network(response, page):
        return FailureReason.CAPTIVE
    if _consents(page):
        return FailureReason.CONSENT
    return FailureReason.CHALLENGE if _doubts(page) else None


def _to_consent(url: str) -> bool:
    parts = urlsplit(url)
    host = _CONSENT_HOST.search(parts.hostname or "")
    return bool(host or _CONSENT_PATH.search(unquote(parts.path)))


def _network(response: Response, page: _Page) -> bool:
    """Whether it lets people into a network."""
    parameters = urlsplit(response.url).query.encode() if response.hops else b""
    if _CAPTIVE.search(parameters):
        return True
    return page.little and page.asks and page.kinds(words.WIRELESS, words.ACCESS) == 2


def _consents(page: _Page) -> bool:
    """Whether to agree is all that can be done, as its title or nearly every sentence says."""
    if len(page.text) > _MORE or not page.kinds(words.AGREE):
        return False
    kinds = (words.COOKIE, words.AGREE, words.PRIVACY)
    count = sum(len(kind.findall(page.text)) for kind in kinds)
    if any(kind.search(page.title) for kind in kinds) and page.links <= _FEW_LINKS:
        return page.kinds(words.COOKIE, words.PRIVACY, words.DATA) > 0 and count >= 1
    about = page.kinds(words.COOKIE, words.PRIVACY)
    return about > 0 and count >= _FEWEST and count * _DENSE >= len(page.text)


def _doubts(page: _Page) -> bool:
    """Whether it doubts that we are people."""
    if not page.little or len(page.text) > _BRIEF:
        return False
    if page.kinds(words.CAPTCHA):
        return True
    alone = page.scripted and page.links <= 2
    deeds = page.kinds(*_DEEDS)
    waits = page.kinds(words.WAIT)
    if page.kinds(words.WHO):
        seen = words.WHO.search(page.text) is not None and page.links <= 2
        return (seen and (page.scripted or page.asks)) or deeds + waits >= 1
    if page.kinds(words.UNUSUAL) and deeds >= 2:
        return alone or page.asks
    if alone and waits and not page.links and words.CHECK.search(page.title):
        return True
    titled = any(deed.search(page.title) for deed in _DEEDS)
    return alone and (deeds >= 3 or (deeds == 2 and (waits == 1 or titled)))


_DEEDS: Final = (
    words.BROWSER,
    words.CHECK,
    words.SECURITY,
    words.UNUSUAL,
    words.TRAFFIC,
    words.BLOCKED,
)
