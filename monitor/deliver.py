"""
Drains the outbox: Delivery → Attempt, until it is delivered or dead.

At least once: a delivery is marked only after its receiver answered, and every attempt
carries the same id. One slow or broken sink never holds up the others.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from time import monotonic
from typing import Final

from monitor import log
from monitor.alert import digest, notice
from monitor.model import Alert, Attempt, Circuit, Delivery, Outcome, Rate, Verdict
from monitor.ports import Outbox, Sink, Store

# Waits after the first, second, … attempt that failed: about 75 hours in all. Source:
# https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
SCHEDULE: Final = tuple(
    timedelta(seconds=s) for s in (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
)
_JITTER: Final = 0.2
_LONGEST: Final = timedelta(hours=24)  # what a Retry-After may ask for at most
_LINGER: Final = 0.015  # seconds a round waits for its sends before it looks for new work
_log = log.get("deliver")


Links = Callable[[Alert], Mapping[str, str]]  # opinion → where a reader may say it


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What one round came to."""

    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (sink, verdict) → n
    flying: int = 0  # still under way: another round should follow at once

    @property
    def attempted(self) -> int:
        return sum(self.counts.values())

    @property
    def failed(self) -> int:
        return self.attempted - sum(
            n for (_, verdict), n in self.counts.items() if verdict == Verdict.DELIVERED
        )


def next_due(
    attempts_made: int, outcome: Outcome, delivery_id: str, now: datetime
) -> datetime | None:
    """
    When to try again after this outcome, or None for never.

    The schedule's wait, up to a fifth longer or shorter; a Retry-After is a floor to it.
    The jitter is the same whoever computes it: it comes from the id.
    """
    if outcome.verdict is not Verdict.RETRY or attempts_made > len(SCHEDULE):
        return None
    base = SCHEDULE[max(0, attempts_made - 1)]
    wait_for = base * (1 + _JITTER * _spread(delivery_id, attempts_made))
    floor = min(outcome.retry_after or timedelta(0), _LONGEST)
    return now + max(wait_for, floor)


def _spread(delivery_id: str, attempt: int) -> float:
    """Between -1 and 1, evenly over ids and attempts."""
    digest = sha256(f"{delivery_id}:{attempt}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / (2**63) - 1


def again(delivery: Delivery, now: datetime) -> Delivery:
    """The same revision for the same sink once more, as a delivery of its own, due now."""
    fresh = sha256(f"{delivery.id}\x1f{now.isoformat()}".encode()).hexdigest()[:24]
    return replace(delivery, id=f"dl-{fresh}", due=now, attempt=0, fence=0)


class Flying:
    """The sends under way, kept between rounds so that no round waits for a slow one."""

    def __init__(self, per_sink: int = 8) -> None:
        """`per_sink` sends at most go to one sink at once; the rest of its queue waits."""
        self._per_sink = per_sink
        self._sends: dict[Future[_Sent], str] = {}

    def __len__(self) -> int:
        return len(self._sends)

    def room(self, sinks: Iterable[str]) -> Mapping[str, int]:
        """How many more each sink may be sent now."""
        taken = Counter(self._sends.values())
        return {sink: max(0, self._per_sink - taken[sink]) for sink in sinks}

    def add(self, sink: str, send: "Future[_Sent]") -> None:
        self._sends[send] = sink

    def landed(self, patience: float | None) -> "Sequence[_Sent]":
        """
        Those that ended, at the latest after `patience` seconds; None waits for one to end.

        Raises:
            StoreError: an attempt could not be recorded; the other sends are unharmed.
        """
        done, _ = wait(self._sends, timeout=patience, return_when=FIRST_COMPLETED)
        for send in done:
            del self._sends[send]
        return [send.result() for send in done if not send.cancelled()]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    """What every send of a round shares."""

    store: Store
    sinks: Mapping[str, Sink]
    now: Callable[[], datetime]
    lease: timedelta
    links: Links
    checkpoint: Callable[[str], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    sink: str
    verdict: str  # of the outcome; "late" when its lease was too old to begin


def deliver(
    store: Store,
    sinks: Mapping[str, Sink],
    now: Callable[[], datetime],
    *,
    owner: str,
    lease: timedelta,
    limit: int,
    pool: Executor,
    flying: Flying | None = None,
    rates: Mapping[str, Rate] | None = None,
    links: Links = lambda _alert: {},
    checkpoint: Callable[[str], object] = lambda _name: None,
) -> Delivered:
    """
    Attempt what is due and what becomes due meanwhile, at most `limit` at once.

    Waits for every send, or, given a `flying` of the caller's, only until nothing has been
    claimed or has ended for a moment: the rest is collected by the next round.

    Raises:
        StoreError: what was not claimed or not recorded is due again when its lease ends.
    """
    gather(store, now())
    shared = _Round(
        store=store, sinks=sinks, now=now, lease=lease, links=links, checkpoint=checkpoint
    )
    claim = partial(store.due_deliveries, owner=owner, lease=lease, rates=rates)
    counts: Counter[tuple[str, str]] = Counter()
    under_way, patience = (Flying(), None) if flying is None else (flying, _LINGER)
    while True:
        claimed = claim(now(), limit - len(under_way), room=under_way.room(sinks))
        if claimed:
            checkpoint("after claim")
        for one in claimed:
            under_way.add(one.sink, pool.submit(_send, one, shared, now()))
        landed = under_way.landed(patience) if under_way else ()
        counts.update((sent.sink, sent.verdict) for sent in landed)
        if not landed and not claimed:
            return Delivered(counts=counts, flying=len(under_way))


def gather(store: Outbox, now: datetime) -> int:
    """Put every digest that is due into the outbox in the place of its parts; how many."""
    return sum(store.bundle(parts, digest(parts, now)) for parts in store.digests(now))


def _send(delivery: Delivery, shared: _Round, claimed: datetime) -> _Sent:
    """One attempt, recorded. In a thread of its own."""
    at = shared.now()
    if at - claimed > shared.lease / 2:
        # It waited for a thread until somebody else may soon claim it: leave it to them.
        return _Sent(sink=delivery.sink, verdict="late")
    outcome = _outcome(delivery, shared, at)
    shared.checkpoint("after send")
    attempt = Attempt(delivery_id=delivery.id, number=delivery.attempt + 1, at=at, outcome=outcome)
    due = next_due(attempt.number, outcome, delivery.id, shared.now())
    shared.checkpoint("before mark")
    before = shared.store.circuit(delivery.sink)
    shared.store.record(delivery, attempt, due)
    _tell(delivery, outcome, before, shared)
    _say(delivery, attempt, due)
    return _Sent(sink=delivery.sink, verdict=outcome.verdict.value)


def _outcome(delivery: Delivery, shared: _Round, at: datetime) -> Outcome:
    sink = shared.sinks.get(delivery.sink)
    if sink is None:
        known = ", ".join(shared.sinks) or "none"
        said = f"no sink {delivery.sink!r} is configured; there are: {known}"
        return Outcome(verdict=Verdict.REFUSED, reason="unknown-sink", answer=said)
    began = monotonic()
    try:
        return sink.send(replace(delivery, links=shared.links(delivery.alert)), at)
    except Exception as e:
        # A sink's surprise must not lose the alert; its text may hold a secret, its type not.
        _log.exception("sink broke", sink=delivery.sink, delivery=delivery.id)
        return Outcome(
            verdict=Verdict.RETRY,
            reason="sink-error",
            answer=type(e).__name__,
            milliseconds=round((monotonic() - began) * 1000),
        )


def _tell(delivery: Delivery, outcome: Outcome, before: Circuit, shared: _Round) -> None:
    """Let somebody else know when a destination goes or comes back: its own desk cannot."""
    now, sink = shared.now(), delivery.sink
    if outcome.verdict is Verdict.GONE:
        why = "answered 410 Gone"
        shared.store.enable_sink(sink, enabled=False, why=why, now=now)
        _log.error("sink disabled", sink=sink, why=why)
        _notify(sink, f"{why} and is disabled", shared, now)
    elif outcome.verdict is Verdict.RETRY and shared.store.circuit(sink).open:
        # Not "has just opened": two sends at once may both find it open already. The same
        # sentence on the same day is the same notice, and on the next day a reminder.
        if not before.open:
            _log.error("sink failing", sink=sink, reason=outcome.reason)
        _notify(sink, f"failed {Circuit.OPENS} times in a row; its alerts wait", shared, now)
    elif before.open and outcome.verdict is Verdict.DELIVERED:
        _log.info("sink recovered", sink=sink)
        _notify(sink, "takes alerts again", shared, now)


def _notify(sink: str, sentence: str, shared: _Round, now: datetime) -> None:
    """Through the first other destination that is not failing itself."""
    well = (n for n in shared.sinks if n != sink and not shared.store.circuit(n).open)
    for other in list(well)[:1]:
        shared.store.add_deliveries([notice(f"sink {sink}", sentence, other, now)])


def _say(delivery: Delivery, attempt: Attempt, due: datetime | None) -> None:
    outcome = attempt.outcome
    facts = {
        "delivery": delivery.id,
        "alert": delivery.alert.id,
        "sink": delivery.sink,
        "attempt": attempt.number,
        "status": outcome.status,
        "milliseconds": outcome.milliseconds,
    }
    if outcome.verdict is Verdict.DELIVERED:
        _log.info("alert delivered", **facts)
    elif due is not None:
        _log.warning("delivery failed", **facts, reason=outcome.reason, next=due.isoformat())
    else:
        _log.error("delivery dead", **facts, reason=outcome.reason)
