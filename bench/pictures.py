"""
Draws docs/alert.svg: the exemplar story as the terminal shows it, read by the real detector.

    python -m bench.pictures
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.alert import Policy
from monitor.alert import alert as alerted
from monitor.assembly import read_config, rules
from monitor.config.load import shipped
from monitor.config.routes import Route
from monitor.match import match
from monitor.match.regimes import facts
from monitor.model import Entry
from monitor.story import member, sources, tell
from monitor.story.index import Index
from monitor.terminal import picture

FILE = Path(__file__).parent.parent / "docs" / "alert.svg"
NOW = datetime(2022, 9, 6, 8, 12, tzinfo=UTC)
ENTRY = Entry(
    feed_id="harbour-times",
    id="1",
    url="https://harbour-times.example/world/1",
    title="Russia wants to buy millions of rockets and artillery shells from North Korea",
    summary="Buying them would violate a UN arms embargo on Pyongyang, officials said on Tuesday.",
    language="en",
    outlet="harbour-times.example",
    published=NOW - timedelta(minutes=7),
)


def main() -> None:
    config = read_config(shipped(), os.environ)
    found = [m for m in match(ENTRY, rules(config), NOW) if m.flagged]
    [told] = tell([member(ENTRY, found, NOW)], Index(), NOW)
    listed, independent = sources(told.story)
    raised = alerted(
        told,
        ENTRY,
        found,
        policy=Policy(routes=(Route(sinks=("terminal",)),)),
        facts=facts(config.knowledge.regimes),
        sources=listed,
        independent=independent,
        now=NOW,
    )
    FILE.write_text(picture(raised.alerts[0], "monitor run"), encoding="utf-8")
    print(f"{FILE.name}: {FILE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
