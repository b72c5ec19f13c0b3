"""
Delivery: destinations, queue, dead letters, silences, and where an alert would go.

    GET  /delivery?state=…&sink=…&item=…   item: a dry run of the routes
    POST /delivery/retry           dead or waiting ones are due now
    POST /silences/add, /end
    GET  /delivery/routes?item=…   a dry run of an alert or a headline
"""

from collections.abc import Mapping, Sequence
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
from monitor.console.wishes import conditions, manner, meant, numbered, words
from monitor.desk.rehearsal import Walk, judged, walk
from monitor.desk.silencing import LISTS, silence
from monitor.errors import UsageError
from monitor.model import Severity

_STATES: Final = ("due", "done", "dead")
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
        item = given.get("item", "").strip()[:2_000]
        walked, why = self._tried(item)
        return self.pages.page(
            request, "delivery", 400 if why else 200, item=item, walk=walked, why=why,
            sinks=store.sinks(), state=state, sink=sink, states=_STATES,
            deliveries=store.deliveries(state=state, sink=sink, limit=_ROWS),
            silences=[(one, self._words(one.conditions))
                      for one in store.silences(self.office.now())],
            routes=self._routes(), lists=LISTS, feeds=self._feeds(),
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
        options, feeds = self.office.choices(), self._feeds()
        wished = {name: meant(name, sent[name], options, feeds) for name in LISTS}
        wished |= {name: sent[name] for name in ("min_severity", "min_score")}
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

    def _words(self, conditions: Mapping[str, Sequence[str]]) -> str:
        """Conditions by name; a story by its title."""
        feeds = self._feeds()
        name = {"feeds": lambda id_: feeds.get(id_, id_), "stories": self._title}
        return words(conditions, self.office.choices(), name)

    def _title(self, id_: str) -> str:
        story = self.office.store.story(id_)
        title = story.members[0].title if story and story.members else ""
        return f"“{title[:100]}”" if title else id_

    def _feeds(self) -> Mapping[str, str]:
        """The title of every feed, by id."""
        every = (*self.office.config().feeds, *self.office.store.own_feeds())
        return {f.id: f.title or f.id for f in every}

    def _routes(self) -> Sequence[Mapping[str, object]]:
        """Every route in the order in which they are asked."""
        return [
            {"number": number, "name": one.name, "takes": self._words(conditions(one)),
             "sinks": ", ".join(one.sinks), "how": manner(one), "line": one.line}
            for number, one in numbered(self.office.config().routes)
        ]  # fmt: skip

    def unhush(self, request: Request, sent: Form) -> Response:
        if not self.office.store.end_silence(sent["silence"], self.office.now()):
            text = "It has ended already, or never was."
            return self.pages.sorry(request, "No such silence holds", text, 404)
        return RedirectResponse("/delivery#silences", 303)

    # ── the dry run ─────────────────────────────────────────────────────────────

    def rehearse(self, request: Request) -> Response:
        """Where it would go; 404 for an unknown alert, 400 for what no topic flags."""
        item = query(request).get("item", "").strip()[:2_000]
        walked, why = self._tried(item)
        return self.pages.page(
            request, "routes", 400 if why else 200, item=item, walk=walked, why=why
        )

    def _tried(self, item: str) -> tuple[Walk | None, str]:
        """The way it would go, or why it goes none."""
        try:
            return (self._walked(item) if item else None), ""
        except UsageError as e:
            return None, str(e)

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
