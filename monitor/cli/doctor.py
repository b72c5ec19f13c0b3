"""
monitor doctor: is everything well? Integrity, disk, clock, feeds, sinks, and the daemon itself.

`--ready` asks the running daemon alone, as a container's health check does.
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from monitor.app import LOW_DISK_BYTES, clock
from monitor.cli.setting import configuration, opened
from monitor.cli.show import dumps
from monitor.config.load import Config
from monitor.egress import Egress, EgressSettings, Request
from monitor.errors import StoreError
from monitor.model import Failed
from monitor.ports import Row, Store

GOOD, WARNING, BAD = "good", "warning", "bad"
_SLACK: Final = timedelta(minutes=5)  # that two clocks of one house may differ
_ROOM: Final = 512 * 1024 * 1024  # less is months at most, and days for a big desk
_ENDLESS: Final = 1 << 50  # what a store says whose disk is on another machine
_DAY: Final = timedelta(days=1)
_FEW: Final = 10  # feeds named; the rest is a number
_MARK: Final = {GOOD: "ok", WARNING: "look", BAD: "BAD"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at."""

    what: str
    state: str  # GOOD, WARNING or BAD
    said: str


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ready", action="store_true", help="ask only whether the daemon is ready")


def run(given: argparse.Namespace) -> int:
    """1 when anything is bad; with --ready, also when no daemon runs."""
    config, now = configuration(given), clock()
    found = [_daemon(config, now)] if given.ready else list(examine(config, now))
    if given.json:
        for one in found:
            print(dumps({"check": one.what, "state": one.state, "said": one.said}))
    else:
        width = max(len(one.what) for one in found)
        for one in found:
            print(f"{_MARK[one.state]:4}  {one.what:{width}}  {one.said}")
    unwell = (BAD, WARNING) if given.ready else (BAD,)
    return 1 if any(one.state in unwell for one in found) else 0


def examine(config: Config, now: datetime) -> Iterator[Finding]:
    """Everything there is to look at, in the order in which it matters."""
    try:
        with opened(config, read_only=True) as store:
            yield from _store(store, config)
            yield from _clock(store, now)
            yield from _feeds(store.feeds())
            yield from _articles(store, now)
            yield from _sinks(store)
    except StoreError as e:
        yield Finding(what="store", state=BAD, said=str(e))
    yield _daemon(config, now)


def _store(store: Store, config: Config) -> Iterator[Finding]:
    wrong = store.integrity()
    counts = store.counts()
    said = f"{counts['entries']} entries, {counts['stories']} stories, {counts['alerts']} alerts"
    if wrong:
        yield Finding(what="store", state=BAD, said="; ".join(wrong[:3]))
    else:
        yield Finding(what="store", state=GOOD, said=f"{config.settings.store.url}: sound, {said}")
    free = store.free_bytes()
    state = BAD if free < LOW_DISK_BYTES else WARNING if free < _ROOM else GOOD
    room = f"{free >> 20} MB free beside the store" if free < _ENDLESS else "the server's own"
    yield Finding(what="disk", state=state, said=room)


def _clock(store: Store, now: datetime) -> Iterator[Finding]:
    """A clock set back since the last poll shows in the store; without network nothing else can."""
    polls = [row["last_poll"] for row in store.feeds()]
    latest = max((p for p in polls if isinstance(p, datetime)), default=None)
    if latest and latest > now + _SLACK:
        said = (
            f"it is {now:%Y-%m-%d %H:%M} UTC here, but feeds were polled at {latest:%Y-%m-%d %H:%M}"
        )
        yield Finding(what="clock", state=BAD, said=said)
    else:
        yield Finding(what="clock", state=GOOD, said=f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _feeds(rows: Sequence[Row]) -> Iterator[Finding]:
    """Bad when most of those that were polled fail, for then the fault is probably ours."""
    live = [row for row in rows if row["state"] not in ("retired", "paused")]
    polled = [row for row in live if row["last_poll"]]
    failing = [row for row in polled if row["failure"]]
    quiet = [str(row["id"]) for row in live if row["state"] == "quiet"]
    named = [f"{row['id']} ({row['failure']})" for row in failing]
    state = GOOD
    if failing or quiet:
        state = BAD if len(failing) * 2 > len(polled) else WARNING
    parts = [f"{len(live)} configured or added, {len(failing)} failing"]
    parts += [f": {_some(named)}"] if named else []
    parts += [f"; quiet for a month: {_some(quiet)}"] if quiet else []
    yield Finding(what="feeds", state=state, said="".join(parts))


def _some(names: Sequence[str]) -> str:
    rest = len(names) - _FEW
    return ", ".join(names[:_FEW]) + (f" and {rest} more" if rest > 0 else "")


def _articles(store: Store, now: datetime) -> Iterator[Finding]:
    """What came of a day's articles; nothing to say where none was wanted."""
    found = store.articles(now - _DAY)
    if found:
        said = ", ".join(f"{count} {what}" for what, count in found.items())
        yield Finding(what="articles", state=GOOD, said=f"{said} since yesterday")


def _sinks(store: Store) -> Iterator[Finding]:
    """A sink that is disabled or has dead letters: alerts did not reach somebody."""
    for row in store.sinks():
        state, said = GOOD, f"{row['delivered']} delivered, {row['queued']} queued"
        if row["dead"]:
            state, said = BAD, f"{said}, {row['dead']} dead ({row['failure'] or 'see deliveries'})"
        elif row["state"] == "disabled":
            state, said = BAD, f"disabled: {row['why']}"
        yield Finding(what=f"sink {row['sink']}", state=state, said=said)
    if overdue := store.counts()["overdue"]:
        yield Finding(what="deliveries", state=WARNING, said=f"{overdue} overdue")


# ── the daemon ──────────────────────────────────────────────────────────────────


def _daemon(config: Config, now: datetime) -> Finding:
    if config.settings.console.listen:
        host, port = config.settings.console.address
        if port:
            return _asked(host, port, now)
    return _held(config)


def _asked(host: str, port: int, now: datetime) -> Finding:
    """What /readyz answers."""
    home = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 compared, not bound
    shown = f"[{home}]:{port}" if ":" in home else f"{home}:{port}"
    gate = Egress(EgressSettings(allow_private=("0.0.0.0/0", "::/0"), user_agent="monitor doctor"))
    answer = gate.send(Request(url=f"http://{shown}/readyz"), now)
    if isinstance(answer, Failed):
        return Finding(what="daemon", state=WARNING, said=f"none answers: {answer.detail}")
    reasons = _reasons(answer.body)
    if answer.status == 200 and reasons == ():
        return Finding(what="daemon", state=GOOD, said=f"ready at {shown}")
    said = "; ".join(reasons or ()) or f"{shown} answered {answer.status}, but is no monitor"
    return Finding(what="daemon", state=BAD, said=said)


def _reasons(body: bytes) -> tuple[str, ...] | None:
    """Why it is not ready; None when that is no answer of ours."""
    try:
        found: Mapping[str, Sequence[str]] = json.loads(body)
        return tuple(str(r) for r in found["reasons"])
    except (ValueError, KeyError, TypeError):
        return None


def _held(config: Config) -> Finding:
    """Without a console to ask: who holds the store."""
    try:
        with opened(config, read_only=True) as store:
            found = [row for row in store.nodes() if row.get("state") != "dead"]
    except StoreError as e:
        return Finding(what="daemon", state=BAD, said=str(e))
    if not found:
        return Finding(what="daemon", state=WARNING, said="none runs on this store")
    who = (f"process {r['pid']} on {r['host']}, started {r['since']}, runs on it" for r in found)
    return Finding(what="daemon", state=GOOD, said="; ".join(who))
