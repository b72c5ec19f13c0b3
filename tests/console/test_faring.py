"""What a feed's page says in words."""

import pytest

from monitor.console.faring import ADVICE, learned
from monitor.model import FailureReason

_OF_ARTICLES = {"not-a-page", "no-text", "paywall", "robots-txt"}


@pytest.mark.parametrize("reason", sorted({r.value for r in FailureReason} - _OF_ARTICLES))
def test_every_failure_of_a_feed_has_words(reason: str) -> None:
    """A sentence that ends, for each; those of articles never stand at a feed."""
    assert ADVICE[reason].endswith((".", "?"))


def test_manners_in_words() -> None:
    """Counters and the pace, and neither moments nor hashes; nothing of what was never asked."""
    client = {"requests": 5, "not_modified": 3, "spacing": 7.83, "last_at": 1795569937.8, "url": ""}

    assert [
        ("Requests", "5"),
        ("Answered “not modified”", "3"),
        ("Mean time between requests", "7.8 s"),
    ] == list(learned(client))
    assert [] == list(learned(None))
