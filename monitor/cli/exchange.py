"""What a sink says to its place and hears from it, as a person may see it: no secret in it."""

import socket
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from monitor.egress import Egress, Request, Response
from monitor.model import Failed
from monitor.secret import Secret, hidden, parts
from monitor.terminal import visible

_MOST: Final = 2_000  # characters of a body, either way
_SHORTEST: Final = 10  # characters of a part of an address that is taken for a key

Said = Mapping[str, object]


class Overheard:
    """The gate, and what went through it."""

    def __init__(self, gate: Egress, secrets: Sequence[Secret]) -> None:
        pieces = (piece for one in secrets for piece in parts(one))
        keys = (one for one in pieces if len(one.reveal()) >= _SHORTEST)
        self._gate, self._secrets = gate, (*secrets, *keys)
        self.said: list[Said] = []

    def send(self, request: Request, now: datetime) -> Response | Failed:
        """See Egress.send."""
        answer = self._gate.send(request, now)
        self.said.append(
            {
                "request": f"{request.method} {_place(request.url)}",
                "headers": {k: self._shown(v) for k, v in request.headers.items()},
                "body": self._body(request.body),
                **self._heard(answer),
            }
        )
        return answer

    def dial(
        self, host: str, port: int, patience: timedelta, now: datetime
    ) -> socket.socket | Failed:
        """See Egress.dial; what is said over the connection is not overheard."""
        found = self._gate.dial(host, port, patience, now)
        failed = self._heard(found) if isinstance(found, Failed) else {"answer": "connected"}
        self.said.append({"request": f"CONNECT {host}:{port}", **failed})
        return found

    def close(self) -> None:
        self._gate.close()

    def _heard(self, answer: Response | Failed) -> Said:
        if isinstance(answer, Failed):
            return {"answer": f"{answer.reason.value}: {self._shown(answer.detail)}"}
        kinds = [f"{k}: {self._shown(v)}" for k, v in answer.headers if k in _TELLING]
        return {"answer": str(answer.status), "answer_headers": kinds,
                "answer_body": self._body(answer.body)}  # fmt: skip

    def _body(self, body: bytes) -> str:
        text = self._shown(body.decode("utf-8", "replace"))
        return text if len(text) <= _MOST else f"{text[:_MOST]}… ({len(body)} bytes)"

    def _shown(self, text: str) -> str:
        return visible(hidden(text, self._secrets))


_TELLING: Final = ("content-type", "retry-after", "location", "server", "x-slack-req-id")


def _place(url: str) -> str:
    """Scheme and host: services put their keys into the rest."""
    found = urlsplit(url)
    return f"{found.scheme}://{found.netloc.rpartition('@')[2]}{'/…' if found.path else ''}"


def lines(name: str, said: Said) -> Iterator[str]:
    """One exchange for people: `>` goes out, `<` comes back."""
    yield f"{name} > {said['request']}"
    headers = said.get("headers")
    if isinstance(headers, Mapping):
        yield from (f"{name} > {key}: {value}" for key, value in headers.items())
    if said.get("body"):
        yield f"{name} > {said['body']}"
    yield f"{name} < {said['answer']}"
    kinds = said.get("answer_headers")
    yield from (f"{name} < {line}" for line in (kinds if isinstance(kinds, list) else ()))
    if said.get("answer_body"):
        yield f"{name} < {said['answer_body']}"
