"""Articles behind entries that fell short: fetched kindly, judged again, told once."""

import gzip
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from monitor.app import Monitor
from monitor.assembly import read_config
from tests.end_to_end.world import SECRET, Page, World, configured, world

# Everything is near this topic, and its three words carry it over the threshold.
TOPIC = """
title = "Howitzers"
base = -1.0
threshold = 0.5
[[query]]
name = "word"
find = "howitzer* OR corvette* OR zq*"
weight = 9.0
"""
LEAD = "Officials of both countries met on Tuesday and would not say what it was about."
PROOF = "Sylvania sends twelve howitzers to Freedonia within the year, the contract says."
REST = "The weather in the capital was mild, and many people had come to see them arrive."
SUMMARY = "Both kept silent afterwards."


def feed(around: World, *names: str, summary: str = SUMMARY) -> Page:
    """A feed whose items link to /<name> of the world, all published just now."""
    when = format_datetime(datetime.now(UTC) - timedelta(minutes=5))
    rows = "".join(
        f"<item><title>Two ministers met, {name}</title><description>{summary}</description>"
        f"<guid isPermaLink='false'>{name}</guid><pubDate>{when}</pubDate>"
        f"<link>{around.url}/{name}</link></item>"
        for name in names
    )
    return Page(f"<rss version='2.0'><channel><title>t</title>{rows}</channel></rss>".encode())


def article(*sentences: str, **more: Any) -> Page:
    text = "".join(f"<p>{s}</p>" for s in sentences)
    page = (
        "<!doctype html><html lang='en'><head><title>x</title></head><body><nav><a href='/'>Home"
        f"</a></nav><article><h1>Two ministers met</h1>{text}</article></body></html>"
    )
    return Page(page.encode(), "text/html; charset=utf-8", **more)


class Desk:
    """A monitor on one folder, and what people see of it."""

    def __init__(self, root: Path, around: World) -> None:
        self.monitor = Monitor(read_config(root, {"DESK_SECRET": SECRET}))
        self.around = around

    def once(self) -> None:
        """One pass, as `monitor once --all` makes it."""
        self.monitor.sync()
        self.monitor.poll_pass(everything=True)
        self.monitor.deliver_round(to_the_end=True)

    def row(self, name: str) -> Mapping[str, Any]:
        """The decision about an entry, with what became of its article."""
        [found] = self.monitor.store.decisions(name)
        return found

    def fate(self, name: str) -> tuple[str, str]:
        row = self.row(name)
        return row["article"], row["article_reason"]

    def asked(self, path: str) -> int:
        return self.around.asked.count(path)

    def counted(self, outcome: str) -> float:
        page = self.monitor.metrics_text().decode()
        found = re.search(rf'^monitor_articles_total{{outcome="{outcome}"}} (\S+)$', page, re.M)
        return float(found[1]) if found else 0.0


Make = Callable[..., Desk]


@pytest.fixture
def around() -> Iterator[World]:
    with world() as made:
        made.pages["/robots.txt"] = Page(b"User-agent: *\nDisallow: /private/\n", "text/plain")
        yield made


@pytest.fixture
def desk(around: World, tmp_path: Path) -> Iterator[Make]:
    """A desk with these feeds and settings; all are ended with the test."""
    every: list[Desk] = []

    def make(more: str = "", **feeds: str) -> Desk:
        root = configured(tmp_path, around, feeds or {"wire": "/wire"}, topic=TOPIC, more=more)
        every.append(Desk(root, around))
        return every[-1]

    yield make
    for one in every:
        one.monitor.close(timedelta(seconds=5))


def test_an_article_decides_what_its_summary_could_not(around: World, desk: Make) -> None:
    """The entry falls short by its feed's words; its article's carry it, and it is told."""
    around.pages |= {"/wire": feed(around, "a"), "/a": article(LEAD, PROOF, REST)}
    one = desk()
    one.once()

    row = one.row("a")
    [alert] = around.alerts()
    assert ("read", "", "article") == (row["article"], row["article_reason"], row["basis"])
    assert (True, None, alert["alert"]) == (row["flagged"], row["stopped_by"], row["alert"])
    assert (False, "match", "feed") == (
        row["other"]["flagged"], row["other"]["stopped_by"], row["other"]["basis"],
    )  # fmt: skip
    assert row["other"]["score"] < row["threshold"] < row["score"]
    assert PROOF in row["article_text"]
    assert (1, 1) == (one.asked("/robots.txt"), one.asked("/a"))
    assert (1.0, 0.0) == (one.counted("read"), one.counted("robots-txt"))
