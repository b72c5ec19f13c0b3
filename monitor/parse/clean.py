"""
Foreign markup becomes plain text: NFC, one line, no control, bidi or zero-width characters.

feedparser's own sanitiser and its pass over relative URLs are off (37–41 % of its time): nothing
here keeps markup, so there is nothing to sanitise.
"""

import html
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin, urlsplit

TITLE_LENGTH: Final = 1_000
SUMMARY_LENGTH: Final = 10_000
TEXT_LENGTH: Final = 50_000
URL_LENGTH: Final = 2_000

# Markup is at most this much longer than its text in honest feeds; more is not read at all,
# so that a title of 1 MB costs no more than one of 20 kB.
_MARKUP_FACTOR: Final = 20

_DROPPED = re.compile(
    r"<(script|style|template|noscript|svg|iframe)\b[^<>]{0,2000}>.*?(?:</\1\s*>|\Z)", re.I | re.S
)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)|<!\[CDATA\[|\]\]>", re.S)
_INLINE = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|cite|code|em|font|i|kbd|mark|q|s|small|span|strong|sub|sup|tt|u|wbr)"
    r"(?:\s[^<>]*)?/?>",
    re.I,
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<![a-zA-Z][^<>]*>|<\?[^<>]*>")
_MARKUP = re.compile(r"[<&]")
# Cc and Cs; the bidi controls U+061C, U+200E–F, U+202A–E, U+2066–9; zero width U+200B, U+2060–4,
# U+FEFF; tags U+E0000–7F; interlinear U+FFF9–B. U+200C and U+200D stay: Persian and Hindi
# need them to spell.
_UNSEEN = re.compile(
    "[\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
# What needs no taking apart: most links do not.
_PLAIN_LINK = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+/[\w/.=&?%+~:,;@!$'()*-]*", re.ASCII)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")


@dataclass(slots=True)
class Defects:
    """Survivable faults in the order met, each once."""

    found: dict[str, None] = field(default_factory=dict)

    def note(self, what: str) -> None:
        if len(self.found) < 20:  # a list for people, not an archive
            self.found[what] = None

    def all(self) -> tuple[str, ...]:
        return tuple(self.found)


def plain(text: str) -> str:
    """The text on one line without anything unseen; idempotent."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    text = unicodedata.normalize("NFC", text)
    text = _UNSEEN.sub("", _CONTROL.sub(" ", text))
    return unicodedata.normalize("NFC", " ".join(text.split()))


def text_of(markup: str, limit: int, name: str, defects: Defects) -> str:
    """What a reader sees of the markup, in at most `limit` characters."""
    if len(markup) > limit * _MARKUP_FACTOR:
        markup = markup[: limit * _MARKUP_FACTOR]
        defects.note(f"{name} cut to {limit} characters")
    if _MARKUP.search(markup):
        markup = html.unescape(_stripped(markup))
    return capped(plain(markup), limit, name, defects)


def _stripped(markup: str) -> str:
    """Without tags: what stands in a line closes up, what breaks a line becomes a space."""
    if "<" not in markup:
        return markup
    markup = _COMMENT.sub(" ", _DROPPED.sub(" ", markup))
    return _TAG.sub(" ", _INLINE.sub("", markup))


def capped(text: str, limit: int, name: str, defects: Defects) -> str:
    if len(text) <= limit:
        return text
    defects.note(f"{name} cut to {limit} characters")
    return text[:limit].rstrip()


def link(url: str, base: str) -> str:
    """The address, absolute and http or https; "" for anything else."""
    if not url or len(url) > URL_LENGTH:
        return ""
    if _PLAIN_LINK.fullmatch(url):
        return url
    compact = _UNSEEN.sub("", _CONTROL.sub("", url)).strip()
    try:
        absolute = urljoin(base, compact) if base else compact
        parts = urlsplit(absolute)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return ""
    return absolute.replace(" ", "%20") if good and len(absolute) <= URL_LENGTH else ""


def language(tag: str) -> str:
    """The primary subtag in lower case: "de" for "de-AT"; "" when it is none."""
    primary = re.split(r"[-_]", tag.strip().lower(), maxsplit=1)[0]
    return primary if re.fullmatch(r"[a-z]{2,3}", primary) else ""
