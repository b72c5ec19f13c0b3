"""monitor routes list|test: where an alert would go, and the reason at every step."""

import argparse
from datetime import datetime

from monitor.alert import Policy
from monitor.alert.muting import told
from monitor.alert.routing import Candidate
from monitor.app import clock
from monitor.cli.setting import configuration, opened, rules
from monitor.cli.show import dumps, rows
from monitor.config.load import Config
from monitor.config.routes import Route
from monitor.desk.rehearsal import judged, walk
from monitor.errors import StoreError, UsageError
from monitor.model import Alert, Silence

_COLUMNS = ("route", "takes it", "why not", "sinks")


def arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="what", metavar="list|test", required=True)
    kinds.add_parser("list", help="the routes as they are read")
    one = kinds.add_parser("test", help="the whole walk of one alert or text")
    one.add_argument("item", nargs="+", help="an alert's id (al-…) or a headline")


def run(given: argparse.Namespace) -> int:
    """1 when the item would reach nobody."""
    config = configuration(given)
    if given.what == "list":
        rows([_listed(r, n) for n, r in _numbered(config.routes)], _LISTED, as_json=given.json)
        return 0
    now = clock()
    recent, silences, alert = _remembered(config, " ".join(given.item), now)
    if alert:
        candidate = told(alert)
    else:
        known = config.knowledge
        candidate = judged(" ".join(given.item), rules(known), known, now)
    return _walk(given, config, candidate, recent, silences, now)


_LISTED = ("route", "name", "sinks", "updates", "line")


def _numbered(routes: tuple[Route, ...], above: str = "") -> list[tuple[str, Route]]:
    found: list[tuple[str, Route]] = []
    for number, one in enumerate(routes, 1):
        found += [(f"{above}{number}", one), *_numbered(one.routes, f"{above}{number}.")]
    return found


def _listed(one: Route, number: str) -> dict[str, object]:
    return {
        "route": number,
        "name": one.name,
        "sinks": ", ".join(one.sinks),
        "updates": one.updates,
        "line": one.line,
    }


def _remembered(
    config: Config, item: str, now: datetime
) -> tuple[tuple[Alert, ...], tuple[Silence, ...], Alert | None]:
    """What the store has to say, as far as there is one yet."""
    wanted = item.startswith("al-")
    memory = Policy(routes=config.routes, inhibitions=config.inhibitions).memory
    try:
        with opened(config, read_only=True) as store:
            now = store.time(now)
            found = store.alert(item) if wanted else ()
            newest = max((d.alert for d in found), key=lambda a: a.revision, default=None)
            recent = [a for a in store.recent_alerts(now - memory) if a.id != item]
            silences = store.silences(now)
    except StoreError:
        if wanted:
            raise
        return (), (), None
    if wanted and newest is None:
        raise UsageError(f"there is no alert {item!r}; see `monitor alerts list`")
    return tuple(recent), tuple(silences), newest


def _walk(
    given: argparse.Namespace,
    config: Config,
    candidate: Candidate,
    recent: tuple[Alert, ...],
    silences: tuple[Silence, ...],
    now: datetime,
) -> int:
    found = walk(config.routes, config.inhibitions, candidate, recent, silences, now)
    if given.json:
        facts_ = {"severity": candidate.severity.value, "topics": candidate.topics}
        print(
            dumps(
                {**facts_, "severity_why": candidate.why, "steps": found.steps, "ends": found.ends}
            )
        )
    else:
        print(f"{', '.join(candidate.topics)}. {candidate.why or candidate.severity.value}")
        rows(found.steps, _COLUMNS, as_json=False)
        rows(found.ends, ("sink", "when", "how"), as_json=False)
    return 0 if any(end["sent"] for end in found.ends) else 1
