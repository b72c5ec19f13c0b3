"""monitor.rejudging: what becomes of a request for an article, and whose words a reason quotes."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.assembly import read_config, rules
from monitor.config.full_text import FullTextSettings
from monitor.fetch.article import Moved
from monitor.match import Rules
from monitor.model import (
    ArticleClaim,
    ArticleState,
    Entry,
    Failed,
    FailureReason,
    Freshness,
    Robots,
)
from monitor.rejudging import barred, failed, judged, moved, refused, repeated
from tests.conftest import NOW

SETTINGS = FullTextSettings()
ENTRY = Entry(
    feed_id="a", id="1", url="https://a.example/1", title="Two ministers met in the capital",
    summary="Officials would not say what it was about.",
)  # fmt: skip
PROOF = "Germany will deliver ten howitzers to Ukraine by May, the contract says."
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def claim(**changed: object) -> ArticleClaim:
    plain = {"number": 1, "entry": ENTRY, "url": ENTRY.url, "host": "a.example", "wanted_at": NOW}
    return ArticleClaim(**{**plain, "tries": 1, **changed})  # type: ignore[arg-type]


def fault(reason: FailureReason, wait: timedelta | None = None) -> Failed:
    return Failed(reason=reason, detail="d", at=NOW, freshness=Freshness(retry_after=wait))


@pytest.fixture(scope="module")
def shipped() -> Rules:
    return rules(read_config(Path(__file__).parents[1] / "config", {}))


@pytest.mark.parametrize(
    ("reason", "tries", "hops", "state", "wait"),
    [
        (FailureReason.NOT_FOUND, 1, 0, ArticleState.GIVEN_UP, timedelta(0)),
        (FailureReason.PAYWALL, 1, 0, ArticleState.GIVEN_UP, timedelta(0)),
        (FailureReason.TIMEOUT, 1, 0, ArticleState.WANTED, 5 * MINUTE),
        (FailureReason.TIMEOUT, 2, 0, ArticleState.WANTED, 20 * MINUTE),
        (FailureReason.TIMEOUT, 3, 0, ArticleState.GIVEN_UP, timedelta(0)),
        (FailureReason.DNS, 4, 2, ArticleState.WANTED, 20 * MINUTE),  # redirects are no failures
        (FailureReason.DNS, 5, 2, ArticleState.GIVEN_UP, timedelta(0)),
        (FailureReason.OFFLINE, 3, 0, ArticleState.WANTED, MINUTE),
    ],
)
def test_what_may_pass_is_tried_again(
    reason: FailureReason, tries: int, hops: int, state: ArticleState, wait: timedelta
) -> None:
    """So often and no more; our own network's faults count for nothing."""
    found = failed(claim(tries=tries, hops=hops), fault(reason), SETTINGS, NOW)

    assert (state, NOW + wait) == (found.state, found.due)
    assert (reason is FailureReason.OFFLINE) == found.uncounted
    assert reason.value == found.reason


def test_nothing_is_waited_for_longer_than_it_is_news() -> None:
    """A day after it was wanted it is given up, whatever kept it."""
    asked = fault(FailureReason.THROTTLED, timedelta(hours=2))
    late = NOW + 23 * HOUR

    assert ArticleState.WANTED is failed(claim(), asked, SETTINGS, NOW + 22 * HOUR).state
    assert ArticleState.GIVEN_UP is failed(claim(), asked, SETTINGS, late).state
    assert ArticleState.GIVEN_UP is failed(claim(), fault(FailureReason.OFFLINE), SETTINGS, NOW + 25 * HOUR).state  # fmt: skip


def test_rules_bar_for_good_and_silence_for_a_while() -> None:
    """What robots.txt says holds; what it does not say is asked for again, and costs no share."""
    said = Robots(origin="o", until=NOW + HOUR, rules="x")
    silent = Robots(origin="o", until=NOW + HOUR, closed=True, why="robots.txt: HTTP 503")
    for_good, for_now = barred(claim(), said, NOW), barred(claim(), silent, NOW)

    assert ArticleState.REFUSED is for_good.state
    assert (ArticleState.WANTED, NOW + HOUR) == (for_now.state, for_now.due)
    assert "robots.txt: HTTP 503" == for_now.detail
    assert {"robots-txt"} == {for_good.reason, for_now.reason}
    assert (True, True) == (for_good.uncounted, for_now.uncounted)
    assert refused(claim(), "r", "d", NOW).uncounted


def test_a_redirect_belongs_to_the_host_it_leads_to() -> None:
    """Its share, its rules and its turnstile."""
    found = moved(claim(hops=1), Moved(url="https://news.b.example/2"), NOW)

    assert (ArticleState.WANTED, NOW, 2) == (found.state, found.due, found.hops)
    assert ("https://news.b.example/2", "b.example") == (found.url, found.host)


# ── judged again ────────────────────────────────────────────────────────────────


def test_reasons_stand_where_they_say(shipped: Rules) -> None:
    """In title and summary as the feed has them, and in the whole article, repeats and all."""
    text = f"{ENTRY.title} {ENTRY.summary} {PROOF}"
    found = judged(claim(), text, shipped, NOW)
    fields = {"title": ENTRY.title, "summary": ENTRY.summary, "article": text}
    reasons = [r for m in found.matches for r in m.reasons]

    assert all(fields[r.field][r.start : r.end] == r.text for r in reasons)
    assert "howitzers" in {r.text for r in reasons if r.field == "article"}
    assert (ENTRY.id, ENTRY.revision, ENTRY.summary, text) == (
        found.entry.id, found.entry.revision, found.entry.summary, found.entry.text,
    )  # fmt: skip
    assert found.flagged


@pytest.mark.parametrize(
    ("sentence", "quantity"),
    [
        ("Germany will deliver ten howitzers to Ukraine by May, the contract says.", "ten howitzers"),
        ("Canada will deliver ten howitzers to Estonia, the contract says.", ""),
        ("Germany said so. Canada and Germany will deliver ten howitzers to Estonia.", ""),
        ("The ministry would not say more about it on Tuesday, its speaker said.", ""),
    ],
)  # fmt: skip
def test_what_was_told_is_completed_by_the_same_deal_alone(
    sentence: str, quantity: str, shipped: Rules
) -> None:
    """A count in an article is no count of what its headline told, unless it is of those parties."""
    told = replace(ENTRY, title="Germany delivers howitzers to Ukraine", summary="")
    found = judged(claim(entry=told), f"{told.title}. {sentence}", shipped, NOW)
    act = found.flagged[0].act

    assert act is not None
    assert (("de",), ("ua",)) == (act.suppliers[:1], act.recipients[:1])
    assert quantity == act.quantity


def test_what_the_feed_said_is_not_read_twice() -> None:
    """However much of it the article repeats, and whatever stands before it."""
    title, summary = ENTRY.title, ENTRY.summary
    for head in (f"{title} {summary}", f"By A. Writer. {title} Tuesday. {summary}", summary):
        assert PROOF == f"{head}{PROOF}"[repeated(ENTRY, f"{head}{PROOF}") :]
    cut = f"{summary[:-10]} and so on. {PROOF}"
    assert cut[repeated(ENTRY, cut) :].endswith(f" and so on. {PROOF}")


@given(st.text("ab cé", max_size=40), st.text("ab cé", max_size=80), st.text("ab cé", max_size=900))
def test_what_is_left_out_is_said_already(title: str, summary: str, text: str) -> None:
    """Never more than the article has, and of what comes last never a word that is new."""
    entry = Entry(feed_id="a", id="1", url="u", title=title, summary=summary)
    known = repeated(entry, text)

    assert 0 <= known <= len(text)
    assert 0 == repeated(Entry(feed_id="a", id="1", url="u", title=""), text)
    if known:
        end = text[:known]
        assert any(end.endswith(part[:n]) for part in (title, summary) for n in range(20, 81))
