"""
Putting stories right: merging, splitting, marking, and taking it back.

    GET  /story/{id}/merge      stories it may belong with
    POST /repair/merge, /split  asks whether it is meant so, and with `sure` does it
    POST /repair/mark, /undo
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from monitor.console.desk import author_of
from monitor.console.office import Form, Office, query
from monitor.console.pages import Pages
from monitor.console.serving import Desk
from monitor.desk.mending import Mending, Wish, said
from monitor.errors import UsageError
from monitor.model import Mark, Repair, Story
from monitor.story.keys import keys
from monitor.story.view import view

_ALIKE: Final = 8  # stories offered for a merge
_BACK: Final = timedelta(days=365)
_COMMENT: Final = 500  # characters

Act = Callable[[Mending, Wish], Repair]


@dataclass(frozen=True, slots=True)
class Repairs:
    """Pages that change what belongs together."""

    office: Office
    pages: Pages

    def routes(self, desk: Desk) -> Sequence[BaseRoute]:
        return (
            desk.shows("/story/{id}/merge", self.alike),
            desk.does("/repair/merge", self.merge),
            desk.does("/repair/split", self.split),
            desk.does("/repair/mark", self.mark),
            desk.does("/repair/undo", self.undo),
        )

    def alike(self, request: Request) -> Response:
        """Stories that share most with this one, or what somebody looked for among them."""
        story = self.office.store.story(str(request.path_params["id"]))
        if story is None:
            return self._none(request)
        words = query(request).get("q", "")
        found = self._found(words) if words else self._alike(story)
        return self.pages.page(
            request, "merge", story=story, words=words,
            others=[s for s in found if s.id != story.id][:_ALIKE],
        )  # fmt: skip

    def _alike(self, story: Story) -> Sequence[Story]:
        judge = self.office.judging()
        asked = dict.fromkeys(k for m in story.members for k in keys(m, view(m, judge)))
        return self.office.store.candidates(tuple(asked), story.first_seen - _BACK)

    def _found(self, words: str) -> Sequence[Story]:
        hits = self.office.store.search(words, limit=50)
        names = dict.fromkeys(str(hit["story"]) for hit in hits if hit["story"])
        return [s for s in map(self.office.store.story, names) if s is not None]

    # ── changes ─────────────────────────────────────────────────────────────────

    def merge(self, request: Request, sent: Form) -> Response:
        """One story of two or more; which they are stands on the page that asks."""
        names = [sent["story"], *map(_name, sent.each("other"))]
        stories = [self.office.store.story(name) for name in names if name]
        if None in stories or len({s.id for s in stories if s}) < 2:
            text = "Choose another story: one of the list, or its id or address."
            return self.pages.sorry(request, "With which story?", text, 400)
        if not sent["sure"]:
            oldest = min((s for s in stories if s), key=lambda s: (s.first_seen, s.id))
            return self.pages.page(
                request, "sure", deed="merge", stories=stories, story=oldest, entries=()
            )
        return self._done(request, sent, lambda do, wish: do.merge([n for n in names if n], wish))

    def split(self, request: Request, sent: Form) -> Response:
        """Some accounts as a story of their own; nobody is told unless `alert` is ticked."""
        story, chosen = self.office.store.story(sent["story"]), sent.each("entry")
        if story is None:
            return self._none(request)
        members = self.office.store.accounts(story.id)
        moved = [m for m in members if f"{m.feed_id}/{m.entry_id}" in chosen]
        if not moved or len(moved) == len(members):
            text = "Tick the accounts that tell another story: some of them, not all."
            return self.pages.sorry(request, "Which accounts?", text, 400)
        if not sent["sure"]:
            return self.pages.page(
                request, "sure", deed="split", stories=[story], story=story, entries=moved
            )
        return self._done(
            request, sent,
            lambda do, wish: do.split(story.id, chosen, wish, tell=sent["alert"] == "yes"),
        )  # fmt: skip

    def mark(self, request: Request, sent: Form) -> Response:
        """Done, irrelevant or open again."""
        mark = next((m for m in Mark if m.value == sent["mark"]), None)
        if mark is None:
            return self.pages.sorry(request, "There is no such mark", "", 400)
        return self._done(request, sent, lambda do, wish: do.mark(sent["story"], mark, wish))

    def undo(self, request: Request, sent: Form) -> Response:
        """As if it had not been done, once somebody has said so twice."""
        if not sent["sure"]:
            found = [r for r in self.office.store.repairs(sent["repair"]) if r.id == sent["repair"]]
            if not found:
                return self.pages.sorry(request, "There is no such repair", "", 404)
            return self.pages.page(
                request, "sure", deed="undo", stories=(), story=None, entries=(),
                repair=found[0], words=said(found[0]),
            )  # fmt: skip
        return self._done(request, sent, lambda do, wish: do.undo(sent["repair"], wish))

    def _done(self, request: Request, sent: Form, act: Act) -> Response:
        office = self.office
        do = Mending(store=office.store, config=office.config(), judging=office.judging)
        comment = " ".join(sent["comment"].split())[:_COMMENT]
        try:
            repair = act(do, Wish(author=author_of(request), at=office.now(), comment=comment))
        except UsageError as e:
            return self.pages.sorry(request, "That cannot be done", str(e), 400)
        return RedirectResponse(f"/story/{quote(repair.story, safe='')}", 303)

    def _none(self, request: Request) -> Response:
        text = "It may have been joined to another story, or the address was cut."
        return self.pages.sorry(request, "There is no such story", text, 404)


def _name(text: str) -> str:
    """A story's id, from itself or from the address of its page."""
    path = urlsplit(text.strip()).path
    return path.rpartition("/")[2]
