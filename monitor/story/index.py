"""A Memory that forgets at the end: what `monitor cluster` and the benchmarks remember with."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from heapq import nlargest
from operator import itemgetter
from typing import Final

from monitor.model import Place, Story, Told

_POSTINGS: Final = 100  # newest stories kept under one key: a key of more tells nothing
_MOST: Final = 24  # candidates of one question


class Index:
    """Stories by id and by key; see ports.Memory. One thread."""

    def __init__(self) -> None:
        self._stories: dict[str, Story] = {}
        self._order: dict[str, int] = {}  # id → number of arrival; ties are broken by it
        self._into: dict[str, str] = {}  # id of a merged story → what it became
        # By hash: a collision only brings a candidate more. Most keys have one story, no list.
        self._postings: dict[int, str | list[str]] = {}

    def add(self, told: Told) -> None:
        """Remember where a member went; adding it again changes nothing."""
        id_ = told.story.id
        self._stories[id_] = told.story
        self._order.setdefault(id_, len(self._order))
        for gone in told.merged:
            self._stories.pop(gone, None)
            self._into[gone] = id_
        for key in told.keys:
            self._post(hash(key), id_)

    def _post(self, key: int, id_: str) -> None:
        listed = self._postings.setdefault(key, id_)
        if isinstance(listed, str):
            if listed != id_:
                self._postings[key] = [listed, id_]
        elif id_ not in listed:
            listed.append(id_)
            if len(listed) > _POSTINGS:
                del listed[0]

    def candidates(self, keys: Sequence[str], since: datetime) -> Sequence[Story]:
        """As in ports.Memory; at most 24."""
        shared = Counter(id_ for key in dict.fromkeys(keys) for id_ in self._of(key))
        live = [
            (count, self._order[id_], self._stories[id_])
            for id_, count in shared.items()
            if self._stories[id_].last_seen >= since
        ]
        return [story for _, _, story in nlargest(_MOST, live, key=itemgetter(0, 1))]

    def placed(self, _entries: Sequence[Place]) -> Mapping[Place, Story]:
        """Nobody repairs what is forgotten at the end."""
        return {}

    def _of(self, key: str) -> set[str]:
        """The stories under a key, as they are now called."""
        listed = self._postings.get(hash(key), ())
        ids = (listed,) if isinstance(listed, str) else listed
        return {self.called(i) for i in ids} if self._into else set(ids)

    def called(self, id_: str) -> str:
        """The id a story goes by now, after every merge."""
        while id_ in self._into:
            id_ = self._into[id_]
        return id_

    def stories(self) -> Sequence[Story]:
        """All of them, in order of arrival."""
        return sorted(self._stories.values(), key=lambda s: self._order[s.id])
