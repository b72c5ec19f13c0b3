"""A secret never shows itself."""

import pytest

from monitor.secret import Secret, redact


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
