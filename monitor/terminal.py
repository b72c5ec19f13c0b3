"""
What people see in a terminal: alert cards, tables, progress bars.

The only file importing rich. Everything shown may come from a stranger's feed, so it is shown
as text, never as markup, and control and direction characters are taken out first.
"""

import io
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final, TextIO

from rich import box
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from monitor.model import Act, Alert, Line, Reason, Severity

_COLOURS: Final = {
    Severity.LOW: "cyan",
    Severity.MEDIUM: "yellow",
    Severity.HIGH: "dark_orange",
    Severity.CRITICAL: "bold red",
}
_WIDEST: Final = 100  # columns; longer lines are harder to read
_SUMMARY: Final = 600  # characters
_LONGEST: Final = 400  # of any other text: a card is read at a glance, the rest is in the store
_WHOLE: Final = 30  # characters; a column of nothing longer is not broken into lines
_CHANGES: Final = 6
_REGIMES: Final = 4
_QUOTES: Final = 6
_SOURCES: Final = 5
# C0, C1, zero-width, direction and tag characters: they hide or reorder what is read.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """The text without characters that hide or reorder others; line breaks become spaces."""
    return _UNSEEN.sub("", text.replace("\n", " ").replace("\t", " "))


def card(
    alert: Alert,
    *,
    width: int | None = None,
    colour: bool | None = None,
    stream: TextIO | None = None,
) -> str:
    """
    An alert to be understood in ten seconds: who, what, how far, under which embargo, the
    proof, the sources.

    Width and colour are the stream's (standard output's by default) where not given; NO_COLOR
    is honoured. Ends without a line break.
    """
    return _rendered(_card(alert), width=width, colour=colour, stream=stream)


def table(
    rows: Sequence[Mapping[str, object]],
    columns: Sequence[str],
    *,
    width: int | None = None,
    colour: bool | None = None,
) -> str:
    """The columns of the rows under each other; cut only where the terminal is too narrow."""
    grid = Table(box=None, pad_edge=False, header_style="bold", collapse_padding=True)
    for column in columns:
        longest = max((len(_cell(row.get(column))) for row in rows), default=0)
        grid.add_column(column, overflow="fold", no_wrap=longest <= _WHOLE)  # ids are copied
    for row in rows:
        grid.add_row(*(Text(visible(_cell(row.get(column)))) for column in columns))
    return _rendered(grid, width=width or _room(sys.stdout), colour=colour, stream=None)


@contextmanager
def progress(total: int, label: str) -> Iterator[Callable[[int], None]]:
    """
    A bar on stderr while the block runs, moved by calling what it gives with the amount done.

    Only at a terminal; elsewhere nothing is shown. A total of 0 is unknown: a bar that pulses.
    """
    if not sys.stderr.isatty():
        yield lambda amount: None
        return
    parts = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    screen = Console(stderr=True)
    with Progress(*parts, TimeRemainingColumn(), console=screen, transient=True) as bar:
        task = bar.add_task(label, total=total or None)
        yield lambda amount: bar.advance(task, amount)


def picture(alert: Alert, title: str) -> str:
    """The card as an SVG image, for a page that shows what to expect."""
    screen = Console(record=True, width=_WIDEST, file=io.StringIO(), force_terminal=True)
    screen.print(_card(alert))
    # Without the fonts it would fetch from elsewhere: a picture must not tell who looks at it.
    return re.sub(r"\s*@font-face\s*\{[^}]*\}", "", screen.export_svg(title=title))


def _rendered(
    what: RenderableType, *, width: int | None, colour: bool | None, stream: TextIO | None
) -> str:
    out = io.StringIO()
    plain = not (_coloured(stream or sys.stdout) if colour is None else colour)
    screen = Console(
        file=out,
        width=width or min(_WIDEST, _room(stream or sys.stdout)),
        force_terminal=not plain,
        no_color=plain,
        color_system=None if plain else "256",
        highlight=False,
        markup=False,
        emoji=False,
    )
    screen.print(what)
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip("\n").split("\n"))


def _coloured(stream: TextIO) -> bool:
    """https://no-color.org: any non-empty value turns colour off."""
    return not os.environ.get("NO_COLOR") and stream.isatty() and os.environ.get("TERM") != "dumb"


def _room(stream: TextIO) -> int:
    """Columns of the terminal behind the stream; 100 where there is none."""
    try:
        return max(40, os.get_terminal_size(stream.fileno()).columns)
    except (OSError, ValueError):
        return _WIDEST


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, float):
        return f"{value:.3g}"
    return str(value)


# ── the card ────────────────────────────────────────────────────────────────────


def _card(alert: Alert) -> RenderableType:
    colour = _COLOURS[alert.severity]
    marked = _highlighted(visible_reasons(alert.title[:_LONGEST], "title", alert.reasons))
    marked.stylize("bold", 0, len(marked.plain))
    body: list[RenderableType] = [marked]
    body += [Text(f"Δ {_short(c)}", style="magenta") for c in alert.changes[:_CHANGES]]
    body += [Text(""), *(_listed(one) for one in alert.digest)] if alert.digest else []
    body += [Text(""), _facts(alert)]
    if alert.summary:
        shown = visible_reasons(alert.summary[:_SUMMARY], "summary", alert.reasons)
        body += [Text(""), _highlighted(shown)]
    foot = f"{alert.id} · revision {alert.revision} · {_when(alert.at)}"
    return Panel(
        Group(*body),
        box=box.ROUNDED,
        border_style=colour,
        title=_heading(alert, colour),
        title_align="left",
        subtitle=Text(foot, style="dim"),
        subtitle_align="right",
    )


def _listed(line: Line) -> Text:
    """One alert of a digest."""
    shown = Text(f"{line.severity.value.upper():<8} ", style=_COLOURS[line.severity])
    shown.append(_short(line.text), style="default")
    return shown.append(f"  {_short(line.url)}", style="dim")


def _heading(alert: Alert, colour: str) -> Text:
    stage = alert.act.stage.value if alert.act else ""
    parts = [alert.severity.value.upper(), *([stage.upper()] if stage else []), alert.topic]
    if alert.test:
        parts.insert(0, "TEST")
    if alert.revision > 1:
        parts.append("update")
    return Text(" · ".join(map(_short, parts)), style=colour)


def _facts(alert: Alert) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, said in _lines(alert):
        grid.add_row(name, said if isinstance(said, Text) else Text(_short(said)))
    return grid


def _lines(alert: Alert) -> Iterator[tuple[str, str | Text]]:
    if alert.act:
        yield from _of_act(alert.act, alert.reasons)
    for regime in alert.regimes[:_REGIMES]:
        note = f" – {regime.note}" if regime.note else ""
        yield "embargo", f"{regime.name} ({regime.act}), as of {regime.as_of}{note}"
    if len(alert.regimes) > _REGIMES:
        yield "", f"and {len(alert.regimes) - _REGIMES} more"
    if alert.reasons:
        yield "evidence", _quotes(alert.reasons)
    yield "why", alert.severity_why
    for source in alert.sources[:_SOURCES]:
        yield "source", f"{source.outlet}, {_when(source.published)}  {source.url}"
    if len(alert.sources) > _SOURCES:
        yield "", f"and {len(alert.sources) - _SOURCES} more"
    if not alert.sources and alert.url:
        yield "source", f"{alert.outlet}, {_when(alert.published)}  {alert.url}"


def _of_act(act: Act, reasons: Sequence[Reason]) -> Iterator[tuple[str, str | Text]]:
    if act.suppliers or act.recipients:
        suppliers = ", ".join(party(p, "supplier", reasons) for p in act.suppliers)
        recipients = ", ".join(party(p, "recipient", reasons) for p in act.recipients)
        yield "parties", f"{suppliers or '?'} → {recipients or '?'}"
    item = [c.replace("_", " ") for c in (*act.categories, *act.systems)]
    if item or act.quantity:
        quantity = f"{act.quantity} · " if act.quantity else ""
        yield "item", quantity + (", ".join(item) or "not named")
    doubts = [w for w, holds in (("denied", act.denied), ("doubted", act.doubted)) if holds]
    if doubts:
        yield "but", " and ".join(doubts)


def party(id_: str, role: str, reasons: Sequence[Reason]) -> str:
    """A party as people read it: "Sylvania (ZZ)", by the name the report itself used."""
    code = id_.upper() if len(id_) == 2 else re.sub("[-_]", " ", id_)
    said = next((r.text for r in reasons if r.concept == f"{role}:{id_}"), "")
    return f"{said} ({code})" if said and said.lower() != code.lower() else code


def _quotes(reasons: Sequence[Reason]) -> Text:
    """The strongest words, each once, in the order of their weight."""
    strongest = sorted(reasons, key=lambda r: -abs(r.weight))
    words = dict.fromkeys(_short(r.text) for r in strongest)
    quoted = Text()
    for number, word in enumerate(list(words)[:_QUOTES]):
        quoted.append(" " if number else "").append(f"“{word}”", style="bold")
    return quoted


def visible_reasons(text: str, field: str, reasons: Sequence[Reason]) -> Sequence[tuple[str, bool]]:
    """The text of a field in pieces, each with whether it is evidence."""
    spans = sorted((r.start, r.end) for r in reasons if r.field == field and r.end <= len(text))
    pieces: list[tuple[str, bool]] = []
    at = 0
    for start, end in spans:
        if end <= at:
            continue
        pieces += [(text[at : max(at, start)], False), (text[max(at, start) : end], True)]
        at = end
    return [*pieces, (text[at:], False)]


def _highlighted(pieces: Sequence[tuple[str, bool]]) -> Text:
    shown = Text()
    for piece, evidence in pieces:
        shown.append(visible(piece), style="underline" if evidence else "")
    return shown


def _short(text: str) -> str:
    shown = visible(text)
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"


def _when(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment else "date unknown"
