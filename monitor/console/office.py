"""What the pages ask of the daemon, and what they get to know of a request."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request

from monitor.config.load import Config, Knowledge
from monitor.console.access import Access, Session
from monitor.console.filters import Asked, Choices, choices, read
from monitor.console.health import Probes
from monitor.console.words import naming
from monitor.match import Rules
from monitor.ports import Row, Store
from monitor.secret import masked
from monitor.story.judge import Judge, standard
from monitor.terminal import visible

_COUNTS_LAST: Final = timedelta(minutes=1)
_FLOWS: Final = 5_000  # rows
_MOST: Final = 16  # answers kept
_FIELDS: Final = 2_000  # of a form; a long story may have as many boxes to tick


class Shelf:
    """Keeps what takes long to make. Thread-safe; two that ask at once may make it twice."""

    def __init__(self) -> None:
        self._made: tuple[Knowledge, Choices] | None = None
        self._flows: dict[str, tuple[datetime, Sequence[Row]]] = {}
        self._counted: tuple[datetime, Mapping[str, int]] | None = None

    def counts(self, store: Store, now: datetime) -> Mapping[str, int]:
        """Rows by table and the queue, as of the last minute: counting takes a while."""
        counted = self._counted
        if counted is None or not timedelta(0) <= now - counted[0] < _COUNTS_LAST:
            counted = self._counted = (now, store.counts())
        return counted[1]

    def flows(self, store: Store, since: datetime | None, key: str, now: datetime) -> Sequence[Row]:
        """Flows of the last minute under the same key: page and charts ask one after the other."""
        kept = self._flows.get(key)
        if kept is None or not timedelta(0) <= now - kept[0] < _COUNTS_LAST:
            if len(self._flows) >= _MOST:
                self._flows.clear()
            kept = self._flows[key] = (now, store.flows(since, limit=_FLOWS))
        return kept[1]

    def choices(self, knowledge: Knowledge) -> Choices:
        """Until a reload brings other knowledge."""
        made = self._made
        if made is None or made[0] is not knowledge:
            made = self._made = (knowledge, choices(knowledge))
        return made[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Thread-safe; a reload of the configuration changes what config() and rules() give."""

    store: Store
    config: Callable[[], Config]
    rules: Callable[[], Rules]
    now: Callable[[], datetime]
    probes: Probes
    access: Access
    # Ask an address once and say what is there; see `monitor feeds test`.
    look: Callable[[str], Mapping[str, object]]
    judging: Callable[[], Judge] = standard  # of stories
    shelf: Shelf = field(default_factory=Shelf)

    def name(self, id_: str) -> str:
        """A party or a weapon system by the name people read."""
        return naming(self.config().knowledge.gazetteer.entities)(id_)

    def hidden(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Lines of a report with no secret in their texts, nor keys in their addresses."""
        known = self.config().secrets
        return [{key: masked(value, known) for key, value in row.items()} for row in rows]

    def choices(self) -> Choices:
        """What filters may be."""
        return self.shelf.choices(self.config().knowledge)

    def asked(self, request: Request) -> Asked:
        """The filters in the address."""
        return read(query(request), self.choices(), self.now())


@dataclass(frozen=True, slots=True)
class Form:
    """What somebody sent with a form of ours."""

    session: Session
    values: Mapping[str, str]  # the last of each name
    every: Mapping[str, Sequence[str]]  # all of each name, as boxes that are ticked send them
    scripted: bool  # sent by our script, which wants no page

    def __getitem__(self, name: str) -> str:
        """ "" when it was not sent."""
        return self.values.get(name, "")

    def each(self, name: str) -> Sequence[str]:
        """None when it was not sent."""
        return self.every.get(name, ())


def session(request: Request) -> Session:
    """Who is there; Guard has seen to it."""
    found: Session = request.state.session
    return found


def query(request: Request) -> dict[str, str]:
    """What stands in the address, the last of each name; neither empty nor invisible."""
    seen = {k: visible(v) for k, v in request.query_params.items()}
    return {k: v for k, v in seen.items() if v.strip()}


def form(request: Request, body: bytes) -> Form:
    """The fields of a form."""
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=_FIELDS)
    values = {name: given[-1] for name, given in fields.items()}
    scripted = request.headers.get("x-requested-with", "") == "console"
    return Form(session(request), values, fields, scripted)
