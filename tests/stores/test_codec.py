"""Nouns as columns and JSON, and back."""

from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.model import Alert
from monitor.stores import _codec as codec
from tests.samples import ALERT, NOW, any_alert

moments = st.datetimes(
    min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 28),  # noqa: DTZ001
    timezones=st.integers(-14, 14).map(lambda h: timezone(timedelta(hours=h))),
)  # fmt: skip


@settings(deadline=None)
@given(moments)
def test_a_moment_comes_back(moment: datetime) -> None:
    """To the microsecond, in UTC, always of one length."""
    text = codec.moment(moment)

    assert moment == codec.when(text)
    assert UTC == codec.when(text).tzinfo
    assert (27, "Z") == (len(text), text[-1])


@settings(deadline=None)
@given(moments, moments)
def test_text_order_is_time_order(one: datetime, other: datetime) -> None:
    """What every index and every "due" relies on."""
    assert (one < other) == (codec.moment(one) < codec.moment(other))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(any_alert)
def test_an_alert_comes_back(alert: Alert) -> None:
    """Any alert, whatever its words, but for what no database can hold."""
    text = codec.alert_json(alert)

    assert text == codec.alert_json(codec.alert(text))
    if "?" not in text:
        assert alert == codec.alert(text)


def test_an_alert_of_another_version_can_be_read() -> None:
    """A field it lacks takes its default, one it has too many is left out."""
    text = codec.alert_json(ALERT)
    older = text.replace('"language":"en",', "")
    newer = text.replace('"language":"en",', '"language":"en","mood":"grim",')

    assert ("", "en") == (codec.alert(older).language, codec.alert(newer).language)
    assert ALERT == codec.alert(newer)


def test_only_nouns_moments_and_mappings_are_written() -> None:
    """Anything else is a mistake of ours and must not become a text that looks right."""
    assert '{"a":[1,null]}' == codec.dumps(MappingProxyType({"a": (1, None)}))
    assert '"2026-08-01T12:00:00.000000Z"' == codec.dumps(NOW)
    with pytest.raises(TypeError, match="bytes"):
        codec.dumps(b"words")


@settings(deadline=None)
@given(st.text(), st.text())
def test_a_checksum_tells_texts_apart(one: str, other: str) -> None:
    """Also where a word moves from the title into the summary."""
    assert (one == other) == (codec.checksum(one, "") == codec.checksum(other, ""))
    assert codec.checksum("ab", "c") != codec.checksum("a", "bc")


@settings(deadline=None)
@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_any_text_can_be_written(text: str) -> None:
    """UTF-8 holds it afterwards, and sound text is not touched."""
    kept = codec.words(text)

    assert kept == codec.words(kept)
    assert len(text) == len(kept)
    kept.encode()
    if "\ud800" not in text and all(not "\ud800" <= c <= "\udfff" for c in text):
        assert text == kept
