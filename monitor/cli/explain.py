"""monitor explain TEXT|URL|ID: why it alerted, or which stage stopped it and by how much."""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from monitor.app import clock
from monitor.cli.setting import configuration, knowledge, opened, rules
from monitor.cli.show import decision, dumps
from monitor.cli.stories import lines as repairs
from monitor.cli.stories import row as repaired
from monitor.desk.beside import counted, looked_for, otherwise, quoted
from monitor.desk.rehearsal import distance
from monitor.errors import StoreError, UsageError
from monitor.match import match
from monitor.model import Deed, Entry, Match, Reason, Repair
from monitor.terminal import visible

_SHOWN: Final = 12  # parts of a score on each side; the rest is summed up
_FIELDS: Final = ("title", "summary", "text")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what", help="a text; or the URL or id of a stored entry, an alert or a story"
    )
    parser.add_argument("--summary", default="", help="what stands below the title")
    parser.add_argument("--language", default="", help="e.g. de; detected when absent")


def run(given: argparse.Namespace) -> int:
    """
    A text is judged now; a reference is looked up, with all that was decided about it.

    Raises:
        UsageError: a reference that nothing in the store has.
    """
    if len(given.what.split()) > 1:
        return _text(given)
    return _stored(given)


# ── a text ──────────────────────────────────────────────────────────────────────


def _text(given: argparse.Namespace) -> int:
    compiled = rules(knowledge(given))
    entry = Entry(
        feed_id="",
        id="text",
        url="",
        title=given.what,
        summary=given.summary,
        language=given.language,
    )
    found = match(entry, compiled, clock())
    if given.json:
        for one in found:
            print(dumps({**decision(entry, one), "distance": distance(one.score, one.threshold)}))
        return 0
    for one in sorted(found, key=lambda m: (not m.flagged, -m.score)):
        print("\n".join(_judged(entry, one)))
    return 0


def _judged(entry: Entry, found: Match) -> Iterator[str]:
    said = "flagged" if found.flagged else "not flagged"
    far = distance(found.score, found.threshold)
    yield (
        f"{found.topic}: {said}, {found.score:.3f} of {found.threshold:g} needed "
        f"({abs(far):.1f} {'over' if far >= 0 else 'short'}); "
        f"language {found.language or 'unknown'}"
    )
    yield f"  why      {visible(found.why)}"
    for name in _FIELDS:
        own = [reason for reason in found.reasons if reason.field == name]
        if own:
            yield f"  {name:<8} {visible(marked(getattr(entry, name), own))}"
    yield from _act(found)
    yield from _parts(found.parts)
    for veto in found.vetoes:
        yield f"  against  {veto.name}: {visible(veto.text)!r} cost {-veto.weight:.1f}"
    yield ""


def marked(text: str, reasons: Sequence[Reason]) -> str:
    """The text with its evidence in brackets; of two that overlap the first is shown."""
    out, at = [], 0
    for reason in sorted(reasons, key=lambda r: (r.start, -r.end)):
        if reason.start >= at:
            out.append(text[at : reason.start])
            weight = f" {reason.weight:+.1f}" if abs(reason.weight) >= 0.05 else ""
            out.append(f"[{text[reason.start : reason.end]}|{reason.concept}{weight}]")
            at = reason.end
    return "".join((*out, text[at:]))


def _act(found: Match) -> Iterator[str]:
    act = found.act
    if act is None:
        return
    who = f"{' '.join(act.suppliers) or '?'} → {' '.join(act.recipients) or '?'}"
    notes = " denied" * act.denied + " doubted" * act.doubted
    what = f"{', '.join(act.categories)} {act.quantity}".strip()
    yield f"  act      {act.stage.value}{notes}: {who}: {visible(what)}"
    if act.regimes:
        yield f"  regimes  {' '.join(act.regimes)}"


def _parts(parts: Mapping[str, float]) -> Iterator[str]:
    """The heaviest parts for and against, and what the others come to."""
    for sign, name in ((1, "for"), (-1, "against")):
        own = sorted((v * sign, k) for k, v in parts.items() if v * sign > 0)[::-1]
        if own:
            rest = sum(v for v, _ in own[_SHOWN:]) * sign
            shown = ", ".join(f"{k} {v * sign:+.2f}" for v, k in own[:_SHOWN])
            more = f", {len(own) - _SHOWN} others {rest:+.2f}" if len(own) > _SHOWN else ""
            yield f"  {name:<8} {visible(shown)}{more}"


# ── what is in the store ────────────────────────────────────────────────────────


def _stored(given: argparse.Namespace) -> int:
    config = configuration(given)
    try:
        with opened(config, read_only=True) as store:
            found = [dict(row) for row in store.decisions(given.what)]
            mended = {s: store.repairs(s) for s in {str(r["story"]) for r in found} if s}
    except StoreError as e:
        raise UsageError(f"{given.what!r} is one word, so looked for in the store: {e}") from e
    if not found:
        raise UsageError(f"the store has no entry, URL, alert or story {given.what!r}")
    for row in found:
        own = _concerning(mended.get(str(row["story"]), ()), row)
        if given.json:
            print(dumps({**row, "repairs": [repaired(r) for r in own]}))
        else:
            print("\n".join((*_path(row), *repairs(own), "")))
    return 0


def _concerning(found: Sequence[Repair], row: Mapping[str, Any]) -> Sequence[Repair]:
    """Without splits of its story that moved other entries."""
    own = (row["feed"], row["entry"])
    return [r for r in found if r.deed is not Deed.SPLIT or own in r.entries]


def _path(row: Mapping[str, Any]) -> Iterator[str]:
    """One decision about a stored entry: what was seen, how it was judged, where it stopped."""
    yield f"{visible(str(row['title']))}"
    yield f"  seen     {row['seen']} from {row['feed']} ({row['outlet']}), {row['url']}"
    far = distance(float(row["score"]), float(row["threshold"]))
    yield (
        f"  {row['topic']}: {'flagged' if row['flagged'] else 'not flagged'}, {row['score']:.3f} "
        f"of {row['threshold']:g} needed ({abs(far):.1f} {'over' if far >= 0 else 'short'}), "
        f"rules {row['rule_version']}" + (f", by {counted(row)}" if counted(row) else "")
    )
    yield f"  why      {visible(str(row['match_why']))}"
    parts = _loaded(row["parts"], {})
    yield from _parts(parts)
    for veto in _loaded(row["vetoes"], []):
        yield f"  against  {veto['name']}: {visible(veto['text'])!r} cost {-veto['weight']:.1f}"
    yield from _article(row)
    if row["story"]:
        yield f"  story    {row['story']}, as {row['relation']}"
    end = f"alert {row['alert']}" if row["alert"] else f"stopped by {row['stopped_by'] or '-'}"
    yield f"  end      {end}: {visible(str(row['why']))}"


def _article(row: Mapping[str, Any]) -> Iterator[str]:
    """What was read beside the entry, the words of it that count, and what the others decided."""
    words, reasons = quoted(row)
    said = {"article": looked_for(row), "words": marked(words, reasons), "other": otherwise(row)}
    for name, text in said.items():
        if text:
            yield f"  {name:<8} {visible(text)}"


def _loaded(value: object, empty: Any) -> Any:
    """What a column holds: already decoded by the store, or still JSON."""
    if isinstance(value, str):
        return json.loads(value) if value else empty
    return value if value is not None else empty
