"""Values as the JSON that docs/contracts.md promises, and as text for people."""

import argparse
import json
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from monitor import wire
from monitor.model import Act, Delivery, Entry, Match, Outcome, Verdict
from monitor.ports import Sink
from monitor.terminal import table


def dumps(value: object) -> str:
    """One line of JSON, readable in any script."""
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


def act(found: Act | None) -> Mapping[str, Any] | None:
    """The act of a decision, its keys in the order of the contract."""
    if found is None:
        return None
    return {
        "stage": found.stage.value,
        "suppliers": found.suppliers,
        "recipients": found.recipients,
        "categories": found.categories,
        "systems": found.systems,
        "quantity": found.quantity,
        "regimes": found.regimes,
        "denied": found.denied,
        "doubted": found.doubted,
    }


def decision(entry: Entry, found: Match) -> Mapping[str, Any]:
    """One line of `monitor match`."""
    return {
        "id": entry.id,
        "topic": found.topic,
        "flagged": found.flagged,
        "score": round(found.score, 4),
        "threshold": found.threshold,
        "language": found.language,
        "act": act(found.act),
        "reasons": [
            {
                "field": r.field,
                "start": r.start,
                "end": r.end,
                "text": r.text,
                "concept": r.concept,
                "weight": round(r.weight, 4),
            }
            for r in found.reasons
        ],
        "vetoes": [
            {"name": v.name, "text": v.text, "weight": round(v.weight, 4)} for v in found.vetoes
        ],
        "parts": {name: round(share, 4) for name, share in found.parts.items()},
        "why": found.why,
        "rule_version": found.rule_version,
    }


def rows(found: Sequence[Mapping[str, object]], columns: Sequence[str], *, as_json: bool) -> None:
    """Print a report: JSON Lines for machines, a table for people, a sentence when empty."""
    if as_json:
        for row in found:
            print(dumps(dict(row)))
    elif found:
        print(table(found, columns))
    else:
        print("nothing to show")


def queued(count: int, given: argparse.Namespace) -> None:
    """Say how many deliveries are due now."""
    said = f"{count} due now; a running daemon sends them within a second"
    print(dumps({"queued": count}) if given.json else said)


class Events:
    """A terminal for machines: each alert as one line of JSON, the event that webhooks carry."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def send(self, delivery: Delivery, now: datetime) -> Outcome:
        line = wire.event(delivery.alert).decode("utf-8")
        try:
            with self._lock:
                print(line, flush=True)
        except (OSError, ValueError):
            said = "standard output cannot be written"
            return Outcome(verdict=Verdict.REFUSED, reason="closed", answer=said)
        return Outcome(verdict=Verdict.DELIVERED)

    def close(self) -> None:
        """Standard output is not ours to close."""


def terminal(given: argparse.Namespace) -> Sink | None:
    """What stands in for console sinks: events for --json, None for the cards they show."""
    return Events() if given.json else None
