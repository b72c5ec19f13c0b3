"""
Stories become Alerts: Told → Alerted.

One alert per story. Its first member raises it, each materially new fact raises its next
revision, and everything else is withheld with the reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from monitor.alert.identity import alert_id, delivery_id
from monitor.alert.routing import Path, route
from monitor.alert.severity import Weighed, weigh
from monitor.config.routes import Route
from monitor.model import (
    Act,
    Alert,
    Delivery,
    Entry,
    Match,
    Reason,
    RegimeFact,
    Relation,
    Source,
    Stop,
    Told,
)

_TITLE = 500  # characters, far above any headline; a feed may send a megabyte
_SUMMARY = 2_000
_REASONS = 40
_KEPT: Final = {
    Relation.COPY: "the same text as a story already known",
    Relation.REPORT: "another account of a story already known, with nothing new",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerted:
    """What came of one told entry: alerts and their deliveries, or what stopped it."""

    alerts: tuple[Alert, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    stopped_by: Stop | None = None  # None: an alert was raised
    why: str  # one line: where it went, or why it went nowhere


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """An entry with everything that is known when it is judged."""

    told: Told
    entry: Entry
    matches: tuple[Match, ...]  # strongest first
    facts: Mapping[str, RegimeFact]
    independent: int

    @property
    def act(self) -> Act | None:
        """Of the strongest topic that found one."""
        return next((m.act for m in self.matches if m.act), None)


def alert(
    told: Told,
    entry: Entry,
    matches: Sequence[Match],
    *,
    routes: Sequence[Route],
    facts: Mapping[str, RegimeFact],
    sources: Sequence[Source],
    independent: int,
    now: datetime,
) -> Alerted:
    """
    The alert that a flagged entry raises, with a delivery for each sink its routes name.

    `matches` are the topics that flagged it: one alert, named by the strongest.
    """
    ranked = tuple(sorted(matches, key=lambda m: -m.score))
    case = _Case(told=told, entry=entry, matches=ranked, facts=facts, independent=independent)
    weighed, path = _judge(case, case.act, independent, routes)
    kept = _KEPT.get(told.member.relation)
    if kept and not _graver(case, path, routes):
        return Alerted(stopped_by=Stop.STORY, why=f"{kept} ({told.reason})")
    if not path.sinks:
        return Alerted(stopped_by=Stop.ROUTE, why=path.why)
    raised = _alert(case, weighed, sources, now)
    return Alerted(
        alerts=(raised,),
        deliveries=tuple(_delivery(raised, sink, now) for sink in path.sinks),
        why=f"{weighed.why} {path.why}",
    )


def _judge(
    case: _Case, act: Act | None, independent: int, routes: Sequence[Route]
) -> tuple[Weighed, Path]:
    weighed = weigh(act, _regimes(act, case.facts), independent)
    return weighed, route(routes, [m.topic for m in case.matches], weighed.severity)


def _graver(case: _Case, path: Path, routes: Sequence[Route]) -> bool:
    """
    Whether a story nobody was told of has now become grave enough for a route.

    Were an earlier member enough, it was told, or kept back on purpose (a baseline).
    """
    if case.told.story.revision > 0 or not path.sinks:
        return False
    earlier = [m for m in case.told.story.members if m != case.told.member]
    return not any(_judge(case, m.act, 1, routes)[1].sinks for m in earlier)


def _regimes(act: Act | None, facts: Mapping[str, RegimeFact]) -> tuple[RegimeFact, ...]:
    return tuple(facts[r] for r in (act.regimes if act else ()) if r in facts)


def _alert(case: _Case, weighed: Weighed, sources: Sequence[Source], now: datetime) -> Alert:
    told, entry, best = case.told, case.entry, case.matches[0]
    revision = told.story.revision + 1
    return Alert(
        id=alert_id(told.story.id),
        story=told.story.id,
        revision=revision,
        topic=best.topic,
        severity=weighed.severity,
        title=entry.title[:_TITLE],
        url=entry.url,
        outlet=entry.outlet,
        published=entry.published,
        first_seen=told.story.first_seen,
        at=now,
        summary=entry.summary[:_SUMMARY],
        act=case.act,
        reasons=_reasons(best),
        regimes=_regimes(case.act, case.facts),
        sources=tuple(sources),
        independent_sources=case.independent,
        changes=told.changes if revision > 1 else (),
        score=best.score,
        language=best.language,
        severity_why=weighed.why,
        feed_id=entry.feed_id,
    )


def _reasons(match: Match) -> tuple[Reason, ...]:
    """The words that prove it, as far as the alert carries the text they stand in."""
    limits = {"title": _TITLE, "summary": _SUMMARY}
    shown = (r for r in match.reasons if r.end <= limits.get(r.field, r.end))
    return tuple(shown)[:_REASONS]


def _delivery(alert: Alert, sink: str, now: datetime) -> Delivery:
    return Delivery(id=delivery_id(alert.id, alert.revision, sink), alert=alert, sink=sink, due=now)
