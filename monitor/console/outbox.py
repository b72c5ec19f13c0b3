"""
Delivery: destinations, queue, dead letters, silences, and where an alert would go.

    GET  /delivery?state=…&sink=…
    POST /delivery/retry           dead or waiting ones are due now
    POST /silences/add, /end
    GET  /delivery/routes?item=…   a dry run of an alert or a headline
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from monitor.alert import Policy
from monitor.alert.muting import told
from monitor.alert.routing import Candidate
from monitor.console.desk import author_of
from monitor.console.office import Form, Office, query
from monitor.console.pages import Pages
from monitor.console.serving import Desk
from monitor.desk.rehearsal import Walk, judged, walk
from monitor.desk.silencing import LISTS, said, silence
from monitor.errors import UsageError
from monitor.model import Severity

_STATES: Final = ("due", "done", "dead")
_NAMED: Final = ("parties", "suppliers", "recipients")
_ROWS: Final = 100
_MANY: Final = 10_000  # dead letters retried at once


@dataclass(frozen=True, slots=True)
class Outbox:
    """Pages about delivery."""

    office: Office
    pages: Pages

    def routes(self, desk: Desk) -> Sequence[BaseRoute]:
        return (
            desk.shows("/delivery", self.delivery),
            desk.shows("/delivery/routes", self.rehearse),
            desk.does("/delivery/retry", self.retry),
            desk.does("/silences/add", self.hush),
            desk.does("/silences/end", self.unhush),
        )

    def delivery(self, request: Request) -> Response:
        """All of it; an unknown state shows every delivery."""
        given, store = query(request), self.office.store
        state = given.get("state", "") if given.get("state", "") in _STATES else ""
        sink = given.get("sink", "")
        return self.pages.page(
            request, "delivery",
            sinks=store.sinks(), state=state, sink=sink, states=_STATES,
            deliveries=store.deliveries(state=state, sink=sink, limit=_ROWS),
            silences=[(one, said(one)) for one in store.silences(self.office.now())],
            routes=self.office.config().routes, lists=LISTS,
            severities=[s.value for s in Severity], options=self.office.choices().of,
        )  # fmt: skip

    def retry(self, _request: Request, sent: Form) -> Response:
        """One by its id, or every dead one of a destination."""
        store = self.office.store
        ids = [sent["delivery"]] if sent["delivery"] else []
        if sent["sink"]:
            dead = store.deliveries(state="dead", sink=sent["sink"], limit=_MANY)
            ids = [str(row["id"]) for row in dead]
        store.retry(ids, self.office.now())
        return RedirectResponse("/delivery?state=due", 303)

    def hush(self, request: Request, sent: Form) -> Response:
        """A silence; refused with the reason when it would be none."""
        wished = {name: sent[name] for name in (*LISTS, "min_severity")}
        wished |= {name: self._ids(sent[name]) for name in _NAMED}
        try:
            made = silence(
                wished, sent["until"].strip(), self.office.config().knowledge, self.office.now(),
                author=author_of(request), comment=sent["comment"].strip()[:500],
            )  # fmt: skip
        except UsageError as e:
            text = str(e).replace("--", "")
            return self.pages.sorry(request, "That is no silence", text, 400)
        self.office.store.add_silence(made)
        return RedirectResponse("/delivery#silences", 303)

    def _ids(self, text: str) -> str:
        """Parties by id or by any of their names, as ids."""
        names = self.office.choices().names
        parts = (part.strip() for part in text.split(","))
        return ",".join(names.get(part.casefold(), part) for part in parts)

    def unhush(self, request: Request, sent: Form) -> Response:
        if not self.office.store.end_silence(sent["silence"], self.office.now()):
            text = "It has ended already, or never was."
            return self.pages.sorry(request, "No such silence holds", text, 404)
        return RedirectResponse("/delivery#silences", 303)

    # ── the dry run ─────────────────────────────────────────────────────────────

    def rehearse(self, request: Request) -> Response:
        """Where it would go; 404 for an unknown alert, 400 for what no topic flags."""
        item = query(request).get("item", "").strip()[:2_000]
        try:
            found = self._walked(item) if item else None
        except UsageError as e:
            return self.pages.page(request, "routes", 400, item=item, walk=None, why=str(e))
        return self.pages.page(request, "routes", item=item, walk=found, why="")

    def _walked(self, item: str) -> Walk:
        office, now = self.office, self.office.now()
        config = office.config()
        candidate = self._candidate(item)
        memory = Policy(routes=config.routes, inhibitions=config.inhibitions).memory
        recent = [a for a in office.store.recent_alerts(now - memory) if a.id != item]
        silences = office.store.silences(now)
        return walk(config.routes, config.inhibitions, candidate, recent, silences, now)

    def _candidate(self, item: str) -> Candidate:
        office = self.office
        if not item.startswith("al-"):
            return judged(item, office.rules(), office.config().knowledge, office.now())
        newest = max((d.alert for d in office.store.alert(item)), key=lambda a: a.revision,
                     default=None)  # fmt: skip
        if newest is None:
            raise UsageError(f"there is no alert {item!r}")
        return told(newest)
