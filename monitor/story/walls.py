"""
What a person said of stories, as a rule for the machine: what was split stays apart, and what
was merged goes on as each of its parts would have.

Only about joining and merging; an entry that a person placed is not asked about at all.
"""

from collections.abc import Iterable
from dataclasses import replace

from monitor.model import Mark, Member, Place, Story


def apart(one: Story, other: Story) -> bool:
    """Whether the machine may never merge them: a split lies between, or one is to be silent."""
    if any((split, not side) in other.walls for split, side in one.walls):
        return True
    return (one.mark is Mark.IRRELEVANT) is not (other.mark is Mark.IRRELEVANT)


def parts(story: Story) -> list[Story]:
    """The story, and what it was made of by a person, each as it was then."""
    within = ((p, [m for m in story.members if place(m) in p]) for p in story.parts)
    return [story, *(replace(story, members=tuple(own), parts=()) for _, own in within if own)]


def place(member: Member) -> Place:
    return member.feed_id, member.entry_id


def lasting(story: Story) -> frozenset[Place]:
    """Whom the story does not forget, however many came after them."""
    return frozenset(p for part in story.parts for p in part)


def together(
    stories: Iterable[Story],
) -> tuple[frozenset[tuple[str, bool]], tuple[frozenset[Place], ...]]:
    """Walls and parts of what several stories become."""
    every = list(stories)
    return (
        frozenset(wall for s in every for wall in s.walls),
        tuple(part for s in every for part in s.parts),
    )
