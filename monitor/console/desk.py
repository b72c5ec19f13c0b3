"""
The desk: stories newest first under any filter, each story whole, and what people say of them.

    GET  /               filters in the address
    GET  /story/{id}     timeline, sources, act, embargoes, who was told
    POST /say, /mute     an opinion; nobody is told of the story for 30 days
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from monitor.console import filters
from monitor.console.office import Form, Office, session
from monitor.console.opinions import muted
from monitor.console.pages import Pages
from monitor.console.serving import Desk, back
from monitor.console.words import around
from monitor.desk.mending import said
from monitor.model import Alert, Delivery, Label, Mark, Opinion, Page, View

ROWS: Final = 50
_SAYS: Final = (Opinion.RELEVANT, Opinion.NOT_RELEVANT, Opinion.SEEN)
_NOTHING: Final = Page(alerts=(), labels={})


@dataclass(frozen=True, slots=True)
class Stories:
    """Pages about stories."""

    office: Office
    pages: Pages

    def routes(self, desk: Desk) -> Sequence[BaseRoute]:
        return (
            desk.shows("/", self.desk),
            desk.shows("/story/{id}", self.story),
            desk.does("/say", self.say),
            desk.does("/mute", self.mute),
        )

    # ── the desk ────────────────────────────────────────────────────────────────

    def desk(self, request: Request) -> Response:
        """Stories that meet the filters; 400 when the filters make no sense."""
        asked = self.office.asked(request)
        store, bad = self.office.store, bool(asked.problems)
        found = _NOTHING if bad else store.page(asked.view, limit=ROWS, after=asked.after)
        return self.pages.page(
            request, "desk", 400 if bad else 200,
            asked=asked, found=found, options=self.office.choices().of,
            snippets=self._snippets(asked.view.words, found.alerts),
            spans=filters.SPANS, feed_key=self.office.access.feed_key,
        )  # fmt: skip

    def _snippets(self, words: str, alerts: Sequence[Alert]) -> Mapping[str, str]:
        """
        Story → the words around what was searched, where the alert itself does not show them.

        Not Store.search(): it ranks every entry that holds the words, and took 0.4 s for one
        that is in a quarter of 50,000.
        """
        found: dict[str, str] = {}
        for alert in alerts if words else ():
            if not around((alert.title, alert.summary), words):
                story = self.office.store.story(alert.story)
                texts = [t for m in (story.members if story else ()) for t in (m.title, m.summary)]
                found[alert.story] = around(texts, words)
        return {story: text for story, text in found.items() if text}

    # ── one story ───────────────────────────────────────────────────────────────

    def story(self, request: Request) -> Response:
        """Everything about it; 404 when there is none."""
        id_, store = str(request.path_params["id"]), self.office.store
        whole, alert = store.story(id_), store.last_alert(id_)
        if whole is None and alert is None:
            return self.pages.sorry(
                request,
                "There is no such story",
                f"Nothing is known of “{id_[:80]}”. It may have been joined to another story "
                "under another name, or the address was cut.",
                404,
            )
        alert_id = alert.id if alert else ""
        told = store.deliveries(alert=alert_id, limit=200) if alert else ()
        labels = store.page(View(facets={"story": alert.story})).labels if alert else {}
        return self.pages.page(
            request, "story",
            id=id_, story=whole, alert=alert, members=store.accounts(id_),
            repairs=[(r, said(r)) for r in store.repairs(whole.id if whole else id_)],
            marks=list(Mark), revisions=_revisions(store.alert(alert_id), alert),
            told=[(one, store.attempts(str(one["id"]))) for one in told],
            labels=labels.get(alert_id, ()), decisions=store.decisions(whole.id if whole else id_),
            silences=[s for s in store.silences(self.office.now())
                      if id_ in s.conditions.get("stories", ())],
        )  # fmt: skip

    # ── what people say ─────────────────────────────────────────────────────────

    def say(self, request: Request, sent: Form) -> Response:
        """Note an opinion."""
        opinion = next((o for o in _SAYS if o.value == sent["opinion"]), None)
        if opinion is None or not self.office.store.alert(sent["alert"]):
            return self._gone(request)
        author, note = author_of(request), sent["note"].strip()[:1000]
        self.office.store.add_label(
            Label(
                opinion=opinion, at=self.office.now(), author=author, alert=sent["alert"], note=note
            )
        )
        return back(sent)

    def mute(self, request: Request, sent: Form) -> Response:
        """Tell nobody of the story for 30 days."""
        found = self.office.store.alert(sent["alert"])
        if not found:
            return self._gone(request)
        silence = muted(found[0].alert, author_of(request), self.office.now())
        self.office.store.add_silence(replace(silence, comment="muted at the desk"))
        return back(sent)

    def _gone(self, request: Request) -> Response:
        text = "It may have been one of a test, or the page is old. Nothing was noted."
        return self.pages.sorry(request, "There is no such alert", text, 404)


def author_of(request: Request) -> str:
    """Whose opinion it is."""
    return session(request).name or "desk"


def _revisions(told: Sequence[Delivery], last: Alert | None) -> Sequence[Alert]:
    """Every revision that went out, and the last one, oldest first."""
    found: dict[int, Alert] = {last.revision: last} if last else {}
    for one in told:
        found.setdefault(one.alert.revision, one.alert)
    return sorted(found.values(), key=_when)


def _when(alert: Alert) -> tuple[datetime, int]:
    return alert.at, alert.revision
