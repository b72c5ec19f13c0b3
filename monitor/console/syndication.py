"""
GET /feed.rss and /feed.json: the stories of any filter, for feed readers.

Sources: https://www.rssboard.org/rss-specification and https://www.jsonfeed.org/version/1.1/
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import quote
from xml.etree import ElementTree as Xml

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute

from monitor.console.office import Office
from monitor.console.serving import Desk
from monitor.console.words import iso
from monitor.model import Alert
from monitor.terminal import visible

ITEMS: Final = 50
_ATOM: Final = "http://www.w3.org/2005/Atom"
# What XML 1.0 has no way to write: https://www.w3.org/TR/xml/#charsets
_UNWRITABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Xml.register_namespace("atom", _ATOM)


@dataclass(frozen=True, slots=True)
class Syndication:
    """The desk as feeds."""

    office: Office

    def routes(self, desk: Desk) -> Sequence[BaseRoute]:
        return (desk.shows("/feed.rss", self.rss), desk.shows("/feed.json", self.json))

    def rss(self, request: Request) -> Response:
        return self._fed(request, "application/rss+xml")

    def json(self, request: Request) -> Response:
        return self._fed(request, "application/feed+json")

    def _fed(self, request: Request, kind: str) -> Response:
        """400 with the reasons when the filters make no sense."""
        asked = self.office.asked(request)
        if asked.problems:
            return PlainTextResponse("\n".join(asked.problems) + "\n", 400)
        alerts = self.office.store.page(asked.view, limit=ITEMS, after=asked.after).alerts
        home = home_of(self.office, request)
        make = as_rss if kind == "application/rss+xml" else as_json
        title = f"arms monitor: {asked.query}" if asked.query else "arms monitor"
        body = make([Item(a, self._headline(a)) for a in alerts], title, home, asked.query)
        return Response(body, media_type=kind)

    def _headline(self, alert: Alert) -> str:
        """Who, to whom, how far: what the title of a report seldom says."""
        if alert.act is None:
            return alert.severity.value
        sides = [
            ", ".join(self.office.name(id_) for id_ in ids) or "?"
            for ids in (alert.act.suppliers, alert.act.recipients)
        ]
        items = ", ".join(c.replace("_", " ") for c in alert.act.categories)
        parts = (alert.severity.value, alert.act.stage.value, " → ".join(sides), items)
        return " · ".join(p for p in parts if p)


@dataclass(frozen=True, slots=True)
class Item:
    """One alert and its headline."""

    alert: Alert
    headline: str

    @property
    def id(self) -> str:
        """A new one for every revision, so that readers show an update."""
        return f"{self.alert.id}-{self.alert.revision}"

    @property
    def text(self) -> str:
        changed = [f"Update: {change}" for change in self.alert.changes]
        return visible("\n".join((self.headline, *changed, self.alert.summary)))


def home_of(office: Office, request: Request) -> str:
    """Where people reach us: as configured, else as this request did."""
    return office.access.settings.url or str(request.base_url).rstrip("/")


def as_rss(items: Sequence[Item], title: str, home: str, query: str) -> bytes:
    """RSS 2.0."""
    root = Xml.Element("rss", version="2.0")
    channel = Xml.SubElement(root, "channel")
    _leaf(channel, "title", title)
    _leaf(channel, "link", f"{home}/?{query}")
    _leaf(channel, "description", "Arms transfers and embargoes, once per story")
    here = {"href": f"{home}/feed.rss?{query}", "rel": "self", "type": "application/rss+xml"}
    Xml.SubElement(channel, f"{{{_ATOM}}}link", here)
    for one in items:
        item = Xml.SubElement(channel, "item")
        _leaf(item, "title", visible(one.alert.title))
        _leaf(item, "link", story_link(home, one.alert))
        _leaf(item, "description", one.text)
        _leaf(item, "pubDate", format_datetime(one.alert.at))
        _leaf(item, "category", one.alert.topic)
        _leaf(item, "guid", one.id).set("isPermaLink", "false")
    data: bytes = Xml.tostring(root, "utf-8", xml_declaration=True)
    return data


def as_json(items: Sequence[Item], title: str, home: str, query: str) -> bytes:
    """JSON Feed 1.1."""
    whole: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": title,
        "home_page_url": f"{home}/?{query}",
        "feed_url": f"{home}/feed.json?{query}",
        "items": [
            {
                "id": one.id,
                "url": story_link(home, one.alert),
                "external_url": one.alert.url,
                "title": visible(one.alert.title),
                "content_text": one.text,
                "date_published": iso(one.alert.at),
                "language": one.alert.language,
                "tags": [one.alert.topic, one.alert.severity.value],
            }
            for one in items
        ],
    }
    return json.dumps(whole, ensure_ascii=False).encode("utf-8", "replace")


def story_link(home: str, alert: Alert) -> str:
    return f"{home}/story/{quote(alert.story, safe='')}"


def _leaf(parent: Xml.Element, name: str, text: str) -> Xml.Element:
    leaf = Xml.SubElement(parent, name)
    leaf.text = _UNWRITABLE.sub("", text)
    return leaf
