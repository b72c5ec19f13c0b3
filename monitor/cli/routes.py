"""monitor routes list|test: where an alert would go, and the reason at every step."""

import argparse
from datetime import datetime

from monitor.alert import Policy
from monitor.alert.muting import cooling, inhibited, silenced, told
from monitor.alert.routing import Candidate, Path, route
from monitor.alert.severity import weigh
from monitor.alert.timing import when
from monitor.app import clock
from monitor.cli.setting import configuration, opened, rules
from monitor.cli.show import dumps, rows
from monitor.config.load import Config
from monitor.config.routes import Route
from monitor.errors import StoreError, UsageError
from monitor.match import match
from monitor.match.regimes import facts
from monitor.model import Alert, Entry, Silence

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
    candidate = told(alert) if alert else _judged(config, " ".join(given.item), now)
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


def _judged(config: Config, text: str, now: datetime) -> Candidate:
    """A headline as the detector reads it."""
    entry = Entry(feed_id="", id="", url="", title=text, published=now)
    found = sorted(match(entry, rules(config.knowledge), now), key=lambda m: -m.score)
    flagged = [m for m in found if m.flagged]
    if not flagged:
        raise UsageError(f"no topic flags it ({found[0].why}); try `monitor explain`")
    act = next((m.act for m in flagged if m.act), None)
    known = facts(config.knowledge.regimes)
    regimes = [known[r] for r in (act.regimes if act else ()) if r in known]
    rule = config.knowledge.topics[flagged[0].topic].severity
    return Candidate(
        topics=tuple(m.topic for m in flagged),
        severity=weigh(act, regimes, 1, rule).severity,
        act=act,
        language=flagged[0].language,
        score=flagged[0].score,
    )


def _walk(
    given: argparse.Namespace,
    config: Config,
    candidate: Candidate,
    recent: tuple[Alert, ...],
    silences: tuple[Silence, ...],
    now: datetime,
) -> int:
    path = route(config.routes, candidate)
    general = silenced(silences, candidate, now)
    general = general or inhibited(config.inhibitions, candidate, recent, now)
    goals = {g: general or cooling(g, candidate, recent, now) for g in path.goals}
    ends = [
        {"sink": sink, "when": at.due, "how": why or at.why or "at once", "sent": not why}
        for goal, why in goals.items()
        for at in (when(goal, candidate.severity, now),)
        for sink in goal.sinks
    ]
    if given.json:
        facts_ = {"severity": candidate.severity.value, "topics": candidate.topics}
        print(dumps({**facts_, "steps": _steps(path), "ends": ends}))
    else:
        print(f"{candidate.severity.value}, {', '.join(candidate.topics)}")
        rows(_steps(path), _COLUMNS, as_json=False)
        rows(ends, ("sink", "when", "how"), as_json=False)
    return 0 if any(end["sent"] for end in ends) else 1


def _steps(path: Path) -> list[dict[str, object]]:
    return [
        {
            "route": step.number,
            "takes it": "no"
            if step.refusal
            else "yes"
            if step.route in path.goals
            else "asks below",
            "why not": step.refusal or None,
            "sinks": ", ".join(step.route.sinks),
        }
        for step in path.steps
    ]
