"""A Memory that forgets at the end: what `monitor cluster` and the benchmarks remember with."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Final

from monitor.model import Place, Story, Told
from monitor.story.postings import Postings

_POSTINGS: Final = 100  # newest stories kept under one key: a key of more tells nothing
_MOST: Final = 8  # candidates of one question
_RANK: Final = 32  # bits of a story's number, below the count of its shared keys
_NUMBER: Final = (1 << _RANK) - 1


class Index:
    """Stories by id and by key; see ports.Memory. One thread."""

    def __init__(self) -> None:
        self._stories: dict[str, Story] = {}
        self._numbers: dict[str, int] = {}  # id → number of arrival; ties are broken by it
        self._ids: list[str] = []
        self._into: dict[str, str] = {}  # id of a merged story → what it became
        self._moved: set[int] = set()  # numbers of merged stories
        self._postings = Postings(_POSTINGS)

    def add(self, told: Told) -> None:
        """Remember where a member went; adding it again changes nothing."""
        id_ = told.story.id
        self._stories[id_] = _bare(told.story)
        number = self._numbers.setdefault(id_, len(self._ids))
        if number == len(self._ids):
            self._ids.append(id_)
        for gone in told.merged:
            self._stories.pop(gone, None)
            self._into[gone] = id_
            self._moved.add(self._numbers.get(gone, -1))
        for key in told.keys:
            self._postings.add(key, number)

    def candidates(self, keys: Sequence[str], since: datetime) -> Sequence[Story]:
        """As in ports.Memory; at most 8."""
        shared: Counter[int] = Counter()
        for key in dict.fromkeys(keys):
            shared.update(self._of(key))
        ranked = sorted((count << _RANK | n for n, count in shared.items()), reverse=True)
        stories = (self._stories[self._ids[rank & _NUMBER]] for rank in ranked)
        return list(islice((s for s in stories if s.last_seen >= since), _MOST))

    def placed(self, _entries: Sequence[Place]) -> Mapping[Place, Story]:
        """Nobody repairs what is forgotten at the end."""
        return {}

    def _of(self, key: str) -> Iterable[int]:
        """The stories under a key, as they are now called, each once."""
        found = self._postings.of(key)
        if self._moved.isdisjoint(found):
            return found
        return {self._numbers[self.called(self._ids[number])] for number in found}

    def called(self, id_: str) -> str:
        """The id a story goes by now, after every merge."""
        while id_ in self._into:
            id_ = self._into[id_]
        return id_

    def stories(self) -> Sequence[Story]:
        """All of them, in order of arrival."""
        return sorted(self._stories.values(), key=lambda s: self._numbers[s.id])


def _bare(story: Story) -> Story:
    """The story without why its members joined: half of what a member weighs."""
    if not any(m.link for m in story.members):
        return story
    members = tuple(replace(m, link={}) if m.link else m for m in story.members)
    return replace(story, members=members)
