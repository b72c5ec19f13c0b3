"""Severity follows from the act, and one sentence says how."""

from dataclasses import replace
from pathlib import Path

import pytest

from monitor.alert import Policy
from monitor.alert.severity import weigh
from monitor.config.severity import PLAIN, SeverityRule, read
from monitor.model import Act, RegimeFact, Severity, Stage
from tests.samples import ACT, UN, table

QUIET = Act(stage=Stage.REPORTED)
DONE = replace(QUIET, stage=Stage.DELIVERED)
CASES: list[tuple[Act | None, tuple[RegimeFact, ...], int, Severity, int]] = [
    (None, (), 1, Severity.LOW, 0),
    (None, (), 2, Severity.LOW, 1),
    (QUIET, (), 1, Severity.LOW, 0),
    (replace(QUIET, stage=Stage.AGREED), (), 1, Severity.LOW, 1),
    (replace(QUIET, stage=Stage.AGREED, categories=("tank",)), (), 1, Severity.MEDIUM, 2),
    (replace(DONE, categories=("uav",), quantity="40"), (), 2, Severity.HIGH, 4),
    (replace(QUIET, stage=Stage.EMBARGO), (), 1, Severity.MEDIUM, 3),
    (replace(QUIET, stage=Stage.EMBARGO, regimes=("un-zz",)), (UN,), 2, Severity.HIGH, 4),
    (ACT, (UN,), 1, Severity.HIGH, 5),
    (ACT, (UN,), 2, Severity.CRITICAL, 6),
    (replace(ACT, denied=True), (UN,), 1, Severity.HIGH, 4),
    (replace(ACT, doubted=True, quantity=""), (UN,), 1, Severity.MEDIUM, 3),
    (replace(ACT, stage=Stage.DELIVERED), (UN,), 1, Severity.CRITICAL, 6),
    (replace(QUIET, regimes=("un-zz",)), (), 1, Severity.MEDIUM, 3),
]  # fmt: skip


@pytest.mark.parametrize(("act", "regimes", "independent", "severity", "points"), CASES)
def test_how_grave_an_act_is(
    act: Act | None,
    regimes: tuple[RegimeFact, ...],
    independent: int,
    severity: Severity,
    points: int,
) -> None:
    """The points add up to the severity."""
    found = weigh(act, regimes, independent)

    assert (severity, points) == (found.severity, found.points)
    assert found.why.startswith(severity.value.capitalize() + ": ")


def test_the_sentence_names_every_point() -> None:
    """What weighed, by name and number."""
    grave = replace(ACT, stage=Stage.DELIVERED, denied=True)

    assert (
        "Critical: embargo in force between the parties: UN arms embargo on Sylvania (+3);"
        " delivered (+1); heavy weapons: artillery, ammunition (+1);"
        " quantity stated: millions (+1); denied (-1); 3 independent sources (+1)."
    ) == weigh(grave, (UN,), 3).why
    assert "Low: nothing that weighs more." == weigh(None, (), 1).why


@pytest.mark.parametrize("stage", list(Stage))
def test_every_stage_has_a_severity(stage: Stage) -> None:
    """More grounds never make an act less grave."""
    plain = weigh(replace(QUIET, stage=stage), (), 1)
    more = weigh(replace(QUIET, stage=stage, categories=("missile",), quantity="9"), (), 3)

    assert more.severity.rank >= plain.severity.rank
    assert more.points == plain.points + 3


def test_a_topic_weighs_by_its_own_points() -> None:
    """Other points, another scale; what a topic gives nothing for is not mentioned."""
    rule = SeverityRule(embargo=0, quantity=5, critical=6)
    found = weigh(ACT, (UN,), 1, rule)

    assert Severity.CRITICAL is found.severity
    assert "embargo in force" not in found.why
    assert "quantity stated: millions (+5)" in found.why
    policy = Policy(routes=(), severities={"mine": rule})
    assert (rule, PLAIN) == (policy.severity("mine"), policy.severity("other"))


def test_points_are_read_from_a_topic(tmp_path: Path) -> None:
    """Those written count, the others are the usual ones; a scale that falls is a fault."""
    document, problems = table("[severity]\nquantity = 2\ndoubt = -2\n", tmp_path)
    assert SeverityRule(quantity=2, doubt=-2) == read(document)
    assert [] == problems.lines
    document, problems = table("[severity]\nhigh = 7\n", tmp_path)
    read(document)
    assert ["do not rise" in line for line in problems.lines] == [True]
