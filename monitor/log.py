"""
Logs: one event, its facts as keys, and no secret in any of them.

The only file importing structlog. Event names are past-tense words ("poll finished").
"""

import json
import logging
import sys
from collections.abc import MutableMapping, Sequence
from typing import Any, Final, TextIO

import structlog

from monitor.secret import Secret, hidden

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}


_PLAIN: Final = (bool, int, float, type(None))


class _Redactor:
    """Hides every secret in every value, exceptions included."""

    def __init__(self, secrets: Sequence[Secret]) -> None:
        self._secrets = secrets  # not copied: a reload may add to it

    def __call__(
        self, _logger: Any, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        for key, value in event.items():
            event[key] = self._clean(value)
        return event

    def _clean(self, value: Any) -> Any:
        if isinstance(value, _PLAIN):
            return value
        if isinstance(value, list | tuple):
            return [self._clean(one) for one in value]
        return hidden(str(value), self._secrets)


def configure(
    level: str, form: str, secrets: Sequence[Secret], stream: TextIO | None = None
) -> None:
    """
    Send events of `level` and above to the stream (stderr) as JSON lines or readable text.

    form "auto" is text at a terminal and JSON elsewhere.
    """
    out = stream or sys.stderr
    text = form == "text" or (form == "auto" and out.isatty())
    render: Any = (
        structlog.dev.ConsoleRenderer(colors=out.isatty(), pad_event_to=24)
        if text
        else structlog.processors.JSONRenderer(serializer=_json)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S" if text else "iso", utc=not text),
            structlog.processors.format_exc_info,
            _Redactor(secrets),
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    _quieten(level)


# Made once: json.dumps() makes an encoder for every line.
_encode: Final = json.JSONEncoder(ensure_ascii=False, default=str).encode


def _json(event: Any, **_: object) -> str:
    return _encode(event)


def _quieten(level: str) -> None:
    """Libraries log through the standard library: only their warnings, and as our events."""
    logging.basicConfig(handlers=[_Relay()], level=logging.WARNING, force=True)
    logging.getLogger("apscheduler").setLevel(logging.DEBUG if level == "debug" else logging.ERROR)


class _Relay(logging.Handler):
    """A library's record becomes one of our events, so that it is redacted too."""

    def emit(self, record: logging.LogRecord) -> None:
        level = max(logging.DEBUG, min(record.levelno, logging.ERROR))
        get(record.name).log(level, "library spoke", library=record.name, said=record.getMessage())


def get(name: str) -> structlog.stdlib.BoundLogger:
    """A logger; `log.info("poll finished", feed=…, new=3)`."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(stage=name)
    return logger
