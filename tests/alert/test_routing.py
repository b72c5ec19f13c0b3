"""The routing tree: first match, children first, and a reason at every step."""

import pytest

from monitor.alert.routing import Candidate, route
from monitor.config.routes import Route
from monitor.model import Severity
from tests.samples import ACT

CASE = Candidate(
    topics=("arms-transfers",),
    severity=Severity.HIGH,
    act=ACT,
    story="s-1",
    feed="wire",
    outlet="example.org",
    language="ko",
    score=0.8,
)


@pytest.mark.parametrize(
    ("condition", "refusal"),
    [
        ({"topics": ("arms-embargoes",)}, "wants topic arms-embargoes, this is arms-transfers"),
        ({"stages": ("agreed", "offered")}, "wants stage agreed or offered, this is requested"),
        ({"parties": ("aa",)}, "wants party aa, this is zz and qq"),
        ({"suppliers": ("qq",)}, "wants supplier qq, this is zz"),
        ({"recipients": ("zz",)}, "wants recipient zz, this is qq"),
        ({"categories": ("tank",)}, "wants category tank, this is artillery and ammunition"),
        ({"regimes": ("eu-x",)}, "wants embargo eu-x, this is un-zz"),
        ({"languages": ("en",)}, "wants language en, this is ko"),
        ({"feeds": ("other",)}, "wants feed other, this is wire"),
        ({"outlets": ("bbc.com",)}, "wants outlet bbc.com, this is example.org"),
        ({"stories": ("s-2",)}, "wants story s-2, this is s-1"),
        ({"min_severity": Severity.CRITICAL}, "wants critical or graver, this is high"),
        ({"min_score": 0.9}, "wants a score of 0.9, this is 0.80"),
    ],
)
def test_each_condition_refuses_in_words(condition: dict[str, object], refusal: str) -> None:
    """What a route wants and what the alert is: the reader needs both."""
    path = route((Route(sinks=("desk",), **condition),), CASE)  # type: ignore[arg-type]

    assert [refusal] == [s.refusal for s in path.steps]
    assert f"no route takes it: route 1: {refusal}" == path.why


@pytest.mark.parametrize(
    "condition",
    [
        {"stages": ("requested",)},
        {"parties": ("zz",)},
        {"parties": ("qq", "aa")},
        {"categories": ("ammunition",)},
        {"regimes": ("any",)},
        {"languages": ("ko", "en")},
        {"min_score": 0.8, "min_severity": Severity.HIGH},
    ],
)
def test_each_condition_holds(condition: dict[str, object]) -> None:
    """One of a list is enough; bounds include themselves."""
    path = route((Route(sinks=("desk",), **condition),), CASE)  # type: ignore[arg-type]

    assert ("desk",) == path.sinks
    assert "to desk" == path.why


def test_an_unread_act_has_nothing() -> None:
    """Where nothing was understood, no condition on the act can hold."""
    bare = Candidate(topics=("arms-transfers",), severity=Severity.LOW)
    path = route(
        (Route(sinks=("d",), regimes=("any",)), Route(sinks=("d",), parties=("zz",))), bare
    )

    assert ["wants embargo any, this is none", "wants party zz, this is none"] == [
        s.refusal for s in path.steps
    ]


def test_children_come_first_and_the_parent_is_their_rest() -> None:
    """Depth first; the parent is the goal only where no child takes it; siblings after it wait."""
    korea = Route(sinks=("korea",), parties=("kp",))
    grave = Route(sinks=("pager",), min_severity=Severity.HIGH)
    parent = Route(sinks=("desk",), topics=("arms-transfers",), routes=(korea, grave))
    path = route((parent, Route(sinks=("rest",))), CASE)
    alone = route((Route(sinks=("desk",), routes=(korea,)),), CASE)

    assert ("pager",) == path.sinks
    assert ["1", "1.1", "1.2"] == [s.number for s in path.steps]
    assert ("desk",) == alone.sinks


def test_a_child_that_continues() -> None:
    """Both children get it, and so does the next route where the parent continues."""
    one = Route(sinks=("a",), continue_=True)
    parent = Route(sinks=("p",), routes=(one, Route(sinks=("b",))), continue_=True)

    assert ("a", "b", "c") == route((parent, Route(sinks=("c",))), CASE).sinks
