"""A value that never shows itself: not in a repr, a log line, an error or a traceback."""

from collections.abc import Iterable
from dataclasses import dataclass

_SHORTEST = 6  # characters; hiding every shorter string would eat ordinary words


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """Wraps a secret; only reveal() gives it back, at the line that sends it."""

    _value: str

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret('…')"

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._value)


def redact(text: str, secrets: Iterable[Secret]) -> str:
    """The text with every secret of six characters or more replaced by "…"."""
    for secret in secrets:
        value = secret.reveal()
        if len(value) >= _SHORTEST:
            text = text.replace(value, "…")
    return text
