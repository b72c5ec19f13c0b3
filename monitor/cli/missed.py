"""monitor missed URL: which stage lost a story that should have been an alert; remembers it."""

import argparse
import getpass
from collections.abc import Sequence

from monitor.app import clock
from monitor.cli.setting import configuration, opened
from monitor.cli.show import dumps, rows
from monitor.model import Label, Opinion
from monitor.ports import Row


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", help="the page, or an entry's id")
    parser.add_argument("--author", default="")
    parser.add_argument("--note", default="")


def run(given: argparse.Namespace) -> int:
    """1 when it was no miss after all: somebody was told."""
    config = configuration(given)
    with opened(config) as store:
        found = store.decisions(given.url)
        told = [row for row in found if row["alert"]]
        if not told:
            store.add_label(
                Label(
                    opinion=Opinion.MISSED,
                    at=store.time(clock()),
                    author=given.author or getpass.getuser(),
                    url=given.url,
                    note=given.note,
                )
            )
        said = verdict(found)
    if given.json:
        print(dumps({"url": given.url, "lost_by": lost_by(found), "why": said, "path": found}))
        return 1 if told else 0
    print(said)
    columns = ("seen", "topic", "score", "threshold", "stopped_by", "why")
    if found:
        rows(found, columns, as_json=False)
    return 1 if told else 0


def lost_by(found: Sequence[Row]) -> str:
    """The stage that stopped it, the one that came nearest to an alert; "feed": never read."""
    if not found:
        return "feed"
    if any(row["alert"] for row in found):
        return ""
    stages = [str(row["stopped_by"] or "") for row in found]
    later = [stage for stage in stages if stage != "match"]
    return later[0] if later else stages[0]


def verdict(found: Sequence[Row]) -> str:
    """One sentence."""
    stage = lost_by(found)
    if stage == "feed":
        return "never read: no feed has carried it; try `monitor feeds test` on its site"
    if not stage:
        row = next(r for r in found if r["alert"])
        return f"not missed: {row['alert']} told it"
    nearest = max(found, key=lambda r: float(str(r["score"])) - float(str(r["threshold"])))
    gap = float(str(nearest["threshold"])) - float(str(nearest["score"]))
    tail = f", {gap:.2f} below the threshold of {nearest['topic']}" if stage == "match" else ""
    return f"read, and stopped by {stage}{tail}: {nearest['why']}"
