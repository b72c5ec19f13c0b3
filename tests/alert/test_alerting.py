"""monitor.alert: one alert per story, a revision per new fact, and a reason for silence."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from monitor.alert import Alerted, Policy, alert, notice
from monitor.alert.identity import alert_id, delivery_id
from monitor.config.matchers import Matcher
from monitor.config.routes import Digest, Inhibition, Quiet, Route
from monitor.model import (
    Act,
    Alert,
    Entry,
    Match,
    Member,
    Reason,
    Relation,
    Severity,
    Silence,
    Source,
    Stage,
    Stop,
    Story,
    Told,
)
from tests.samples import ACT, NOW, SUMMARY, TITLE, UN, reason

ENTRY = Entry(
    feed_id="example-world",
    id="e1",
    url="https://example.org/1",
    title=TITLE,
    summary=SUMMARY,
    outlet="example.org",
    published=NOW - timedelta(hours=1),
)
EVERYTHING = (Route(sinks=("desk", "room")),)


def match(topic: str = "arms-transfers", score: float = 0.97, act: Act | None = ACT) -> Match:
    return Match(
        topic=topic,
        flagged=True,
        score=score,
        threshold=0.5,
        rule_version="r1",
        language="en",
        act=act,
        reasons=(reason("Freedonia", "recipient:qq"),),
    )


def member(relation: Relation = Relation.FIRST, act: Act | None = ACT, id_: str = "e1") -> Member:
    return Member(
        feed_id="example-world",
        entry_id=id_,
        title=TITLE,
        summary="",
        url="",
        outlet="example.org",
        language="en",
        published=None,
        seen=NOW,
        topic="arms-transfers",
        score=0.9,
        act=act,
        relation=relation,
    )


def told(
    relation: Relation = Relation.FIRST,
    *,
    revision: int = 0,
    earlier: tuple[Member, ...] = (),
    act: Act | None = ACT,
    changes: tuple[str, ...] = (),
) -> Told:
    one = member(relation, act)
    story = Story(
        id="s-1", first_seen=NOW, last_seen=NOW, members=(*earlier, one), revision=revision
    )
    opened = relation is Relation.FIRST
    return Told(member=one, story=story, opened=opened, reason="link", changes=changes)


def raised(
    one: Told,
    *matches: Match,
    routes: tuple[Route, ...] = EVERYTHING,
    independent: int = 1,
    entry: Entry = ENTRY,
    policy: Policy | None = None,
    recent: tuple[Alert, ...] = (),
    last: Alert | None = None,
    now: datetime = NOW,
) -> Alerted:
    return alert(
        one,
        entry,
        matches or (match(),),
        policy=policy or Policy(routes=routes),
        facts={"un-zz": UN},
        sources=(Source(outlet="example.org", url=ENTRY.url, published=None),),
        independent=independent,
        now=now,
        recent=recent,
        last=last,
    )


def test_a_new_story_is_an_alert_for_each_sink() -> None:
    """Its first member raises revision 1 with the whole case, due at once."""
    found = raised(told())
    [one] = found.alerts

    assert None is found.stopped_by
    assert ["desk", "room"] == [d.sink for d in found.deliveries]
    assert all(d.alert is one and d.due == NOW and d.attempt == 0 for d in found.deliveries)
    assert ("s-1", 1, "arms-transfers", ()) == (one.story, one.revision, one.topic, one.changes)
    assert (TITLE, SUMMARY, ENTRY.url) == (one.title, one.summary, one.url)
    assert ((UN,), ACT, Severity.HIGH) == (one.regimes, one.act, one.severity)
    assert one.severity_why in found.why
    assert found.why.endswith("to desk, room")


def test_the_same_cause_has_the_same_names() -> None:
    """A replay after a crash makes the very same alert and deliveries."""
    assert raised(told()) == raised(told())
    assert alert_id("s-1") == raised(told()).alerts[0].id
    assert delivery_id(alert_id("s-1"), 1, "desk") == raised(told()).deliveries[0].id
    assert delivery_id("a", 1, "1x") != delivery_id("a", 11, "x")


@given(st.text(), st.integers(1, 10**6), st.text())
def test_a_name_can_be_a_webhook_id(story: str, revision: int, sink: str) -> None:
    """Whatever a story or a sink is called: letters, digits and hyphens, no dot."""
    name = delivery_id(alert_id(story), revision, sink)

    assert name.startswith("dl-")
    assert name.removeprefix("dl-").isalnum()
    assert name.isascii()


def test_an_update_is_the_next_revision() -> None:
    """A new fact tells the same alert again, with what changed, under another delivery."""
    found = raised(told(Relation.UPDATE, revision=1, changes=("Now agreed.",)))
    [one] = found.alerts

    assert (alert_id("s-1"), 2, ("Now agreed.",)) == (one.id, one.revision, one.changes)
    assert found.deliveries[0].id != raised(told()).deliveries[0].id


def test_copies_and_reports_are_withheld_with_the_reason() -> None:
    """Nothing new is no alert, and the store learns why."""
    first = (member(id_="e0"),)
    for relation, said in ((Relation.COPY, "the same text"), (Relation.REPORT, "another account")):
        found = raised(told(relation, revision=1, earlier=first))
        assert (Stop.STORY, (), ()) == (found.stopped_by, found.alerts, found.deliveries)
        assert found.why.startswith(said)
        assert found.why.endswith("(link)")


def test_a_story_kept_back_as_old_stays_kept_back() -> None:
    """A report of what stood in a feed before we looked is not news; a new fact of it is."""
    first = (member(id_="e0"),)

    assert Stop.STORY is raised(told(Relation.REPORT, earlier=first)).stopped_by
    [one] = raised(told(Relation.UPDATE, earlier=first, changes=("Now agreed.",))).alerts
    assert (1, ()) == (one.revision, one.changes)


def test_a_story_too_small_to_tell_is_told_when_it_grows() -> None:
    """No route took its first member; a graver report of it is taken."""
    high = (Route(sinks=("desk",), min_severity=Severity.HIGH),)
    small = member(id_="e0", act=Act(stage=Stage.REPORTED))

    assert Stop.ROUTE is raised(told(act=small.act), match(act=small.act), routes=high).stopped_by
    [one] = raised(told(Relation.REPORT, earlier=(small,)), routes=high).alerts
    assert (1, Severity.HIGH) == (one.revision, one.severity)


def test_two_topics_are_one_alert_under_the_stronger() -> None:
    """Its name is the strongest topic's; a desk that asked for the weaker one gets it too."""
    routes = (Route(sinks=("room",), topics=("arms-embargoes",)),)
    found = raised(told(), match(score=0.9), match("arms-embargoes", 0.6), routes=routes)

    assert ["arms-transfers"] == [a.topic for a in found.alerts]
    assert ["room"] == [d.sink for d in found.deliveries]


def test_the_act_is_of_the_strongest_topic_that_found_one() -> None:
    """A topic that only saw words does not hide what the other understood."""
    [one] = raised(told(), match(score=0.99, act=None), match("arms-embargoes", 0.6)).alerts

    assert (ACT, "arms-transfers") == (one.act, one.topic)
    assert None is raised(told(act=None), match(act=None)).alerts[0].act


def test_no_route_says_what_each_lacked() -> None:
    """An alert nobody asked for is withheld, and every route's refusal is kept."""
    routes = (
        Route(sinks=("desk",), topics=("arms-embargoes",)),
        Route(sinks=("room",), min_severity=Severity.CRITICAL),
    )
    found = raised(told(), routes=routes)

    assert Stop.ROUTE is found.stopped_by
    assert (
        "no route takes it: route 1: wants topic arms-embargoes, this is arms-transfers;"
        " route 2: wants critical or graver, this is high"
    ) == found.why


def test_the_first_route_ends_the_search_unless_it_continues() -> None:
    """First match wins; `continue` goes on; a sink named twice gets it once."""
    one, two = Route(sinks=("desk",)), Route(sinks=("room", "desk"))

    assert ["desk"] == [d.sink for d in raised(told(), routes=(one, two)).deliveries]
    going_on = replace(one, continue_=True)
    both = raised(told(), routes=(going_on, two)).deliveries
    assert ["desk", "room"] == [d.sink for d in both]


def test_a_megabyte_of_title_is_cut_and_its_evidence_with_it() -> None:
    """An alert stays small; no reason points outside the text that is sent."""
    long = replace(ENTRY, title="x" * 1_000_000, summary="y" * 1_000_000)
    inside = Reason(field="title", start=0, end=5, text="xxxxx", concept="a", weight=1)
    beyond = replace(inside, start=600, end=605)
    reasons = (inside, beyond, replace(beyond, field="text"))
    [one] = raised(told(), replace(match(), reasons=reasons * 30), entry=long).alerts

    assert (500, 2_000, 40) == (len(one.title), len(one.summary), len(one.reasons))
    assert {"title": 5, "text": 605} == {r.field: r.end for r in one.reasons}


def test_an_item_without_a_title_is_headed_by_what_it_says() -> None:
    """A headline of nothing tells nobody anything."""
    [one] = raised(told(), match(), entry=replace(ENTRY, title="", summary="A ship left.")).alerts

    assert ("A ship left.", "A ship left.") == (one.title, one.summary)


def test_an_unknown_regime_is_not_invented() -> None:
    """An id the table does not hold is shown as no embargo of that name."""
    act = replace(ACT, regimes=("un-gone", "un-zz"))

    assert (UN,) == raised(told(act=act), match(act=act)).alerts[0].regimes


def test_a_notice_is_one_alert_a_day() -> None:
    """What the monitor says of itself is queued like any alert, and a replay says it once."""
    one = notice("sink desk", "is gone", "room", NOW)

    assert ("room", "sink desk: is gone", "monitor") == (one.sink, one.alert.title, one.alert.topic)
    assert one.id == notice("sink desk", "is gone", "room", NOW).id
    assert one.id != notice("sink desk", "is gone", "room", NOW + timedelta(days=1)).id


def earlier(story: str = "s-0", **changed: object) -> Alert:
    """What another story's alert looked like an hour ago."""
    one = raised(told()).alerts[0]
    return replace(one, **{"story": story, "at": NOW - timedelta(hours=1), **changed})  # type: ignore[arg-type]


def test_a_desk_may_want_every_account_or_only_the_first() -> None:
    """The same report is an update on a chatty route and nothing on a quiet one."""
    chatty = Route(sinks=("room",), updates="chatty", continue_=True)
    quiet, once = Route(sinks=("desk",)), Route(sinks=("log",), updates="none")
    routes = (chatty, replace(quiet, continue_=True), once)
    first = (member(id_="e0"),)
    report = raised(told(Relation.REPORT, revision=1, earlier=first), routes=routes, independent=2)
    update = raised(told(Relation.UPDATE, revision=1, changes=("Now agreed.",)), routes=routes)
    alone = raised(told(Relation.UPDATE, revision=1), routes=(once,))

    assert ["room"] == [d.sink for d in report.deliveries]
    assert ("Also told by example.org; 2 independent sources, 1 accounts.",) == report.alerts[
        0
    ].changes
    assert ["room", "desk"] == [d.sink for d in update.deliveries]
    assert ("Now agreed.",) == update.alerts[0].changes
    assert (Stop.MUTED, "no route of this story wants updates") == (alone.stopped_by, alone.why)


def test_a_story_that_goes_on_is_told_again() -> None:
    """After `repeat`, the next account of whatever kind is a reminder; before it, nothing."""
    routes = (Route(sinks=("desk",), repeat=timedelta(hours=24)),)
    last = earlier("s-1")
    for relation in (Relation.REPORT, Relation.COPY):
        one = told(relation, revision=1, earlier=(member(id_="e0"),))
        soon = raised(one, routes=routes, last=last)
        late = raised(one, routes=routes, last=last, now=NOW + timedelta(days=1))

        assert Stop.STORY is soon.stopped_by
        assert ("Still being told: 1 independent source, 1 accounts.",) == late.alerts[0].changes


def test_the_same_parties_cool_down() -> None:
    """Two stories of one pair within the cool-down are one alert, unless the second is graver."""
    routes = (Route(sinks=("desk",), cooldown=timedelta(hours=2)),)
    policy = Policy(routes=routes)
    muted = raised(told(), policy=policy, recent=(earlier(),))
    milder = earlier(severity=Severity.LOW)

    assert timedelta(hours=2) == policy.memory
    assert Stop.MUTED is muted.stopped_by
    assert "cool-down" in muted.why
    assert "60 min ago" in muted.why
    assert None is raised(told(), policy=policy, recent=(milder,)).stopped_by
    assert None is raised(told(), policy=policy, recent=(earlier("s-1"),)).stopped_by
    assert None is raised(told(), policy=policy, recent=(earlier(act=None),)).stopped_by
    nobody = Act(stage=Stage.AGREED)
    assert (
        None
        is raised(
            told(act=nobody), match(act=nobody), policy=policy, recent=(earlier(act=nobody),)
        ).stopped_by
    )


def test_an_alert_still_to_come_keeps_nothing_back() -> None:
    """The clock was set back since it was told: new stories are not withheld until then."""
    routes = (Route(sinks=("desk",), cooldown=timedelta(hours=2)),)
    rule = Inhibition(when=Matcher(), mutes=Matcher(), equal=(), within=timedelta(hours=2))
    strict = Policy(routes=routes, inhibitions=(rule,))
    for ahead, held in ((timedelta(seconds=30), True), (timedelta(hours=1), False)):
        recent = (replace(earlier(), at=NOW + ahead),)
        assert held is (Stop.MUTED is raised(told(), policy=strict, recent=recent).stopped_by)
        cool = raised(told(), policy=Policy(routes=routes), recent=recent)
        assert held is ("0 min ago" in cool.why)

    again = (Route(sinks=("desk",), repeat=timedelta(hours=24)),)
    one = told(Relation.COPY, revision=1, earlier=(member(id_="e0"),))
    for ahead, silent in ((timedelta(hours=1), True), (timedelta(days=365), False)):
        last = replace(earlier("s-1"), at=NOW + ahead)
        assert silent is (Stop.STORY is raised(one, routes=again, last=last).stopped_by)


def test_one_route_may_cool_while_another_tells() -> None:
    """The reason stands in the decision although the alert was raised."""
    cool = Route(sinks=("room",), cooldown=timedelta(hours=2), continue_=True)
    found = raised(told(), routes=(cool, Route(sinks=("desk",))), recent=(earlier(),))

    assert ["desk"] == [d.sink for d in found.deliveries]
    assert "cool-down" in found.why


def silence(**conditions: tuple[str, ...]) -> Silence:
    return Silence(
        id="si-1",
        conditions=conditions,
        since=NOW - timedelta(hours=1),
        until=NOW + timedelta(hours=1),
        author="kim",
        comment="known exercise",
    )


def test_a_silence_names_who_and_why() -> None:
    """Within its time and conditions nothing is told, and the store learns whose wish it was."""
    for one in (
        silence(),
        silence(parties=("zz",)),
        silence(min_severity=("high",), min_score=("0.9",), topics=("arms-transfers",)),
        silence(stories=("s-1",), forgotten=("x",)),
    ):
        found = raised(told(), policy=Policy(routes=EVERYTHING, silences=(one,)))
        assert Stop.MUTED is found.stopped_by
        assert "silence si-1 by kim until 2026-08-01 13:00 UTC: known exercise" == found.why
    for other in (
        silence(parties=("aa",)),
        silence(min_severity=("critical",)),
        silence(min_score=("0.99",)),
        replace(silence(), until=NOW),
        replace(silence(), since=NOW + timedelta(minutes=1), comment=""),
    ):
        assert (
            None is raised(told(), policy=Policy(routes=EVERYTHING, silences=(other,))).stopped_by
        )


def test_a_confirmation_inhibits_rumours() -> None:
    """While what was agreed is fresh, a report of the same parties' talks is not told."""
    rule = Inhibition(
        when=Matcher(stages=("agreed",)),
        mutes=Matcher(stages=("requested",)),
        equal=("suppliers", "recipients"),
        within=timedelta(hours=24),
    )
    policy = Policy(routes=EVERYTHING, inhibitions=(rule,))
    agreed = earlier(act=replace(ACT, stage=Stage.AGREED))
    stale = replace(agreed, at=NOW - timedelta(days=2))
    strangers = replace(agreed, act=replace(ACT, stage=Stage.AGREED, suppliers=("aa",)))
    found = raised(told(), policy=policy, recent=(stale, strangers, earlier(), agreed))

    assert timedelta(hours=24) == policy.memory
    assert Stop.MUTED is found.stopped_by
    assert "tells it already" in found.why
    assert None is raised(told(), policy=policy, recent=(stale, strangers, earlier())).stopped_by
    other = replace(rule, mutes=Matcher(stages=("offered",)))
    same = replace(rule, equal=("stories",))
    assert (
        None
        is raised(told(), policy=replace(policy, inhibitions=(other,)), recent=(agreed,)).stopped_by
    )
    assert (
        None
        is raised(told(), policy=replace(policy, inhibitions=(same,)), recent=(agreed,)).stopped_by
    )
    one = told(act=None)
    blank = replace(rule, mutes=Matcher())
    assert (
        None
        is raised(
            one, match(act=None), policy=replace(policy, inhibitions=(blank,)), recent=(agreed,)
        ).stopped_by
    )


def test_no_memory_is_asked_for_where_nothing_needs_it() -> None:
    """Plain routes look at no earlier alert; routes below routes count."""
    child = Route(sinks=("desk",), cooldown=timedelta(hours=3))

    assert timedelta(0) == Policy(routes=EVERYTHING).memory
    assert timedelta(hours=3) == Policy(routes=(Route(sinks=("desk",), routes=(child,)),)).memory


def test_a_sink_on_two_routes_gets_the_sooner() -> None:
    """Quiet hours of one route do not hold back what another sends at once."""
    night = Quiet(start=time(8), end=time(20), zone=ZoneInfo("UTC"))
    digest = Digest(at=time(18), zone=ZoneInfo("UTC"))
    held = Route(sinks=("desk", "room"), quiet=night, continue_=True)
    routes = (held, replace(held, quiet=None, digest=digest, sinks=("desk",), name="daily"))
    found = raised(told(), routes=routes)
    by_sink = {d.sink: d for d in found.deliveries}

    assert datetime(2026, 8, 1, 18, tzinfo=UTC) == by_sink["desk"].due
    assert "daily, 2026-08-01 18:00" == by_sink["desk"].digest
    assert (datetime(2026, 8, 1, 20, tzinfo=UTC), "") == (
        by_sink["room"].due,
        by_sink["room"].digest,
    )
    assert found.why.endswith(
        "to desk (in the digest of Sat 18:00), room (quiet hours until 20:00)"
    )
