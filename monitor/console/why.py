"""
Why something alerted, or which stage stopped it and by how much.

    GET /why?q=…           an address, an id, or words to search for; near misses below
    GET /why?text=…        a text that is judged now, though no feed carried it
    POST /missed           it should have been an alert
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from monitor.console.desk import author_of
from monitor.console.office import Form, Office, query
from monitor.console.pages import Pages
from monitor.console.serving import Desk
from monitor.desk.beside import counted, looked_for, otherwise, quoted
from monitor.desk.rehearsal import distance
from monitor.match import match
from monitor.model import Entry, Label, Match, Opinion, Reason
from monitor.ports import Row
from monitor.terminal import visible

_NEAR: Final = timedelta(days=1)
_MOST: Final = 50
_HITS: Final = 20
_LONGEST: Final = 20_000  # characters of a text to judge
_PARTS: Final = 8  # of a score, on each side


@dataclass(frozen=True, slots=True)
class Why:
    """The page that explains."""

    office: Office
    pages: Pages

    def routes(self, desk: Desk) -> Sequence[BaseRoute]:
        return (
            desk.shows("/why", self.why),
            desk.does("/why", self.judge),
            desk.does("/missed", self.missed),
        )

    def why(self, request: Request) -> Response:
        """What is known of it, or what it may be."""
        given = query(request)
        asked, text = given.get("q", "").strip()[:2_000], given.get("text", "")[:_LONGEST]
        return self._page(request, asked, text, given.get("summary", "")[:_LONGEST])

    def judge(self, request: Request, sent: Form) -> Response:
        """A text too long for an address."""
        text, summary = visible(sent["text"]), visible(sent["summary"])
        return self._page(request, "", text[:_LONGEST], summary[:_LONGEST])

    def _page(self, request: Request, asked: str, text: str, summary: str) -> Response:
        store, now = self.office.store, self.office.now()
        decided = store.decisions(asked) if asked else ()
        hits = store.search(asked, limit=_HITS) if asked and not decided else ()
        near = store.near_misses(now - _NEAR, limit=_MOST)
        return self.pages.page(
            request, "why",
            asked=asked, text=text, summary=summary, hits=hits, near=near,
            decided=[stored(row) for row in decided[:_MOST]],
            judged=self._judged(text, summary) if text.strip() else (),
        )  # fmt: skip

    def _judged(self, text: str, summary: str) -> Sequence[Mapping[str, Any]]:
        entry = Entry(feed_id="", id="text", url="", title=text, summary=summary)
        found = match(entry, self.office.rules(), self.office.now())
        return [fresh(one) for one in sorted(found, key=lambda m: (not m.flagged, -m.score))]

    def missed(self, request: Request, sent: Form) -> Response:
        """Remember that it should have been an alert."""
        url = sent["url"].strip()[:2_000]
        if not url:
            return RedirectResponse("/why", 303)
        label = Label(
            opinion=Opinion.MISSED, at=self.office.now(), author=author_of(request), url=url,
            note=sent["note"].strip()[:1_000],
        )  # fmt: skip
        self.office.store.add_label(label)
        text = "It counts as a miss of the rules from now on: monitor feedback show."
        return self.pages.sorry(request, "Noted as missed", text, 200)


def fresh(found: Match) -> Mapping[str, Any]:
    """A verdict of just now, as the page shows it."""
    return {
        "topic": found.topic,
        "flagged": found.flagged,
        "score": found.score,
        "threshold": found.threshold,
        "distance": distance(found.score, found.threshold),
        "language": found.language,
        "why": found.why,
        "act": found.act,
        "reasons": found.reasons,
        "for": parts(found.parts, 1),
        "against": parts(found.parts, -1),
        "vetoes": [(v.name, v.text, v.weight) for v in found.vetoes],
    }


def stored(row: Row) -> Mapping[str, Any]:
    """A decision of the store: entry, verdict, and where it ended."""
    cells: Mapping[str, Any] = row
    score, threshold = float(cells["score"]), float(cells["threshold"])
    own, (words, marks) = cells["parts"] or {}, quoted(row)
    return {
        **cells,
        "looked_for": looked_for(row),
        "by": counted(row),
        "otherwise": otherwise(row),
        "words": words,
        "marks": marks,
        "distance": distance(score, threshold),
        "reasons": tuple(Reason(**r) for r in cells["reasons"] or ()),
        "for": parts(own, 1),
        "against": parts(own, -1),
        "vetoes": [(v["name"], v["text"], v["weight"]) for v in cells["vetoes"] or ()],
    }


def parts(found: Mapping[str, float], sign: int) -> Sequence[tuple[str, float]]:
    """The heaviest parts of a score on one side, heaviest first, and what the rest comes to."""
    own = sorted(((k, v) for k, v in found.items() if v * sign > 0), key=lambda p: -p[1] * sign)
    rest = sum(v for _, v in own[_PARTS:])
    more = [(f"{len(own) - _PARTS} others", rest)] if len(own) > _PARTS else []
    return [*own[:_PARTS], *more]
