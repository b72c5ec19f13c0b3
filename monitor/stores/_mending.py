"""The part of every store that repairs stories; see ports.Mending."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from monitor.model import Alert, Delivery, Member, Place, Repair, Story
from monitor.stores import _repairs, _undoing
from monitor.stores._connection import Connection


class Mends(ABC):
    """What a store needs to give: a connection that reads, and one that alone writes."""

    @abstractmethod
    def _looking(self) -> AbstractContextManager[Connection]: ...

    @abstractmethod
    def _changing(self) -> AbstractContextManager[Connection]: ...

    def mend(
        self,
        repair: Repair,
        *,
        keys: Sequence[str] = (),
        alerts: Sequence[Alert] = (),
        deliveries: Sequence[Delivery] = (),
    ) -> bool:
        with self._changing() as c:
            return _repairs.mend(c, repair, keys, alerts, deliveries)

    def undo(
        self, repair_id: str, now: datetime, *, author: str, keys: Mapping[str, Sequence[str]]
    ) -> bool:
        with self._changing() as c:
            return _undoing.undo(c, repair_id, now, author, keys)

    def repairs(self, reference: str = "", *, limit: int = 50) -> Sequence[Repair]:
        with self._looking() as c:
            return _repairs.repairs(c, reference, limit)

    def accounts(self, story_id: str, *, limit: int = 1000) -> Sequence[Member]:
        with self._looking() as c:
            return _repairs.accounts(c, story_id, limit)

    def placed(self, entries: Sequence[Place]) -> Mapping[Place, Story]:
        with self._looking() as c:
            return _repairs.placed(c, entries)
