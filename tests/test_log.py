"""Logs: one event a line, facts as keys, never a secret."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from monitor import log
from monitor.secret import Secret

TOKEN = Secret("t0p-secret-token")


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """What a test configures ends with it."""
    root, handlers = logging.getLogger(), list(logging.getLogger().handlers)
    yield
    structlog.reset_defaults()
    root.handlers = handlers


def said(form: str = "json", level: str = "info") -> io.StringIO:
    stream = io.StringIO()
    log.configure(level, form, [TOKEN], stream)
    return stream


def test_an_event_is_one_line_of_json() -> None:
    """Numbers stay numbers, lists lists, and any script stays readable."""
    stream = said()
    log.get("poll").info("poll finished", feed="й", new=3, ok=True, names=["a", 1], none=None)

    [line] = stream.getvalue().splitlines()
    found = json.loads(line)
    assert "й" in line
    assert found.pop("timestamp").endswith("Z")
    assert {
        "stage": "poll", "event": "poll finished", "level": "info", "feed": "й", "new": 3,
        "ok": True, "names": ["a", 1], "none": None,
    } == found  # fmt: skip


@pytest.mark.parametrize("form", ["json", "text"])
def test_no_secret_gets_out(form: str) -> None:
    """Not in a message, a fact, a list, an exception or a library's line."""
    stream = said(form)
    secret = TOKEN.reveal()
    log.get("x").info(f"went to {secret}", url=f"http://h/{secret}", deep=[("a", secret)], s=TOKEN)
    try:
        raise ValueError(f"cannot reach {secret}")
    except ValueError:
        log.get("x").exception("broke")
    logging.getLogger("somewhere").warning("their token is %s", secret)

    text = stream.getvalue()
    assert secret not in text
    assert 4 <= text.count("…")
    assert "cannot reach …" in text


def test_a_secret_learned_later_is_hidden_too() -> None:
    """A reload adds secrets to the same list."""
    stream, secrets = io.StringIO(), [TOKEN]
    log.configure("info", "json", secrets, stream)
    secrets.append(Secret("another-one"))
    log.get("x").info("see another-one")

    assert "another-one" not in stream.getvalue()


def test_levels_hold() -> None:
    """What is below the level is not written."""
    stream = said(level="warning")
    log.get("x").info("quiet")
    log.get("x").warning("loud")

    assert ["loud"] == [json.loads(line)["event"] for line in stream.getvalue().splitlines()]


def test_a_library_speaks_as_one_of_our_events() -> None:
    """Warnings and errors of libraries keep their level and their name; chatter is left out."""
    stream = said()
    logging.getLogger("lib").info("chatter")
    logging.getLogger("lib").warning("careful %s", "now")
    logging.getLogger("lib").error("broken")

    found = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [("warning", "careful now"), ("error", "broken")] == [
        (e["level"], e["said"]) for e in found
    ]
    assert {"lib"} == {e["library"] for e in found}


def test_auto_is_json_where_nobody_looks() -> None:
    """A terminal gets text, everything else lines for machines."""
    stream = said("auto")
    log.get("x").info("hello")

    assert "hello" == json.loads(stream.getvalue())["event"]


def test_text_is_for_people() -> None:
    """Not JSON, with its facts beside it."""
    stream = said("text")
    log.get("x").info("poll finished", feed="a")

    assert "poll finished" in stream.getvalue()
    assert "feed=a" in stream.getvalue()
    assert "{" not in stream.getvalue()
