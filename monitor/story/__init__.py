"""Matches become stories: the same event, told once, however often it is reported."""

from monitor.story.members import member
from monitor.story.sources import sources
from monitor.story.telling import tell

__all__ = ["member", "sources", "tell"]
