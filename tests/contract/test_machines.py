"""
Any store against a model of a few lines: schedule and outbox, whatever happens in whatever order.

Two nodes take turns; time passes, leases end, answers come late, polls are replayed.
"""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from monitor.model import Claim, Delivery, Pace, Verdict
from monitor.ports import Store
from tests.contract import making as m
from tests.contract.nodes import KINDS, InTurn
from tests.samples import NOW, alert

_SETTINGS = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
_jumps = st.sampled_from([timedelta(seconds=1), m.MINUTE, m.LEASE, m.HOUR])


class _Machine(RuleBasedStateMachine):
    kind = "sqlite"

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        node = KINDS[self.kind](self.folder)
        self.nodes = InTurn(node(), node())
        self.store = cast(Store, self.nodes)
        self.now = NOW

    def teardown(self) -> None:
        self.nodes.close()
        shutil.rmtree(self.folder)

    @rule(by=_jumps)
    def time_passes(self, by: timedelta) -> None:
        self.now += by


# ── the schedule ────────────────────────────────────────────────────────────────


@dataclass
class _Slot:
    """What the model knows of a feed."""

    due: datetime
    fence: int = 0
    leased: datetime | None = None
    alerts: int = 0

    def free(self, now: datetime) -> bool:
        return self.leased is None or self.leased <= now


class Schedule(_Machine):
    claims = Bundle("claims")

    @initialize()
    def begin(self) -> None:
        self.store.sync([m.feed(name) for name in "abc"], self.now)
        self.feeds = {name: _Slot(due=self.now) for name in "abc"}

    @rule(target=claims, limit=st.integers(0, 3), everything=st.booleans())
    def claim(self, limit: int, everything: bool) -> object:
        found = self.store.claim(self.now, limit, owner="x", lease=m.LEASE, everything=everything)
        able = [
            name
            for name, slot in sorted(self.feeds.items(), key=lambda item: (item[1].due, item[0]))
            if slot.free(self.now) and (everything or slot.due <= self.now)
        ]
        assert able[:limit] == [c.feed.id for c in found]
        for claim in found:
            slot = self.feeds[claim.feed.id]
            slot.fence, slot.leased = slot.fence + 1, self.now + m.LEASE
            assert slot.fence == claim.fence
        return multiple(*found)

    def _ours(self, claim: Claim) -> bool:
        slot = self.feeds[claim.feed.id]
        return slot.fence == claim.fence and slot.leased is not None

    @rule(claim=claims, wait=_jumps, name=st.sampled_from("xyz"))
    def commit(self, claim: Claim, wait: timedelta, name: str) -> None:
        """Also late, and also the same once more."""
        ours, slot = self._ours(claim), self.feeds[claim.feed.id]
        raised = alert(id=f"al-{claim.feed.id}-{name}", story=f"s-{claim.feed.id}-{name}")
        before = self.store.counts()["alerts"]
        what = m.changes(
            claim, at=self.now, pace=Pace(next_due=self.now + wait, interval=wait),
            alerts=(raised,), deliveries=(m.delivery(raised),),
        )  # fmt: skip

        assert ours == m.commit(self.store, what)
        assert not m.commit(self.store, what)
        assert self.store.counts()["alerts"] - before <= int(ours)
        if ours:
            slot.due, slot.leased = self.now + wait, None

    @rule(claim=claims)
    def release(self, claim: Claim) -> None:
        self.store.release([claim])
        if self._ours(claim):
            self.feeds[claim.feed.id].leased = None

    @invariant()
    def every_alert_has_its_delivery(self) -> None:
        """And each of them once."""
        counts = self.store.counts()
        assert counts["alerts"] == counts["deliveries"]


# ── the outbox ──────────────────────────────────────────────────────────────────


@dataclass
class _Item:
    """What the model knows of a delivery."""

    order: tuple[int, int]  # revision, then arrival
    due: datetime
    state: str = "due"
    fence: int = 0
    leased: datetime | None = None
    attempts: int = 0

    def flying(self, now: datetime) -> bool:
        return self.state == "due" and self.leased is not None and self.leased > now


class Outbox(_Machine):
    taken = Bundle("taken")

    @initialize()
    def begin(self) -> None:
        self.items: dict[str, _Item] = {}
        self.enabled = True

    def _due(self) -> list[str]:
        waiting = {k: v for k, v in self.items.items() if v.state == "due"}
        if not self.enabled or any(v.flying(self.now) for v in waiting.values()):
            return []
        first = min(waiting, key=lambda k: waiting[k].order, default="")
        return [first] if first and waiting[first].due <= self.now else []

    @rule(revision=st.integers(1, 3), again=st.booleans())
    def add(self, revision: int, again: bool) -> None:
        """One alert, one sink: all of it is in each other's way."""
        one = m.delivery(alert(revision=revision), due=self.now)
        id_ = f"dl-{revision}" + (f"-{len(self.items)}" if again else "")
        fresh = id_ not in self.items
        queued = Delivery(id=id_, alert=one.alert, sink="desk", due=self.now)

        assert int(fresh) == self.store.add_deliveries([queued])
        if fresh:
            self.items[id_] = _Item(order=(revision, len(self.items)), due=self.now)

    @rule(target=taken, limit=st.integers(0, 3))
    def take(self, limit: int) -> object:
        expected = self._due()[:limit]
        found = m.send(self.store, limit, self.now)

        assert expected == [d.id for d in found]
        for one in found:
            item = self.items[one.id]
            item.fence, item.leased = item.fence + 1, self.now + m.LEASE
            assert (item.fence, item.attempts) == (one.fence, one.attempt)
        return multiple(*found)

    @rule(one=taken, outcome=st.sampled_from(["done", "later", "dead"]), wait=_jumps)
    def record(self, one: Delivery, outcome: str, wait: timedelta) -> None:
        """Also late, and also twice."""
        item = self.items[one.id]
        ours = item.state == "due" and item.fence == one.fence and item.leased is not None
        verdict = {"done": Verdict.DELIVERED, "later": Verdict.REFUSED, "dead": Verdict.REFUSED}
        attempt = m.attempt(one, verdict[outcome])
        after = self.now + wait if outcome == "later" else None

        assert ours == self.store.record(one, attempt, after)
        assert not self.store.record(one, attempt, after)
        if ours:
            item.leased, item.attempts = None, one.attempt + 1
            item.state = "due" if after else outcome
            item.due = after or item.due

    @precondition(lambda self: self.items)
    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        id_ = data.draw(st.sampled_from(sorted(self.items)))
        item = self.items[id_]
        able = item.state == "dead" or (item.state == "due" and not item.flying(self.now))

        assert int(able) == self.store.retry([id_], self.now)
        if able:
            item.attempts = 0 if item.state == "dead" else item.attempts
            item.state, item.due = "due", self.now

    @rule(enabled=st.booleans())
    def switch(self, enabled: bool) -> None:
        self.store.enable_sink("desk", enabled=enabled, why="test", now=self.now)
        self.enabled = enabled

    @invariant()
    def states_agree(self) -> None:
        found = {str(r["id"]): r["state"] for r in self.store.deliveries(limit=1000)}
        assert {k: v.state for k, v in self.items.items()} == found


def _machines() -> dict[str, Callable[..., object]]:
    """A test case of either machine for every kind of store."""
    found: dict[str, Callable[..., object]] = {}
    for kind in KINDS:
        for machine in (Schedule, Outbox):
            name = f"Test{machine.__name__}_{kind}"
            case = type(name, (machine,), {"kind": kind}).TestCase  # type: ignore[attr-defined]
            case.settings = _SETTINGS
            case.__doc__ = f"{machine.__name__} of {kind} does what its model does."
            found[name] = case
    return found


globals().update(_machines())
