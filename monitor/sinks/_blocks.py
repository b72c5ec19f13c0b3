"""
An alert as Slack blocks, within every limit for any input.

Reference: https://docs.slack.dev/reference/block-kit/blocks. One block beyond its limit and
Slack refuses the whole message (`invalid_blocks`).
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from monitor.model import Act, Alert, RegimeFact, Severity
from monitor.terminal import party, visible

HEADER: Final = 150  # characters, as python-slack-sdk's own models have them
SECTION: Final = 3_000
FIELD: Final = 2_000
URL: Final = 3_000
FALLBACK: Final = 3_000  # Slack cuts the notification text itself; this keeps messages small
_MARKS: Final = {
    Severity.LOW: "🔵",
    Severity.MEDIUM: "🟡",
    Severity.HIGH: "🟠",
    Severity.CRITICAL: "🔴",
}
_TITLE: Final = 600
_SUMMARY: Final = 500
_WORDS: Final = 8
_SOURCES: Final = 6
_CHANGES: Final = 6
_REGIMES: Final = 4
_SECTIONS: Final = 35
_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# What Slack's markup would read as the end of a link, or as its label.
# Characters that hide or reorder others could show an address that is not the one linked.
_UNSAFE: Final = re.compile(
    r"[\s<>|\"'`\\^{}\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    r"\ufff9-\ufffb\U000e0000-\U000e007f]"
)

Block = dict[str, Any]


def message(alert: Alert, *, buttons: bool = False, page: str = "") -> dict[str, Any]:
    """
    The body of a message: blocks, and the sentence a notification shows.

    `page` is where the whole story is told; "" when nowhere.
    """
    sections = [
        _lines("Δ ", alert.changes, _CHANGES),
        _embargoes(alert),
        _evidence(alert),
    ]
    changed, embargoes, evidence = ([_section(s)] if s.strip() else [] for s in sections)
    blocks = [
        _section(_glance(alert)),
        *_titles(alert.title),
        *changed,
        *_digest(alert),
        *_fields(alert),
        *embargoes,
        *evidence,
        *([_context(_sources(alert))] if alert.sources or alert.url else []),
        _context(_foot(alert, page)),
        *([_buttons(alert)] if buttons and alert.story else []),
    ]
    return {
        "text": _fallback(alert),
        "blocks": blocks,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def plain(text: str, limit: int) -> str:
    """Text as it may stand in a Slack message, not longer than limit once escaped."""
    return _cut("".join(_ESCAPES.get(c, c) for c in visible(text)), limit)


def _cut(escaped: str, limit: int) -> str:
    """Never within an escape; a character beyond the basic plane counts as two."""
    if _length(escaped) <= limit:
        return escaped
    kept, used = [], 1  # the ellipsis
    for piece in re.findall(r"&(?:amp|lt|gt);|.", escaped, re.DOTALL):
        used += _length(piece)
        if used > limit:
            break
        kept.append(piece)
    return "".join(kept).rstrip() + "…"


def _length(text: str) -> int:
    return len(text) + sum(c > "\uffff" for c in text)


def link(url: str, limit: int = URL) -> str:
    """A link whose label is the host it leads to, so that no label can pretend another."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode() if parts.hostname else ""
    except (ValueError, UnicodeError):
        return ""
    safe = _UNSAFE.sub(lambda c: "".join(f"%{b:02X}" for b in c[0].encode()), url)
    safe = safe.replace("&", "&amp;")
    shown = plain(host.removeprefix("www."), 255)
    if parts.scheme not in ("http", "https") or not host or len(safe) + len(shown) + 3 > limit:
        return shown
    return f"<{safe}|{shown}>"


# ── the parts ───────────────────────────────────────────────────────────────────


def _text(text: str, limit: int) -> Block:
    # verbatim: no bare address, channel or name in a stranger's words becomes a link.
    return {"type": "mrkdwn", "text": text if _length(text) <= limit else "…", "verbatim": True}


def _section(text: str) -> Block:
    return {"type": "section", "text": _text(text, SECTION)}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [_text(text, SECTION)]}


def _titles(title: str) -> list[Block]:
    """The headline, and once more whole when a header has no room for it."""
    shown = plain(title, HEADER).strip() or "(no title)"
    head = {"type": "header", "text": {"type": "plain_text", "text": shown, "emoji": False}}
    whole = plain(title, _TITLE).strip()
    return [head, _section(whole)] if _length(whole) > HEADER else [head]


def _glance(alert: Alert) -> str:
    """Severity and stage before anything else."""
    words = [f"{_MARKS[alert.severity]} *{alert.severity.value.upper()}*"]
    if alert.act:
        words.append(f"*{alert.act.stage.value.upper()}*")
    words.append(plain(alert.topic, 100))
    if alert.revision > 1:
        words.append(f"update {alert.revision - 1}")
    if alert.test:
        words.insert(0, "*TEST, nothing happened*")
    return " · ".join(words)


def _digest(alert: Alert) -> list[Block]:
    """The alerts of a digest, as many lines a section as fit; a message holds 50 blocks."""
    sections: list[str] = []
    for one in alert.digest:
        where = link(one.url, 900) or plain(one.outlet, 100)
        line = f"{_MARKS[one.severity]} {plain(one.text, 400)} {where}".rstrip()
        if sections and _length(sections[-1]) + _length(line) < SECTION:
            sections[-1] += f"\n{line}"
        else:
            sections.append(line)
    blocks = [_section(section) for section in sections[:_SECTIONS]]
    left = len(alert.digest) - sum(s.count("\n") + 1 for s in sections[:_SECTIONS])
    return [*blocks, _section(f"and {left} more")] if left else blocks


def _buttons(alert: Alert) -> Block:
    """What the desk may say without leaving the channel; console/opinions.py hears it."""
    offered = (("seen", "Seen"), ("mute", "Mute this story"), ("not-relevant", "Not relevant"))
    return {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": action,
                "value": alert.id[:2000],
                "text": {"type": "plain_text", "text": label, "emoji": False},
            }
            for action, label in offered
        ],
    }


def _fields(alert: Alert) -> list[Block]:
    """At most one block; none when nothing is known of the act but its stage."""
    act = alert.act
    if act is None:
        return []
    facts = []
    if act.suppliers or act.recipients:
        facts.append(("Supplier → recipient", _parties(act, alert)))
    item = plain(", ".join(c.replace("_", " ") for c in (*act.categories, *act.systems)), 900)
    doubts = [w for w, holds in (("denied", act.denied), ("doubted", act.doubted)) if holds]
    facts += [("Item", item), ("Quantity", plain(act.quantity, 300)), ("But", " and ".join(doubts))]
    fields = [_text(f"*{name}*\n{said}", FIELD) for name, said in facts if said.strip()]
    return [{"type": "section", "fields": fields}] if fields else []


def _parties(act: Act, alert: Alert) -> str:
    def side(ids: Sequence[str], role: str) -> str:
        shown = [_flagged(id_, party(id_, role, alert.reasons)) for id_ in ids[:6]]
        more = [f"and {len(ids) - 6} more"] if len(ids) > 6 else []
        return ", ".join([*shown, *more]) or "?"

    return f"{side(act.suppliers, 'supplier')} → {side(act.recipients, 'recipient')}"


def _flagged(id_: str, name: str) -> str:
    """With its flag, where it is a state's."""
    if not (len(id_) == 2 and id_.isascii() and id_.isalpha()):
        return plain(name, 80)
    flag = "".join(chr(0x1F1E6 + ord(c) - ord("a")) for c in id_.lower())
    return f"{flag} {plain(name, 80)}"


def _embargoes(alert: Alert) -> str:
    lines = [_embargo(r) for r in alert.regimes[:_REGIMES]]
    more = len(alert.regimes) - _REGIMES
    return "\n".join([*lines, *([f"and {more} more"] if more > 0 else [])])


def _embargo(fact: RegimeFact) -> str:
    name, act, note = (plain(part, 200) for part in (fact.name, fact.act, fact.note))
    return f"*Embargo*  {name} – {act}, as of {plain(fact.as_of, 20)}{note and f' – {note}'}"


def _evidence(alert: Alert) -> str:
    strongest = sorted(alert.reasons, key=lambda r: -abs(r.weight))
    words = list(dict.fromkeys(plain(r.text, 120) for r in strongest))[:_WORDS]
    quoted = [f"*Evidence*  {' '.join(f'“{w}”' for w in words)}"] if words else []
    summary = [f">{plain(alert.summary, _SUMMARY)}"] if visible(alert.summary).strip() else []
    return "\n".join([*quoted, *summary])


def _sources(alert: Alert) -> str:
    listed = [(s.url, s.outlet, s.published) for s in alert.sources[:_SOURCES]]
    listed = listed or [(alert.url, alert.outlet, alert.published)]
    lines = [_source(*one) for one in listed]
    more = len(alert.sources) - _SOURCES
    return _lines_cut([*lines, *([f"and {more} more"] if more > 0 else [])])


def _source(url: str, outlet: str, published: datetime | None) -> str:
    where = link(url, 900) or plain(outlet, 100) or "source unknown"
    name = plain(outlet, 100)
    named = f" ({name})" if name and name not in where else ""
    return f"{where}{named}, {_when(published)}"


def _lines_cut(lines: Sequence[str]) -> str:
    """As many whole lines as a section holds: half a link is worse than none."""
    kept: list[str] = []
    for line in lines:
        if _length("\n".join([*kept, line])) > SECTION:
            break
        kept.append(line)
    return "\n".join(kept)


def _lines(mark: str, texts: Sequence[str], most: int) -> str:
    return "\n".join(f"{mark}{plain(text, 400)}" for text in texts[:most])


def _foot(alert: Alert, page: str) -> str:
    independent = alert.independent_sources
    count = f"{independent} independent source{'s' if independent != 1 else ''}"
    more = [f"whole story: {there}"] if page and (there := link(page, 900)) else []
    return f"{plain(alert.severity_why, 900)}\n{' · '.join([count, plain(alert.id, 60), *more])}"


def _fallback(alert: Alert) -> str:
    return " ".join(_words(alert))


def _words(alert: Alert) -> Iterator[str]:
    if alert.test:
        yield "TEST"
    yield alert.severity.value.upper()
    if alert.act:
        yield alert.act.stage.value
    yield f"– {plain(alert.title, 1_000)}"
    if alert.outlet:
        yield f"({plain(alert.outlet, 100)})"


def _when(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment else "date unknown"
