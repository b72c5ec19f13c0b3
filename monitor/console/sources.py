"""
Feeds: how each fares, what happened to it, and adding, trying and removing them.

    GET  /feeds?state=…                 every feed
    GET  /feeds/{id}                    its history and its latest failure in words
    POST /feeds/add, /remove, /pause, /import   those kept in the store, beside the configured ones
    POST /feeds/test                    fetch once, and say what would happen
    GET  /feeds.opml                    all of them, for another reader
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from monitor.console.desk import author_of
from monitor.console.faring import ADVICE, learned
from monitor.console.office import Form, Office, query
from monitor.console.pages import Pages
from monitor.console.pulse import states
from monitor.console.serving import Desk
from monitor.desk import adding
from monitor.errors import MonitorError, ParseError, StoreError, UsageError
from monitor.fetch.domains import owner
from monitor.model import Feed
from monitor.parse import opml
from monitor.ports import Row
from monitor.secret import hidden

_EVENTS: Final = 100


@dataclass(frozen=True, slots=True)
class Sources:
    """Pages about feeds."""

    office: Office
    pages: Pages

    def routes(self, desk: Desk) -> Sequence[BaseRoute]:
        return (
            desk.shows("/feeds", self.feeds),
            desk.shows("/feeds.opml", self.export),
            desk.does("/feeds/add", self.add),
            desk.does("/feeds/remove", self.remove),
            desk.does("/feeds/pause", self.pause),
            desk.does("/feeds/test", self.test),
            desk.does("/feeds/import", self.imported),
            desk.shows("/feeds/{id}", self.feed),
        )

    def feeds(self, request: Request) -> Response:
        """All of them, those in trouble first."""
        given = query(request)
        known = self.office.hidden(self.office.store.feeds())
        wanted, words = given.get("state", ""), given.get("q", "").casefold()
        shown = [f for f in known if wanted in ("", f["state"]) and _holds(f, words)]
        shown = [f for f in shown if wanted == "retired" or f["state"] != "retired"]
        return self.pages.page(
            request, "feeds",
            feeds=sorted(shown, key=_trouble), states=states(known), wanted=wanted,
            words=given.get("q", ""),
            events=self.office.hidden(self.office.store.events(limit=20)),
        )  # fmt: skip

    def feed(self, request: Request) -> Response:
        """One; 404 when there is none."""
        id_ = str(request.path_params["id"])
        found = next((f for f in self.office.store.feeds() if f["id"] == id_), None)
        if found is None:
            text = f"No feed is called “{id_[:80]}”; the list has them all."
            return self.pages.sorry(request, "There is no such feed", text, 404)
        [feed] = self.office.hidden([found])
        events = self.office.hidden(self.office.store.events(feed_id=id_, limit=_EVENTS))
        return self.pages.page(
            request, "feed", feed=feed, events=events, client=learned(feed.get("client")),
            advice=ADVICE.get(str(feed["failure"]), ""),
        )  # fmt: skip

    def export(self, _request: Request) -> Response:
        """All but those whose address holds a key: a list is made to be given away."""
        config = self.office.config()
        every = [*config.feeds, *self.office.store.own_feeds()]
        text = opml.write(*adding.open_only(every, config.secrets))
        named = {"content-disposition": 'attachment; filename="feeds.opml"'}
        return Response(text, media_type="text/x-opml", headers=named)

    # ── changes ─────────────────────────────────────────────────────────────────

    def add(self, request: Request, sent: Form) -> Response:
        """Poll this address too."""
        url, title = sent["url"].strip(), sent["title"].strip()[:200]
        try:
            adding.check_address(url, adding.WEB)
        except UsageError as e:
            return self._refused(request, e)
        taken = {str(row["id"]) for row in self.office.store.feeds()} | self._configured()
        feed = Feed(
            id=adding.name(title or adding.host_and_path(url), taken), url=url, title=title,
            language=sent["language"].strip().lower()[:2], outlet=owner(url), pack=adding.PACK,
        )  # fmt: skip
        written = any(url == f.url for f in self.office.config().feeds)
        if written or not self.office.store.add_feed(feed, self.office.now()):
            return self._refused(request, UsageError(f"{url} is there already"))
        return RedirectResponse(f"/feeds/{feed.id}", 303)

    def remove(self, request: Request, sent: Form) -> Response:
        """Only those added here or by command; the others stand in files."""
        if not self.office.store.remove_feed(sent["feed"]):
            why = "it stands in a file of the configuration: remove it there, or pause it"
            return self._refused(request, UsageError(f"{sent['feed'][:80]}: {why}"))
        return RedirectResponse("/feeds", 303)

    def pause(self, request: Request, sent: Form) -> Response:
        """Leave it alone for a while, or go on with it, whatever its file says."""
        done = self.office.store.pause_feed(
            sent["feed"], self.office.now(), paused=sent["paused"] == "yes",
            author=author_of(request),
        )  # fmt: skip
        if not done:
            return self._refused(request, UsageError(f"there is no feed {sent['feed'][:80]!r}"))
        return RedirectResponse(f"/feeds/{quote(sent['feed'], safe='')}", 303)

    def test(self, request: Request, sent: Form) -> Response:
        """Fetch it once through the same gate as every poll."""
        url, known = sent["url"].strip(), self._known(sent["feed"])
        try:
            adding.check_address(known or url, adding.WEB)
            facts = self.office.look(known or url)
        except StoreError:
            raise
        except MonitorError as e:
            return self._refused(request, e)
        [shown] = self.office.hidden([facts])
        return self.pages.page(request, "tested", url=url, what=sent["feed"] or url, facts=shown)

    def _known(self, id_: str) -> str:
        """The address of the feed of that id; "" when none has it."""
        every = [*self.office.config().feeds, *self.office.store.own_feeds()]
        return next((feed.url for feed in every if feed.id == id_), "")

    def imported(self, request: Request, sent: Form) -> Response:
        """Every feed of an OPML list."""
        try:
            found = opml.read(sent["opml"].encode("utf-8", "replace"))
        except ParseError as e:
            return self._refused(request, e)
        store, now = self.office.store, self.office.now()
        known = store.feeds()
        there = {str(row["url"]) for row in known if row["state"] != "retired"}
        there |= {f.url for f in self.office.config().feeds}
        fresh = [one for one in found.feeds if one.url not in there]
        taken = {str(row["id"]) for row in known} | self._configured()
        added = adding.take(fresh, taken, lambda feed: store.add_feed(feed, now))
        return self.pages.page(
            request, "imported", added=added, present=len(found.feeds) - len(fresh), found=found
        )

    def _configured(self) -> set[str]:
        return {f.id for f in self.office.config().feeds}

    def _refused(self, request: Request, error: Exception) -> Response:
        said = hidden(str(error), self.office.config().secrets)
        return self.pages.sorry(request, "That cannot be added or done", said, 400)


def _holds(feed: Row, words: str) -> bool:
    return any(words in str(feed[k]).casefold() for k in ("id", "title", "url", "outlet"))


def _trouble(feed: Row) -> tuple[int, str]:
    order = ("gone", "failing", "quiet", "new", "paused", "ok", "retired")
    return order.index(str(feed["state"])), str(feed["id"])
