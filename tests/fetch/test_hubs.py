"""monitor.fetch.hubs: a hub is relied on as far as it tells."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fetch.hubs import broken_since, heard, relied, seldom
from monitor.fetch.memory import Memory, written
from monitor.fetch.politeness import pace
from monitor.model import Claim, Fetched, Parsed, Unchanged, Validators
from tests.conftest import NOW
from tests.fetch.life import Poll, claim

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(slots=True)
class Told:
    """A feed with a hub, one poll after another."""

    now: datetime = NOW
    until: datetime | None = NOW + 9 * DAY
    pushed: datetime | None = None
    memory: Memory = field(
        default_factory=lambda: Memory(asked="https://feed.example/feed", hub="h")
    )

    def poll(self, new: int, *, pushed: bool = False, after: timedelta = 15 * MINUTE) -> bool:
        """So many new entries, a hub having told of some meanwhile or not; whether relied on."""
        self.now += after
        if pushed:
            self.pushed = self.now - MINUTE
        asked = self._claim()
        self.memory = replace(
            heard(self.memory, asked, new, self.now), last_at=self.now.timestamp()
        )
        return relied(self.memory)

    def _claim(self) -> Claim:
        known = written(self.memory, {})
        return claim(first=False, known=known, push_until=self.until, pushed_at=self.pushed)

    @property
    def broken(self) -> datetime | None:
        return broken_since(written(self.memory, {}))


def proven() -> Told:
    told = Told()
    told.poll(5)
    assert [False, True] == [told.poll(1, pushed=True) for _ in range(2)]
    return told


def test_two_pushes_that_bring_news_prove_a_hub() -> None:
    """Polls that find nothing change nothing; a push that brings nothing proves nothing."""
    told = Told()

    assert not told.poll(9)  # nobody had promised to tell of these
    assert [False, False, True] == [told.poll(n, pushed=True) for n in (1, 0, 1)]
    assert told.poll(0)
    assert told.broken is None


def test_what_polling_finds_ends_the_reliance_at_once() -> None:
    """And after ten minutes without a word it is broken, since the poll that found it."""
    told = proven()

    assert not told.poll(1)
    found = told.now
    assert told.broken is None
    assert not told.poll(0, after=5 * MINUTE)
    assert told.broken is None
    assert not told.poll(0, after=5 * MINUTE)
    assert found == told.broken


def test_a_late_word_is_a_word() -> None:
    """Polling that was quicker than the hub breaks nothing, however long the next poll takes."""
    told = proven()
    told.poll(1)

    assert told.poll(0, pushed=True, after=HOUR)
    assert told.broken is None


def test_a_push_while_we_ask_counts() -> None:
    """It came after the question and before the answer was kept."""
    told = proven()
    told.poll(1)
    told.pushed = told.now - timedelta(seconds=3)

    assert told.poll(0)
    assert told.broken is None


def test_a_broken_hub_proves_itself_anew() -> None:
    """One good push is not enough, two are; it is the first break that is told."""
    told = proven()
    told.poll(1)
    since = told.now
    for _ in range(3):
        told.poll(1)

    assert since == told.broken
    assert not told.poll(1, pushed=True)
    assert since == told.broken
    assert told.poll(1, pushed=True)
    assert told.broken is None


@pytest.mark.parametrize("end", [None, NOW])
def test_without_a_promise_nothing_is_kept_back(end: datetime | None) -> None:
    """A lease that ran out, or was denied: all is as if there were no hub."""
    told = proven()
    told.until = end

    assert not told.poll(3)
    assert not told.poll(3)
    assert told.broken is None
    assert (0, 0.0, 0.0) == (told.memory.pushes, told.memory.push_since, told.memory.push_until)


def test_a_feed_without_a_hub_is_left_alone() -> None:
    """Nothing is counted where nobody is to tell."""
    memory = Memory(asked="x")

    assert memory == heard(memory, claim(push_until=NOW + DAY), 3, NOW)
    assert broken_since({}) is None
    assert broken_since({"client": "nonsense"}) is None


@pytest.mark.parametrize(
    ("rhythm", "minutes"), [(0, 60), (60, 15), (180, 30), (3_600, 60), (86_400, 60)]
)
def test_seldom_is_soon_enough(rhythm: float, minutes: int) -> None:
    """Four times as long, but not so long that ten entries could come and go unseen."""
    assert minutes * MINUTE == seldom(15 * MINUTE, Memory(rhythm=rhythm))


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(1, 200)), max_size=30))
def test_reliance_is_never_on_what_was_kept_back(polls: list[tuple[int, bool, int]]) -> None:
    """Whatever comes: relied on means that nothing is unexplained and two pushes brought news."""
    told, brought = Told(), 0
    for new, pushed, minutes in polls:
        reliance = told.poll(new, pushed=pushed, after=minutes * MINUTE)
        brought += pushed
        if reliance:
            assert told.broken is None
            assert 0.0 == told.memory.unpushed_at
            assert brought >= 2


def test_a_poll_that_finds_what_was_kept_back_comes_again_soon() -> None:
    """Seldom while the hub tells; from the poll on that finds news alone, as if there were none."""
    told = proven()
    kept = dict(written(told.memory, {"b:x": "x"}))
    asked = claim(
        first=False, known=kept, push_until=told.until, pushed_at=told.pushed, interval=HOUR
    )
    later = told.now + HOUR
    still = Unchanged(at=later, validators=Validators())
    page = Fetched(body=b"x", media_type="", charset="", url=asked.feed.url, at=later)
    found = Parsed(format="rss_atom", title="t", entries=(), seen=("y", "x", "z", "w"))
    fresh = replace(found, seen=("x", "y"))

    assert (HOUR, "its hub tells of news: to be sure") == (
        (calm := pace(asked, still, None, Poll(), later)).interval, calm.why,
    )  # fmt: skip
    assert 15 * MINUTE == pace(asked, page, fresh, Poll(), later).interval
    assert 7.5 * MINUTE == pace(asked, page, found, Poll(), later).interval
