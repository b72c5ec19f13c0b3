"""monitor.links: only what we or Slack signed counts, and only while it is fresh."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.links import from_slack, genuine, links, token
from monitor.model import Opinion
from monitor.secret import Secret
from tests.samples import NOW

KEY = Secret("a secret of some length")
# The worked example of Slack's own documentation.
SLACK = Secret("8f742231b10e8888abcd99yyyzzz85a5")
BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F"
    b"96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
SIGNED = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
STAMP = "1531420618"
THEN = datetime.fromtimestamp(int(STAMP), UTC)


def test_a_link_says_one_thing_of_one_alert() -> None:
    """Its token fits nothing else, under no other secret, and under no empty one."""
    found = links("https://monitor.example.org/", KEY, "al-1")
    given_token = found["relevant"].rpartition("/")[2]

    assert {"relevant", "not-relevant", "seen"} == set(found)
    assert found["relevant"].startswith("https://monitor.example.org/feedback/al-1/relevant/")
    assert genuine(KEY, "al-1", Opinion.RELEVANT, given_token)
    assert not genuine(KEY, "al-2", Opinion.RELEVANT, given_token)
    assert not genuine(KEY, "al-1", Opinion.SEEN, given_token)
    assert not genuine(Secret("another secret, long enough"), "al-1", Opinion.RELEVANT, given_token)
    empty = Secret("")
    assert not genuine(empty, "al-1", Opinion.SEEN, token(empty, "al-1", Opinion.SEEN))


@given(st.text(max_size=40))
def test_nobody_guesses_a_token(text: str) -> None:
    """Any text at all, surrogates and all, is refused without an error."""
    assert not genuine(KEY, "al-1", Opinion.RELEVANT, text)


def test_slacks_own_example_verifies() -> None:
    """Within five minutes, and not a byte changed."""
    assert from_slack(SLACK, STAMP, BODY, SIGNED, THEN)
    assert from_slack(SLACK, STAMP, BODY, SIGNED, THEN + timedelta(minutes=5))
    assert not from_slack(SLACK, STAMP, BODY, SIGNED, THEN + timedelta(minutes=5, seconds=1))
    assert not from_slack(SLACK, STAMP, BODY, SIGNED, THEN - timedelta(minutes=6))
    assert not from_slack(SLACK, STAMP, BODY + b"x", SIGNED, THEN)
    assert not from_slack(SLACK, "1531420619", BODY, SIGNED, THEN)
    assert not from_slack(Secret(""), STAMP, BODY, SIGNED, THEN)


@given(st.text(max_size=30), st.text(max_size=70), st.binary(max_size=50))
def test_a_forged_request_is_no_error(stamp: str, signature: str, body: bytes) -> None:
    """Whatever stands in the headers, the answer is no."""
    assert not from_slack(SLACK, stamp, body, signature, NOW)


def test_an_empty_secret_never_verifies() -> None:
    """Not even what an empty key signs: the feature is off."""
    digest = hmac.new(b"", b"v0:" + STAMP.encode() + b":" + BODY, hashlib.sha256).hexdigest()

    assert not from_slack(Secret(""), STAMP, BODY, f"v0={digest}", THEN)
