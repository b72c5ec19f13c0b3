"""What a daemon shows over HTTP: its health to all who ask, its pages where it is a console."""

import secrets
from time import monotonic

from monitor import __version__
from monitor.app import Monitor
from monitor.assembly import gate
from monitor.cli import trying
from monitor.console import Server
from monitor.console.access import Access
from monitor.console.health import Probes
from monitor.console.office import Office
from monitor.console.opinions import Opinions
from monitor.console.pushes import Callbacks
from monitor.console.replies import through
from monitor.console.site import Site
from monitor.errors import StoreError
from monitor.match import Rules
from monitor.metrics import CONTENT_TYPE, by_feed


def front(m: Monitor) -> Server | None:
    """
    The server, bound but not yet serving; None when it is turned off.

    Every role answers /healthz, /readyz, /metrics and hubs; pages are the console's alone.

    Raises:
        UsageError: its address cannot be listened on.
    """
    settings = m.parts.config.settings
    if not settings.console.listen:
        return None
    probes = Probes(
        reasons=lambda: m.health.reasons(monotonic()),
        ages=lambda: dict(m.health.ages(monotonic())),
        metrics=m.metrics_text,
        feeds=lambda: _by_feed(m),
        metrics_type=CONTENT_TYPE,
        version=__version__,
    )
    heard = Opinions(
        store=m.store,
        settings=lambda: m.parts.config.settings.feedback,
        now=m.now,
        reply=through(lambda: gate(m.parts.config.settings), m.now),
    )
    called = Callbacks(
        store=m.store,
        pushes=lambda: m.parts.pushes,
        now=m.now,
        min_interval=lambda: m.parts.config.settings.poll.min_interval,
    )
    routes = [*heard.routes(), *called.routes()]
    site = Site(_office(m, probes)) if settings.cluster.role.shows else None
    return Server(*settings.console.address, probes, routes, site)


def _office(m: Monitor, probes: Probes) -> Office:
    def rules() -> Rules:
        return m.parts.course.stages.rules

    return Office(
        store=m.store,
        config=lambda: m.parts.config,
        rules=rules,
        now=m.now,
        probes=probes,
        access=Access(m.parts.config.settings.console, secrets.token_bytes(32)),
        look=lambda url: trying.once(m.parts.config, rules, url, m.now()),
    )


def _by_feed(m: Monitor) -> bytes:
    """How polite we were to each feed; nothing while the store cannot be read."""
    try:
        return by_feed(m.store.feeds())
    except StoreError:
        m.metrics.errors.labels("store").inc()
        return b""
