"""Nouns that several tests need: one whole alert, and strategies for any alert at all."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from monitor.config.reading import Problems, Table, read_toml
from monitor.model import (
    Act,
    Alert,
    Delivery,
    Reason,
    RegimeFact,
    Severity,
    Source,
    Stage,
)

NOW = datetime(2026, 8, 1, 12, tzinfo=UTC)
TITLE = "Freedonia asks Sylvania for millions of rockets and artillery shells"
SUMMARY = "Officials say the order breaks the embargo of 2006. 砲弾の購入を打診した。"
UN = RegimeFact(
    id="un-zz", name="UN arms embargo on Sylvania", act="S/RES/1 (2006)", as_of="2026-07-01"
)


def reason(words: str, concept: str, weight: float = 0.5, text: str = TITLE) -> Reason:
    start = text.index(words)
    where = "title" if text is TITLE else "summary"
    return Reason(
        field=where,
        start=start,
        end=start + len(words),
        text=words,
        concept=concept,
        weight=weight,
    )


ACT = Act(
    stage=Stage.REQUESTED,
    suppliers=("zz",),
    recipients=("qq",),
    categories=("artillery", "ammunition"),
    quantity="millions",
    regimes=("un-zz",),
)
ALERT = Alert(
    id="al-0123456789abcdef01234567",
    story="s-1",
    revision=1,
    topic="arms-transfers",
    severity=Severity.HIGH,
    title=TITLE,
    url="https://www.example.org/news/1?a=1&b=2",
    outlet="example.org",
    published=NOW - timedelta(hours=1),
    first_seen=NOW,
    at=NOW,
    summary=SUMMARY,
    act=ACT,
    reasons=(
        reason("Freedonia", "recipient:qq"),
        reason("asks", "stage:requested", 0.9),
        reason("Sylvania", "supplier:zz"),
        reason("artillery shells", "weapon:artillery", 1.2),
        reason("embargo", "embargo", 0.2, SUMMARY),
    ),
    regimes=(UN,),
    sources=(
        Source(
            outlet="example.org",
            url="https://www.example.org/news/1?a=1&b=2",
            published=NOW - timedelta(hours=1),
        ),
        Source(outlet="example.net", url="https://example.net/2", published=None),
    ),
    independent_sources=2,
    score=0.97,
    language="en",
    severity_why="High: embargo in force between the parties: UN arms embargo on Sylvania (+3).",
    feed_id="example-world",
)


def alert(**changed: Any) -> Alert:
    return replace(ALERT, **changed)


def delivery(sink: str = "desk", **changed: Any) -> Delivery:
    return Delivery(id="dl-0123456789abcdef01234567", alert=alert(**changed), sink=sink, due=NOW)


def table(text: str, tmp_path: Path, **environ: str) -> tuple[Table, Problems]:
    """The text as monitor.toml."""
    (tmp_path / "monitor.toml").write_text(text, encoding="utf-8")
    problems = Problems(tmp_path)
    found = read_toml(tmp_path / "monitor.toml", problems, environ)
    assert found is not None, problems.lines
    return found, problems


# ── any alert whatever ──────────────────────────────────────────────────────────

_NASTY = st.sampled_from(
    [
        "<!channel>", "<@U123>", "<https://evil.example|reuters.com>", "&lt;", "&amp;amp;", "*",
        "`", "@here", "\u202egnp.exe", "\u2066", "\x00", "\x1b[31m", "[red]", "😀" * 40, "é" * 99,
        "<" * 400, "\n> quote", ":skull:", "a" * 4000, "ش" * 500, "砲" * 99, "\U000e0041", "\ud7ff",
    ]
)  # fmt: skip
words = st.lists(st.one_of(_NASTY, st.text(max_size=30)), max_size=5).map("".join)
_ids = st.lists(st.sampled_from(["ru", "kp", "houthis", "a-long_group-name"]), max_size=3)
_many = st.one_of(_ids, st.just(["ru", "kp"] * 50)).map(tuple)
_urls = st.one_of(
    st.just(""),
    st.just("https://example.org/" + "x" * 5000),
    st.just("https://пример.испытание/новости?q=<!here>&b=|"),
    st.just("http://["),
    words.map(lambda w: "https://example.org/" + w),
    words,
)
_dates = st.none() | st.just(NOW)
_acts = st.builds(
    Act,
    stage=st.sampled_from(list(Stage)),
    suppliers=_many,
    recipients=_many,
    categories=_many,
    systems=_many,
    quantity=words,
    denied=st.booleans(),
    doubted=st.booleans(),
)
_reasons = st.builds(
    Reason,
    field=st.sampled_from(["title", "summary", "text"]),
    start=st.integers(0, 50),
    end=st.integers(50, 90),
    text=words,
    concept=st.sampled_from(["supplier:ru", "recipient:kp", "stage:agreed"]),
    weight=st.floats(-1, 1),
)


def _some(what: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    few = st.lists(what, max_size=3)
    return st.one_of(few, what.map(lambda one: [one] * 100)).map(tuple)


any_alert = st.builds(
    Alert,
    id=st.just("al-1"),
    story=st.just("s-1"),
    revision=st.integers(1, 99),
    topic=words,
    severity=st.sampled_from(list(Severity)),
    title=words,
    url=_urls,
    outlet=words,
    published=_dates,
    first_seen=st.just(NOW),
    at=st.just(NOW),
    summary=words,
    act=st.none() | _acts,
    reasons=_some(_reasons),
    regimes=_some(st.builds(RegimeFact, id=words, name=words, act=words, as_of=words, note=words)),
    sources=_some(st.builds(Source, outlet=words, url=_urls, published=_dates)),
    independent_sources=st.integers(0, 99),
    changes=_some(words),
    score=st.floats(0, 1),
    language=st.just("en"),
    severity_why=words,
    test=st.booleans(),
)
