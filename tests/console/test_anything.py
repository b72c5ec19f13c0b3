"""console: whatever is written into an address or a form, the answer is a page of ours."""

from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.stores.sqlite import open as sqlite
from tests.console.conftest import Visitor, console, tell
from tests.contract.making import alerting, commit, entry, take_one
from tests.samples import any_alert

KEYS = (
    *("q", "party", "supplier", "stage", "category", "regime", "language", "severity", "since"),
    *("until", "after", "text", "summary", "item", "state", "sink", "next"),
)
FIELDS = (
    *("alert", "opinion", "note", "back", "name", "url", "title", "language", "feed", "opml"),
    *("delivery", "sink", "silence", "until", "comment", "parties", "stories", "min_severity"),
)
VALUES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["al-1", "s-1", "agreed", "high", "7d", "2026-08-01", "9999-12-31", "0001-01-01", "1e999d",
         "2026-08-01T00:00:00+99:99", "\x00", "%00", '"', '"*', "NEAR(", "a OR b", "-", "*", "'",
         "https://[", "//e", "<opml>", "<!DOCTYPE x [<!ENTITY a 'b'>]><opml/>", "0001-01-01T00:00:00+23:59"]
    ),
)  # fmt: skip
PAGES = (
    *("/", "/feed.rss", "/feed.json", "/flows", "/flows.csv", "/flows.json", "/flows.geojson"),
    *("/why", "/feeds", "/delivery", "/delivery/routes", "/health", "/login", "/api/v1/alerts"),
)
FORMS = (
    *("/say", "/mute", "/name", "/why", "/missed", "/feeds/add", "/feeds/remove", "/feeds/pause"),
    "/feeds/test",
    *("/feeds/import", "/delivery/retry", "/silences/add", "/silences/end", "/logout"),
)
some = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    store = sqlite(f"sqlite:///{tmp_path_factory.mktemp('any') / 'm.db'}")
    assert commit(store, alerting(take_one(store), entry("1")))
    with console(store) as web:
        yield web
    store.close()


@some
@given(
    page=st.sampled_from(PAGES), asked=st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4)
)
def test_any_address(served: Visitor, page: str, asked: dict[str, str]) -> None:
    """Sensible or not: a page, a refusal with reasons, never a fault."""
    query = urlencode({k: v.encode("utf-8", "replace") for k, v in asked.items()})

    assert served.get(f"{page}?{query}").status in (200, 303, 400)


@some
@given(name=st.one_of(st.text(min_size=1, max_size=40), st.binary(min_size=1, max_size=20)))
@pytest.mark.parametrize("page", ["/story/", "/feeds/", "/api/v1/stories/", "/static/", "/"])
def test_any_name(served: Visitor, page: str, name: str | bytes) -> None:
    """Of a story, a feed or a file."""
    text = name if isinstance(name, bytes) else name.encode("utf-8", "replace")

    assert served.get(page + quote(text, safe="")).status in (200, 303, 400, 404, 405)


@some
@given(
    page=st.sampled_from(FORMS), sent=st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=5)
)
def test_any_form(served: Visitor, page: str, sent: dict[str, str]) -> None:
    """Refused, or done and led back to a page of ours."""
    fields = {k: v.encode("utf-8", "replace").decode() for k, v in sent.items()}
    answer = served.post(page, fields)

    assert answer.status in (200, 204, 303, 400, 404)
    assert answer.headers.get("location", "/").startswith("/")
    assert not answer.headers.get("location", "/").startswith("//")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(alert=any_alert)
def test_any_alert(served: Visitor, alert: object) -> None:
    """Whatever detector and feeds made of it, every page shows it."""
    number = len(served.store.alerts(limit=1000))
    fields = {name: getattr(alert, name) for name in alert.__dataclass_fields__}  # type: ignore[attr-defined]
    tell(served.store, -number, **{**fields, "id": f"al-any-{number}", "story": f"s-any-{number}", "revision": 1})  # fmt: skip
    pages = ("/", f"/story/s-any-{number}", "/feed.rss", "/feed.json", "/flows", "/flows.csv",
             "/delivery", "/api/v1/alerts", f"/api/v1/stories/s-any-{number}")  # fmt: skip

    assert {200} == {served.get(page).status for page in pages}
