"""A secret never shows itself."""

import pytest

from monitor.secret import Secret, hidden, masked, redact


@pytest.mark.parametrize("show", [repr, str, "{}".format, "{0!r:>20}".format, lambda s: f"{[s]}"])
def test_secret_is_hidden_however_it_is_printed(show: object) -> None:
    """repr, str, format and containers show the ellipsis."""
    assert callable(show)

    assert "hunter2" not in show(Secret("hunter2"))


def test_secret_reveals_on_request() -> None:
    """The line that sends it gets it."""
    assert "hunter2" == Secret("hunter2").reveal()


def test_empty_secret_is_false() -> None:
    """A sink can ask whether it was given one."""
    assert not Secret("")
    assert Secret("x")


def test_redact_replaces_every_place() -> None:
    """Each occurrence of each secret goes."""
    secrets = (Secret("hunter2"), Secret("xoxb-123456"))

    assert "a … b … …" == redact("a hunter2 b xoxb-123456 hunter2", secrets)


def test_redact_leaves_words_when_a_secret_is_too_short() -> None:
    """A secret of one letter would eat the whole log."""
    assert "a cat" == redact("a cat", (Secret("a"),))


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://kim:hunter2@example.org/f", "https://…@example.org/f"),
        ("https://token@example.org", "https://…@example.org"),
        ("https://e.org/f?api_key=1&page=2#top", "https://e.org/f?api_key=…&page=2#top"),
        ("https://e.org/f?page=2&X-Amz-Signature=a", "https://e.org/f?page=2&X-Amz-Signature=…"),
        ("https://e.org/f?keyword=tanks&id=1", "https://e.org/f?keyword=tanks&id=1"),
        ("https://e.org/@kim?at=a@b", "https://e.org/@kim?at=a@b"),
        ("postgresql://kim:hunter2@db/m?password=x", "postgresql://…@db/m?password=…"),
        ("sqlite:////var/lib/monitor.db", "sqlite:////var/lib/monitor.db"),
    ],
)
def test_an_address_is_shown_without_its_keys(address: str, shown: str) -> None:
    """User, password and the values of what sounds like a key; the rest stays, also in a text."""
    assert f"moved to {shown} for good" == hidden(f"moved to {address} for good")
    assert shown == hidden(hidden(address))


def test_what_is_known_is_hidden_in_every_text_of_a_table() -> None:
    """Lists and tables in it, too; numbers and moments stay."""
    row = {"url": "https://e.org/hunter22?token=a", "n": 3, "more": [("hunter22",), {"x": None}]}

    shown = masked(row, [Secret("hunter22")])
    assert {"url": "https://e.org/…?token=…", "n": 3, "more": [["…"], {"x": None}]} == shown
