"""[[routes]]: read as written, refused with the line."""

from pathlib import Path

import pytest

from monitor.config.routes import Route, read
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
