"""Any store: whatever was committed, committed once more, changes nothing."""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.ports import Store
from tests.contract import making as m
from tests.contract.nodes import KINDS
from tests.samples import NOW, alert

_NAMES = ("1", "2", "3")
_STORIES = ("s-1", "s-2", "s-3")


@dataclass(frozen=True)
class _Found:
    """One entry that a poll brings, and what becomes of it."""

    name: str
    revision: int
    story: str  # "" when it was not flagged
    merged: tuple[str, ...]
    told: int  # revision of an alert; 0 when none was raised


_found = st.builds(
    _Found,
    name=st.sampled_from(_NAMES),
    revision=st.integers(1, 3),
    story=st.sampled_from(("", *_STORIES)),
    merged=st.lists(st.sampled_from(_STORIES), max_size=2).map(tuple),
    told=st.integers(0, 3),
)
_polls = st.lists(st.lists(_found, max_size=3, unique_by=lambda f: f.name), max_size=5)


def _poll(store: Store, founds: Sequence[_Found]) -> None:
    flagged = [f for f in founds if f.story]
    entries = {f: m.entry(f.name, title=f"Part {f.revision}", revision=f.revision) for f in founds}
    alerts = {(f.story, f.told): alert(id=f"al-{f.story}", story=f.story, revision=f.told)
              for f in flagged if f.told}  # fmt: skip
    what = m.changes(
        m.take_one(store),
        entries=tuple(entries.values()),
        decisions=tuple(
            m.decision(entries[f], story=f.story) if f.story else m.unflagged(entries[f])
            for f in founds
        ),
        told=tuple(m.told(entries[f], f.story, f"k:{f.story}", merged=f.merged) for f in flagged),
        alerts=tuple(alerts.values()),
        deliveries=tuple(map(m.delivery, alerts.values())),
        seen=_NAMES,
    )
    assert m.commit(store, what)


def _state(store: Store) -> object:
    """Everything that can be asked, but for how often the feed was polled."""
    probes = [m.entry(n, title=f"Part {r}") for n in _NAMES for r in (1, 2, 3, 4)]
    return (
        store.counts(),
        [store.unseen("a", [probe]) for probe in probes],
        [store.decisions(name) for name in _NAMES],
        [store.story(name) for name in _STORIES],
        [store.candidates([f"k:{name}"], NOW) for name in _STORIES],
        store.alerts(),
        store.deliveries(),
        [store.search(f"Part {r}") for r in (1, 2, 3)],
    )


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(polls=_polls)
def test_a_poll_replayed_changes_nothing(kind: str, polls: list[list[_Found]]) -> None:
    """New entries, revisions, stories, merges in a circle, alerts: twice is once."""
    folder = Path(tempfile.mkdtemp())
    store = KINDS[kind](folder)()
    try:
        for founds in polls:
            _poll(store, founds)
            before = _state(store)
            _poll(store, founds)
            assert before == _state(store)
    finally:
        store.close()
        shutil.rmtree(folder)
