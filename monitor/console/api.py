"""
GET /api/v1/…: what the pages show, as JSON for programs; described by openapi.json beside this.

Errors are problem details: https://www.rfc-editor.org/rfc/rfc9457
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from monitor import wire
from monitor.console.filters import read
from monitor.console.office import Office, query
from monitor.console.paging import by, paged
from monitor.console.pulse import lags, states
from monitor.console.serving import Desk
from monitor.model import Alert, Mark, Member, Repair, View
from monitor.ports import Row

ROOT: Final = "/api/v1"
DESCRIPTION: Final = Path(__file__).parent / "openapi.json"
_STATES: Final = ("", "due", "done", "dead")
_LONGEST: Final = 2_000  # characters of a reference
_FLOWS: Final = 20_000  # rows that are paged through
_HITS: Final = 1_000
_NO_PAGE: Final = "that page does not exist; begin at the first"

Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Api:
    """Reads only; whatever changes something is a form of the pages."""

    office: Office

    def routes(self, desk: Desk) -> Sequence[BaseRoute]:
        answers: Mapping[str, Callable[[Request], Facts]] = {
            "/alerts": self.alerts,
            "/stories/{id}": self.story,
            "/flows": self.flows,
            "/feeds": self.feeds,
            "/deliveries": self.deliveries,
            "/sinks": self.sinks,
            "/entries/search": self.search,
            "/decisions": self.decisions,
            "/health": self.health,
        }
        described = desk.shows(f"{ROOT}/openapi.json", self.description)
        return (described, *(desk.shows(ROOT + path, _told(f)) for path, f in answers.items()))

    def description(self, _request: Request) -> Response:
        return Response(DESCRIPTION.read_bytes(), media_type="application/json")

    def alerts(self, request: Request) -> Facts:
        """Filters as on the desk; `next` is the cursor of the following page."""
        asked = self.office.asked(request)
        if asked.problems:
            raise HTTPException(400, "; ".join(asked.problems))
        page = self.office.store.page(asked.view, limit=_limit(request, 50, 200), after=asked.after)
        shown = [_alert(a, page.labels.get(a.id, ())) for a in page.alerts]
        return {"alerts": shown, "next": page.next or None}

    def story(self, request: Request) -> Facts:
        id_, store = str(request.path_params["id"]), self.office.store
        found, alert = store.story(id_), store.last_alert(id_)
        if found is None and alert is None:
            raise HTTPException(404, f"there is no story {id_[:100]!r}")
        labels = store.page(View(facets={"story": alert.story})).labels if alert else {}
        return {
            "story": found.id if found else id_,
            "size": found.size if found else 0,
            "mark": found.mark.value if found else Mark.OPEN.value,
            "repairs": [_repair(r) for r in store.repairs(found.id if found else id_)],
            "first_seen": found.first_seen if found else None,
            "last_seen": found.last_seen if found else None,
            "members": [_member(m) for m in store.accounts(id_)],
            "alert": _alert(alert, labels.get(alert.id, ())) if alert else None,
        }

    def flows(self, request: Request) -> Facts:
        given = {k: v for k, v in query(request).items() if k != "after"}  # a page of alerts
        asked = read(given, self.office.choices(), self.office.now())
        if asked.problems:
            raise HTTPException(400, "; ".join(asked.problems))
        rows = self.office.store.flows(asked.view.since, limit=_FLOWS)
        own = by("supplier", "recipient", "category", "stage")
        return _page(request, "flows", rows, own, (500, 5000))

    def feeds(self, request: Request) -> Facts:
        rows = self.office.hidden(self.office.store.feeds())
        return _page(request, "feeds", rows, by("id"), (2000, 10_000))

    def deliveries(self, request: Request) -> Facts:
        given = query(request)
        state = given.get("state", "")
        if state not in _STATES:
            raise HTTPException(400, f"there is no state {state[:40]!r}; known: due, done, dead")
        limit, after = _limit(request, 50, 1000), given.get("after", "")
        found = self.office.store.deliveries(
            state=state, sink=given.get("sink", ""), alert=given.get("alert", ""),
            limit=limit + 1, after=after,
        )  # fmt: skip
        if after and not found and not self.office.store.attempts(after):
            raise HTTPException(400, _NO_PAGE)
        more = str(found[limit - 1]["id"]) if len(found) > limit else None
        return {"deliveries": found[:limit], "next": more}

    def sinks(self, request: Request) -> Facts:
        return _page(request, "sinks", self.office.store.sinks(), by("sink"), (1000, 1000))

    def search(self, request: Request) -> Facts:
        words = _needed(request, "q", "words to search for")
        known = bool(query(request).get("after", ""))
        limit = _limit(request, 20, 200)
        found = self.office.store.search(words, limit=_HITS if known else limit + 1)
        return _page(request, "entries", found, by("feed", "id"), (20, 200))

    def decisions(self, request: Request) -> Facts:
        reference = _needed(request, "ref", "the id or URL of an entry, an alert or a story")
        rows = self.office.store.decisions(reference)
        return _page(request, "decisions", rows, by("seq"), (500, 5000))

    def health(self, _request: Request) -> Facts:
        office = self.office
        reasons = list(office.probes.reasons())
        return {
            "ready": not reasons,
            "reasons": reasons,
            "heartbeats": office.probes.ages(),
            "lags": lags(office.store.lags()),
            "counts": office.shelf.counts(office.store, office.now()),
            "feeds": states(office.store.feeds()),
            "free_bytes": office.store.free_bytes(),
            "version": office.probes.version,
        }


def _told(answer: Callable[[Request], Facts]) -> Callable[[Request], Response]:
    def told(request: Request) -> Response:
        return Response(dumps(answer(request)), media_type="application/json")

    return told


def dumps(facts: object) -> bytes:
    """UTF-8; moments in RFC 3339, a lone surrogate as a question mark."""
    return json.dumps(facts, ensure_ascii=False, default=_plain).encode("utf-8", "replace")


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return wire.stamp(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def _alert(alert: Alert, labels: Sequence[str]) -> dict[str, Any]:
    """As webhooks have it, with when it was told and what people say."""
    return {**wire.payload(alert), "at": alert.at, "labels": list(labels)}


def _member(member: Member) -> Row:
    return {
        "feed": member.feed_id,
        "entry": member.entry_id,
        "title": member.title,
        "summary": member.summary,
        "url": member.url,
        "outlet": member.outlet,
        "language": member.language,
        "published": member.published,
        "seen": member.seen,
        "topic": member.topic,
        "score": member.score,
        "act": wire.act(member.act),
        "relation": member.relation.value,
        "link": member.link,
        "credit": member.credit,
    }


def _repair(repair: Repair) -> Row:
    return {
        "id": repair.id,
        "deed": repair.deed.value,
        "story": repair.story,
        "others": list(repair.others),
        "mark": repair.mark.value if repair.mark else None,
        "at": repair.at,
        "author": repair.author,
        "comment": repair.comment,
        "undone_at": repair.undone_at,
        "undone_by": repair.undone_by,
    }


def _page(
    request: Request,
    key: str,
    rows: Sequence[Row],
    name: Callable[[Row], str],
    limits: tuple[int, int],
) -> Facts:
    """The part of a whole list that is asked for, and `next`."""
    try:
        shown, more = paged(rows, _limit(request, *limits), query(request).get("after", ""), name)
    except LookupError:
        raise HTTPException(400, _NO_PAGE) from None
    return {key: shown, "next": more}


def _needed(request: Request, key: str, what: str) -> str:
    found = query(request).get(key, "").strip()
    if not found:
        raise HTTPException(400, f"?{key}= is missing: {what}")
    if len(found) > _LONGEST:
        raise HTTPException(400, f"?{key}= is too long")
    return found


def _limit(request: Request, default: int, most: int) -> int:
    text = query(request).get("limit", str(default))
    if not (text.isascii() and text.isdecimal() and len(text) < 7 and 1 <= int(text) <= most):
        raise HTTPException(400, f"?limit= must be a whole number from 1 to {most}")
    return int(text)
