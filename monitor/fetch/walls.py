"""
Pages that stand where the feed should be: challenges, consent, hotel networks. PURE.

Marks are taken from what such pages must carry to work (headers, script paths, form fields),
not from their wording, and only pages of HTML are looked at.
"""

import re
from typing import Final
from urllib.parse import urlsplit

from monitor.egress import Response
from monitor.model import FailureReason

_HEAD_BYTES: Final = 16_384
_HTML = re.compile(
    # Atomic groups: a comment ends at its first "-->", whatever comes after.
    rb"\s*(?:\xef\xbb\xbf)?(?:\s|(?><!--.*?-->))*+<(?:!doctype\s+html|html)\b",
    re.I | re.S,
)
_CHALLENGE = re.compile(
    rb"/cdn-cgi/challenge-platform/|cf[-_]chl[-_]opt|_incapsula_resource|px-captcha|"
    rb"geo\.captcha-delivery\.com|sucuri_cloudproxy_js|ddos-guard\.net/|awswafintegration|"
    rb"/_sec/cp_challenge/",
    re.I,
)
_CONSENT_HOST = re.compile(r"(?:^|\.)(?:consent|guce|cmp)\.")
_CONSENT_PATH = re.compile(r"/(?:collectconsent|cookie-?wall|consent)\b", re.I)
_CAPTIVE = re.compile(rb"WISPAccessGatewayParam|captive[-_]?portal", re.I)


def html(response: Response) -> bool:
    """Whether it is a web page by its bytes; feeds are often labelled text/html."""
    return _HTML.match(response.body[:_HEAD_BYTES]) is not None


def wall(response: Response) -> FailureReason | None:
    """Which kind of page stands in the way; None when none does that we know."""
    if response.header("cf-mitigated").lower() == "challenge":
        return FailureReason.CHALLENGE
    if response.status == 511:  # RFC 6585 §6
        return FailureReason.CAPTIVE
    if not html(response):
        return None
    head = response.body[:_HEAD_BYTES]
    if _CHALLENGE.search(head):
        return FailureReason.CHALLENGE
    if response.hops and _consent(response.url):
        return FailureReason.CONSENT
    return FailureReason.CAPTIVE if _CAPTIVE.search(head) else None


def _consent(url: str) -> bool:
    parts = urlsplit(url)
    return bool(_CONSENT_HOST.search(parts.hostname or "") or _CONSENT_PATH.search(parts.path))
