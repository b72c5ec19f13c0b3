"""
An alert as a letter: subject, plain text and HTML, safe for any input.

Nothing of a feed's text is trusted: it is escaped, its control characters are gone, and every
link shows the host it leads to.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from html import escape
from typing import Final
from urllib.parse import urlsplit

from monitor.model import STORY, Alert, Line, RegimeFact
from monitor.terminal import party, visible

_SUBJECT: Final = 160  # characters, below 998 bytes however encoded; clients show about 70
_SUMMARY: Final = 1_000
_TEXT: Final = 400
_QUOTES: Final = 8
_SOURCES: Final = 10

Row = tuple[str, str]  # label, what is said


def subject(alert: Alert) -> str:
    """`[HIGH] requested: North Korea → Russia: …`: what a phone shows must be enough."""
    words = ["TEST"] if alert.test else []
    words.append(f"[{alert.severity.value.upper()}]")
    if alert.revision > 1:
        words.append("update:")
    if alert.act:
        words.append(f"{alert.act.stage.value}:")
        sides = _sides(alert)
        words += [f"{sides}:"] if sides else []
    return line(" ".join([*words, alert.title or "(no title)"]), _SUBJECT)


def text(alert: Alert, links: Mapping[str, str] | None = None) -> str:
    """The plain part, lines of any length; clients wrap them."""
    lines = [line(alert.title or "(no title)", _TEXT), ""]
    lines += [f"Δ {line(change, _TEXT)}" for change in alert.changes]
    lines += [f"{_mark(one)}  {visible(one.url)}" for one in alert.digest]
    lines += [f"{label}: {said}" for label, said in rows(alert)]
    lines += ["", line(alert.summary, _SUMMARY)] if alert.summary.strip() else []
    lines += [
        "",
        *(f"{_source(o, p)}  {visible(u)}" for u, o, p in _sources(alert)),
        "",
        _foot(alert),
    ]
    lines += [f"{_asked(opinion)}: {url}" for opinion, url in (links or {}).items()]
    return "\n".join(lines) + "\n"


def html(alert: Alert, links: Mapping[str, str] | None = None) -> str:
    """The HTML part: a heading, a table, the evidence, the sources. No image, no script."""
    changes = "".join(f"<li>{escape(line(c, _TEXT))}</li>" for c in alert.changes)
    table = "".join(
        f'<tr><th align="left" valign="top" style="padding:2px 12px 2px 0">{escape(label)}</th>'
        f"<td>{escape(said)}</td></tr>"
        for label, said in rows(alert)
    )
    alerts = "".join(f"<li>{escape(_mark(o))} {_linked(o.url)}</li>" for o in alert.digest)
    sources = "".join(
        f"<li>{_linked(url)} {escape(_source(outlet, published))}</li>"
        for url, outlet, published in _sources(alert)
    )
    asked = " · ".join(
        f'<a href="{escape(url, quote=True)}">{escape(_asked(opinion))}</a>'
        for opinion, url in (links or {}).items()
    )
    parts = [
        f"<h2>{escape(line(alert.title or '(no title)', _TEXT))}</h2>",
        f"<ul>{changes}</ul>" if changes else "",
        f"<ol>{alerts}</ol>" if alerts else "",
        f"<table>{table}</table>",
        f"<p>{escape(line(alert.summary, _SUMMARY))}</p>" if alert.summary.strip() else "",
        f"<ul>{sources}</ul>" if sources else "",
        f"<p><small>{escape(_foot(alert))}</small></p>",
        f"<p>{asked}</p>" if asked else "",
    ]
    head = '<head><meta charset="utf-8"></head>'
    return f"<!doctype html><html>{head}<body>{''.join(parts)}</body></html>"


def _mark(one: Line) -> str:
    """One alert of a digest."""
    return line(f"{one.severity.value.upper()} {one.text}", _TEXT)


def _asked(opinion: str) -> str:
    """As a reader may press it: "not relevant"."""
    return "the whole story" if opinion == STORY else opinion.replace("-", " ")


def rows(alert: Alert) -> Iterator[Row]:
    """What is known of the act, most telling first; labels in English."""
    yield "Severity", line(alert.severity_why or alert.severity.value, _TEXT)
    act = alert.act
    if act is not None:
        yield "Stage", act.stage.value
        if sides := _sides(alert):
            yield "Supplier → recipient", sides
        item = ", ".join(c.replace("_", " ") for c in (*act.categories, *act.systems))
        if item:
            yield "Item", line(item, _TEXT)
        if act.quantity:
            yield "Quantity", line(act.quantity, _TEXT)
        doubts = [w for w, holds in (("denied", act.denied), ("doubted", act.doubted)) if holds]
        if doubts:
            yield "But", " and ".join(doubts)
    for fact in alert.regimes:
        yield "Embargo", _embargo(fact)
    if quotes := _quotes(alert):
        yield "Evidence", quotes


def _sides(alert: Alert) -> str:
    act = alert.act
    if act is None or not (act.suppliers or act.recipients):
        return ""
    names = [
        ", ".join(party(id_, role, alert.reasons) for id_ in ids[:6]) or "?"
        for role, ids in (("supplier", act.suppliers), ("recipient", act.recipients))
    ]
    return line(" → ".join(names), _TEXT)


def _embargo(fact: RegimeFact) -> str:
    note = f" – {fact.note}" if fact.note else ""
    return line(f"{fact.name} – {fact.act}, as of {fact.as_of}{note}", _TEXT)


def _quotes(alert: Alert) -> str:
    strongest = sorted(alert.reasons, key=lambda r: -abs(r.weight))
    words = list(dict.fromkeys(line(r.text, 120) for r in strongest))[:_QUOTES]
    return " ".join(f"“{word}”" for word in words)


def _sources(alert: Alert) -> list[tuple[str, str, datetime | None]]:
    listed = [(s.url, s.outlet, s.published) for s in alert.sources[:_SOURCES]]
    alone = [] if alert.digest else [(alert.url, alert.outlet, alert.published)]
    return listed or alone


def _source(outlet: str, published: datetime | None) -> str:
    when = f"{published.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if published else "date unknown"
    return f"{line(outlet, 100) or 'source unknown'}, {when}"


def _linked(url: str) -> str:
    """A link whose text is the host it leads to; "" for what is no web address."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    return f'<a href="{escape(url, quote=True)}" rel="noreferrer">{escape(visible(host))}</a>'


def _foot(alert: Alert) -> str:
    count = alert.independent_sources
    said = f"{count} independent source{'s' if count != 1 else ''} · {alert.topic} · {alert.id}"
    return line(said, _TEXT)


def line(words: str, most: int) -> str:
    """One line without control characters, not longer than `most`."""
    flat = " ".join(visible(words).split())
    return flat if len(flat) <= most else flat[: most - 1].rstrip() + "…"
