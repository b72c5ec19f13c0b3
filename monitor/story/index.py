"""A Memory that forgets at the end: what `monitor cluster` and the benchmarks remember with."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from monitor.model import Story, Told

_POSTINGS: Final = 400  # newest stories kept under one key: a key of more tells nothing
_MOST: Final = 40  # candidates of one question


class Index:
    """Stories by id and by key; see ports.Memory. One thread."""

    def __init__(self) -> None:
        self._stories: dict[str, Story] = {}
        self._order: dict[str, int] = {}  # id → number of arrival; ties are broken by it
        self._into: dict[str, str] = {}  # id of a merged story → what it became
        self._postings: dict[str, list[str]] = {}

    def add(self, told: Told) -> None:
        """Remember where a member went; adding it again changes nothing."""
        id_ = told.story.id
        self._stories[id_] = told.story
        self._order.setdefault(id_, len(self._order))
        for gone in told.merged:
            self._stories.pop(gone, None)
            self._into[gone] = id_
        for key in told.keys:
            listed = self._postings.setdefault(key, [])
            if id_ not in listed:
                listed.append(id_)
                if len(listed) > _POSTINGS:
                    del listed[0]

    def candidates(self, keys: Sequence[str], since: datetime) -> Sequence[Story]:
        """As in ports.Memory; at most 40."""
        shared = Counter(
            id_ for key in dict.fromkeys(keys) for id_ in self._of(self._postings.get(key, ()))
        )
        live = [id_ for id_ in shared if self._stories[id_].last_seen >= since]
        live.sort(key=lambda id_: (-shared[id_], -self._order[id_]))
        return [self._stories[id_] for id_ in live[:_MOST]]

    def _of(self, ids: Iterable[str]) -> set[str]:
        """The ids as they are now called."""
        return {self.called(id_) for id_ in ids}

    def called(self, id_: str) -> str:
        """The id a story goes by now, after every merge."""
        while id_ in self._into:
            id_ = self._into[id_]
        return id_

    def stories(self) -> Sequence[Story]:
        """All of them, in order of arrival."""
        return sorted(self._stories.values(), key=lambda s: self._order[s.id])
