"""A value that never shows itself: not in a repr, a log line, an error or a traceback."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlsplit

_SHORTEST = 6  # characters; hiding every shorter string would eat ordinary words
_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]{0,20}://[^\s\"'<>]+", re.IGNORECASE)
_USER: Final = re.compile(r"(?<=://)[^/?#@]*@")
_KEYS: Final = re.compile(
    r"([?&;](?:[^=&;#]{0,40}[_.-])?"
    r"(?:api_?key|key|token|auth|authorization|password|passwd|pass|pwd|secret|sig|signature)=)"
    r"[^&;#]*",
    re.IGNORECASE,
)


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


def parts(address: Secret) -> tuple[Secret, ...]:
    """The address whole, and the parts of it an answer may quote alone: services put keys there."""
    found = urlsplit(address.reveal())
    path = found.path.removeprefix("/")
    values = (value for _, value in parse_qsl(found.query))
    pieces = (address.reveal(), f"{path}?{found.query}", path, path.rpartition("/")[2], *values)
    return tuple(Secret(piece) for piece in pieces)


def hidden(text: str, secrets: Iterable[Secret] = ()) -> str:
    """
    The text as anybody may see it: no secret that is known, and no address in it with a user,
    a password or the value of a key.
    """
    text = redact(text, secrets)
    return _ADDRESS.sub(lambda found: _bare(found[0]), text) if "://" in text else text


def _bare(address: str) -> str:
    return _KEYS.sub(r"\1…", _USER.sub("…@", address, count=1))


def masked(value: object, secrets: Iterable[Secret] = ()) -> object:
    """Lists and tables with every text in them hidden; anything else as it is."""
    known = tuple(secrets)
    if isinstance(value, str):
        return hidden(value, known)
    if isinstance(value, Mapping):
        return {key: masked(inner, known) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [masked(inner, known) for inner in value]
    return value
