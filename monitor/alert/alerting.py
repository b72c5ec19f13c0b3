"""
Stories become Alerts: Told → Alerted.

One alert per story. Its first member raises it, each materially new fact raises its next
revision, and everything else is withheld with the reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from monitor.alert.identity import alert_id, delivery_id
from monitor.alert.muting import cooling, inhibited, silenced
from monitor.alert.quoting import TITLE, shown
from monitor.alert.routing import Candidate, Path, route
from monitor.alert.severity import Weighed, weigh
from monitor.alert.timing import When, when
from monitor.config.routes import Inhibition, Route
from monitor.config.severity import PLAIN, SeverityRule
from monitor.model import (
    Act,
    Alert,
    Delivery,
    Entry,
    Match,
    RegimeFact,
    Relation,
    Silence,
    Source,
    Stop,
    Told,
)

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
class Policy:
    """What the operator wants: who gets what, and what is kept back."""

    routes: tuple[Route, ...]
    inhibitions: tuple[Inhibition, ...] = ()
    silences: tuple[Silence, ...] = ()
    severities: Mapping[str, SeverityRule] = field(default_factory=dict)  # by topic

    def severity(self, topic: str) -> SeverityRule:
        """What makes an alert of the topic grave."""
        return self.severities.get(topic, PLAIN)

    @property
    def memory(self) -> timedelta:
        """How far back alerts matter; none, where nothing asks for them."""
        spans = [one.within for one in self.inhibitions]
        spans += [one.cooldown for one in _all(self.routes)]
        return max(spans, default=timedelta(0))


def _all(routes: Sequence[Route]) -> Iterator[Route]:
    for one in routes:
        yield one
        yield from _all(one.routes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """An entry with everything that is known when it is judged."""

    told: Told
    entry: Entry
    matches: tuple[Match, ...]  # strongest first
    facts: Mapping[str, RegimeFact]
    independent: int
    policy: Policy

    @property
    def act(self) -> Act | None:
        """Of the strongest topic that found one."""
        return next((m.act for m in self.matches if m.act), None)


def alert(
    told: Told,
    entry: Entry,
    matches: Sequence[Match],
    *,
    policy: Policy,
    facts: Mapping[str, RegimeFact],
    sources: Sequence[Source],
    independent: int,
    now: datetime,
    recent: Sequence[Alert] = (),
    last: Alert | None = None,
) -> Alerted:
    """
    The alert that a flagged entry raises, with a delivery for each sink its routes name.

    `matches` are the topics that flagged it: one alert, named by the strongest. `recent` are
    alerts of the last `policy.memory`, `last` is what was told of this story; None: nothing.
    """
    ranked = tuple(sorted(matches, key=lambda m: -m.score))
    case = _Case(
        told=told, entry=entry, matches=ranked, facts=facts, independent=independent, policy=policy
    )
    weighed, candidate = _weighed(case, case.act, independent)
    path = route(policy.routes, candidate)
    willing = {goal: _news(goal, case, path, last, now) for goal in path.goals}
    willing = {goal: changes for goal, changes in willing.items() if changes is not None}
    muted = _muted(list(willing), candidate, policy, recent, now)
    goals = [goal for goal in willing if goal not in muted]
    if not goals:
        return _kept_back(told, path, willing=bool(willing), muted=list(muted.values()))
    changes = next((c for goal in goals if (c := willing[goal])), told.changes)
    raised = _alert(case, weighed, sources, changes, now)
    sent = _deliveries(raised, goals, now)
    return Alerted(
        alerts=(raised,),
        deliveries=tuple(delivery for delivery, _ in sent.values()),
        why=" ".join([weighed.why, _where(sent), *muted.values()]),
    )


def _kept_back(told: Told, path: Path, *, willing: bool, muted: Sequence[str]) -> Alerted:
    """Nobody is told: nothing new, no route, or somebody's wish."""
    relation = told.member.relation
    if relation in _KEPT and not willing:
        return Alerted(stopped_by=Stop.STORY, why=f"{_KEPT[relation]} ({told.reason})")
    if not path.goals:
        return Alerted(stopped_by=Stop.ROUTE, why=path.why)
    why = muted[0] if muted else "no route of this story wants updates"
    return Alerted(stopped_by=Stop.MUTED, why=why)


def _where(sent: Mapping[str, tuple[Delivery, When]]) -> str:
    places = (f"{sink} ({when.why})" if when.why else sink for sink, (_, when) in sent.items())
    return f"to {', '.join(places)}"


def _weighed(case: _Case, act: Act | None, independent: int) -> tuple[Weighed, Candidate]:
    best = case.matches[0]
    rule = case.policy.severity(best.topic)
    weighed = weigh(act, _regimes(act, case.facts), independent, rule)
    candidate = Candidate(
        topics=tuple(m.topic for m in case.matches),
        severity=weighed.severity,
        act=act,
        story=case.told.story.id,
        feed=case.entry.feed_id,
        outlet=case.entry.outlet,
        language=best.language,
        score=best.score,
    )
    return weighed, candidate


def _news(
    goal: Route, case: _Case, path: Path, last: Alert | None, now: datetime
) -> tuple[str, ...] | None:
    """What is new for who asked for this route, in sentences; None when nothing is."""
    relation = case.told.member.relation
    if relation is Relation.FIRST or (relation is Relation.UPDATE and goal.updates != "none"):
        return case.told.changes
    if relation is Relation.COPY and not goal.repeat:
        return () if _graver(case, path) else None
    if relation is Relation.REPORT and goal.updates == "chatty" and case.told.story.revision:
        return (f"Also told by {case.entry.outlet or 'another feed'}; {_count(case)}.",)
    # abs: an alert of a clock that was a year ahead must not silence its story for a year.
    if relation in _KEPT and goal.repeat and last and abs(now - last.at) >= goal.repeat:
        return (f"Still being told: {_count(case)}.",)
    return () if relation in _KEPT and _graver(case, path) else None


def _count(case: _Case) -> str:
    n = case.independent
    return f"{n} independent source{'s' if n != 1 else ''}, {case.told.story.size} accounts"


def _graver(case: _Case, path: Path) -> bool:
    """
    Whether a story nobody was told of has now become grave enough for a route.

    Were an earlier member enough, it was told, or kept back on purpose (a baseline).
    """
    if case.told.story.revision > 0 or not path.goals:
        return False
    earlier = [m for m in case.told.story.members if m != case.told.member]
    routes = case.policy.routes
    return not any(route(routes, _weighed(case, m.act, 1)[1]).goals for m in earlier)


def _muted(
    goals: Sequence[Route],
    candidate: Candidate,
    policy: Policy,
    recent: Sequence[Alert],
    now: datetime,
) -> Mapping[Route, str]:
    """The routes on which it is kept back, each with the reason."""
    general = silenced(policy.silences, candidate, now)
    general = general or inhibited(policy.inhibitions, candidate, recent, now)
    each = {goal: general or cooling(goal, candidate, recent, now) for goal in goals}
    return {goal: why for goal, why in each.items() if why}


def _deliveries(
    alert: Alert, goals: Sequence[Route], now: datetime
) -> Mapping[str, tuple[Delivery, When]]:
    """One for each sink; where two routes name it, the sooner one counts."""
    found: dict[str, tuple[Delivery, When]] = {}
    for goal in goals:
        at = when(goal, alert.severity, now)
        for sink in goal.sinks:
            if sink not in found or at.due < found[sink][1].due:
                one = Delivery(
                    id=delivery_id(alert.id, alert.revision, sink),
                    alert=alert,
                    sink=sink,
                    due=at.due,
                    digest=at.digest,
                )
                found[sink] = (one, at)
    return found


def _regimes(act: Act | None, facts: Mapping[str, RegimeFact]) -> tuple[RegimeFact, ...]:
    return tuple(facts[r] for r in (act.regimes if act else ()) if r in facts)


def _alert(
    case: _Case,
    weighed: Weighed,
    sources: Sequence[Source],
    changes: tuple[str, ...],
    now: datetime,
) -> Alert:
    told, entry, best = case.told, case.entry, case.matches[0]
    revision = told.story.revision + 1
    summary, reasons = shown(entry, best.reasons)
    return Alert(
        id=alert_id(told.story.id),
        story=told.story.id,
        revision=revision,
        topic=best.topic,
        severity=weighed.severity,
        title=(entry.title or entry.summary)[:TITLE],
        url=entry.url,
        outlet=entry.outlet,
        published=entry.published,
        first_seen=told.story.first_seen,
        at=now,
        summary=summary,
        act=case.act,
        reasons=reasons,
        regimes=_regimes(case.act, case.facts),
        sources=tuple(sources),
        independent_sources=case.independent,
        changes=changes if revision > 1 else (),
        score=best.score,
        language=best.language,
        severity_why=weighed.why,
        feed_id=entry.feed_id,
    )
