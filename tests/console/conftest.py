"""A whole console on loopback over a real store, and a plain client to visit it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest

from monitor.assembly import rules
from monitor.config.console import ConsoleSettings
from monitor.config.load import Config, read, shipped
from monitor.console import Server
from monitor.console.access import Access
from monitor.console.health import Probes
from monitor.console.office import Office
from monitor.console.site import Site
from monitor.match import Rules
from monitor.model import Act, Alert, Delivery, Reason, Severity, Stage
from monitor.ports import Store
from monitor.stores.sqlite import open as sqlite
from tests.samples import ALERT, NOW

KEY = b"a key of a process"
HOUR = timedelta(hours=1)
TITLE = "Freedonia orders rockets from Sylvania"
ORDERS = Reason(field="title", start=10, end=16, text="orders", concept="stage:agreed", weight=0.9)


@cache
def shipped_config() -> Config:
    """The configuration that comes with the package, with a short list of feeds."""
    config = read(shipped(), {})
    return replace(config, feeds=config.feeds[:3])


@cache
def shipped_rules() -> Rules:
    return rules(shipped_config())


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    headers: Mapping[str, str]


@dataclass
class Visitor:
    """A browser without eyes: keeps cookies, finds the token of a page's forms."""

    address: str
    store: Store
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        host, _, port = self.address.rpartition(":")
        line = HTTPConnection(host, int(port), timeout=10)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies and "cookie" not in sent:
            sent["cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        line.request(method, path, body or None, sent)
        response = line.getresponse()
        data = response.read()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        line.close()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, data.decode(), found)

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, b"", **headers)

    def post(self, path: str, fields: Mapping[str, str], **headers: str) -> Answer:
        """A form of the page "/", with its token, unless the fields bring one."""
        whole = {"csrf": self.token()} | dict(fields)
        kind = {"content_type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, urlencode(whole).encode(), **(kind | headers))

    def token(self) -> str:
        found = re.search(r'data-csrf="([^"]+)"', self.get("/").text)
        return found[1] if found else ""


def office(store: Store, settings: ConsoleSettings, now: datetime = NOW) -> Office:
    """What the pages ask, with this store behind them."""
    return Office(
        store=store,
        config=shipped_config,
        rules=shipped_rules,
        now=lambda: now,
        probes=probes(),
        access=Access(settings, KEY),
        look=lambda url: {"url": url, "failure": "dns", "detail": "the name <b> does not resolve"},
    )


@contextmanager
def console(
    store: Store, settings: ConsoleSettings | None = None, now: datetime = NOW
) -> Iterator[Visitor]:
    """Everything the daemon shows, with this store behind it."""
    with console_of(office(store, settings or ConsoleSettings(listen=""), now)) as found:
        yield found


@contextmanager
def console_of(whole: Office) -> Iterator[Visitor]:
    """Everything that this office has to show."""
    server = Server("127.0.0.1", 0, whole.probes, site=Site(whole))
    server.start()
    try:
        yield Visitor(server.address, whole.store)
    finally:
        server.stop()


def probes(reasons: Sequence[str] = ()) -> Probes:
    return Probes(
        reasons=lambda: reasons,
        ages=lambda: {"polling": 1.0, "matching": 2.0, "delivering": 0.5},
        metrics=lambda: b"up 1\n",
        metrics_type="text/plain",
        version="0.0-test",
    )


def tell(store: Store, number: int = 1, **changed: object) -> Alert:
    """An alert of a story of its own, told `number` hours before NOW."""
    act = Act(
        stage=Stage.AGREED,
        suppliers=("tr",),
        recipients=("ua", "pl"),
        categories=("artillery",),
        quantity="200",
    )
    plain = {
        "id": f"al-{number}", "story": f"s-{number}", "at": NOW - number * HOUR, "title": TITLE,
        "act": act, "severity": Severity.MEDIUM, "reasons": (ORDERS,),
    }  # fmt: skip
    one = replace(ALERT, **(plain | changed))  # type: ignore[arg-type]
    name = f"dl-{one.id}-{one.revision}"
    store.add_deliveries([Delivery(id=name, alert=one, sink="desk", due=NOW)])
    return one


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = sqlite(f"sqlite:///{tmp_path / 'm.db'}")
    yield found
    found.close()


@pytest.fixture
def web(store: Store) -> Iterator[Visitor]:
    """Three stories, the newest first."""
    for number in (1, 2, 3):
        tell(store, number, severity=list(Severity)[number])
    with console(store) as found:
        yield found
