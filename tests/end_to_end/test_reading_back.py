"""After a gap the real daemon's parts read older pages and lose nothing that is still shown."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from monitor.app import Monitor
from monitor.assembly import read_config
from tests.conftest import NOW
from tests.end_to_end.world import SECRET, Page, World, configured
from tests.fetch.life import rss

HOUR = timedelta(hours=1)


@contextmanager
def running(root: Path) -> Iterator[tuple[Monitor, list[timedelta]]]:
    """The daemon's work without its clockwork: time is how far the hand was moved."""
    hand = [timedelta(0)]
    made = Monitor(read_config(root, {"DESK_SECRET": SECRET}), now=lambda: NOW + hand[0])
    made.sync()
    try:
        yield made, hand
    finally:
        made.close(timedelta(seconds=5))


def polled(made: Monitor, hand: list[timedelta], later: timedelta) -> None:
    hand[0] = later
    made.poll_round()
    assert made.polling.settle(timedelta(seconds=20))


def shown(around: World, names: range, older: int = 0) -> None:
    """A page of these items, and the pages before it by number."""
    link = f"<atom:link xmlns:atom='http://www.w3.org/2005/Atom' rel='next' href='{around.url}/paper?page={{}}'/>"
    for number in range(older + 1):
        first = names.start - number * len(names)
        page = rss(
            *(f"n{n}" for n in reversed(range(first, first + len(names)))),
            head=link.format(number + 2),
        )
        around.pages["/paper" if not number else f"/paper?page={number + 1}"] = Page(page)


def test_what_a_window_lost_is_read_back(around: World, tmp_path: Path) -> None:
    """Five items at first, twenty later in a window of five: all twenty-five are kept, once each."""
    shown(around, range(1, 6))
    with running(configured(tmp_path, around, {"paper": "/paper"})) as (made, hand):
        polled(made, hand, timedelta(0))
        shown(around, range(21, 26), older=5)
        for hours in range(1, 12):
            polled(made, hand, hours * HOUR)
        (row,) = made.store.feeds()
        (gap,) = [e for e in made.store.events() if e["kind"] == "gap"]
        found = {f"n{n}" for n in range(1, 26) if made.store.decisions(f"n{n}")}
        shown(around, range(22, 27))
        polled(made, hand, 12 * HOUR)
        (after,) = made.store.feeds()

    assert (25, 1, "") == (row["entries"], row["gaps"], row["failure"])
    assert {f"n{n}" for n in range(1, 26)} == found
    assert "paper" == gap["feed"]
    assert [f"/paper?page={n}" for n in (2, 3, 4, 5)] == [p for p in around.asked if "page" in p]
    assert 26 == after["entries"]
