"""[[routes]]: read as written, refused with the line."""

from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.config.matchers import Names
from monitor.config.routes import Digest, Quiet, Route, inhibitions, read
from monitor.model import Severity
from tests.samples import table

TOPICS, SINKS = ("arms-transfers", "arms-embargoes"), ("desk", "room")


def test_no_routes_send_everything_everywhere(tmp_path: Path) -> None:
    """Whoever configures a sink and nothing else gets every alert."""
    document, problems = table("", tmp_path)

    assert (Route(sinks=SINKS),) == read(document, TOPICS, SINKS)
    assert [] == problems.lines


def test_routes_in_their_order(tmp_path: Path) -> None:
    """Conditions, sinks once each, and whether the search goes on."""
    text = """
[[routes]]
topics = ["arms-transfers"]
min_severity = "high"
sinks = ["desk", "desk"]
continue = true

[[routes]]
sinks = ["room"]
"""
    document, problems = table(text, tmp_path)

    first = Route(
        sinks=("desk",),
        topics=("arms-transfers",),
        min_severity=Severity.HIGH,
        continue_=True,
        line=2,
    )
    assert (first, Route(sinks=("room",), line=8)) == read(document, TOPICS, SINKS)
    assert [] == problems.lines


FAULTS = [
    ('sinks = ["dsk"]', ":2: routes.sinks: no sink 'dsk'; known here: desk, room"),
    ("sinks = []", ":2: routes.sinks: is empty; name one of desk, room"),
    ("topics = []", ":1: routes.sinks: is missing; a list of texts"),
    (
        'sinks = ["desk"]\ntopics = ["arms"]',
        ":3: routes.topics: no topic 'arms'; known here: arms-transfers, arms-embargoes",
    ),
    (
        'sinks = ["desk"]\nmin_severity = "hihg"',
        ":3: routes.min_severity: 'hihg' is unknown; did you mean 'high'?",
    ),
    (
        'sinks = ["desk"]\ntopic = ["x"]',
        ":3: routes.topic: is not a known key; did you mean 'topics'?",
    ),
]


@pytest.mark.parametrize(("text", "said"), FAULTS)
def test_a_fault_has_its_line(text: str, said: str, tmp_path: Path) -> None:
    """Unknown names, empty lists and wrong keys are said where they stand."""
    document, problems = table(f"[[routes]]\n{text}\n", tmp_path)
    read(document, TOPICS, SINKS)

    assert f"monitor.toml{said}" in problems.lines


TREE = """
[[routes]]
topics = ["arms-transfers"]
sinks = ["desk"]
updates = "chatty"
cooldown = "2h"
repeat = "1d"
quiet = { from = "22:00", to = "07:00", zone = "Europe/Berlin", how = "critical" }

  [[routes.routes]]
  name = "weekly"
  stages = ["agreed", "delivered"]
  regimes = ["any"]
  min_score = 0.7
  digest = { at = "08:00", day = "mon", zone = "Asia/Seoul" }

  [[routes.routes]]
  sinks = ["room"]
  updates = "none"
"""


def test_what_a_child_leaves_out_is_its_parents(tmp_path: Path) -> None:
    """Sinks, updates, cool-down, repeat and hours are inherited; conditions are its own."""
    document, problems = table(TREE, tmp_path)
    [parent] = read(document, TOPICS, SINKS)
    weekly, room = parent.routes

    assert [] == problems.lines
    assert (("desk",), "chatty", timedelta(hours=2)) == (
        weekly.sinks,
        weekly.updates,
        weekly.cooldown,
    )
    assert (parent.quiet, timedelta(days=1), ()) == (weekly.quiet, weekly.repeat, weekly.topics)
    assert (("agreed", "delivered"), ("any",), 0.7) == (
        weekly.stages,
        weekly.regimes,
        weekly.min_score,
    )
    assert Digest(at=time(8), zone=ZoneInfo("Asia/Seoul"), weekday=0) == weekly.digest
    assert (("room",), "none", None) == (room.sinks, room.updates, room.digest)
    quiet = parent.quiet
    assert quiet == Quiet(
        start=time(22), end=time(7), zone=ZoneInfo("Europe/Berlin"), how="critical"
    )


TREE_FAULTS = [
    (
        'quiet = { from = "22", to = "x" }',
        "routes.quiet.to: 'x' is no time of day; write one such as \"08:00\"",
    ),
    ('quiet = { from = "22:00", to = "22:00" }', "routes.quiet.to: is the same as from"),
    (
        'quiet = { from = "22:00", to = "07:00", zone = "Berlin" }',
        "routes.quiet.zone: no time zone 'Berlin'",
    ),
    (
        'digest = { day = "monday", at = "08:00" }',
        "routes.digest.day: 'monday' is unknown; did you mean 'mon'?",
    ),
    ('digest = { day = "mon" }', "routes.digest.at: is missing"),
    ('stages = ["signed"]', "routes.stages: no stage 'signed'; known here: requested, offered"),
    ('parties = ["xx"]', "routes.parties: no party 'xx'; known here: kp, ru"),
    ('regimes = ["un"]', "routes.regimes: no embargo 'un'; known here: un-kp, any"),
    ("languages = []", "routes.languages: is empty, and so would hold for nothing"),
    ('updates = "all"', "routes.updates: 'all' is unknown"),
    ('cooldown = "soon"', "routes.cooldown: 'soon' is not a duration"),
]


@pytest.mark.parametrize(("text", "said"), TREE_FAULTS)
def test_a_fault_in_a_condition_has_its_line(text: str, said: str, tmp_path: Path) -> None:
    """Every name is checked against what there is, every time against the clock."""
    document, problems = table(f'[[routes]]\nsinks = ["desk"]\n{text}\n', tmp_path)
    names = Names(topics=TOPICS, parties=("kp", "ru"), regimes=("un-kp",), feeds=("wire",))
    read(document, TOPICS, SINKS, names)

    assert any(line.startswith(f"monitor.toml:3: {said}") for line in problems.lines), (
        problems.lines
    )


def test_a_tree_has_an_end(tmp_path: Path) -> None:
    """Nobody reads six levels; the file is refused before the reader gives up."""
    text = "".join(f"[[{'.'.join(['routes'] * n)}]]\nsinks = ['desk']\n" for n in range(1, 8))
    document, problems = table(text, tmp_path)
    read(document, TOPICS, SINKS)

    assert any("is more than 5 deep" in line for line in problems.lines)


def test_long_lists_are_not_printed_whole(tmp_path: Path) -> None:
    """With hundreds of parties known, the message names some."""
    document, problems = table('[[routes]]\nsinks = ["desk"]\nparties = ["q"]', tmp_path)
    read(document, TOPICS, SINKS, Names(parties=[f"p{n}" for n in range(40)]))

    assert problems.lines[0].endswith("p29 and more")


def test_inhibitions(tmp_path: Path) -> None:
    """Which alert makes which needless, for how long, and what both must share."""
    text = """
[[inhibitions]]
when = { stages = ["agreed"] }
mutes = { stages = ["requested", "reported"], min_severity = "low" }
equal = ["suppliers", "recipients"]
within = "12h"

[[inhibitions]]
when = { stages = ["agreed"] }
equal = ["colour"]
"""
    document, problems = table(text, tmp_path)
    good, bad = inhibitions(document, Names())

    assert (("agreed",), ("requested", "reported")) == (good.when.stages, good.mutes.stages)
    assert (timedelta(hours=12), ("suppliers", "recipients")) == (good.within, good.equal)
    assert bad.mutes.empty
    assert not good.when.empty
    assert [
        'monitor.toml:8: inhibitions.mutes: is missing; conditions such as { stages = ["delivered"] }',
        "monitor.toml:10: inhibitions.equal: no field 'colour'; known here: suppliers, recipients, categories, stories",
    ] == problems.lines
