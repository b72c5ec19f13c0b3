"""
Templates become pages: everything a stranger wrote is escaped, and nothing is markup of theirs.

The only file importing jinja2.
"""

import hashlib
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from monitor.console import words
from monitor.console.office import Office, session
from monitor.terminal import visible

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"
# Path, what the navigation calls it.
PLACES: Final = (
    ("/", "Desk"),
    ("/flows", "Flows"),
    ("/why", "Why"),
    ("/feeds", "Feeds"),
    ("/delivery", "Delivery"),
    ("/health", "Health"),
)


class Pages:
    """Renders; thread-safe."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.filters.update(
            stamp=words.stamp, iso=words.iso, web=words.web, host=words.host, plain=words.plain,
            span=words.length, name=office.name, visible=lambda text: visible(str(text)),
        )  # fmt: skip
        self._environment.tests["moment"] = lambda value: isinstance(value, datetime)
        self._environment.globals.update(
            pieces=words.pieces, places=PLACES, version=office.probes.version,
            assets=self.assets, guarded=office.access.guarded,
            proxied=bool(office.access.settings.proxy_header),
        )  # fmt: skip

    @cached_property
    def assets(self) -> str:
        """Changes whenever a static file does, so that browsers may keep them for long."""
        own = sorted(f for f in STATIC.iterdir() if f.suffix in (".css", ".js", ".json"))
        return hashlib.sha256(b"".join(f.read_bytes() for f in own)).hexdigest()[:12]

    def load(self) -> None:
        """Compile every template now, and not while somebody waits."""
        for name in self._environment.list_templates():
            self._environment.get_template(name)

    def page(self, request: Request, name: str, status: int = 200, **values: Any) -> Response:
        """The template `name` as an answer."""
        now, who = self._office.now(), session(request)
        whole = self._environment.get_template(f"{name}.html").render(
            now=now,
            ago=lambda moment: words.age(moment, now),
            who=who,
            csrf=self._office.access.csrf(who),
            here=request.url.path,
            here_now=lambda: _whole(request),
            **values,
        )
        return HTMLResponse(whole, status)

    def sorry(self, request: Request, title: str, text: str, status: int) -> Response:
        """A page that says what went wrong and what to do."""
        return self.page(request, "sorry", status, title=title, text=text)


def _whole(request: Request) -> str:
    """Path and query, to come back to after a form."""
    query = request.url.query
    path = quote(request.url.path, safe="/")
    return f"{path}?{query}" if query else path
