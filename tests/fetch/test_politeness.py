"""monitor.fetch.politeness: when to come again, and what a failure weighs."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fetch import address, memory, remember
from monitor.fetch.learning import remember as learn
from monitor.fetch.memory import KEY, Memory, quiet, recall, rhythm, written
from monitor.fetch.politeness import failures, gap, pace
from monitor.model import (
    Claim,
    Entry,
    Failed,
    FailureReason,
    Fetched,
    Freshness,
    Parsed,
    Unchanged,
    Validators,
)
from monitor.parse.blocks import LISTED, MOST_REMEMBERED, PREFIX
from monitor.parse.reading import ROTATING
from tests.conftest import NOW
from tests.fetch.life import Poll, claim, feed

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
POLL = Poll()


def fetched(**changed: object) -> Fetched:
    made = Fetched(body=b"x", media_type="", charset="", url="https://feed.example/feed", at=NOW)
    return replace(made, **changed)  # type: ignore[arg-type]


def unchanged(**changed: object) -> Unchanged:
    return replace(Unchanged(at=NOW, validators=Validators()), **changed)  # type: ignore[arg-type]


def failed(reason: FailureReason, **changed: object) -> Failed:
    return replace(Failed(reason=reason, detail="", at=NOW), **changed)  # type: ignore[arg-type]


def entry(name: str, published: datetime | None = None) -> Entry:
    return Entry(feed_id="f", id=name, url="", title=name, published=published)


def parsed(*names: str, **changed: object) -> Parsed:
    made = Parsed(format="rss_atom", title="t", entries=tuple(entry(n) for n in names), seen=names)
    return replace(made, **changed)  # type: ignore[arg-type]


def known(*names: str, memory: Memory | None = None) -> dict[str, str]:
    blocks = {f"{PREFIX}{n}": n for n in names}
    return dict(written(memory, blocks)) if memory else blocks


def polled(*names: str, **changed: object) -> Claim:
    """A feed polled before with these items."""
    settled: dict[str, object] = {
        "first": False, "polled_at": NOW - HOUR, "interval": 15 * MINUTE, "known": known(*names),
    }  # fmt: skip
    return replace(claim(), **{**settled, **changed})  # type: ignore[arg-type]


def within(length: timedelta, step: timedelta) -> bool:
    """As long as that, drawn a little and jittered."""
    return 0.89 * length <= step <= 1.31 * length


@pytest.mark.parametrize(
    ("names", "before", "minutes"),
    [
        ("a b c d e f", "a b c d e", 15),  # one new of six
        ("a b c d e f g", "f g", 7.5),  # most were new
        ("a b c", "x y z", 5),  # a gap: a quarter, but not below the least
    ],
)
def test_overlap_sets_the_interval(names: str, before: str, minutes: float) -> None:
    """The more of a window is new, the sooner we come back."""
    found = pace(polled(*before.split()), fetched(), parsed(*names.split()), POLL, NOW)

    assert minutes * MINUTE == found.interval


def test_a_gap_quarters_a_long_interval() -> None:
    """Nothing in common with the last poll: four times as often from now on."""
    long = polled("x", interval=4 * HOUR)

    assert HOUR == pace(long, fetched(), parsed("a", "b"), POLL, NOW).interval


@pytest.mark.parametrize(
    ("ttl", "minutes"), [(None, 15), (10 * MINUTE, 15), (40 * MINUTE, 40), (7 * DAY, 60)]
)
def test_ttl_is_a_hint(ttl: timedelta | None, minutes: int) -> None:
    """Longer than the default it is heeded, up to an hour; shorter it changes nothing."""
    found = pace(polled("a"), fetched(), parsed("a", ttl=ttl), POLL, NOW)

    assert minutes * MINUTE == found.interval


def test_a_configured_interval_stands() -> None:
    """What the operator wrote for a feed counts, within the bounds, and against its ttl."""
    for minutes, expected in ((30, 30), (1, 5), (9_999, 1_440)):
        own = replace(polled("a"), feed=feed("https://a.example/", interval=minutes * MINUTE))
        found = pace(own, fetched(), parsed("a", ttl=HOUR), POLL, NOW)
        assert expected * MINUTE == found.interval


def test_a_still_feed_is_asked_less_often() -> None:
    """After two polls without news the interval grows, four times the default at most."""
    still = polled("a")
    for _ in range(30):
        outcome = unchanged()
        still = replace(
            still,
            interval=pace(still, outcome, None, POLL, NOW).interval,
            known=remember(still, outcome, None, NOW),
        )

    assert still.interval is not None
    assert 15 * MINUTE < still.interval <= HOUR
    assert 15 * MINUTE == pace(still, fetched(), parsed("a", "b"), POLL, NOW).interval


WEIGHTS = {
    FailureReason.OFFLINE: 0.0, FailureReason.DNS: 0.25, FailureReason.TIMEOUT: 0.5,
    FailureReason.SERVER_ERROR: 0.5, FailureReason.NOT_FOUND: 0.5, FailureReason.HTML: 1.0,
    FailureReason.NOT_A_FEED: 1.0, FailureReason.TLS: 1.0, FailureReason.EMPTY: 1.0,
}  # fmt: skip


@pytest.mark.parametrize(("reason", "weight"), WEIGHTS.items())
def test_failures_weigh_differently(reason: FailureReason, weight: float) -> None:
    """A hiccup counts less than a broken feed, our own network nothing, a success ends it."""
    troubled = polled("a", failures=2.0)

    assert 2.0 + weight == failures(troubled, failed(reason))
    assert 0.0 == failures(troubled, unchanged()) == failures(troubled, fetched())


def test_our_own_outage_is_soon_over() -> None:
    """Offline: come back as soon as allowed, learn nothing, keep the interval."""
    found = pace(polled("a", failures=3.0), failed(FailureReason.OFFLINE), None, POLL, NOW)
    before = polled("a")

    assert 5 * MINUTE == found.next_due - NOW
    assert 15 * MINUTE == found.interval
    assert before.known == remember(before, failed(FailureReason.OFFLINE), None, NOW)


@pytest.mark.parametrize(
    ("reason", "hours"),
    [(FailureReason.DENIED, 1), (FailureReason.CHALLENGE, 1), (FailureReason.THROTTLED, 4)],
)
def test_who_does_not_want_us_is_left_for_hours(reason: FailureReason, hours: int) -> None:
    """403, a challenge, 429 without a word: hours, not minutes."""
    step = pace(polled("a"), failed(reason), None, POLL, NOW).next_due - NOW

    assert hours * HOUR <= step <= hours * HOUR * 1.06


def test_retry_after_beats_the_backoff() -> None:
    """A longer wish of the server's counts; a shorter one does not undercut the backoff."""
    for asked, least in ((2 * HOUR, 2 * HOUR), (timedelta(seconds=1), 15 * MINUTE)):
        outcome = failed(FailureReason.THROTTLED, freshness=Freshness(retry_after=asked))
        found = pace(polled("a"), outcome, None, POLL, NOW)
        assert least <= found.next_due - NOW <= least * 1.06


def test_a_start_is_no_burst_the_second_time() -> None:
    """A thousand feeds polled in one moment come back spread over their interval."""
    steps = []
    for n in range(1_000):
        first = claim(feed=feed("https://feed.example/", id=f"feed-{n}"))
        steps.append(pace(first, fetched(), parsed("a"), POLL, NOW).next_due - NOW)
    minutes = Counter(int(step / MINUTE) for step in steps)

    assert 5 * MINUTE <= min(steps)
    assert max(steps) <= 24 * MINUTE
    assert max(minutes.values()) < 130
    assert len(set(steps)) > 990


def test_a_suspend_is_no_burst_the_second_time() -> None:
    """Feeds all overdue at one moment drift apart within three polls, none in haste."""
    claims = [
        polled("a", feed=feed("https://feed.example/", id=f"feed-{n}"), fence=n) for n in range(500)
    ]
    moments = {c.feed.id: NOW for c in claims}
    for turn in range(3):
        for c in claims:
            now = moments[c.feed.id]
            turned = replace(c, fence=c.fence + turn)
            moments[c.feed.id] = pace(turned, unchanged(), None, POLL, now).next_due
            assert within(15 * MINUTE, moments[c.feed.id] - now)
    minutes = Counter(int((m - NOW) / MINUTE) for m in moments.values())

    assert max(minutes.values()) < 120


_outcomes = st.one_of(
    st.builds(
        unchanged,
        freshness=st.builds(
            Freshness,
            max_age=st.none() | st.timedeltas(timedelta(0), 5 * HOUR),
            retry_after=st.none() | st.timedeltas(timedelta(0), DAY),
        ),
    ),
    st.sampled_from([r for r in FailureReason if r is not FailureReason.GONE]).map(failed),
)


@given(
    _outcomes,
    st.timedeltas(timedelta(seconds=1), 30 * DAY),
    st.floats(0, 500),
    st.integers(0, 10**6),
    st.booleans(),
)
def test_never_too_soon_and_never_never(
    outcome: Unchanged | Failed, interval: timedelta, count: float, fence: int, first: bool
) -> None:
    """Whatever happens: no sooner than min_interval, no later than a day and a bit."""
    asked = polled("a", interval=interval, failures=count, fence=fence, first=first)
    found = pace(asked, outcome, None, POLL, NOW)
    step = found.next_due - NOW

    assert POLL.min_interval <= step <= 1.6 * POLL.max_interval
    assert POLL.min_interval <= found.interval <= POLL.max_interval
    assert found == pace(asked, outcome, None, POLL, NOW)
    assert found.why
    if isinstance(outcome, Unchanged):
        fresh = outcome.freshness
        assert step >= max(fresh.max_age or timedelta(0), fresh.retry_after or timedelta(0))


@pytest.mark.parametrize("hours", [range(24), [25, 99]])
def test_a_wish_nobody_can_mean(hours: list[int]) -> None:
    """A feed that asks to be skipped the whole day is polled all the same."""
    document = parsed("a", skip_hours=frozenset(hours))
    found = pace(polled("a"), fetched(), document, POLL, NOW)

    assert within(15 * MINUTE, found.next_due - NOW)


def test_days_and_hours_together_are_a_week_at_most() -> None:
    """Six days and most hours skipped: the first open hour within the week."""
    document = parsed("a", skip_days=frozenset(range(6)), skip_hours=frozenset(range(23)))
    found = pace(polled("a"), fetched(), document, POLL, NOW)

    assert (6, 23) == (found.next_due.weekday(), found.next_due.hour)
    assert found.next_due - NOW < 7 * DAY


# ── memory ──────────────────────────────────────────────────────────────────────


def test_items_are_where_the_parser_puts_them() -> None:
    """Our own key is none that the parser uses for blocks or lists."""
    assert not KEY.startswith((PREFIX, LISTED))
    assert (memory._COMPARED, memory.ROTATING) == (MOST_REMEMBERED, ROTATING)


@pytest.mark.parametrize("text", ["", "{}", "[]", "nonsense", '{"asked": 3}', '{"calm": "x"}', "1"])
def test_a_spoilt_memory_is_a_blank_one(text: str) -> None:
    """What cannot be read, or belongs to another address, is forgotten."""
    spoilt = claim(known={KEY: text})

    assert Memory(asked=spoilt.feed.url) == recall(spoilt)
    assert quiet(spoilt.known, NOW) is None


def test_memory_comes_back() -> None:
    """What is remembered is recalled, for that address alone."""
    left = Memory(asked="https://feed.example/feed", url="https://new.example/", spacing=12.5,
                  calm=3, hours="1 2")  # fmt: skip
    kept = claim(known=known("a", memory=left))
    other = replace(kept, feed=feed("https://other.example/"))

    assert left == recall(kept)
    assert ("https://new.example/", "https://other.example/") == (address(kept), address(other))


def test_the_book_a_publisher_would_keep() -> None:
    """Requests, conditional ones, early ones and their mean spacing are counted."""
    held = Validators(etag='"1"')
    now, asked = NOW, claim(first=False)
    outcomes: list[Fetched | Unchanged] = [
        fetched(validators=held),
        unchanged(validators=held, freshness=Freshness(max_age=HOUR)),
        unchanged(validators=held, status=200),
    ]
    for outcome in outcomes:
        document = parsed("a") if isinstance(outcome, Fetched) else None
        asked = replace(asked, known=learn(asked, outcome, document, now), validators=held)
        now += 30 * MINUTE
    book = recall(asked)

    assert (3, 2, 0, 1, 1, 1) == (
        book.requests, book.conditional, book.unconditional, book.not_modified,
        book.same_body, book.early,
    )  # fmt: skip
    assert 1_800 == book.spacing


def book_of(*steps: tuple[timedelta, Fetched | Unchanged | Failed], **more: object) -> Memory:
    """What is remembered of these answers, each so long after the one before."""
    now, asked = NOW, replace(claim(first=False), **more)  # type: ignore[arg-type]
    for wait, outcome in steps:
        now += wait
        document = parsed("a") if isinstance(outcome, Fetched) else None
        held = asked.validators if isinstance(outcome, Failed) else outcome.validators
        asked = replace(asked, known=learn(asked, outcome, document, now), validators=held)
    return recall(asked)


FRESH = Freshness(max_age=HOUR)
BUSY = failed(FailureReason.THROTTLED, freshness=Freshness(retry_after=HOUR))
TAGGED = Validators(etag='"1"')


@pytest.mark.parametrize(
    ("steps", "early", "hurried", "unneeded"),
    [
        ([(HOUR, fetched(freshness=FRESH)), (HOUR, fetched())], 0, 0, 0),
        ([(HOUR, fetched(freshness=FRESH)), (MINUTE, fetched())], 1, 0, 1),
        ([(HOUR, BUSY), (HOUR, fetched())], 0, 0, 0),
        ([(HOUR, BUSY), (MINUTE, fetched()), (MINUTE, fetched())], 0, 1, 1),
        ([(HOUR, fetched()), (HOUR, unchanged(status=200))], 0, 0, 0),  # it gives us nothing to ask by
        ([(HOUR, fetched(validators=TAGGED)), (9 * DAY, unchanged(status=200, validators=TAGGED))], 0, 0, 1),
        ([(HOUR, fetched(validators=TAGGED)), (HOUR, unchanged(status=200, validators=TAGGED))], 0, 0, 0),
    ],
)  # fmt: skip
def test_faults_are_told_apart(
    steps: list[tuple[timedelta, Fetched | Unchanged | Failed]],
    early: int,
    hurried: int,
    unneeded: int,
) -> None:
    """Too soon for its freshness, too soon for Retry-After, the whole for nothing."""
    found = book_of(*steps)

    assert (early, hurried, unneeded) == (found.early, found.hurried, found.unneeded)


def test_a_hub_may_call_us_early() -> None:
    """Who tells us of news wants us to come, whatever its last answer said of freshness."""
    steps = [(HOUR, fetched(freshness=FRESH)), (MINUTE, fetched())]

    assert 0 == book_of(*steps, pushed_at=NOW + HOUR).early


def test_rhythm_is_the_usual_gap() -> None:
    """The median of the newest; with fewer than three dates nobody knows."""
    hours = [0, 1, 2, 3, 50]
    entries = tuple(entry(str(h), NOW - h * HOUR) for h in hours)

    assert 3_600 == rhythm(entries)
    assert 0 == rhythm(entries[:2]) == rhythm((entry("x"),) * 9)


def test_rhythm_follows_what_comes() -> None:
    """Of a document read in part the entries since the last are a fifth of the truth."""
    left = Memory(asked="https://feed.example/feed", rhythm=1_000, newest_at=NOW.timestamp())
    asked = polled(known=known("a", "b", memory=left))
    later = NOW + timedelta(seconds=6_000)
    document = parsed("c", seen=("c", "a", "b"))
    found = recall(replace(asked, known=remember(asked, fetched(), document, later)))

    assert 0.8 * 1_000 + 0.2 * 6_000 == found.rhythm


def test_a_redirect_that_wavers_is_watched_anew() -> None:
    """Another target, or none, starts the watch again."""
    asked = polled("a")
    targets = ["https://b.example/", "https://b.example/", "https://c.example/", ""]
    seen = []
    for target in targets:
        asked = replace(asked, known=remember(asked, unchanged(moved_to=target), None, NOW))
        seen.append((recall(asked).moved_to, recall(asked).moved_seen))

    assert [(targets[0], 1), (targets[0], 2), (targets[2], 1), ("", 0)] == seen


def test_an_unread_page_moves_nothing() -> None:
    """Where a redirect led to something that was never parsed it is not believed."""
    asked = polled("a")
    found = remember(asked, fetched(moved_to="https://b.example/"), None, NOW)

    assert "" == recall(replace(asked, known=found)).moved_to


def test_ids_that_change_are_no_gap() -> None:
    """The poll that takes links for ids shares none with the last; nothing was missed."""
    renamed = parsed("https://a.example/1", known={f"{LISTED}0": "x", ROTATING: "1"})

    assert not gap(polled("guid-1"), renamed)
    assert gap(polled("guid-1"), parsed("https://a.example/1"))


def test_a_huge_document_is_compared_in_part() -> None:
    """Items beyond those remembered are not taken for new."""
    names = tuple(f"n{n}" for n in range(5_000))
    asked = polled(*names[:2_000])

    assert (1_999, 1) == memory.overlap(asked, parsed("new", *names))
    assert 15 * MINUTE == pace(asked, fetched(), parsed("new", *names), POLL, NOW).interval


# ── older pages ─────────────────────────────────────────────────────────────────


def behind(back: str = "https://feed.example/feed?page=2") -> Claim:
    """A feed that is reading back after a gap."""
    start = polled("x", "y", interval=HOUR)
    gapped = parsed("a", "b", next_page=back)
    after = remember(start, fetched(), gapped, NOW)
    return replace(start, known=after)


def test_only_the_publishers_own_pages_are_read() -> None:
    """A next page on another domain is not followed, on the same domain it is."""
    assert "https://feed.example/feed?page=2" == recall(behind()).back
    assert "https://old.feed.example/2" == recall(behind("https://old.feed.example/2")).back
    assert "" == recall(behind("https://evil.example/2")).back
    assert "" == recall(behind("")).back


def test_failures_of_older_pages_are_nobodys() -> None:
    """A page that fails ends the reading, throttling only delays it, neither counts."""
    reading = behind()
    gone = failed(FailureReason.NOT_FOUND)
    slow = failed(FailureReason.THROTTLED, freshness=Freshness(retry_after=2 * HOUR))

    assert 0 == failures(reading, gone) == failures(reading, slow)
    assert "" == recall(replace(reading, known=remember(reading, gone, None, NOW))).back
    assert (
        recall(reading).back
        == recall(replace(reading, known=remember(reading, slow, None, NOW))).back
    )
    assert 2 * HOUR <= pace(reading, slow, None, POLL, NOW).next_due - NOW
    assert 5 * MINUTE <= pace(reading, gone, None, POLL, NOW).next_due - NOW < 6 * MINUTE


def test_reading_back_ends() -> None:
    """After ten pages, at a page that names itself, or at one that names none."""
    reading, pages = behind(), 0
    while recall(reading).back and pages < 99:
        pages += 1
        older = parsed(f"p{pages}", next_page=f"https://feed.example/feed?page={pages + 2}")
        reading = replace(reading, known=remember(reading, fetched(), older, NOW))
    itself = parsed("p", next_page="https://feed.example/feed?page=2")
    alone = remember(behind(), fetched(), itself, NOW)
    last = remember(behind(), fetched(), parsed("p"), NOW)

    assert 10 == pages
    assert "" == recall(replace(reading, known=alone)).back
    assert "" == recall(replace(reading, known=last)).back


def test_the_feeds_own_freshness_outlasts_its_pages() -> None:
    """After the last older page the feed is due when it said it would be."""
    start = polled("x", interval=HOUR)
    gapped = parsed("a", next_page="https://feed.example/2")
    outcome = fetched(freshness=Freshness(max_age=3 * HOUR))
    reading = replace(start, known=remember(start, outcome, gapped, NOW))
    found = pace(reading, fetched(), parsed("x"), POLL, NOW)

    assert 3 * HOUR <= found.next_due - NOW
