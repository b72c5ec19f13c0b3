"""Entries become Matches: who supplies what to whom, at which stage, under which embargo."""

from monitor.match.checking import check, gaps
from monitor.match.matching import match
from monitor.match.rules import Rules

__all__ = ["Rules", "check", "gaps", "match"]
