"""monitor sinks list|test: where alerts go, how it went so far, and a marked test alert."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from monitor.alert.identity import alert_id, delivery_id
from monitor.app import clock
from monitor.assembly import gate, read_sinks
from monitor.cli.exchange import Overheard, Said, lines
from monitor.cli.setting import configuration, opened
from monitor.cli.show import rows, terminal
from monitor.config.load import Config
from monitor.errors import StoreError, UsageError
from monitor.model import Act, Alert, Delivery, Outcome, Severity, Stage, Verdict
from monitor.ports import Row
from monitor.sinks.console import ConsoleSettings

_COLUMNS = ("sink", "kind", "state", "queued", "delivered", "dead", "last_success", "last_failure")


def arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="what", metavar="list|test", required=True)
    kinds.add_parser("list", help="every configured sink and how it fares")
    one = kinds.add_parser("test", help="send a marked test alert and show the exchange")
    one.add_argument("sink", nargs="*", help="its name; all when absent")


def run(given: argparse.Namespace) -> int:
    """1 when a test alert was not taken."""
    config = configuration(given)
    if given.what == "list":
        rows(_listed(config), _COLUMNS, as_json=given.json)
        return 0
    return _tried(config, given)


def _listed(config: Config) -> list[Row]:
    """The configured sinks with what the store knows; nothing where it knows nothing yet."""
    known: dict[str, Row] = {}
    try:
        with opened(config, read_only=True) as store:
            known = {str(row["sink"]): row for row in store.sinks()}
    except StoreError:
        known = {}
    kinds = {name: table.text("kind", "console") for name, table in config.sinks.items()}
    kinds = kinds or {"console": "console"}
    blank = {"state": "enabled", "queued": 0, "delivered": 0, "dead": 0}
    listed: list[Row] = [
        {"sink": name, **blank, **known.get(name, {}), "kind": kind} for name, kind in kinds.items()
    ]
    stray = [row for name, row in known.items() if name not in kinds]
    return listed + [{**row, "kind": "not configured"} for row in stray]


def _tried(config: Config, given: argparse.Namespace) -> int:
    plan = read_sinks(config)
    for name in given.sink:
        if name not in plan:
            raise UsageError(f"no sink {name!r}; there are {', '.join(plan)}")
    out, now, stand_in = gate(config.settings), clock(), terminal(given)
    outcomes: dict[str, Outcome] = {}
    heard: dict[str, Sequence[Said]] = {}
    for name in given.sink or plan:
        kind, chosen = plan[name]
        shown = stand_in if stand_in and isinstance(chosen, ConsoleSettings) else None
        way = Overheard(out, config.secrets)
        sink = shown or kind.build(chosen, way)
        outcomes[name] = sink.send(sample(name, now), now)
        sink.close()
        heard[name] = tuple(way.said)
    for line in () if given.json else _told(heard):
        print(line)
    rows(
        [_row(name, outcome, heard[name]) for name, outcome in outcomes.items()],
        ("sink", "verdict", "status", "milliseconds", "reason", "answer"),
        as_json=given.json,
    )
    return 0 if all(o.verdict is Verdict.DELIVERED for o in outcomes.values()) else 1


def _told(heard: Mapping[str, Sequence[Said]]) -> Iterator[str]:
    for name, said in heard.items():
        for one in said:
            yield from lines(name, one)


def _row(name: str, outcome: Outcome, heard: Sequence[Said]) -> Mapping[str, object]:
    return {
        "sink": name,
        "verdict": outcome.verdict.value,
        "status": outcome.status or None,
        "milliseconds": outcome.milliseconds,
        "reason": outcome.reason,
        "answer": outcome.answer,
        "exchange": heard,
    }


def sample(sink: str, now: datetime) -> Delivery:
    """An alert of no story, marked as a test wherever it is shown."""
    name = alert_id(f"test:{now.isoformat()}")
    alert = Alert(
        id=name,
        story="s-test",
        revision=1,
        topic="arms-transfers",
        severity=Severity.LOW,
        title="Test alert: this sink works",
        url="https://example.org/",
        outlet="example.org",
        published=now,
        first_seen=now,
        at=now,
        summary="Sent by `monitor sinks test`. No arms were transferred.",
        act=Act(stage=Stage.REPORTED, categories=("unspecified",)),
        severity_why="Low: a test.",
        test=True,
    )
    return Delivery(id=delivery_id(name, 1, sink), alert=alert, sink=sink, due=now)
