"""Who tells a story, and how many of them found out for themselves."""

from collections.abc import Sequence

from monitor.model import Member, Relation, Source, Story
from monitor.story.credits import house


def sources(story: Story) -> tuple[tuple[Source, ...], int]:
    """
    One source per outlet, oldest first; and how many are independent, at least 1.

    Copies, and all that credit one agency, count once.
    """
    listed: dict[str, Source] = {}
    for m in story.members:
        source = Source(outlet=m.outlet, url=m.url, published=m.published, title=m.title)
        listed.setdefault(m.outlet or m.url or m.entry_id, source)
    return tuple(listed.values()), len(origins(story.members))


def origins(members: Sequence[Member]) -> frozenset[str]:
    """Agencies and houses whose own account is among the members; of copies the first alone."""
    own = [m for m in members if m.relation is not Relation.COPY] or members[:1]
    return frozenset(m.credit or house(m.outlet) for m in own)
